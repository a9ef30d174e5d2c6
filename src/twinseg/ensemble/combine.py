"""A rule over predictions gives predictions again: whatever scores a model scores a rule."""

from collections.abc import Sequence
from pathlib import Path

from twinseg.core.registry import choose
from twinseg.core.store import whole_folder
from twinseg.ensemble.rules import RULES
from twinseg.prediction.predictions import Predictions, write_mask


def combine(
    rule: str, members: Sequence[Predictions], case_ids: Sequence[str], folder: Path
) -> Predictions:
    """Write the masks of ``rule`` over ``members`` into ``folder``, or find them there."""
    merge = choose(RULES, rule, "rule")
    if not folder.exists():
        with whole_folder(folder) as scratch:
            for case_id in case_ids:
                masks = [member.mask(case_id) for member in members]
                write_mask(scratch / f"{case_id}.png", merge(masks))
    return Predictions(rule, "rule", folder)
