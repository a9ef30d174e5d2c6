"""Regions drawn by hand, scores counted by hand, and what is said of wrong ones."""

import numpy as np
import pytest
import torch
from torch import Tensor

from twinseg.core.errors import ConfigError, DataError
from twinseg.explanation import Question, Region, boundary, box, exactly, lesion, point
from twinseg.explanation.foreground import Ending, Reading, foreground_logit
from twinseg.explanation.region_text import region_named
from twinseg.explanation.regions import NAMED, Seen


def drawn(*lines: str) -> Tensor:
    """One mask, (1, y, x): # is in it."""
    return torch.tensor([[[mark == "#" for mark in line] for line in lines]])


def seen(predicted: Tensor, reference: Tensor | None = None) -> Seen:
    return Seen(predicted.float() - 0.5, reference)


PREDICTED = drawn("##..", "##..", "...#")
REFERENCE = drawn("#...", "#..#", "...#")


@pytest.mark.parametrize(
    ("name", "lines", "against"),
    [
        ("target", ("##..", "##..", "...#"), False),
        ("non-target", ("..##", "..##", "###."), True),
        ("reference", ("#...", "#..#", "...#"), False),
        ("false-positives", (".#..", ".#..", "...."), False),
        ("false-negatives", ("....", "...#", "...."), True),
    ],
)
def test_named_regions_drawn_by_hand(name: str, lines: tuple[str, ...], against: bool) -> None:
    region = region_named(name)
    assert torch.equal(region.pixels(seen(PREDICTED, REFERENCE)), drawn(*lines))
    assert region.against is against


def test_a_logit_of_exactly_zero_is_background() -> None:
    zero = Seen(torch.zeros(1, 1, 1))
    assert not NAMED["target"].pixels(zero).any()
    assert NAMED["non-target"].pixels(zero).all()


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("box:0,1,2,4", (".###", ".###", "....")),
        ("point:2,0", ("....", "....", "#...")),
        ("lesion:1", ("##..", "##..", "....")),
        ("lesion:2", ("....", "....", "...#")),
        ("lesion:3", ("....", "....", "....")),
        # One step from the other side, diagonal steps too; the image border is no outline.
        ("boundary:1", (".##.", "####", "####")),
    ],
)
def test_written_regions_drawn_by_hand(text: str, lines: tuple[str, ...]) -> None:
    region = region_named(text)
    assert torch.equal(region.pixels(seen(PREDICTED)), drawn(*lines))
    assert region.name == text.replace(":", "-").replace(",", "-")
    assert not region.against


def test_lesions_touch_at_corners_and_may_be_those_of_the_reference() -> None:
    diagonal = drawn("#..", ".#.", "...")
    assert torch.equal(lesion(1).pixels(seen(diagonal)), diagonal)
    of_reference = lesion(2, of="reference")
    # Of two of equal size the first from the top is number 1.
    second = of_reference.pixels(seen(~REFERENCE, REFERENCE))
    assert torch.equal(second, drawn("....", "...#", "...#"))
    assert of_reference.name == "lesion-2-of-reference"


def test_any_mask_image_by_image_or_one_for_all() -> None:
    masks = torch.cat([PREDICTED, REFERENCE, ~REFERENCE])
    part = Seen(torch.zeros(2, 3, 4), first=1)
    assert torch.equal(exactly(masks).pixels(part), masks[1:])
    assert torch.equal(exactly(PREDICTED[0].numpy()).pixels(part), PREDICTED.expand(2, 3, 4))


def test_regions_of_volumes() -> None:
    volume = Seen(torch.ones(1, 3, 4, 5))
    assert box((0, 1, 2), (1, 3, 5)).pixels(volume).sum() == 1 * 2 * 3
    assert point((2, 3, 4)).pixels(volume).sum() == 1
    assert lesion(1).pixels(volume).all()
    assert not boundary(1).pixels(volume).any()


