"""What happens to a photograph before anyone enlarges it: blur, reduction, noise, JPEG."""

import math
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from fourfold.training.devices import sent
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
    part: tuple[int, slice] | None = None,
) -> Tensor:
    """Blur, reduce, add noise, compress: each rounded to whole levels, as files are.

    Args:
        hr: shape (N, scale h + 2 reach, scale w + 2 reach, 3), uint8; beyond the picture's edge
            its edge pixel repeated.
        scale: 2, 4 or 8.
        degradation: ranges and shares.
        rng: on the CPU, so that every device draws the same.
        kernel: of the reduction.
        part: where `hr` is part of a batch, how many pictures that has and which these are: each
            comes out as it does in the whole batch.

    Returns:
        Shape (N, h, w, 3), uint8; where all parts are off the exact reduction.
    """
    count, these = part or (len(hr), slice(None))
    kernels = _kernels(count, degradation, rng)[these]
    lr = reduce_batch(_blurred(hr, kernels), scale, kernel)
    noise = _noise((count, *lr.shape[1:]), degradation, rng)[these]
    lr = (lr + sent(noise, lr.device) + 0.5).floor().clamp(0, 255).to(torch.uint8)
    drawn = torch.rand(3, count, generator=rng)[:, these]
    low, high = degradation.quality
    quality = sent((low + drawn[0] * (high - low + 1)).long().clamp(max=high), lr.device)
    is_halved = sent(drawn[1] < degradation.halved, lr.device)
    is_compressed = sent(drawn[2] < degradation.compressed, lr.device)
    return torch.where(is_compressed.view(-1, 1, 1, 1), compress(lr, quality, is_halved), lr)


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
    weights = sent(kernels, hr.device).repeat_interleave(3, dim=0)[:, None]
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
