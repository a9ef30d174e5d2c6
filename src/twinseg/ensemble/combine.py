"""A rule over predictions gives predictions again: whatever scores a model scores a rule."""

from collections.abc import Sequence
from pathlib import Path

from twinseg.core.errors import ConfigError
from twinseg.core.planes import append_planes, finish_planes
from twinseg.core.registry import choose
from twinseg.core.store import whole_folder
from twinseg.ensemble.mask_rules import RULES, Rule
from twinseg.ensemble.mixing import mix
from twinseg.prediction.predictions import PROBABILITIES, Predictions, write_mask
from twinseg.prediction.source_grid import to_source_grid

MEAN, WEIGHTED = "mean", "weighted"
ALL_RULES: dict[str, Rule | None] = {**RULES, MEAN: None, WEIGHTED: None}


def combine(
    rule: str,
    members: Sequence[Predictions],
    case_ids: Sequence[str],
    folder: Path,
    *,
    weights: Sequence[float] | None = None,
) -> Predictions:
    """Write the masks of ``rule`` over ``members`` into ``folder``, or find them there.

    ``mean`` and ``weighted`` combine probabilities on the grid of the network and keep them beside
    the masks; every other rule combines masks on the source grid.

    Args:
        rule: Key of `ALL_RULES`.
        members: Predictions of the same cases.
        case_ids: Of the cases.
        folder: Where to write.
        weights: Of ``weighted``, one a member; see `fit_weights`.

    Raises:
        ConfigError: If there is no such rule, or the weights do not fit the members.
        DataError: If there are fewer than two members or their grids differ.
        StoreError: If a member lacks a case, or the probabilities that the rule needs.
    """
    merge = choose(ALL_RULES, rule, "rule")
    if (rule == WEIGHTED) != (weights is not None):
        raise ConfigError(f"{rule} and weights {weights}: only {WEIGHTED} takes them, and must")
    if not folder.exists():
        with whole_folder(folder) as scratch:
            for case_id in case_ids:
                if merge is None:
                    planes = [member.probabilities([case_id])[0] for member in members]
                    plane = mix(planes, weights)
                    append_planes(scratch / PROBABILITIES, plane[None])
                    mask = to_source_grid(plane, *members[0].mask(case_id).shape)
                else:
                    mask = merge([member.mask(case_id) for member in members])
                write_mask(scratch / f"{case_id}.png", mask)
            if merge is None:
                finish_planes(scratch / PROBABILITIES, case_ids)
    return Predictions(rule, "rule", folder)


def useful_rules(members: int) -> list[str]:
    """Name the rules worth making: the majority of two models is their intersection."""
    return [rule for rule in ALL_RULES if rule != "majority" or members > 2]
