"""What happens to a photograph before anyone enlarges it: blur, reduction, noise, JPEG."""

import math
from dataclasses import dataclass
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor

from fourfold.training.jpeg import compress
from fourfold.training.reduction import Kernel, margin, reduce_batch

BLUR = 5
"""Radius of the blur, HR pixels: beyond three times its largest sigma."""


@dataclass(frozen=True, kw_only=True)
class Degradation:
    """How LR pictures are made worse than the bicubic makes them; each part is off at times.

    Ranges are drawn from uniformly, for each picture anew. Not in the paper.
    """

    blur: tuple[float, float] = (0.2, 1.5)
    """Standard deviations of the Gaussian before the reduction, HR pixels, along two axes."""
    noise: tuple[float, float] = (0.0, 10.0)
    """Standard deviation of the noise after it, levels of 255."""
    quality: tuple[int, int] = (40, 95)
    """Of the JPEG at the end."""
    blurred: float = 0.7
    """Share of the pictures that are blurred; likewise the next."""
    noisy: float = 0.5
    coloured: float = 0.5
    """Share of the noisy ones whose noise differs between the colours."""
    compressed: float = 0.7
    halved: float = 0.5
    """Share of the compressed ones whose chroma has half the pixels each way."""


class Faults(NamedTuple):
    """What was drawn for the pictures of a batch, a row each."""

    kernels: Tensor
    """Of the blur, (N, side, side)."""
    noise: Tensor
    """Levels, (N, h, w, 3)."""
    quality: Tensor
    is_halved: Tensor
    is_compressed: Tensor


def reach(scale: int) -> int:
    """HR pixels beyond its edge that a degraded picture depends on."""
    return margin(scale) + BLUR


def degrade_batch(
    hr: Tensor,
    scale: int,
    degradation: Degradation,
    *,
    rng: torch.Generator,
    kernel: Kernel = "bicubic",
) -> Tensor:
    """Blur, reduce, add noise, compress, all of them drawn.

    Args:
        hr: shape (N, scale h + 2 reach, scale w + 2 reach, 3), uint8; beyond the picture's edge
            its edge pixel repeated.
        scale: 2, 4 or 8.
        degradation: ranges and shares.
        rng: on the CPU, so that every device draws the same.
        kernel: of the reduction.

    Returns:
        Shape (N, h, w, 3), uint8; where all parts are off the exact reduction.
    """
    height, width = ((side - 2 * reach(scale)) // scale for side in hr.shape[1:3])
    faults = draw_faults((len(hr), height, width), degradation, rng)
    return degraded(hr, scale, Faults(*(each.to(hr.device) for each in faults)), kernel)


def draw_faults(
    shape: tuple[int, int, int], degradation: Degradation, rng: torch.Generator
) -> Faults:
    """Draw for a batch of LR pictures, (N, h, w), what makes them worse; on the CPU."""
    count = shape[0]
    kernels = _kernels(count, degradation, rng)
    noise = _noise((*shape, 3), degradation, rng)
    drawn = torch.rand(3, count, generator=rng)
    low, high = degradation.quality
    quality = (low + drawn[0] * (high - low + 1)).long().clamp(max=high)
    is_halved, is_compressed = drawn[1] < degradation.halved, drawn[2] < degradation.compressed
    return Faults(kernels, noise, quality, is_halved, is_compressed)


def degraded(hr: Tensor, scale: int, faults: Faults, kernel: Kernel = "bicubic") -> Tensor:
    """Blur, reduce, add noise, compress: each rounded to whole levels, as files are.

    Arguments and result as those of `degrade_batch`; what was drawn lies where the pictures do.
    """
    lr = reduce_batch(_blurred(hr, faults.kernels), scale, kernel)
    lr = (lr + faults.noise + 0.5).floor().clamp(0, 255).to(torch.uint8)
    compressed = compress(lr, faults.quality, faults.is_halved)
    return torch.where(faults.is_compressed.view(-1, 1, 1, 1), compressed, lr)


def _kernels(count: int, degradation: Degradation, rng: torch.Generator) -> Tensor:
    """Gaussians of two widths, turned anyhow, or a lone 1: (N, side, side)."""
    drawn = torch.rand(4, count, 1, 1, generator=rng)
    low, high = degradation.blur
    along, across = low + drawn[:2] * (high - low)
    angle = math.pi * drawn[2]
    side = torch.arange(-BLUR, BLUR + 1.0)
    down, right = side[:, None], side
    first = (angle.cos() * right + angle.sin() * down) / along
    second = (angle.cos() * down - angle.sin() * right) / across
    kernels = torch.exp(-0.5 * (first**2 + second**2))
    kernels /= kernels.sum(dim=(1, 2), keepdim=True)
    untouched = ((down == 0) & (right == 0)).float()
    return torch.where(drawn[3] < degradation.blurred, kernels, untouched)


def _blurred(hr: Tensor, kernels: Tensor) -> Tensor:
    """Pictures less the blur's radius on every side, (N, H, W, 3), uint8."""
    planes = hr.permute(0, 3, 1, 2).float().flatten(0, 1)  # a picture's colours beside each other
    weights = kernels.repeat_interleave(3, dim=0)[:, None]
    blurred = F.conv2d(planes[None], weights, groups=len(planes))[0]
    blurred = blurred.view(-1, 3, *blurred.shape[1:]).permute(0, 2, 3, 1)
    return (blurred + 0.5).floor().clamp(0, 255).to(torch.uint8)


def _noise(shape: tuple[int, ...], degradation: Degradation, rng: torch.Generator) -> Tensor:
    """Gaussian noise in levels, (N, h, w, 3): of one value a pixel, or of one a sample."""
    drawn = torch.rand(3, shape[0], 1, 1, 1, generator=rng)
    low, high = degradation.noise
    levels = (low + drawn[0] * (high - low)) * (drawn[1] < degradation.noisy)
    noise = torch.randn(shape, generator=rng)
    return levels * torch.where(drawn[2] < degradation.coloured, noise, noise[..., :1])
