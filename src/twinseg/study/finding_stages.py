"""The findings of a study: every number that the report and the view say, as tables."""

from collections.abc import Callable

import pandas as pd

from twinseg.core.progress import Progress
from twinseg.core.tables import write_table
from twinseg.explanation import LAYERS, REGIONS, map_name
from twinseg.findings.belief import belief_table
from twinseg.findings.heat_maps import (
    heat_scales,
    map_errors,
    map_means,
    mean_curves,
    twin_map_means,
)
from twinseg.findings.lesions import group_means, lesion_counts, lesions_of_twins
from twinseg.findings.missed_traits import missed_traits
from twinseg.findings.score_summaries import objects_missed, score_summaries
from twinseg.findings.splits import split_counts
from twinseg.findings.strata import strata_of_twins
from twinseg.findings.telling_cases import telling_cases, win_counts
from twinseg.records.folders import TEST
from twinseg.study.open_study import OpenStudy
from twinseg.study.stage import Over, Stage, table_stage

# Shown as means over all test cases, beside what chance would give.
LOOKS = ("in_reference", "in_prediction", "in_ring", "in_border", "pointing_hit", "rank_accuracy",
         "top_iou", "centre_distance", "target_overlap")  # fmt: skip

Tables = dict[str, pd.DataFrame]


def of_split(study: OpenStudy) -> Tables:
    """Return what is found in the split."""
    return {"splits": split_counts(study.table("cases"))}


def of_heat_maps(study: OpenStudy) -> Tables:
    """Return what is found in the evidence of the maps."""
    seed, explanations = study.settings.point.seed, study.table("explanations")
    return {
        "belief": belief_table(explanations, seed=seed),
        "map_means": map_means(explanations, LOOKS),
        "map_curves": mean_curves(study.table("explanation_curves")),
    }


def of_twin_maps(study: OpenStudy) -> Tables:
    """Return what is found in the maps of both twins, and the scale they are drawn on."""
    seed, runs = study.settings.point.seed, _runs(study)
    names = [map_name(layer, region) for layer in LAYERS for region in REGIONS]
    folders = {
        name: {run: study.folder.home.maps(TEST, run) / name for run in runs} for name in names
    }
    cases = study.twin_cases(study.settings.contrast, TEST).case_ids
    twin_maps = study.table("twin_maps")
    return {
        "heat_scales": heat_scales(folders, cases),
        "twin_map_means": twin_map_means(twin_maps),
        "map_errors": map_errors(twin_maps, study.table("scores"), runs, seed=seed),
    }


def of_scores(study: OpenStudy) -> Tables:
    """Return what is found in the scores."""
    scores, seed, runs = study.table("scores"), study.settings.point.seed, _runs(study)
    maps = study.table("twin_maps")
    maps = maps[maps["map"] == map_name("decoder", "target")]
    return {
        "score_summaries": score_summaries(scores, runs, seed=seed),
        "objects_missed": objects_missed(scores),
        "telling_cases": telling_cases(scores, runs, maps),
        "win_counts": win_counts(scores, runs),
        "strata": strata_of_twins(scores, study.table("labels"), runs, seed=seed),
    }


def of_lesions(study: OpenStudy) -> Tables:
    """Return what is found in lesions and whole groups."""
    seed, lesions = study.settings.point.seed, study.table("lesions")
    return {
        "lesion_counts": lesion_counts(lesions),
        "lesions_of_twins": lesions_of_twins(lesions, _runs(study), seed=seed),
        "group_means": group_means(study.table("groups"), seed=seed),
    }


def of_missed(study: OpenStudy) -> Tables:
    """Return what is found in the cases of which the twins miss most."""
    scores, labels, seed = study.table("scores"), study.table("labels"), study.settings.point.seed
    return {"missed_traits": missed_traits(scores, labels, _runs(study), seed=seed)}


def _runs(study: OpenStudy) -> list[str]:
    return [run.id for run in study.settings.contrast.runs]


def _stage(
    what: str,
    find: Callable[[OpenStudy], Tables],
    tables: tuple[str, ...],
    needs: tuple[str, ...],
) -> Stage:
    def work(study: OpenStudy, _target: None, _progress: Progress) -> None:
        for name, table in find(study).items():
            write_table(study.folder.table(name), table, sealed=True)

    name = f"findings of {what}"
    return table_stage(name, Over.STUDY, tables, work, needs=needs, settings=("seed",))


FINDING_STAGES = (
    _stage("the split", of_split, ("splits",), ("split",)),
    _stage(
        "heat maps", of_heat_maps, ("belief", "map_means", "map_curves"), ("table of evidence",)
    ),
    _stage(
        "the twins' heat maps",
        of_twin_maps,
        ("heat_scales", "twin_map_means", "map_errors"),
        ("difference of heat maps", "scores"),
    ),
    _stage(
        "scores",
        of_scores,
        ("score_summaries", "objects_missed", "telling_cases", "win_counts", "strata"),
        ("scores", "labels", "difference of heat maps"),
    ),
    _stage("missed cases", of_missed, ("missed_traits",), ("scores", "labels")),
    _stage(
        "lesions and groups",
        of_lesions,
        ("lesion_counts", "lesions_of_twins", "group_means"),
        ("lesions", "groups"),
    ),
)
