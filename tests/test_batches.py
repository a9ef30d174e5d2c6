"""Augmentation is drawn first and applied after; batches depend on seed, epoch and case alone."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from twinseg.core.seeds import stream
from twinseg.data.augmentation import (
    Jitter,
    Strength,
    apply_jitter,
    draw_jitter,
    strength_for,
)
from twinseg.data.batches import TrainingBatches, plain_batch, to_images
from twinseg.records.settings import make_settings

UNCHANGED = Jitter(False, False, 0.0, 1.0, 1.0, 0.0, 1.0, (1.0, 1.0, 1.0))


def picture_and_mask(side: int = 6) -> tuple[torch.Tensor, torch.Tensor]:
    images = torch.rand((1, 3, side, side), generator=torch.Generator().manual_seed(0))
    return images, (images[:, :1] > 0.5).float()


def jittered(**changes: object) -> tuple[torch.Tensor, torch.Tensor]:
    return apply_jitter(*picture_and_mask(), [replace(UNCHANGED, **changes)])


def test_nothing_drawn_changes_nothing() -> None:
    images, targets = picture_and_mask()
    moved_images, moved_targets = jittered()
    torch.testing.assert_close(moved_images, images, atol=1e-5, rtol=0)
    assert (moved_targets == targets).all()


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"flip_x": True}, lambda t: t.flip(3)),
        ({"flip_y": True}, lambda t: t.flip(2)),
        ({"flip_x": True, "flip_y": True}, lambda t: t.flip(2, 3)),
        ({"angle_deg": 90.0}, lambda t: torch.rot90(t, 1, (2, 3))),
        ({"angle_deg": 90.0, "flip_x": True}, lambda t: torch.rot90(t.flip(3), 1, (2, 3))),
    ],
)
def test_image_and_mask_move_together(change: dict, expected) -> None:
    for before, after in zip(picture_and_mask(), jittered(**change), strict=True):
        torch.testing.assert_close(after, expected(before), atol=1e-5, rtol=0)


def test_a_scale_above_one_enlarges() -> None:
    targets = torch.zeros((1, 1, 8, 8))
    targets[..., 3:5, 3:5] = 1
    _, moved = apply_jitter(torch.zeros((1, 3, 8, 8)), targets, [replace(UNCHANGED, scale=2.0)])
    assert moved.sum() == 16  # 2 x 2 becomes 4 x 4


def test_colours_worked_out_on_paper() -> None:
    # Two pixels, red 0.2 and 0.6, green and blue equal to red: grey, so that luma is red.
    images = torch.tensor([0.2, 0.6]).view(1, 1, 1, 2).expand(1, 3, 1, 2)
    targets = torch.zeros((1, 1, 1, 2))
    after, _ = apply_jitter(images, targets, [replace(UNCHANGED, contrast=0.5, brightness=0.1)])
    # mean 0.4; 0.4 -+ 0.2 / 2 + 0.1
    assert after[0, 0, 0].tolist() == pytest.approx([0.4, 0.6])
    after, _ = apply_jitter(images, targets, [replace(UNCHANGED, channel_gain=(1.5, 1.0, 1.0))])
    assert after[0, :, 0, 1].tolist() == pytest.approx([0.9, 0.6, 0.6])


def test_no_saturation_is_grey() -> None:
    after, _ = jittered(saturation=0.0)
    red, green, blue = after[0]
    torch.testing.assert_close(red, green)
    torch.testing.assert_close(green, blue)


def test_draws_stay_in_range_and_images_stay_images() -> None:
    jitters = [draw_jitter(stream(seed, "j"), Strength(1.0, 1.0)) for seed in range(200)]
    images, targets = apply_jitter(torch.rand(200, 3, 8, 8), torch.ones(200, 1, 8, 8), jitters)
    assert images.min() >= 0
    assert images.max() <= 1
    assert set(targets.unique().tolist()) == {1.0}  # mirrored at the border, never empty
    assert {jitter.flip_x for jitter in jitters} == {True, False}
    assert all(abs(jitter.angle_deg) <= 30 for jitter in jitters)
    assert isinstance(jitters[0], Jitter)


def test_strength_scales_every_change_and_none_leaves_flips() -> None:
    whole, half, none = (
        draw_jitter(stream(4, "j"), Strength(share, share)) for share in (1.0, 0.5, 0.0)
    )
    assert half.angle_deg == pytest.approx(whole.angle_deg / 2)
    assert half.scale == pytest.approx(whole.scale**0.5)
    assert half.contrast - 1 == pytest.approx((whole.contrast - 1) / 2)
    assert half.channel_gain[1] - 1 == pytest.approx((whole.channel_gain[1] - 1) / 2)
    flips = {"flip_x": whole.flip_x, "flip_y": whole.flip_y}
    assert none == replace(UNCHANGED, **flips)


def test_flips_alone_move_pixels_and_change_none() -> None:
    images = torch.rand(4, 3, 8, 8)
    targets = (images[:, :1] > 0.5).float()
    jitters = [replace(UNCHANGED, flip_x=x, flip_y=y) for x in (True, False) for y in (True, False)]
    moved, marked = apply_jitter(images, targets, jitters)
    for case, axes in enumerate(((1, 2), (2,), (1,), ())):
        assert torch.equal(moved[case], images[case].flip(axes))
        assert torch.equal(marked[case], targets[case].flip(axes))


def numbered_batches(cases: int = 10, **changes: object) -> TrainingBatches:
    """Each picture is filled with its number."""
    pictures = np.full((cases, 8, 8, 3), 0, np.uint8)
    pictures += np.arange(cases, dtype=np.uint8)[:, None, None, None]
    masks = np.zeros((cases, 8, 8), bool)
    masks[:, 2:5, 3:7] = True
    values = {
        "positions": np.arange(cases),
        "batch_size": 4,
        "seed": 3,
        "strength": Strength(1.0, 1.0),
    }
    values |= changes
    return TrainingBatches(pictures, masks, **values)


def test_an_epoch_holds_each_case_once_in_batches_of_nearly_one_size() -> None:
    batches = numbered_batches()
    order = stream(3, "order", 0).permutation(10)
    sizes = [len(batches.batch(0, step).images) for step in range(batches.steps_per_epoch)]
    assert sizes == [4, 3, 3]
    assert sorted(order) == list(range(10))


def test_a_batch_does_not_depend_on_what_was_made_before() -> None:
    one, other = numbered_batches(), numbered_batches()
    one.batch(0, 0)
    first, again = one.batch(1, 2), other.batch(1, 2)
    assert torch.equal(first.images, again.images)
    assert torch.equal(first.targets, again.targets)


def test_epochs_and_seeds_differ() -> None:
    batches = numbered_batches()
    assert not torch.equal(batches.batch(0, 0).targets, batches.batch(1, 0).targets)
    assert not torch.equal(
        batches.batch(0, 0).targets, numbered_batches(seed=4).batch(0, 0).targets
    )


def test_only_the_training_cases_are_seen() -> None:
    batches = numbered_batches(positions=np.array([2, 7]), batch_size=2)
    seen = plain_batch(batches.pictures, batches.masks, batches.positions).images
    assert (seen[:, 0, 0, 0] * 255).round().tolist() == [2, 7]
    assert batches.steps_per_epoch == 1


def test_bytes_become_floats_with_channels_last_in_memory() -> None:
    images = to_images(np.full((2, 4, 4, 3), 255, np.uint8))
    assert images.max() == 1
    assert images.is_contiguous(memory_format=torch.channels_last)


@pytest.mark.parametrize(
    ("asked", "epochs", "is_grey", "expected"),
    [
        ("auto", 1, False, 0.0),
        ("auto", 8, False, 0.0),
        ("auto", 12, False, 0.25),  # a quarter of the way from 8 to 24
        ("auto", 24, False, 1.0),
        ("auto", 90, False, 1.0),
        ("auto", 90, True, 0.0),
        (0.0, 90, False, 0.0),
        (2.0, 1, True, 2.0),
    ],
)
def test_colour_is_changed_in_long_trainings_of_coloured_pictures(
    asked: float | str, epochs: int, is_grey: bool, expected: float
) -> None:
    pictures = np.full((3, 4, 4, 3), 7, np.uint8)
    pictures[2, 1, 1, 2] += 1 - is_grey  # one pixel of the last picture
    pictures[0, 0, 0, 0] = 9  # of a case that is not trained on
    settings = make_settings(colour=asked, epochs=epochs, warp=0.5).training
    assert strength_for(settings, pictures, np.array([1, 2])) == Strength(0.5, expected)
