"""The paper's discriminator: whether a picture is an original or a result.

Source: Ledig et al. 2017, figure 4 and section 2.1.1.
"""

import math
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from fourfold.errors import InvalidConfig

_STRIDES = (1, 2, 1, 2, 1, 2, 1, 2)
_SLOPE = 0.2


@dataclass(frozen=True, kw_only=True)
class DiscriminatorConfig:
    """All that fixes the shape of a discriminator; the defaults are the paper's.

    Raises:
        InvalidConfig: a value that no discriminator can have.
    """

    side: int = 96
    """Of the square pictures that it judges, pixels."""
    width: int = 64
    """Maps of the first two convolutions; each later pair has twice those before it."""
    dense: int = 1024
    """Features of the layer before the last."""

    def __post_init__(self) -> None:
        for name in ("side", "width", "dense"):
            if getattr(self, name) < 1:
                raise InvalidConfig(f"{name} is {getattr(self, name)}; it must be 1 or more.")


class Discriminator(nn.Module):
    """R'G'B' in [0, 1], shape (N, 3, side, side), to logits (N,): above 0 for an original.

    The paper's last sigmoid is part of the losses, which are exact only on logits.
    """

    def __init__(self, config: DiscriminatorConfig) -> None:
        super().__init__()
        self.config = config
        self.convolutions = nn.Sequential()
        channels, side = 3, config.side
        for index, stride in enumerate(_STRIDES):
            maps = config.width << index // 2
            self.convolutions.append(
                nn.Conv2d(channels, maps, kernel_size=3, stride=stride, padding=1)
            )
            if index:  # all but the first
                self.convolutions.append(nn.BatchNorm2d(maps))
            self.convolutions.append(nn.LeakyReLU(_SLOPE))
            channels, side = maps, math.ceil(side / stride)
        self.judge = nn.Sequential(
            nn.Flatten(),
            nn.Linear(channels * side * side, config.dense),
            nn.LeakyReLU(_SLOPE),
            nn.Linear(config.dense, 1),
        )

    def forward(self, *batches: Tensor) -> Tensor:
        """The logits of one batch after another, each normalised by itself alone.

        The dense layer, four fifths of all weights, passes through memory once for all of them.
        """
        # each (N, 8 width, side / 16, side / 16)
        maps = [self.convolutions(2 * images - 1) for images in batches]
        return self.judge(torch.cat(maps)).squeeze(1)
