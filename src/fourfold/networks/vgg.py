"""The features of VGG19 that the content loss compares.

phi_i,j of the paper is the map after the j-th convolution and its ReLU, before the i-th pooling.

Source: Simonyan and Zisserman 2014, arXiv 1409.1556, configuration E; Ledig et al. 2017, 2.2.1.
"""

from typing import Literal

import torch
from torch import Tensor, nn

VggLayer = Literal["2_2", "5_4"]
Colour = tuple[float, float, float]

BLOCKS = ((2, 64), (2, 128), (4, 256), (4, 512), (4, 512))  # convolutions and maps of each
OXFORD_MEAN = (123.68, 116.779, 103.939)  # of R'G'B' from 0 to 255
RESCALING = 12.75  # the paper divides features by it


class VggFeatures(nn.Module):
    """R'G'B' in [0, 1], shape (N, 3, H, W), to phi / 12.75, (N, C, h, w), float32.

    The layers beyond phi are not built; those before it may be brought to half precision.

    The network is homogeneous: with its input and its biases divided by 12.75 every map is, which
    keeps them small enough for half precision.

    Args:
        layer: phi.
        mean: of R'G'B' from 0 to 255, is subtracted.
        deviation: what then divides, a value a colour.
    """

    mean: Tensor
    deviation: Tensor

    def __init__(
        self, layer: VggLayer, mean: Colour = OXFORD_MEAN, deviation: Colour = (1.0, 1.0, 1.0)
    ) -> None:
        super().__init__()
        last = tuple(map(int, layer.split("_")))
        self.register_buffer("mean", torch.tensor(mean).view(1, 3, 1, 1), persistent=False)
        divisor = RESCALING * torch.tensor(deviation).view(1, 3, 1, 1)
        self.register_buffer("deviation", divisor, persistent=False)
        self.layers = nn.Sequential()
        channels = 3
        for block, (convolutions, maps) in enumerate(BLOCKS[: last[0]], start=1):
            if block > 1:
                self.layers.add_module(f"pool{block - 1}", nn.MaxPool2d(2))
            for index in range(1, (last[1] if block == last[0] else convolutions) + 1):
                convolution = nn.Conv2d(channels, maps, kernel_size=3, padding=1)
                self.layers.add_module(f"conv{block}_{index}", convolution)
                self.layers.add_module(f"relu{block}_{index}", nn.ReLU())
                channels = maps

    def forward(self, image: Tensor) -> Tensor:
        return self.layers(self.centred(image).to(self.mean.dtype)).float()

    def centred(self, image: Tensor) -> Tensor:
        """What the layers see of R'G'B', in float32: half a level must not be lost."""
        return (255 * image - self.mean.float()) / self.deviation.float()

    @torch.no_grad()
    def multiply(self, factor: float) -> None:
        """Let all features come out `factor` times as large."""
        self.deviation /= factor
        for name, value in self.layers.named_parameters():
            if name.endswith("bias"):
                value.mul_(factor)
