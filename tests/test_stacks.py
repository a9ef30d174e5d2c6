"""Volumes as bodies: worked out on paper, an oracle in three dimensions, what is no volume."""

import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from monai.metrics import compute_average_surface_distance, compute_hausdorff_distance
from scipy import ndimage

from tests.drawn_masks import mask
from tests.volume_files import write
from twinseg.core.errors import DataError
from twinseg.core.progress import Silent
from twinseg.data.prepare import prepare
from twinseg.data.prepared import open_prepared
from twinseg.images.dicom.ct_slice_file import SlicePlace, write_ct_slice
from twinseg.images.picture import Layer
from twinseg.metrics import hausdorff, hausdorff95, mean_surface_distance
from twinseg.metrics.stacks import stack_distances, stack_table
from twinseg.prediction.predictions import Predictions, write_mask
from twinseg.records.source_settings import make_source_settings

EMPTY, DOT = mask("...", "..."), mask("#..", "...")


@pytest.fixture
def volume_dataset(tmp_path: Path) -> Path:
    """One CT of eight slices with a box in it, prepared: pixels of 0.75 x 0.5 mm, 3 mm apart."""
    label = np.zeros((20, 16, 8), np.uint8)  # x, y, z
    label[5:12, 4:11, 2:6] = 1
    source, spacing_mm = tmp_path / "source", (0.5, 0.75, 3.0)
    write(source / "imagesTr" / "a.nii.gz", label * 100.0 - 500, spacing_mm=spacing_mm)
    write(source / "labelsTr" / "a.nii.gz", label, spacing_mm=spacing_mm)
    prepare(source, tmp_path / "set", make_source_settings(size=16))
    return tmp_path / "set"


def body(rng: np.random.Generator) -> np.ndarray:
    return ndimage.gaussian_filter(rng.normal(size=(9, 20, 24)), 2) > 0.05


def test_a_dot_two_slices_away_is_as_far_as_two_steps() -> None:
    heights = [10.0, 12.5, 15.0]
    found = stack_distances([DOT, EMPTY, EMPTY], [EMPTY, EMPTY, DOT], heights, (1.0, 2.0))
    assert found.from_prediction.tolist() == found.from_reference.tolist() == [5.0]
    assert found.diagonal == math.hypot(7.5, 2.0, 6.0)


def test_a_missed_body_is_the_diagonal_and_two_empty_ones_are_undefined() -> None:
    missed = stack_distances([EMPTY, EMPTY], [DOT, DOT], [0.0, 1.0], (1.0, 1.0))
    assert hausdorff95(missed) == math.hypot(2, 2, 3)
    assert missed.from_reference.tolist() == [missed.diagonal] * 2
    assert math.isnan(hausdorff(stack_distances([EMPTY] * 2, [EMPTY] * 2, [0.0, 1.0], (1.0, 1.0))))


def test_the_inside_is_no_surface_and_a_missing_slice_shows_it() -> None:
    full = np.ones((3, 3), bool)
    whole = stack_distances([full] * 3, [full] * 3, [0.0, 1.0, 2.0], (1.0, 1.0))
    assert len(whole.from_prediction) == 26  # of 27 voxels: not the one in the middle
    gap = stack_distances([full] * 4, [full] * 4, [0.0, 1.0, 2.0, 5.0], (1.0, 1.0))
    assert len(gap.from_prediction) == 35  # 27 + 9 less one: beyond 2 mm is outside


@pytest.mark.filterwarnings("ignore:.*always_return_as_numpy:FutureWarning")  # of MONAI itself
@pytest.mark.parametrize("seed", range(3))
def test_agrees_with_monai_in_three_dimensions(seed: int) -> None:
    rng = np.random.default_rng(seed)
    predicted, reference, spacing = body(rng), body(rng), (2.5, 0.7, 0.9)
    found = stack_distances(
        list(predicted), list(reference), (np.arange(9) * spacing[0]).tolist(), spacing[1:]
    )
    tensors = [torch.from_numpy(one)[None, None] for one in (predicted, reference)]
    options = {"include_background": True, "spacing": spacing}
    for metric, percentile in ((hausdorff, None), (hausdorff95, 95)):
        theirs = compute_hausdorff_distance(*tensors, percentile=percentile, **options)
        assert metric(found) == pytest.approx(float(theirs), rel=1e-5)
    theirs = compute_average_surface_distance(*tensors, symmetric=True, **options)
    assert mean_surface_distance(found) == pytest.approx(float(theirs), rel=1e-5)


def test_slices_at_one_height_are_refused() -> None:
    with pytest.raises(DataError, match="two slices of a volume lie at one height"):
        stack_distances([DOT] * 2, [DOT] * 2, [3.0, 3.0], (1.0, 1.0))


def test_groups_that_are_volumes_are_measured_and_others_left_out(
    volume_dataset: Path, tmp_path: Path
) -> None:
    data = open_prepared(volume_dataset)
    (stack,) = {case.layer.stack for case in data.dataset.cases if case.layer}
    everything = np.arange(len(data.dataset.cases))
    for position, case in enumerate(data.dataset.cases):
        write_mask(tmp_path / f"{case.id}.png", np.roll(data.reference(position), 2, axis=1))
    moved = Predictions("moved", "run", tmp_path)
    (row,) = stack_table([moved], data, everything, tolerance_mm=2.0, progress=Silent()).to_dict(
        "records"
    )
    assert (row["model"], row["volumes"]) == ("moved", 1)
    # Two columns of 0.5 mm to the side.
    assert row["hausdorff"] == pytest.approx(1.0)
    assert row["surface_dice"] == 1.0
    twice = [replace(case, layer=Layer(stack, 1.0)) for case in data.dataset.cases]
    alone = [replace(case, layer=None) for case in data.dataset.cases]
    for cases in (twice, alone):
        other = replace(data, dataset=replace(data.dataset, cases=tuple(cases)))
        assert stack_table([moved], other, everything, tolerance_mm=2.0, progress=Silent()).empty


def test_single_slices_of_a_series_know_their_place(tmp_path: Path) -> None:
    for part in ("images", "masks"):
        (tmp_path / "source" / part).mkdir(parents=True)
    for number, height_mm in enumerate((5.0, -2.5, 0.0)):
        write_ct_slice(
            tmp_path / "source" / "images" / f"{number}.dcm",
            np.zeros((8, 8), np.float32),
            place=SlicePlace(
                series="one",
                number=number + 1,
                position_mm=(0.0, 0.0, height_mm),
                spacing_mm=(0.5, 0.5),
                thickness_mm=2.5,
            ),
            patient_id="p",
            patient_name="p",
            body_part="ABDOMEN",
        )
        write_mask(tmp_path / "source" / "masks" / f"{number}.png", np.ones((8, 8), bool))
    data = prepare(tmp_path / "source", tmp_path / "set", make_source_settings(size=16))
    layers = [case.layer for case in data.dataset.cases]
    assert sorted(layer.height_mm for layer in layers if layer) == [-2.5, 0.0, 5.0]
    assert len({layer.stack for layer in layers if layer}) == 1
