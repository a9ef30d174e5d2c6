"""From the files of a source to runs of slices with masks, and to what is said about them."""

import filecmp
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from twinseg.core.errors import DataError, MaskValuesError
from twinseg.core.source_settings import SourceSettings
from twinseg.data.case import LeftOut
from twinseg.data.dicom.choice import Undecided, choose, require_held
from twinseg.data.dicom.header import SEGMENTATIONS, SLIDES, STRUCTURES, Header
from twinseg.data.dicom.links import link, link_volumes
from twinseg.data.dicom.mask_series import part_masks
from twinseg.data.dicom.offers import MaskSource, Offer
from twinseg.data.dicom.privacy import group_names, patient_key
from twinseg.data.dicom.rtstruct import read_structures
from twinseg.data.dicom.run import LONGEST, Numbered, SliceRun
from twinseg.data.dicom.scan import Scan
from twinseg.data.dicom.segmentation import read_segmentation
from twinseg.data.dicom.series import Stack, stacks_of
from twinseg.data.dicom.values import Shown
from twinseg.data.dicom.windows import ct_window, series_window
from twinseg.data.dicom.words import USUAL_CODES
from twinseg.data.unit import Findings, NothingUsableError
from twinseg.data.volumes.unit import kept


@dataclass(frozen=True)
class _Series:
    """A stack of pictures with the names it goes by outside."""

    stack: Stack
    group: str
    number: int  # of the patient, from 1
    offers: tuple[Offer, ...]

    @property
    def name(self) -> str:
        return f"{self.group}-s{self.number}"


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
        return path.relative_to(self.root).as_posix() if path.is_relative_to(self.root) else "."

    def leave_all(self, pairs: Iterable[tuple[Path, str]]) -> None:
        for path, reason in pairs:
            self.leave(path, reason)


def find_series(scan: Scan, settings: SourceSettings) -> Findings:
    """Return runs of slices for every series that has a mask.

    Raises:
        MaskValuesError: If for most series the user has to choose the target.
        DataError: If no series can be used.
    """
    said = _Said(scan.root)
    said.leave_all(scan.damaged)
    all_series = _series_of(scan, settings, said)
    ct, ct_note = ct_window([series.stack for series in all_series], settings)
    units: list[SliceRun] = []
    facts: dict[str, object] = {}
    for series in all_series:
        try:
            mask, offer = _mask_of(series, settings, said)
            shown, how = _shown(series.stack, settings, (ct, ct_note))
            taken = _taken(series, mask, settings.empty_slices, said)
        except DataError as error:
            said.leave(series.stack.folder, f"series {series.name} {error}")
            continue
        units += _runs(series, taken, shown, mask, offer, said)
        said.notes += [f"{series.name}: {oddity}" for oddity in series.stack.oddities()]
        if series.stack.modality == "CT":
            facts["window_hu"] = [ct.low, ct.high]
            said.notes.append(ct_note)
        else:
            facts[f"window {series.name}"] = [shown.low, shown.high]
            said.notes.append(f"{series.name}: {how}")
    used = len({(unit.group, unit.series) for unit in units})
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
        notes=("one slice repeated over three channels", *dict.fromkeys(said.notes)),
        empty_slices=(said.kept, said.empty),
        words=frozenset(said.words),
        facts=facts,
    )


def _series_of(scan: Scan, settings: SourceSettings, said: _Said) -> list[_Series]:
    """Return every series of pictures, numbered, with the masks that belong to it."""
    offers, images = _read_offers(scan.headers, said)
    stacks, left_out = stacks_of(images, scan.root)
    said.leave_all(left_out)
    pictures, mask_series, odd = part_masks(stacks)
    said.leave_all((s.folder, "is a mask series of no series here, or of no values") for s in odd)
    codes = {code for stack in stacks for code in (stack.body_part, stack.modality)}
    said.words |= codes - USUAL_CODES
    said.words |= {target.label for offer in (*offers, *mask_series) for target in offer.targets}
    said.offers += offers
    links = link([*offers, *mask_series], pictures)
    said.leave_all(links.refused)
    volumes = link_volumes(scan.volumes, pictures, settings.foreground)
    if rest := len(scan.volumes) - sum(len(found) for found in volumes.of_stack.values()):
        said.notes.append(f"volumes (NIfTI, NRRD, MHA) beside the series not used: {rest}")
    groups = _groups(scan.headers, settings)
    numbers: dict[str, int] = defaultdict(int)
    found = []
    for at, stack in enumerate(pictures):
        numbers[stack.patient] += 1
        linked = links.of_stack.get(at, [])
        group, number = groups[stack.patient], numbers[stack.patient]
        if linked and at in volumes.of_stack:
            said.notes.append(
                f"{group}-s{number}: mask from DICOM, not from the label volume beside it"
            )
        found.append(_Series(stack, group, number, tuple(linked or volumes.of_stack.get(at, ()))))
    return found


def _read_offers(headers: Iterable[Header], said: _Said) -> tuple[list[Offer], list[Header]]:
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
                said.leave(header.path, "is a whole-slide image; prepare it with --kind slides")
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


def _groups(headers: Iterable[Header], settings: SourceSettings) -> dict[str, str]:
    series: dict[str, set[str]] = defaultdict(set)
    ids: dict[str, str] = {}
    for header in headers:
        if header.is_image:
            series[patient_key(header)].add(header.series)
            ids[patient_key(header)] = header.patient.id
    return group_names(series, ids, keep_ids=settings.keep_ids)


def _mask_of(series: _Series, settings: SourceSettings, said: _Said) -> tuple[MaskSource, Offer]:
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


def _shown(stack: Stack, settings: SourceSettings, ct: tuple[Shown, str]) -> tuple[Shown, str]:
    return ct if stack.modality == "CT" else series_window(stack, settings)


def _taken(series: _Series, mask: MaskSource, share: float, said: _Said) -> list[tuple[int, int]]:
    """Return position and number of the slices that become cases."""
    places = range(len(series.stack.slices))
    dropped: set[int] = set()
    if share < 1:
        masks = mask.masks(series.stack.grids)
        empty = [place for place, marked in zip(places, masks, strict=True) if not marked.any()]
        dropped = set(empty) - kept(empty, share)
        said.kept += len(empty) - len(dropped)
        said.empty += len(empty)
    return [(place, place + 1) for place in places if place not in dropped]


def _runs(
    series: _Series,
    taken: Sequence[tuple[int, int]],
    shown: Shown,
    mask: MaskSource,
    offer: Offer,
    said: _Said,
) -> Iterator[SliceRun]:
    """Cut a series into runs that are read alone."""
    slices = series.stack.slices
    folder = said.shown(series.stack.folder)
    for start in range(0, len(taken), LONGEST):
        part = taken[start : start + LONGEST]
        paths = [slices[place].stored.path for place, _ in part]
        yield SliceRun(
            name=f"{folder}: {series.name} slices {part[0][1]:04d} to {part[-1][1]:04d}",
            group=series.group,
            series=series.number,
            slices=tuple(
                Numbered(
                    number=number,
                    slice=slices[place],
                    file=said.shown(path),
                )
                for (place, number), path in zip(part, paths, strict=True)
            ),
            shown=shown,
            mask=mask,
            mask_file=said.shown(offer.path),
        )


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
