"""The data of a study as figures draw them."""

from twinseg.report.figures import CaseValues
from twinseg.report.study_contents import Contents

_PART_COLOUR = "#5b6876"


def shares_by_part(study: Contents) -> list[CaseValues]:
    """Foreground share of every case, part by part of the split."""
    return [
        CaseValues(
            name,
            _PART_COLOUR,
            study.cases.loc[study.cases["split"] == name, "foreground_share"].to_numpy(float),
        )
        for name in study.table("splits")["split"]
    ]
