"""From the files of a source to series with masks, and to what is said about them."""

import filecmp
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from twinseg.core.errors import DataError, MaskValuesError
from twinseg.data.case_unit import Findings
from twinseg.data.dicom.choice import Undecided, choose, require_held
from twinseg.data.dicom.links import link, link_volumes
from twinseg.data.dicom.mask_series import part_masks
from twinseg.data.dicom.offers import MaskSource, Offer
from twinseg.data.dicom.rtstruct import read_structures
from twinseg.data.dicom.segmentation import read_segmentation
from twinseg.data.dicom.series_cases import SeriesCases
from twinseg.data.empty_slices import kept
from twinseg.images.dicom.header import SEGMENTATIONS, SLIDES, STRUCTURES, DicomHeader
from twinseg.images.dicom.privacy import patient_key
from twinseg.images.dicom.scan import Scan
from twinseg.images.dicom.series import Stack, stacks_of
from twinseg.images.dicom.slice_pictures import (
    A_SLIDE,
    REPEATED,
    Series,
    display_of,
    number_series,
    parts_of_series,
    path_below,
    words_of,
)
from twinseg.images.dicom.windows import ct_window
from twinseg.images.unit import LeftOut, NothingUsableError
from twinseg.records.source_settings import SourceSettings


@dataclass(frozen=True)
class _Offered:
    """A series of pictures with the masks that belong to it."""

    series: Series
    offers: tuple[Offer, ...]

    @property
    def name(self) -> str:
        return self.series.name

    @property
    def stack(self) -> Stack:
        return self.series.stack


@dataclass
class _Said:
    """What is said about a source: names and all; the caller hides them."""

    root: Path
    left_out: list[LeftOut] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    undecided: list[str] = field(default_factory=list)
    not_there: list[str] = field(default_factory=list)  # series without what was asked for
    lacking: dict[str, list[str]] = field(default_factory=dict)  # what was asked for: series
    offers: list[Offer] = field(default_factory=list)  # of all files
    words: set[str] = field(default_factory=set)  # names of regions and segments
    kept: int = 0  # of the slices without foreground
    empty: int = 0  # slices without foreground

    def leave(self, path: Path, reason: str) -> None:
        self.left_out.append(LeftOut(self.shown(path), reason))

    def shown(self, path: Path) -> str:
        """Return ``path`` relative to the source."""
        return path_below(self.root, path)

    def leave_all(self, pairs: Iterable[tuple[Path, str]]) -> None:
        for path, reason in pairs:
            self.leave(path, reason)


def find_series(scan: Scan, settings: SourceSettings) -> Findings:
    """Return parts of every series that has a mask.

    Raises:
        MaskValuesError: If for most series the user has to choose the target.
        DataError: If no series can be used.
    """
    said = _Said(scan.root)
    said.leave_all(scan.damaged)
    all_series = _series_of(scan, settings, said)
    ct = ct_window([series.stack for series in all_series], settings)
    units: list[SeriesCases] = []
    facts: dict[str, object] = {}
    for series in all_series:
        try:
            mask, offer = _mask_of(series, settings, said)
            display = display_of(series.series, settings, ct)
            taken = _taken(series, mask, settings.empty_slices, said)
        except DataError as error:
            said.leave(series.stack.folder, f"series {series.name} {error}")
            continue
        parts = parts_of_series(series.series, taken, display.window, said.root)
        mask_file = said.shown(offer.path)
        units += [SeriesCases(pictures=part, mask=mask, mask_file=mask_file) for part in parts]
        said.notes += display.notes
        facts |= display.facts
    used = len({unit.pictures.series for unit in units})
    _require_decided(said, used=used, scan=scan)
    require_held(said.offers, settings)
    said.notes += [
        f"{len(lacking)} of {used} series without {asked}, which counts as not there, such as "
        f"{lacking[0]}"
        for asked, lacking in said.lacking.items()
    ]
    return Findings(
        units=tuple(sorted(units, key=lambda unit: unit.name)),
        left_out=tuple(said.left_out),
        notes=(REPEATED, *dict.fromkeys(said.notes)),
        empty_slices=(said.kept, said.empty),
        words=frozenset(said.words),
        facts=facts,
    )


def _series_of(scan: Scan, settings: SourceSettings, said: _Said) -> list[_Offered]:
    """Return every series of pictures, numbered, with the masks that belong to it."""
    offers, images = _read_offers(scan.headers, said)
    stacks, left_out = stacks_of(images, scan.root)
    said.leave_all(left_out)
    pictures, mask_series, odd = part_masks(stacks)
    said.leave_all((s.folder, "is a mask series of no series here, or of no values") for s in odd)
    said.words |= words_of(stacks)
    said.words |= {target.label for offer in (*offers, *mask_series) for target in offer.targets}
    said.offers += offers
    links = link([*offers, *mask_series], pictures)
    said.leave_all(links.refused)
    volumes = link_volumes(scan.volumes, pictures, settings.foreground)
    if rest := len(scan.volumes) - sum(len(found) for found in volumes.of_stack.values()):
        said.notes.append(f"volumes (NIfTI, NRRD, MHA) beside the series not used: {rest}")
    found = []
    for at, series in enumerate(number_series(pictures, scan.headers, settings)):
        linked = links.of_stack.get(at, [])
        if linked and at in volumes.of_stack:
            said.notes.append(
                f"{series.name}: mask from DICOM, not from the label volume beside it"
            )
        found.append(_Offered(series, tuple(linked or volumes.of_stack.get(at, ()))))
    return found


