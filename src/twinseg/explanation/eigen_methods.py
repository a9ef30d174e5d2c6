"""Methods from the strongest common pattern of all features, found by singular vectors."""

import torch

from twinseg.explanation.shapes import Activation, Heat, spread


def eigen_cam(activation: Activation) -> Heat:
    """``O v1``: activations ``O`` (place, feature) along their first right singular vector.

    Muhammad & Yeasin 2020 (arXiv:2008.00299), eq. 3 to 5; not centred, as in the paper. The sign
    of a singular vector is arbitrary: here it is the one whose map sums to more than 0. The map
    asks no question, so it is the same for every region, in units of the activation.
    """
    heat = _along_first(activation)
    return torch.where(spread(heat.flatten(1).sum(dim=1), heat) < 0, -heat, heat)


def seg_eigen_cam(activation: Activation, gradient: Activation) -> Heat:
    """The same of ``|g| A``, centred per feature, in units of the score.

    Chung & Ying 2025 (Seg-Eigen-CAM, doi:10.3390/app15137562), eq. 10 to 13; centred as in the
    authors' code. Of both signs the one whose extreme value is positive (eq. 13).
    """
    weighted = gradient.abs() * activation
    centred = weighted - spread(weighted.flatten(2).mean(dim=2), weighted)
    heat = _along_first(centred)
    lowest, highest = heat.flatten(1).aminmax(dim=1)
    return torch.where(spread(lowest.abs() > highest.abs(), heat), -heat, heat)


def _along_first(activation: Activation) -> Heat:
    """Project every place onto the first right singular vector, per image.

    The smaller of the two products of the matrix with itself has the same first vector and is
    cheap to decompose: a feature map of 65 536 places and 16 features costs a 16 x 16 matrix.
    """
    places = activation.flatten(2).double().transpose(1, 2)  # (image, place, feature)
    if places.shape[1] < places.shape[2]:
        values, left = torch.linalg.eigh(places @ places.transpose(1, 2))
        heat = left[:, :, -1] * values[:, -1:].clamp(min=0).sqrt()
    else:
        _, right = torch.linalg.eigh(places.transpose(1, 2) @ places)
        heat = (places @ right[:, :, -1:]).squeeze(2)
    on_grid: Heat = heat.reshape(len(activation), *activation.shape[2:]).float()
    return on_grid