LOGITS = torch.tensor([[2.0, 4.0, -1.0, 0.0], [-1.0, -2.0, -3.0, -6.0]]).view(2, 1, 4)


@pytest.mark.parametrize(
    ("name", "score", "expected"),
    [
        ("target", "mean", [3.0, np.nan]),
        ("target", "sum", [6.0, 0.0]),
        ("non-target", "mean", [0.5, 3.0]),
        ("non-target", "sum", [1.0, 12.0]),
    ],
)
def test_scores_counted_by_hand(name: str, score: str, expected: list[float]) -> None:
    # A mean over nothing has no value, a sum over nothing is 0.
    asked = Question(NAMED[name], score).put_to(Seen(LOGITS))
    found = torch.where(asked.defined, asked.score(LOGITS), torch.nan)
    torch.testing.assert_close(found, torch.tensor(expected), equal_nan=True)


def test_names_say_the_score_unless_it_is_the_mean() -> None:
    assert Question(NAMED["target"]).name == "target"
    assert Question(NAMED["target"], "sum").name == "target-sum"


def test_several_channels_become_the_log_odds_of_one() -> None:
    logits = torch.randn(2, 3, 4, 5, generator=torch.Generator().manual_seed(0))

    def read(values: torch.Tensor, channel: int | None = None) -> torch.Tensor:
        return foreground_logit(Ending(values), Reading(channel, scale="logit"))

    for channel in range(3):
        probability = logits.softmax(dim=1)[:, channel]
        torch.testing.assert_close(read(logits, channel), probability.logit())
    two = logits[:, :2]
    torch.testing.assert_close(read(two), two[:, 1] - two[:, 0])
    torch.testing.assert_close(read(two, 0), two[:, 0] - two[:, 1])


@pytest.mark.parametrize(
    ("channels", "channel", "said"),
    [
        (3, None, r"3 output channels; name the one .* \(channel=0 to 2\)"),
        (1, 1, "channel 1 is not there: the network has 1 output"),
        (3, 3, "channel 3 is not there: the network has 3 output"),
    ],
)
def test_channels_that_do_not_fit(channels: int, channel: int | None, said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        foreground_logit(Ending(torch.zeros(1, channels, 2, 2)), Reading(channel, scale="logit"))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("lesions", "unknown region 'lesions'; choose one of: target, non-target, .*box:ROW,"),
        ("box:1,2,3", r"a box must start before it stops, got \(1,\) and \(2, 3\)"),
        ("box:5,5,1,9", "a box must start before it stops"),
        ("point", "cannot read the region 'point'; write point:ROW,COLUMN"),
        ("lesion:1,2,3", "cannot read the region 'lesion:1,2,3'; write lesion:NUMBER"),
        ("lesion:0", "lesions are numbered from 1, got 0"),
        ("boundary:0", "at least 1 px wide, got 0"),
    ],
)
def test_regions_that_cannot_be_read(text: str, said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        region_named(text)


@pytest.mark.parametrize(
    ("region", "said"),
    [
        (NAMED["reference"], "needs reference masks, and none were given"),
        (box((0, 0), (4, 4)), r"the box \(0, 0\) to \(4, 4\) leaves the grid of \(3, 4\) pixels"),
        (point((3, 0)), "leaves the grid"),
        (box((0, 0, 0), (1, 1, 1)), "leaves the grid"),
        (exactly(torch.ones(2, 2) > 0, name="spot"), r"mask of region 'spot' is \(2, 2\), the log"),
    ],
)
def test_regions_that_do_not_fit(region: Region, said: str) -> None:
    with pytest.raises((ConfigError, DataError), match=said):
        region.pixels(seen(PREDICTED))


def test_masks_must_be_bool() -> None:
    with pytest.raises(DataError, match=r"must be bool, got torch.uint8; write mask > 0"):
        exactly(np.ones((2, 2), np.uint8))
