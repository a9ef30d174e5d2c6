"""Large pictures by tile: the same as whole where a tile sees enough, no seams, one scale."""

import pytest
import torch

from tests.heat_networks import TinyUNet, TwoFeatures, noise
from twinseg.core.errors import ConfigError, DataError
from twinseg.explanation import Question, Region, box, exactly, explain
from twinseg.explanation.tiles import _layout
from twinseg.prediction.tile_layout import falling_off


def test_tiles_cover_the_picture_half_a_tile_apart() -> None:
    starts = [(rows.start, columns.start) for _, rows, columns in _layout((10, 8), 8)]
    assert starts == [(0, 0), (2, 0)]
    assert [tile[1].start for tile in _layout((21,), 8)] == [0, 4, 8, 12, 13]
    weight = falling_off(8, 1)
    torch.testing.assert_close(weight[:4] + weight[4:], torch.ones(4), atol=2e-3, rtol=0)


@pytest.mark.parametrize("region", ["target", "non-target", "lesion:1", "box:1,2,19,20"])
@pytest.mark.parametrize("score", ["mean", "sum"])
def test_where_a_pixel_sees_only_itself_tiles_change_nothing(region: str, score: str) -> None:
    network, image = TwoFeatures(2.0, -1.0), noise(1, 1, 21, 27) * 2
    options = {"region": region, "score": score, "layer": "features", "method": "hires_cam"}
    whole = explain(network, image, **options).values
    tiled = explain(network, image, tile_px=8, **options).values
    torch.testing.assert_close(torch.from_numpy(tiled), torch.from_numpy(whole))


def test_inside_a_tile_the_maps_are_those_of_the_whole_picture() -> None:
    # A pixel of HiResCAM needs some neighbours only: the middle of the picture is in the middle of
    # a tile, and the region is far from every edge of it.
    network, image = TinyUNet(), noise(1, 3, 48, 48)
    options = {"region": "box:22,22,26,26", "layer": "decoder.0", "method": "hires_cam"}
    whole = explain(network, image, **options).values
    tiled = explain(network, image, tile_px=32, **options).values
    assert whole[0, 18:30, 18:30].any()
    torch.testing.assert_close(
        torch.from_numpy(tiled), torch.from_numpy(whole), atol=1e-6, rtol=1e-3
    )


def test_a_seam_is_no_steeper_than_the_rest() -> None:
    # A coarse layer, whose weights are means over each tile: next to each other, tiles would jump.
    network, image = TinyUNet(), noise(1, 3, 64, 64)
    heat = torch.from_numpy(explain(network, image, region="box:0,0,64,64", tile_px=16).values)[0]
    steps = heat.diff(dim=0).abs().mean(dim=1)
    assert steps[7::8].max() < 2 * steps.mean()


def test_the_score_is_one_for_the_whole_picture() -> None:
    # The same pixel asked for alone, or as one of two far apart: half the score, half the values.
    network, image = TinyUNet(), noise(1, 3, 64, 64)
    both = torch.zeros(64, 64, dtype=torch.bool)
    both[4, 4] = both[60, 60] = True

    def heat(region: Region) -> torch.Tensor:
        maps = explain(network, image, region=region, tile_px=16, layer="decoder.0")
        return torch.from_numpy(maps.values)[0]

    alone = heat(box((4, 4), (5, 5)))
    torch.testing.assert_close(heat(exactly(both))[:16, :16], alone[:16, :16] / 2)
    assert (alone[24:] == 0).all()


def test_an_empty_region_and_the_reference_are_those_of_the_whole_picture() -> None:
    network, images = TinyUNet(), noise(2, 3, 24, 24)
    reference = torch.zeros(2, 24, 24, dtype=torch.bool)
    reference[1, 20:, 20:] = True
    maps = explain(network, images, region="reference", reference=reference, tile_px=16).values
    assert torch.from_numpy(maps[0]).isnan().all()
    assert maps.shape == (2, 24, 24)
    assert (maps[1, :4, :4] == 0).all()
    assert maps[1].any()


def test_what_cannot_be_tiled_is_refused() -> None:
    with pytest.raises(ConfigError, match="eigen_cam scales each tile by itself"):
        explain(TinyUNet(), noise(1, 3, 24, 24), tile_px=16, method="eigen_cam")
    with pytest.raises(DataError, match=r"picture of \(24, 8\) px is smaller than a tile of 16"):
        explain(TinyUNet(), noise(1, 3, 24, 8), tile_px=16)
    coarse = TinyUNet().encoder.coarse
    shrinking = torch.nn.Sequential(torch.nn.MaxPool2d(2), torch.nn.Conv2d(3, 1, 1))
    assert coarse is not None
    with pytest.raises(DataError, match=r"a tile of \(16, 16\) px has logits on \(8, 8\)"):
        explain(shrinking, noise(1, 3, 24, 24), tile_px=16, layer="1")


def test_the_question_keeps_its_name() -> None:
    assert Question(box((0, 0), (2, 3)), "sum").name == "box-0-0-2-3-sum"
