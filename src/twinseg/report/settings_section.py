"""What was asked, and whether the twins are twins: settings and first weights in plain words."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from twinseg.comparison.number_text import percent
from twinseg.core.words import amount
from twinseg.records.settings import StudySettings
from twinseg.report.study_contents import Contents
from twinseg.training.rate import highest_rate

_SHARES = ("fraction", "test_fraction", "validation_fraction")
_WORDS = {
    "size": "side of the square the network sees, px",
    "batch_size": "cases per step",
    "fraction": "share of the training groups used",
    "test_fraction": "share of the cases kept for the test",
    "validation_fraction": "share of the cases kept for validation",
    "init": "first weights of the twins' encoders",
    "learning_rate": "highest learning rate of the one-cycle schedule",
    "dice": "Dice in the loss is of each",
    "warp": "strength of rotation and scale in training",
    "colour": "strength of changes of colour and brightness in training",
    "keep": "epoch whose weights are kept",
    "surface_tolerance": "tolerance of surface Dice, mm where the spacing is known, else px",
    "ring": "ring around objects for the evidence of maps, mm where the spacing is known, else px",
    "evidence_cases": "test cases on which the maps are put to the test",
    "stress_cases": "test cases that were shown corrupted",
    "stress": "corruptions of test cases",
    "fold": "number of the fold that was tested, from 0",
    "folds": "folds that test each case once; 0: one split",
    "split_seed": "seed of the split alone",
    "equal": "what runs of less data have in common with those of all",
    "flips": "answers to flipped images are members of every rule",
    "partial_weights": "incomplete weights files accepted",
    "mean": "mean that images are normalised with, given by hand, by channel",
    "std": "standard deviation that images are normalised with, given by hand, by channel",
    "like": "published weights whose normalisation is taken",
    "encoder": "encoder network of both twins",
    "epochs": "passes over the training cases",
    "seed": "seed of all random numbers",
    "design": "how the training groups were drawn",
    "device": "device computed on",
    "precision": "precision of the arithmetic",
    "weight_decay": "weight decay of the optimiser",
}


@dataclass(frozen=True)
class Check:
    """Something that must hold for the comparison to be fair, and whether it does."""

    holds: bool
    text: str


def settings_in_words(settings: StudySettings, run: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return (what, value) of every setting but the remark, which the page says first.

    Args:
        settings: Of the study.
        run: Manifest of one of its runs: what it was computed on, and what ``auto`` came to.
    """
    found = {
        name: _value_in_words(name, value)
        for name, value in (settings.flat() | dict(run["hardware"])).items()
        if name != "remark"
    }
    if settings.training.learning_rate == "auto":
        found["learning_rate"] = f"{highest_rate(settings.training):.3g} (auto)"
    if settings.training.colour == "auto":
        found["colour"] = f"{run['augmentation']['colour']:g} (auto)"
    return [(_WORDS.get(name, name.replace("_", " ")), value) for name, value in found.items()]


def check_twins(study: Contents) -> list[Check]:
    """Compare what the manifests of both runs say of their start."""
    first, second = study.runs
    encoders = [run.first_weights["encoder"] for run in study.runs]
    decoders = [run.first_weights["decoder"] for run in study.runs]
    data = {run.manifest["dataset_fingerprint"] for run in study.runs}
    checks = [
        Check(True, "Both encoders started from different weights.")
        if encoders[0] != encoders[1]
        else Check(False, "Both encoders started from the SAME weights: nothing is compared here."),
        Check(True, "Both decoders started from the same weights.")
        if decoders[0] == decoders[1]
        else Check(False, "The decoders started from DIFFERENT weights: these are no twins."),
        Check(True, "Both runs saw the dataset this page describes.")
        if data == {study.dataset["fingerprint"]}
        else Check(False, "The runs were NOT trained on the dataset this page describes."),
    ]
    if first.manifest["settings"] != second.manifest["settings"]:
        checks.append(Check(False, "The runs were trained with DIFFERENT settings."))
    for run in study.runs:
        if missing := run.first_weights["missing"]:
            text = (
                f"The weights file of the `{run.model.id}` lacked {amount(len(missing), 'tensor')}"
            )
            checks.append(Check(False, f"{text}, which started random: {', '.join(missing)}."))
    return checks


def _value_in_words(name: str, value: object) -> str:
    if value in ("", None):
        return "not given"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if name in _SHARES and isinstance(value, float):
        return percent(value)
    if name == "init" and isinstance(value, tuple):
        return ", ".join(Path(init).name for init in value)  # a path is nobody else's business
    if name == "stress" and isinstance(value, tuple):
        return ", ".join(value) or "those that fit"
    if isinstance(value, tuple):
        return " to ".join(f"{part:g}" for part in value)
    return f"{value:g}" if isinstance(value, float) else str(value)
