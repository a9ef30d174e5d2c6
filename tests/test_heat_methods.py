"""Every method worked out on paper; each number fails if a neighbour's formula is put in."""

import pytest
import torch
from torch import Tensor, nn

from tests.heat_networks import TwoFeatures, row
from twinseg.explanation import METHODS, Plan, Question, explain, heat_maps
from twinseg.explanation.gradient_methods import (
    grad_cam,
    grad_cam_plus_plus,
    hires_cam,
    layer_cam,
    xgrad_cam,
)
from twinseg.explanation.regions import TARGET


def features(*rows: list[float]) -> Tensor:
    """One image of one row of places, (1, feature, 1, place)."""
    return torch.tensor(rows)[None, :, None, :]


# Two features at two places.
A = features([1.0, 3.0], [2.0, 1.0])
G = features([4.0, 0.0], [-1.0, 4.0])


@pytest.mark.parametrize(
    ("method", "expected"),
    [
        # Means of the gradients 2 and 3/2: 2 * 1 + 3/2 * 2, 2 * 3 + 3/2 * 1.
        # Fails with sums for means (twice), with a ReLU on the gradient (5/2 -> 2 for 3/2).
        ("grad_cam", [5.0, 7.5]),
        # 4 * 1 - 1 * 2, 0 * 3 + 4 * 1. Fails with means, or with a ReLU on the gradient.
        ("hires_cam", [2.0, 4.0]),
        # 4 * 1 + 0 * 2, 0 * 3 + 4 * 1. Fails without the ReLU.
        ("layer_cam", [4.0, 4.0]),
        # Weights 4 * 1 / 4 = 1 and (-2 + 4) / 3 = 2/3. Fails without the division by sum A.
        ("xgrad_cam", [1 + 4 / 3, 3 + 2 / 3]),
        # Weights 4 / (2 + 4 * 4) = 2/9 and, for the positive gradient alone, 4 / (2 + 4 * 3) = 2/7.
        # Fails without the ReLU (-1 / (2 - 3) = 1 more), with alpha = 1 or 1/2, or with means.
        ("grad_cam_plus_plus", [2 / 9 + 4 / 7, 6 / 9 + 2 / 7]),
    ],
)
def test_gradient_methods_on_paper(method: str, expected: list[float]) -> None:
    # Asked for by name, so that a name that leads to a neighbour fails, too.
    torch.testing.assert_close(METHODS[method].heat(A, G)[0, 0], torch.tensor(expected))


@pytest.mark.parametrize(
    ("method", "expected"),
    [
        ("grad_cam", [5.0, 7.5]),
        ("hires_cam", [2.0, 4.0]),
        ("layer_cam", [4.0, 4.0]),
        ("xgrad_cam", [1 + 4 / 3, 3 + 2 / 3]),
        # Weights 4 / (2 - 4 * 0.04) and 4 / (2 - 4 * 0.03).
        ("grad_cam_plus_plus", [4 / 1.84 + 8 / 1.88, 12 / 1.84 + 4 / 1.88]),
    ],
)
def test_evidence_against_stays_negative(method: str, expected: list[float]) -> None:
    # Fails with a ReLU at the end, and where XGrad-CAM divides by the sum of absolute values.
    heat = METHODS[method].heat(-A / 100, G)[0, 0]
    torch.testing.assert_close(heat, -torch.tensor(expected) / 100)


@pytest.mark.parametrize("method", [grad_cam, hires_cam, layer_cam, xgrad_cam, grad_cam_plus_plus])
def test_gradient_methods_take_volumes_and_images_one_by_one(method: object) -> None:
    many = [torch.rand(2, 3, 2, 3, 4, generator=torch.Generator().manual_seed(s)) for s in (0, 1)]
    flat = [part.reshape(2, 3, 1, 24) for part in many]
    torch.testing.assert_close(method(*many).flatten(1), method(*flat).flatten(1))
    torch.testing.assert_close(method(*many)[1:], method(*(part[1:] for part in many)))


def test_grad_cam_plus_plus_is_the_published_formula() -> None:
    # Eq. 19 as printed, in double precision, without the constant that others add.
    a, g = (torch.rand(2, 3, 4, 4, dtype=torch.double).sub(0.2) for _ in range(2))
    a = a.relu()
    alpha = g**2 / (2 * g**2 + a.sum(dim=(2, 3), keepdim=True) * g**3)
    weights = (alpha * g.relu()).sum(dim=(2, 3), keepdim=True)
    torch.testing.assert_close(grad_cam_plus_plus(a, g), (weights * a).sum(dim=1))


