"""Small networks for the tests of heat maps: some to compute by hand, some that only run fast."""

import torch
from torch import Tensor, nn

from twinseg.explanation import METHODS

OF_LAYERS = [name for name in METHODS if name not in ("integrated_gradients", "occlusion")]


class Paper(nn.Module):
    """Encoder hands on the picture; decoder doubles red and takes green off: the logit."""

    class Encoder(nn.Module):
        def forward(self, images: Tensor) -> list[Tensor]:
            return [images, images * 1.0]

    class Decoder(nn.Module):
        def forward(self, features: list[Tensor]) -> Tensor:
            return features[-1]

    def __init__(self) -> None:
        super().__init__()
        self.encoder, self.decoder = self.Encoder(), self.Decoder()
        self.head = nn.Conv2d(3, 1, 1, bias=False)
        self.head.weight.data = torch.tensor([2.0, -1.0, 0.0]).view(1, 3, 1, 1)

    def forward(self, images: Tensor) -> Tensor:
        return self.head(torch.relu_(self.decoder(self.encoder(images))))  # in place, as smp's


def row(*pixels: tuple[float, float, float]) -> Tensor:
    """One image of one row from (red, green, blue)."""
    return torch.tensor(pixels, dtype=torch.float32).T.reshape(1, 3, 1, -1)


class TwoFeatures(nn.Module):
    """One channel in; features ``x`` and ``3 - x``; the logit is a sum of both with ``weights``."""

    def __init__(self, first: float, second: float) -> None:
        super().__init__()
        self.features = nn.Conv2d(1, 2, 1)
        self.features.weight.data = torch.tensor([1.0, -1.0]).view(2, 1, 1, 1)
        self.features.bias.data = torch.tensor([0.0, 3.0])
        self.head = nn.Conv2d(2, 1, 1, bias=False)
        self.head.weight.data = torch.tensor([float(first), float(second)]).view(1, 2, 1, 1)

    def forward(self, images: Tensor) -> Tensor:
        return self.head(self.features(images))


class TinyUNet(nn.Module):
    """Two levels with a skip, random weights, in-place ReLU; 2-D or 3-D, some output channels."""

    class Encoder(nn.Module):
        def __init__(self, axes: int) -> None:
            super().__init__()
            self.fine, self.coarse = convolution(axes, 3, 4), convolution(axes, 4, 6)
            self.halve = nn.MaxPool2d(2) if axes == 2 else nn.MaxPool3d(2)

        def forward(self, images: Tensor) -> list[Tensor]:
            fine = torch.relu(self.fine(images))
            return [images, fine, torch.relu(self.coarse(self.halve(fine)))]

    class Decoder(nn.Module):
        def __init__(self, axes: int) -> None:
            super().__init__()
            self.blocks = nn.ModuleList([convolution(axes, 10, 5), convolution(axes, 5, 4)])

        def forward(self, features: list[Tensor]) -> Tensor:
            finer = nn.functional.interpolate(features[-1], scale_factor=2)
            joined = torch.cat([finer, features[1]], dim=1)
            return torch.relu_(self.blocks[1](torch.relu_(self.blocks[0](joined))))

    def __init__(self, *, axes: int = 2, channels: int = 1, seed: int = 0) -> None:
        super().__init__()
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            self.encoder, self.decoder = self.Encoder(axes), self.Decoder(axes)
            self.head = convolution(axes, 4, channels, side=1)

    def forward(self, images: Tensor) -> Tensor:
        return self.head(self.decoder(self.encoder(images)))


def convolution(axes: int, inside: int, outside: int, *, side: int = 3) -> nn.Module:
    kind = nn.Conv2d if axes == 2 else nn.Conv3d
    return kind(inside, outside, side, padding=side // 2)


def noise(*shape: int, seed: int = 0) -> Tensor:
    """Images in [0, 1]."""
    return torch.rand(*shape, generator=torch.Generator().manual_seed(seed))
