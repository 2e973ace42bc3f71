"""The exact bicubic reduction of crops, as tensor operations over a whole batch.

Bit for bit what `imaging.reduce` makes of the whole picture: rows first, rounded half up after
each pass. Every weight is a multiple of 2^-8, 2^-12 or 2^-16 (scale 2, 4, 8), so that sums of
weighted bytes are exact in floating point, in whatever order a device adds them.
"""

from functools import cache
from typing import Literal

import torch
from torch import Tensor

Kernel = Literal["bicubic", "gaussian"]

_SIGMA = 0.4  # LR pixels, of the Gaussian: 1.6 HR pixels at scale 4; the paper gives none


def margin(scale: int) -> int:
    """HR pixels beyond a crop's edge that its reduction reads."""
    return 3 * scale // 2


def reduce_batch(hr: Tensor, scale: int, kernel: Kernel = "bicubic") -> Tensor:
    """Reduce crops that carry their margin.

    Args:
        hr: shape (N, scale h + 2 margin, scale w + 2 margin, C), uint8, channels last; beyond the
            picture's edge its edge pixel repeated.
        scale: 2, 4 or 8.
        kernel: the cubic, or a Gaussian that is then decimated, as the paper's section 2 has it.

    Returns:
        Shape (N, h, w, C), uint8: each pixel that of the whole picture's reduction.
    """
    reduce_rows = _multiply_rows if hr.device.type == "cuda" else _reduce_rows
    rows = reduce_rows(hr, scale, kernel)
    return reduce_rows(rows.transpose(1, 2), scale, kernel).transpose(1, 2)


def reduce_differentiably(sr: Tensor, scale: int) -> Tensor:
    """The same reduction without a rounding, of tensors as networks give them.

    Args:
        sr: shape (N, C, scale h, scale w), floats.
        scale: 2, 4 or 8.

    Returns:
        Shape (N, C, h - 4, w - 4): what is left without the outermost 2 pixels, whose cubic
        reaches beyond the edge.
    """
    taps = _taps(scale, sr.device).to(sr.dtype)
    skipped = 2 * scale - margin(scale)  # the third pixel's first tap, counted from the edge
    inside = sr[:, :, skipped : sr.shape[2] - skipped, skipped : sr.shape[3] - skipped]
    rows = inside.unfold(2, len(taps), scale) @ taps  # (N, C, h - 4, W)
    return rows.unfold(3, len(taps), scale) @ taps


def _reduce_rows(hr: Tensor, scale: int, kernel: Kernel) -> Tensor:
    """(N, H, W, C) to (N, (H - 3 scale) / scale, W, C): one weighted sum of strided rows a tap."""
    taps = _numbers(scale, kernel)
    count = (hr.shape[1] - len(taps)) // scale + 1
    # Sums of 24 bits at most (scale 2 and 4) are exact in float32 too.
    values = hr.to(torch.float64 if scale == 8 else torch.float32)
    total = torch.full_like(values[:, :count], 0.5)
    for tap, weight in enumerate(taps):
        total.add_(values[:, tap : tap + scale * (count - 1) + 1 : scale], alpha=weight)
    return total.floor_().clamp_(0, 255).to(torch.uint8)


def _multiply_rows(hr: Tensor, scale: int, kernel: Kernel) -> Tensor:
    """The same sums by one product: a GPU takes longer to be told of each tap than to add it.

    In float64, whose products no setting rounds to fewer bits.
    """
    band = _band(scale, kernel, hr.shape[1], hr.device)
    total = band @ hr.double().flatten(2)
    reduced = total.add_(0.5).floor_().clamp_(0, 255).to(torch.uint8)
    return reduced.reshape(*reduced.shape[:2], *hr.shape[2:])


@cache
def _band(scale: int, kernel: Kernel, length: int, device: torch.device) -> Tensor:
    """The matrix that reduces columns of `length` pixels: (h, length)."""
    taps = _numbers(scale, kernel)
    count = (length - len(taps)) // scale + 1
    band = torch.zeros(count, length, dtype=torch.float64)
    for row in range(count):
        band[row, scale * row : scale * row + len(taps)] = torch.tensor(taps, dtype=torch.float64)
    return band.to(device)


@cache
def _numbers(scale: int, kernel: Kernel) -> tuple[float, ...]:
    return tuple((_taps(scale) if kernel == "bicubic" else _gaussian(scale)).tolist())


def _taps(scale: int, device: torch.device | None = None) -> Tensor:
    """Weights of the 4 * scale HR pixels behind an LR pixel: Keys' cubic, a = -0.5, stretched."""
    place = torch.arange(4 * scale, dtype=torch.float64, device=device)
    distance = (place - (2 * scale - 0.5)).abs() / scale
    near = (1.5 * distance - 2.5) * distance**2 + 1
    far = ((-0.5 * distance + 2.5) * distance - 4) * distance + 2
    weights = torch.where(distance <= 1, near, far)
    return weights / weights.sum()


def _gaussian(scale: int) -> Tensor:
    """A Gaussian at the same 4 * scale places, in multiples of 2^-12, so that sums stay exact."""
    distance = torch.arange(4 * scale, dtype=torch.float64) - (2 * scale - 0.5)
    weights = torch.exp(-0.5 * (distance / (_SIGMA * scale)) ** 2)
    weights = (4096 * weights / weights.sum()).round() / 4096
    missing = (1 - weights.sum()) / 2
    middle = slice(2 * scale - 1, 2 * scale + 1)
    weights[middle] += missing
    return weights