def test_grad_cam_plus_plus_says_nan_where_its_divisor_is_not_positive() -> None:
    # 2 + 1 * (-3) < 0: no map for the second image; the first is not disturbed.
    a = torch.cat([features([1.0, 1.0]), features([-1.0, -2.0])])
    heat = grad_cam_plus_plus(a, torch.ones_like(a))
    assert heat[0, 0].tolist() == [0.5, 0.5]
    assert heat[1].isnan().all()


def test_a_feature_without_activation_counts_nothing_in_xgrad_cam() -> None:
    a = features([1.0, 3.0], [0.0, 0.0])
    assert xgrad_cam(a, torch.ones_like(a))[0, 0].tolist() == [1.0, 3.0]


@pytest.mark.parametrize("sign", [1.0, -1.0])
@pytest.mark.parametrize("more", [0, 1, 2])
def test_eigen_cam_on_paper(sign: float, more: int) -> None:
    # Places (3, 4) and (6, 8): the first right singular vector is (3, 4) / 5, or minus that.
    # Fails when centred (-2.5, 2.5), and without the rule for the sign. More features than places
    # take the other of the two products.
    a = features([3.0, 6.0], [4.0, 8.0], *[[0.0, 0.0]] * more)
    torch.testing.assert_close(METHODS["eigen_cam"].heat(sign * a)[0, 0], torch.tensor([5.0, 10.0]))


@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_the_sign_of_eigen_cam_is_that_of_its_sum_and_both_signs_are_kept(sign: float) -> None:
    # Along (3, 4) / 5: 10, -6, -6, which sums to -2: turned round. Fails with a ReLU, and with the
    # rule of Seg-Eigen-CAM, by which 10 would be positive.
    a = features([6.0, -3.6, -3.6], [8.0, -4.8, -4.8])
    heat = METHODS["eigen_cam"].heat(sign * a)[0, 0]
    torch.testing.assert_close(heat, torch.tensor([-10.0, 6.0, 6.0]))


@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_seg_eigen_cam_on_paper(sign: float) -> None:
    # |g| A = 1, 1, 4; centred -1, -1, 2. Fails without the absolute value (g A = 1, -1, 4), without
    # the gradient (1, 1, 2), without centring (1, 1, 4), and for sign -1 without the rule that the
    # extreme value is positive.
    a, g = sign * features([1.0, 1.0, 2.0]), features([1.0, -1.0, 2.0])
    torch.testing.assert_close(
        METHODS["seg_eigen_cam"].heat(a, g)[0, 0], torch.tensor([-1.0, -1.0, 2.0])
    )


ONE_TWO = torch.tensor([1.0, 2.0]).view(1, 1, 1, 2)


def test_score_cam_on_paper() -> None:
    # Features (1, 2) and (2, 1), the logit is the first: both pixels are target. Seen through the
    # first, stretched to (0, 1), the image is (0, 2): mean 1. Through the second (1, 0): mean 1/2.
    # Fails without softmax, without stretching, or with the region found anew (means 2 and 1).
    heat = explain(TwoFeatures(1, 0), ONE_TWO, layer="features", method="score_cam").values
    first, second = torch.tensor([1.0, 0.5]).softmax(dim=0).tolist()
    assert heat[0, 0].tolist() == pytest.approx([first + 2 * second, 2 * first + second])


def test_a_feature_without_contrast_hides_the_whole_image_in_score_cam() -> None:
    # Constant image: both features flat: scores equal: weights one half each: (2 + 1) / 2.
    flat = torch.full((1, 1, 1, 2), 2.0)
    heat = explain(TwoFeatures(1, 0), flat, layer="features", method="score_cam").values
    assert heat[0, 0].tolist() == [1.5, 1.5]


def test_a_feature_without_contrast_counts_as_an_image_of_0_in_score_cam() -> None:
    # Features (1, 2) and (3, 3), the logit is the first: seen through it the mean is 1, as above;
    # through the flat one 0. Fails if that one shows the whole image (mean 3/2).
    network = TwoFeatures(1, 0)
    network.features.weight.data[1] = 0
    heat = explain(network, ONE_TWO, layer="features", method="score_cam").values
    first, second = torch.tensor([1.0, 0.0]).softmax(dim=0).tolist()
    assert heat[0, 0].tolist() == pytest.approx([first + 3 * second, 2 * first + 3 * second])


