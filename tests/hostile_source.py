"""A source in which nearly every name, path and value names a patient, and what must not leak."""

import json
import unicodedata
from collections.abc import Iterator
from html import unescape
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
from PIL import Image

from tests.dicom_files import ct_slice, save, square, uid, write_series, write_structures

NFD = unicodedata.normalize("NFD", "Jörg Müller")
# One folder a patient: scripts, decomposed umlauts, dates, ids with and without zeros, UIDs.
PATIENTS = (
    "МЮЛЛЕР Ганс",
    "李小龍",
    NFD,
    "MUELLER-HANS_1970.01.02",
    "pat 000123987",
    "1.2.840.113619.2.55.3.604688119",
    "ACC0009876543",
    "=HYPERLINK(O'Brien)",
)
ROOT = "Wartezimmer von Özdemir"
TOKENS = (
    *("мюллер", "ганс", "李小龍", "müller", "jörg", "mueller", "hans_1970", "1970.01.02"),
    *("000123987", "123987", "1.2.840.113619", "0009876543", "brien", "özdemir", "wartezimmer"),
    *("иванов", "schröder", "kowalski", "doe^jane", "id-doe", "befund"),
)


def write_hostile(folder: Path, patients: tuple[str, ...] = PATIENTS) -> Path:
    """Write series with regions, masks as a series, and much that cannot be used."""
    source = folder / ROOT
    for number, name in enumerate(patients):
        place = source / name / f"Befund {name}"
        tags = {"series": f"s{number}"}
        if number % 2:  # the tags of the others spell nothing as the folders do
            tags |= {"PatientID": f"{name[:8]}-000123987", "PatientName": name}
        tags["AccessionNumber"] = "ACC0009876543"[:16]
        tags["BodyPartExamined"] = "KOWALSKI HANS"
        tags["SeriesDescription"] = f"Kowalski {name}"[:60]
        for path in write_series(place / "CT", [0, 2, 4], patient=f"P{number}", **tags):
            path.rename(path.with_name(f"{uid(path)}.dcm"))
        regions = {f"GTV {name}": [square(3.5 + number % 3, 15.5, 0)]}
        structures = place / f"{name} Schröder.dcm"
        write_structures(structures, regions, series=f"s{number}", patient=f"P{number}")
    source.mkdir(exist_ok=True)
    (source / "Иванов.dcm").write_bytes(bytes(300))
    write_series(source / "Kowalski ohne Maske", [50, 52], series="bare", patient="Kowalski")
    several = {"Schröder links": [square(1, 5, 90)], "Schröder rechts": [square(1, 5, 90)]}
    write_series(source / "Kowalski zwei", [90, 92], series="two", patient="Kowalski2")
    where = source / "Kowalski zwei" / "Schröder.dcm"
    write_structures(where, several, series="two", patient="Kowalski2")
    (source / "ИВАНОВ 李小龍.dcm").write_bytes(where.read_bytes()[:700])
    half = np.zeros((20, 24), np.uint16)
    half[4:9, 4:9] = 1
    for place, values in (
        ("CT", np.full((20, 24), 30)),
        ("masks Kowalski", half.astype(int) - 1024),
    ):
        slice_ = ct_slice(values, position_mm=(0, 0, 200), series=place, patient="Kowalski3")
        save(slice_, source / "Kowalski drei" / place / "Kowalski.dcm")
    return source


def leaks(text: str) -> set[str]:
    """Return the tokens that ``text`` holds, in any case and any form of Unicode."""
    folded = {
        unicodedata.normalize(form, text).casefold() for form in ("NFC", "NFD", "NFKC", "NFKD")
    }
    return {
        token
        for token in TOKENS
        for form in ("NFC", "NFD", "NFKC")
        if any(unicodedata.normalize(form, token).casefold() in one for one in folded)
    }


def everything_in(*folders: Path) -> Iterator[tuple[str, str]]:
    """Yield every name below ``folders``, and every byte as text, unpacked and unescaped."""
    for path in (path for folder in folders for path in (folder, *sorted(folder.rglob("*")))):
        yield "a name", path.name
        if not path.is_file():
            continue
        content = path.read_bytes()
        for encoding in ("utf-8", "utf-16-le", "latin-1"):
            yield path.name, content.decode(encoding, "replace")
        if path.suffix == ".json":
            yield path.name, json.dumps(json.loads(content), ensure_ascii=False)
        elif path.suffix in (".html", ".svg"):
            yield path.name, unescape(content.decode())
        elif path.suffix == ".parquet":
            yield path.name, pd.read_parquet(path).to_csv() + str(pq.read_metadata(path).metadata)
        elif path.suffix in (".png", ".jpg"):
            with Image.open(path) as image:
                assert not image.info, path
                assert not image.getexif(), path
