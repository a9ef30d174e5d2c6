"""How alike two maps of the same images are, by their ranks: no unit, no scale."""

import torch
from scipy import stats

from twinseg.explanation.evidence.localisation import TOP_SHARE
from twinseg.explanation.shapes import AnyHeat, Each, PerImage


def rank_correlation(first: AnyHeat, second: AnyHeat) -> PerImage:
    """Spearman's correlation of the signed values of two maps, in [-1, 1].

    Args:
        first: Raw maps, (image, *place).
        second: Of the same images on the same grid.

    Returns:
        One for each image; NaN where a map is constant or undefined.
    """
    with_ranks = [_ranks(one) for one in (first, second)]
    centred = [ranks - ranks.mean(dim=1, keepdim=True) for ranks in with_ranks]
    lengths = [one.norm(dim=1) for one in centred]
    correlation: PerImage = (centred[0] * centred[1]).sum(dim=1) / (lengths[0] * lengths[1])
    return correlation.float()


def top_agreement(first: AnyHeat, second: AnyHeat, share: float = TOP_SHARE) -> PerImage:
    """IoU of the most relevant ``share`` of two maps, in [0, 1]; NaN where a map is constant.

    By chance: ``share / (2 - share)``.
    """
    count = max(1, round(share * first[0].numel()))
    marked = [_top(one, count) for one in (first, second)]
    iou = (marked[0] & marked[1]).sum(dim=1) / (marked[0] | marked[1]).sum(dim=1)
    varies = _varies(first) & _varies(second)
    return torch.where(varies, iou.float(), torch.nan)


def _varies(maps: AnyHeat) -> Each:
    """Whether a map has two values; not where it is undefined."""
    lowest, highest = maps.flatten(1).aminmax(dim=1)
    return highest > lowest


def _ranks(maps: AnyHeat) -> torch.Tensor:
    flat = maps.detach().flatten(1).cpu().numpy()
    ranks = torch.from_numpy(stats.rankdata(flat, axis=1, nan_policy="propagate"))
    return ranks.to(maps.device)


def _top(maps: AnyHeat, count: int) -> torch.Tensor:
    flat = maps.flatten(1)
    marked = torch.zeros_like(flat, dtype=torch.bool)
    order = flat.argsort(dim=1, descending=True, stable=True)[:, :count]
    return marked.scatter(1, order, value=True)
