"""What lies beside new pictures to compare their masks with, and what of it cannot be used."""

from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path

from twinseg.core.errors import DataError, MaskValuesError
from twinseg.data.case_unit import CaseUnit
from twinseg.data.hidden_source import without_names
from twinseg.data.kinds import recognise
from twinseg.images.unit import LeftOut, NothingUsableError
from twinseg.records.source_settings import SourceSettings


@dataclass(frozen=True)
class References:
    """The references of a source; none of them is decoded yet.

    Attributes:
        units: Pictures joined with their references.
        left_out: Files and series that cannot be used, by their real names.
        fault: Why there are none; "" if there are, or nobody can say.
        must_choose: Whether that is because the user has to choose the target.
    """

    units: tuple[CaseUnit, ...] = ()
    left_out: tuple[LeftOut, ...] = ()
    fault: str = ""
    must_choose: bool = False


def find_references(source: Path, settings: SourceSettings, *, is_hidden: bool) -> References:
    """Find the references of a source as `prepare` does; empty where it holds pictures alone."""
    try:
        with without_names(source, None) if is_hidden else nullcontext():
            return _found(source, settings)
    except MaskValuesError as error:
        return References(fault=str(error), must_choose=True)
    except DataError as error:  # there is none, or none fits
        return References(fault=str(error))


def _found(source: Path, settings: SourceSettings) -> References:
    kind, _ = recognise(source, settings.kind)
    try:
        found = kind.find(source, settings)
    except NothingUsableError as error:  # which says more of each file than its own words
        return References(left_out=error.left_out)
    return References(found.units, found.left_out)
