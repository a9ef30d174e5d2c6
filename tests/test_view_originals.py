"""What a folder of `predict` is of, seen in the view: the same pictures, each with its own mask."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import twinseg
from tests.conftest import write_discs
from tests.dicom_files import SHAPE, write_series
from tests.patient_space import write_phantom
from tests.untrained import SPEC, write_untrained
from twinseg.core.errors import ConfigError, DataError
from twinseg.data.find_pictures import find_pictures
from twinseg.images.picture import SourcePicture
from twinseg.records.input_spec import InputSpec
from twinseg.view.serve import open_desk

CT = {"window": "-160,240"}


def photographs(folder: Path) -> InputSpec:
    write_discs(folder, cases=3)
    return SPEC


def series(folder: Path) -> InputSpec:
    write_series(folder / "one", [0, 2.5, 5, 7.5])
    return replace(SPEC, kind="dicom", **CT)


def slices_as_files(folder: Path) -> InputSpec:
    (folder / "masks").mkdir()
    for file in write_series(folder / "images", [0, 2.5, 5]):
        mask = Image.fromarray(np.full(SHAPE, 255, np.uint8))
        mask.save(folder / "masks" / f"{file.stem}.png")
    return replace(SPEC, kind="dicom", **CT)


def series_with_a_hole(folder: Path) -> InputSpec:
    write_series(folder / "one", [0, 2.5, 5, 12.5])
    return replace(SPEC, kind="dicom", **CT)


def volumes(folder: Path) -> InputSpec:
    for name, order in (("a", (1, 2, 0)), ("b", (0, 1, 2))):
        write_phantom(folder / f"{name}.nii.gz", np.eye(3)[:, list(order)])
    return replace(SPEC, kind="nifti", **CT)


@pytest.mark.parametrize(
    "write", [photographs, series, slices_as_files, series_with_a_hole, volumes]
)
def test_each_picture_is_its_own_and_so_is_its_mask(tmp_path: Path, write) -> None:
    source = tmp_path / "source"
    source.mkdir()
    spec = write(source)
    run = write_untrained(tmp_path / "run", spec)
    done = twinseg.predict_files(run, source, tmp_path / "out")
    read = [
        one for unit in find_pictures(source, spec.source_settings).units for one in unit.read()
    ]
    pictures = {one.id: one.pixels for one in read if isinstance(one, SourcePicture)}
    shown = open_desk(tmp_path / "out", images=source).opened.shown
    assert len(shown.cases) == len(pictures) == len(done.table) > 2
    marked = 0
    for place, row in enumerate(done.table.to_dict("records")):
        assert shown.cases["case"][place] == row["picture"]
        assert np.array_equal(shown.pixels.picture(place), pictures[row["picture"]])
        mask = shown.pixels.mask(place, shown.models[0])
        assert mask.shape == (row["height_px"], row["width_px"])
        assert mask.sum() == row["marked_px"]
        assert (row["slice"] >= 0) == (write in (series, series_with_a_hole, volumes))
        marked += int(mask.sum())
    assert marked > 0


def test_without_its_input_a_slice_has_no_mask_of_its_own(tmp_path: Path) -> None:
    spec = series(tmp_path / "source")
    run = write_untrained(tmp_path / "run", spec)
    twinseg.predict_files(run, tmp_path / "source", tmp_path / "out")
    shown = open_desk(tmp_path / "out").opened.shown
    with pytest.raises(DataError, match=r"is a volume; say where .* --images INPUT"):
        shown.pixels.mask(0, shown.models[0])


def test_a_study_needs_no_images(calm: twinseg.Study, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="is a study, which knows its pictures"):
        open_desk(calm.folder, images=tmp_path)