def test_ablation_cam_on_paper() -> None:
    # Logits 2 * (1, 2) - (2, 1) = (0, 3): the second pixel is target, score 3. Without the first
    # feature -1, a drop of 4; without the second 4, a drop of -1. Map 4 * (1, 2) - (2, 1).
    # Fails when divided by the score 3, or with the region found anew.
    heat = explain(TwoFeatures(2, -1), ONE_TWO, layer="features", method="ablation_cam").values
    assert heat[0, 0].tolist() == [2.0, 7.0]


@pytest.mark.parametrize("method", ["score_cam", "ablation_cam"])
def test_more_features_than_passes_at_once_and_several_questions(
    method: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = Plan(
        methods=(method,),
        layers=("features",),
        questions=(Question(TARGET), Question(TARGET, "sum")),
    )
    images = torch.cat([ONE_TWO, ONE_TWO + 0.25])
    together = heat_maps(TwoFeatures(1, 0.5), images, plan)
    monkeypatch.setattr("twinseg.explanation.channel_methods.PASSES_AT_ONCE", 1)
    for kind, heat in heat_maps(TwoFeatures(1, 0.5), images, plan).items():
        torch.testing.assert_close(heat, together[kind])
    if method == "ablation_cam":  # both pixels are target: the sum is twice the mean
        mean, whole = together.values()
        torch.testing.assert_close(2 * mean, whole)


def test_integrated_gradients_and_occlusion_on_paper() -> None:
    # Logit 2 x - (3 - x) = 3 x - 3 is linear, from the baseline 0 on: each pixel gives 3 x. For
    # x = 2 that is 6 per pixel. A hidden patch of 2 x 2 takes 4 * 6 = 24 off the sum.
    # Each fails with the other's number.
    network, image = TwoFeatures(2, -1), torch.full((1, 1, 4, 4), 2.0)
    options = {"layer": "input", "score": "sum"}
    whole = explain(network, image, method="integrated_gradients", **options).values
    assert whole[0].ravel().tolist() == pytest.approx([6.0] * 16)
    hidden = explain(network, image, method="occlusion", **options).values
    assert hidden[0].ravel().tolist() == pytest.approx([24.0] * 16)


def test_occlusion_hides_all_colours_of_a_sixteenth_of_the_side_half_a_patch_apart() -> None:
    # Logit red - green of 64 x 64 pixels; one pixel (32, 32) has red 3 and green 1: a patch of
    # 4 x 4 over it takes 2 off the sum. Patches start at even places: those over column 30 start at
    # 28 and 30, and one of the two reaches 32, so that column 30 gets half.
    # Fails with a window over one colour (3 or -1), a patch of 8 px, and patches side by side.
    class RedLessGreen(nn.Module):
        def forward(self, images: Tensor) -> Tensor:
            return images[:, :1] - images[:, 1:2]

    image = torch.zeros(1, 3, 64, 64)
    image[0, :, 32, 32] = torch.tensor([3.0, 1.0, 0.0])
    options = {"layer": "input", "score": "sum", "region": "box:0,0,64,64", "output": "logit"}
    (hidden,) = explain(RedLessGreen(), image, method="occlusion", **options).values
    assert hidden[32, 28:38].tolist() == pytest.approx([0, 0, 1, 1, 2, 2, 1, 1, 0, 0])
    assert hidden[30, 30] == pytest.approx(0.5)


def test_integrated_gradients_sum_over_colours_and_along_a_path() -> None:
    # Logit red^3 - green: red 2 gives 2^3, where the gradient at the end alone would give 3 * 2^3,
    # and at the middle of the path 3/4 * 2^3. Fails with one step, or without the sum over colours.
    class Cubed(nn.Module):
        def forward(self, images: Tensor) -> Tensor:
            return images[:, :1] ** 3 - images[:, 1:2]

    image = row((2.0, 1.0, 0.0), (1.0, 3.0, 0.0))
    options = {"layer": "input", "score": "sum", "region": "box:0,0,1,2"}
    maps = explain(Cubed(), image, method="integrated_gradients", **options)
    assert maps.values[0, 0].tolist() == pytest.approx([7.0, -2.0])


def test_units_are_told() -> None:
    assert {name for name, method in METHODS.items() if method.unit != "logit"} == {
        "eigen_cam",
        "score_cam",
        "ablation_cam",
    }