def _read_offers(
    headers: Iterable[DicomHeader], said: _Said
) -> tuple[list[Offer], list[DicomHeader]]:
    """Read all files with regions or segments; return them, and the files that remain."""
    offers: list[Offer] = []
    images = []
    known: dict[tuple[str, str], Path] = {}
    for header in headers:
        patient = patient_key(header)
        is_mask = header.sop_class in (*STRUCTURES, *SEGMENTATIONS)
        first = known.setdefault((patient, header.instance), header.path) if is_mask else None
        try:
            if first and first != header.path and _are_alike(first, header.path):
                said.leave(header.path, "is a copy of another file (same UIDs, same content)")
            elif header.sop_class in STRUCTURES:
                offers.append(read_structures(header.path, patient))
            elif header.sop_class in SEGMENTATIONS:
                offers.append(read_segmentation(header.path, patient))
            elif header.sop_class in SLIDES:
                said.leave(header.path, A_SLIDE)
            else:
                images.append(header)
        except DataError as error:
            said.leave(header.path, str(error))
    return offers, images


def _are_alike(first: Path, second: Path) -> bool:
    try:
        return filecmp.cmp(first, second, shallow=False)
    except OSError:
        return False


def _mask_of(series: _Offered, settings: SourceSettings, said: _Said) -> tuple[MaskSource, Offer]:
    """Return the masks of a series and the offer that they come from.

    Raises:
        DataError: If it has none, several, or one that does not fit.
    """
    stack = series.stack
    if not series.offers:
        raise DataError(
            f"of {len(stack.slices)} {stack.modality or 'unknown'} slices has no mask (RTSTRUCT, "
            "DICOM SEG, label volume or mask series)"
        )
    chosen = choose(series.offers, settings, said.root)
    if isinstance(chosen, Undecided):
        line = f"{said.shown(stack.folder)} {chosen.reason}"
        (said.undecided if chosen.several else said.not_there).append(line)
        raise DataError(chosen.reason)
    try:
        mask, notes = chosen.offer.source(chosen.numbers, stack.grids, stack.spacing_mm)
    except DataError as error:
        raise DataError(f"has a mask, {said.shown(chosen.offer.path)}: {error}") from error
    said.notes += [f"{series.name}: {note}" for note in notes]
    for name in chosen.lacking:
        said.lacking.setdefault(f"--{chosen.offer.option} {name}", []).append(series.name)
    if chosen.offer.patient not in ("", stack.patient):
        said.notes.append(
            f"{series.name}: its mask, {said.shown(chosen.offer.path)}, is of another patient by "
            "its tags, and refers to this series or lies in its frame"
        )
    return mask, chosen.offer


def _taken(series: _Offered, mask: MaskSource, share: float, said: _Said) -> list[int]:
    """Return the positions of the slices that become cases."""
    places = range(len(series.stack.slices))
    dropped: set[int] = set()
    if share < 1:
        masks = mask.masks(series.stack.grids)
        empty = [place for place, marked in zip(places, masks, strict=True) if not marked.any()]
        dropped = set(empty) - kept(empty, share)
        said.kept += len(empty) - len(dropped)
        said.empty += len(empty)
    return [place for place in places if place not in dropped]


def references_among(scan: Scan) -> frozenset[PurePosixPath]:
    """Return the files of series that are masks, relative to the source."""
    stacks, _refused = stacks_of([one for one in scan.headers if one.is_image], scan.root)
    pictures, _masks, _odd = part_masks(stacks)
    files = {s.stored.path for stack in stacks if stack not in pictures for s in stack.slices}
    return frozenset(PurePosixPath(path.relative_to(scan.root).as_posix()) for path in files)


def _require_decided(said: _Said, *, used: int, scan: Scan) -> None:
    """Stop where going on would be a guess, or would leave nothing."""
    if len(said.undecided) > used:
        more = len(said.undecided) - 1
        raise MaskValuesError(said.undecided[0] + (f" (and {more} more series)" if more else ""))
    if not used and said.not_there:  # the user has to see what could be asked for
        raise DataError(said.not_there[0])
    if not used:
        raise NothingUsableError(
            f"no DICOM series of {scan.root} has a mask that can be used", said.left_out
        )
