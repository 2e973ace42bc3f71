"""The paper's generator, as it trains.

Source: Ledig et al. 2017, figure 4; what it leaves open is in `GeneratorConfig`.
"""

import numpy as np
import torch
from torch import Tensor, nn

from fourfold.weights import BATCH_NORM_EPSILON, GeneratorConfig, Weights


class Generator(nn.Module):
    """LR R'G'B' in [0, 1], shape (N, 3, H, W), to SR of the same range, (N, 3, scale H, scale W).

    Nothing bounds the output: clamping is the business of whoever makes a picture of it.
    """

    def __init__(self, config: GeneratorConfig) -> None:
        super().__init__()
        self.config = config
        width = config.width
        self.head = nn.Sequential()
        self.head.add_module("conv", nn.Conv2d(3, width, kernel_size=9, padding=4))
        self.head.add_module("prelu", _prelu(config))
        self.blocks = nn.Sequential(*(ResidualBlock(config) for _ in range(config.depth)))
        self.trunk = nn.Sequential()
        self.trunk.add_module("conv", nn.Conv2d(width, width, kernel_size=3, padding=1))
        self.trunk.add_module("norm", _normalisation(config))
        self.upsample = nn.Sequential(*(Upsample(config) for _ in range(config.doublings)))
        self.tail = nn.Conv2d(width, 3, kernel_size=9, padding=4)

    def forward(self, lr: Tensor) -> Tensor:
        head = self.head(lr)  # (N, width, H, W)
        maps = self.trunk(self.blocks(head))  # (N, width, H, W)
        if self.config.skips:
            maps = head + maps
        return self.tail(self.upsample(maps))  # (N, 3, scale H, scale W)


class ResidualBlock(nn.Module):
    """Two 3x3 convolutions around a skip; keeps the shape (N, width, H, W)."""

    def __init__(self, config: GeneratorConfig) -> None:
        super().__init__()
        self.skips = config.skips
        self.conv1 = nn.Conv2d(config.width, config.width, kernel_size=3, padding=1)
        self.norm1 = _normalisation(config)
        self.prelu = _prelu(config)
        self.conv2 = nn.Conv2d(config.width, config.width, kernel_size=3, padding=1)
        self.norm2 = _normalisation(config)

    def forward(self, maps: Tensor) -> Tensor:
        residual = self.norm2(self.conv2(self.prelu(self.norm1(self.conv1(maps)))))
        return maps + residual if self.skips else residual


class Upsample(nn.Module):
    """A sub-pixel convolution: (N, width, H, W) to (N, width, 2 H, 2 W).

    Source: Shi et al. 2016, arXiv 1609.05158.
    """

    def __init__(self, config: GeneratorConfig) -> None:
        super().__init__()
        self.conv = nn.Conv2d(config.width, 4 * config.width, kernel_size=3, padding=1)
        self.shuffle = nn.PixelShuffle(2)
        self.prelu = _prelu(config)

    def forward(self, maps: Tensor) -> Tensor:
        return self.prelu(self.shuffle(self.conv(maps)))


def generator_from_weights(weights: Weights) -> Generator:
    """The generator of a weights file, float32, in evaluation mode."""
    generator = Generator(weights.config)
    generator.load_state_dict(
        {
            name: torch.from_numpy(tensor.astype(np.float32))
            for name, tensor in weights.tensors.items()
        }
        | {name: value for name, value in generator.state_dict().items() if _is_counter(name)}
    )
    return generator.eval()


def generator_tensors(generator: Generator) -> dict[str, np.ndarray]:
    """The tensors of a generator as a weights file holds them, float32."""
    return {
        name: value.detach().to("cpu", torch.float32).numpy()
        for name, value in generator.state_dict().items()
        if not _is_counter(name)
    }


def _is_counter(name: str) -> bool:
    """Batch normalisation's count of batches: inference has no use for it."""
    return name.endswith(".num_batches_tracked")


def _normalisation(config: GeneratorConfig) -> nn.Module:
    if config.normalisation == "none":
        return nn.Identity()
    return nn.BatchNorm2d(config.width, eps=BATCH_NORM_EPSILON)


def _prelu(config: GeneratorConfig) -> nn.PReLU:
    return nn.PReLU(1 if config.slopes == "shared" else config.width)
