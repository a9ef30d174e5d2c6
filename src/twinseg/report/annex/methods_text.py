"""The methods section of a paper on a study, from its settings: to paste, and to mend by hand."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from twinseg.comparison.estimate import FEWEST_GROUPS, GROUPS_FOR_BCA
from twinseg.comparison.number_text import number, percent
from twinseg.core.words import amount
from twinseg.metrics import METRICS
from twinseg.report.annex.references import REFERENCES, bibtex, numbered
from twinseg.report.score_table import ScoreTable
from twinseg.report.study_contents import Contents
from twinseg.training.rate import highest_rate

_CITED = re.compile(r"\[@(\w+)\]")
# By what the name of an encoder begins with, longest first.
_OF_ENCODERS = {
    "mobilenet_v2": "sandler2018",
    "tu-tf_efficientnet": "tan2019",
    "efficientnet": "tan2019",
    "timm-efficientnet": "tan2019",
    "vgg": "simonyan2015",
    "resnet": "he2016",
}


@dataclass(frozen=True)
class MethodsText:
    """Paragraphs with numbers of references, the list of these, and the same as BibTeX."""

    paragraphs: tuple[tuple[str, str], ...]  # heading and text
    references: tuple[str, ...]  # in the order of their numbers
    bibtex: str


def methods_text(study: Contents, table: ScoreTable) -> MethodsText:
    """Write the methods of a study in plain words; what nobody can know from it is left out."""
    drafts = tuple(_drafts(study, table))
    keys = [key for _, text in drafts for key in _CITED.findall(text)]
    numbers = numbered(keys)
    return MethodsText(
        paragraphs=tuple(
            (name, _CITED.sub(lambda found: f"[{numbers[found[1]]}]", text))
            for name, text in drafts
        ),
        references=tuple(REFERENCES[key].in_words for key in numbers),
        bibtex=bibtex(keys),
    )


def _drafts(study: Contents, table: ScoreTable) -> Iterator[tuple[str, str]]:
    yield "Data", _data(study)
    yield "Models", _models(study)
    yield "Training", _training(study)
    yield "Evaluation", _evaluation(study, table)
    if study.rules:
        yield "Combinations", _combinations(study)
    yield "Heat maps", _heat_maps(study)
    yield "Software", _software(study)


def _data(study: Contents) -> str:
    known, split = study.dataset, study.settings.split
    parts = "; ".join(
        f"{row['split']}: {amount(row['cases'], 'case')} of {amount(row['groups'], 'group')}"
        for row in study.rows("splits")
    )
    left_out = amount(len(known["left_out"]), "file")
    window = known.get("facts", {}).get("window_hu")
    shown = f" CT was shown from {window[0]:g} to {window[1]:g} Hounsfield units." if window else ""
    subset = f" {known['subset']}" if known.get("subset") else ""
    return (
        f"The dataset holds {amount(known['cases'], 'case')} of "
        f"{amount(known['groups'], 'group')}, {known['empty_masks']} of them with an "
        f"empty reference mask; {left_out} could not be used.{shown} "
        f"It was split by group, so that no group is in two parts ({parts}), with "
        f"{percent(split.test_fraction)} asked for the test and "
        f"{percent(split.validation_fraction)} for validation.{subset} Images were stretched to "
        f"squares of {study.settings.model.size} pixels."
    )


def _models(study: Contents) -> str:
    encoder = study.settings.model.encoder
    key = next((of for start, of in _OF_ENCODERS.items() if encoder.startswith(start)), None)
    cited = f" [@{key}]" if key else ""
    starts = ", ".join(
        f"the {run.model.label} from {run.first_weights['source']}"
        + (" [@deng2009]" if init == "imagenet" else "")
        for run, init in zip(study.runs, study.settings.point.init, strict=True)
    )
    return (
        "Two segmentation models were trained that differ in nothing but the first weights of "
        f"their encoders (twins [@ghosal2021]): {starts}. Both are U-Nets "
        f"[@ronneberger2015] with the encoder {encoder}{cited}, and began with the same weights of "
        "the decoder."
    )


def _training(study: Contents) -> str:
    asked, run = study.settings.training, study.runs[0].manifest
    trained_on = next(row["cases"] for row in study.rows("splits") if row["split"] == "train")
    colour, warp = (run["augmentation"][name] for name in ("colour", "warp"))
    changed = [f"changes of colour and brightness (strength {colour:g})"] if colour else []
    changed += [f"rotation and scale (strength {warp:g})"] if warp else []
    beside = f", {' and '.join(changed)}" if changed else ""
    epochs = amount(run["epochs"], "epoch")
    if run["epochs"] != asked.epochs:
        epochs += f" (as many steps as {asked.epochs} of all training cases)"
    kept = {"last": "those of the last epoch", "best": "those with the best Dice on validation"}
    return (
        f"Both were trained on the same {amount(trained_on, 'case')} in the same order, "
        f"for {epochs} in batches of {asked.batch_size}, by AdamW "
        f"[@loshchilov2019] with weight decay {asked.weight_decay:g} and a one-cycle schedule "
        f"[@smith2019] with a highest learning rate of {highest_rate(asked):.3g}. The loss is half "
        f"cross-entropy and half soft Dice [@milletari2016] of each {asked.dice}. Images were "
        f"flipped by chance{beside}. The weights kept are {kept[asked.keep]}."
    )


def _evaluation(study: Contents, table: ScoreTable) -> str:
    names = ", ".join(about.label for about in METRICS.values())
    groups = len(set(study.test_groups))
    level = percent(next(iter(table.cells["dice"].values())).interval.level)
    believed = "BCa bootstrap [@efron1987]" if groups >= GROUPS_FOR_BCA else "Student's t"
    tests = (
        f"Means have {level} intervals over groups ({believed}). Models were compared in pairs on "
        "the same cases by the Wilcoxon signed-rank test [@wilcoxon1945] of the mean difference of "
        "each group. The primary comparison, the Dice of the twins, stands by its own p value; all "
        "others were corrected for their number after Holm [@holm1979], models with the same "
        "values in every case counted once."
    )
    few = (
        f"With {amount(groups, 'test group')} neither intervals nor tests were relied on; means "
        "are given as they are."
    )
    return (
        "Masks were brought to the grid of the source images and cut at a probability of one half. "
        f"Scores on the test cases: {names}; surface Dice has a tolerance of "
        f"{number(study.settings.evaluation.surface_tolerance)} "
        f"{table.distance_unit or 'mm or px'}. Of two empty masks Dice is undefined and left out "
        f"of means; of one it is 0. {tests if groups >= FEWEST_GROUPS else few}"
    )


def _combinations(study: Contents) -> str:
    names = ", ".join(rule.label for rule in study.rules)
    staple = " (STAPLE [@warfield2004])" if any(r.id == "staple" for r in study.rules) else ""
    return (
        f"The masks of the twins were combined by rules that were fixed beforehand or learnt on "
        f"validation cases: {names}{staple}. Rules were compared with the twin that was better on "
        "validation. Error rates were controlled by thresholds from validation groups (conformal "
        "risk control [@angelopoulos2022])."
    )


def _heat_maps(study: Contents) -> str:
    evaluation = study.settings.evaluation
    return (
        "Heat maps are Grad-CAM [@selvaraju2017] for the mean logit of all pixels marked, and of "
        "all others, at the bottleneck and at the last block of the decoder; twins share one "
        f"colour scale. On {evaluation.evidence_cases} test cases at most the maps were put to the "
        "test by deletion and insertion, against random orders and edges, and by destroying the "
        "weights from the output on [@adebayo2018]."
    )


def _software(study: Contents) -> str:
    run = study.runs[0].manifest
    versions = ", ".join(f"{name} {version}" for name, version in run["versions"].items())
    machine = ", ".join(
        f"{name} {value}" for name, value in (run["machine"] | run["hardware"]).items()
    )
    return (
        f"Everything was computed by {versions} on {machine}, with the seed "
        f"{study.settings.point.seed}."
    )
