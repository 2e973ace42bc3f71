"""What JPEG does to pictures, as tensor operations over a batch: no bytes are written.

Follows ITU-T T.81 (the tables of annex K) and JFIF's colours as libjpeg computes them, chroma
averaged over 2x2 pixels and enlarged again by its triangle filter.
"""

import math
from functools import cache
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

UNIT = 16
"""Pixels a side of what is coded together where chroma is halved: the grid that shows."""

_LUMINANCE = (
    (16, 11, 10, 16, 24, 40, 51, 61),
    (12, 12, 14, 19, 26, 58, 60, 55),
    (14, 13, 16, 24, 40, 57, 69, 56),
    (14, 17, 22, 29, 51, 87, 80, 62),
    (18, 22, 37, 56, 68, 109, 103, 77),
    (24, 35, 55, 64, 81, 104, 113, 92),
    (49, 64, 78, 87, 103, 121, 120, 101),
    (72, 92, 95, 98, 112, 100, 103, 99),
)
_CHROMINANCE = (
    (17, 18, 24, 47, 99, 99, 99, 99),
    (18, 21, 26, 66, 99, 99, 99, 99),
    (24, 26, 56, 99, 99, 99, 99, 99),
    (47, 66, 99, 99, 99, 99, 99, 99),
    *(4 * ((99, 99, 99, 99, 99, 99, 99, 99),)),
)
_YCC = ((0.299, 0.587, 0.114), (-0.168736, -0.331264, 0.5), (0.5, -0.418688, -0.081312))
_RGB = ((1.0, 0.0, 1.402), (1.0, -0.344136, -0.714136), (1.0, 1.772, 0.0))


def compress(images: Tensor, quality: Tensor, is_halved: Tensor) -> Tensor:
    """Pictures as they come back from JPEG.

    Args:
        images: shape (N, H, W, 3), uint8; coded from the first pixel on.
        quality: (N,), 1 to 100, libjpeg's scale.
        is_halved: (N,), whether chroma has half the pixels each way (4:2:0), else all (4:4:4).

    Returns:
        Shape (N, H, W, 3), uint8.
    """
    height, width = images.shape[1:3]
    beyond = (0, -width % UNIT, 0, -height % UNIT)
    padded = F.pad(images.permute(0, 3, 1, 2).float(), beyond, mode="replicate")
    ycc = _colours(padded, _YCC) - _constant((128.0, 0.0, 0.0), images.device).view(3, 1, 1)
    luminance = _coded(ycc[:, :1], _table(_LUMINANCE, quality))
    chroma, table = ycc[:, 1:], _table(_CHROMINANCE, quality)
    halved = _doubled(_coded(_rounded(F.avg_pool2d(chroma, 2)), table))
    chroma = torch.where(is_halved.view(-1, 1, 1, 1), halved, _coded(chroma, table))
    rgb = _colours(torch.cat([luminance + 128, chroma], dim=1), _RGB).clamp(0, 255)
    return rgb[:, :, :height, :width].permute(0, 2, 3, 1).to(torch.uint8)


def _colours(image: Tensor, matrix: tuple[tuple[float, ...], ...]) -> Tensor:
    """Each pixel times a matrix, rounded: (N, 3, H, W)."""
    weights = _constant(matrix, image.device)
    return _rounded(torch.einsum("oc,nchw->nohw", weights, image))


def _table(base: tuple[tuple[int, ...], ...], quality: Tensor) -> Tensor:
    """Steps of the coefficients at each quality, (N, 1, 1, 1, 8, 8), as libjpeg scales them."""
    percent = torch.where(quality < 50, 5000 // quality, 200 - 2 * quality).view(-1, 1, 1)
    steps = (_constant(base, quality.device) * percent + 50) // 100
    return steps.clamp(1, 255).float()[:, None, None, None]


def _coded(plane: Tensor, table: Tensor) -> Tensor:
    """Planes (N, C, H, W) around 0 through the rounded DCT of 8x8 blocks and back."""
    count, planes, height, width = plane.shape
    blocks = plane.view(count, planes, height // 8, 8, width // 8, 8).transpose(3, 4)
    dct = _dct(plane.device)
    coefficients = _rounded(dct @ blocks @ dct.T / table) * table
    back = (dct.T @ coefficients @ dct).transpose(3, 4).reshape(plane.shape)
    return _rounded(back).clamp(-128, 127)


def _doubled(plane: Tensor) -> Tensor:
    """Planes of twice the sides: of each sample and its neighbour 3/4 and 1/4, down and across."""
    for axis in (2, 3):
        count = plane.shape[axis]
        around = plane.index_select(
            axis, torch.arange(-1, count + 1, device=plane.device).clamp(0, count - 1)
        )
        before = 0.75 * plane + 0.25 * around.narrow(axis, 0, count)
        after = 0.75 * plane + 0.25 * around.narrow(axis, 2, count)
        plane = torch.stack([before, after], dim=axis + 1).flatten(axis, axis + 1)
    return _rounded(plane)


@cache
def _constant(numbers: Any, device: torch.device) -> Tensor:
    """Numbers of this file on a device: sent once, for the host waits until they are there."""
    return torch.tensor(numbers, device=device)


@cache
def _dct(device: torch.device) -> Tensor:
    """The orthonormal cosine transform of 8 samples: rows are frequencies."""
    frequency, sample = torch.arange(8.0)[:, None], torch.arange(8.0)
    waves = torch.cos(math.pi * (2 * sample + 1) * frequency / 16) / 2
    waves[0] /= math.sqrt(2)
    return waves.to(device)


def _rounded(values: Tensor) -> Tensor:
    return (values + 0.5).floor_()
