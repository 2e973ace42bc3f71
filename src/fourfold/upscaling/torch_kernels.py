"""What lies between two convolutions, in one pass over the maps: kernels for GPUs, in Triton.

PyTorch's operators read and write all maps once for the bias, once for PReLU or the skip, and once
for the shuffle; each of these kernels does with one pass what it names. Maps lie in memory as
(rows, columns, channels), channels next to one another, one picture at a time. Sums are taken in
fp32. A program takes `taken` positions with all their channels; where in memory they are is
counted in 64 bits, since the maps of a large strip have more than 2^31 values.
"""

import torch
import triton
import triton.language as tl
from torch import Tensor

_VALUES = 4096  # a program's, about: 32 of each of 128 threads

# Triton compiles a kernel anew for sizes that 16 divides, unless told that it gains nothing by it.


@triton.jit(do_not_specialize=["positions"])
def _finish(
    maps, bias, slopes, skip, positions,
    channels: tl.constexpr, wide: tl.constexpr, taken: tl.constexpr,
    prelu: tl.constexpr, skips: tl.constexpr,
):  # fmt: skip
    """In place: prelu(maps + bias), or maps + bias + skip."""
    position = tl.program_id(0).to(tl.int64) * taken + tl.arange(0, taken)
    channel = tl.arange(0, wide)
    at = position[:, None] * channels + channel[None, :]
    there = (position < positions)[:, None] & (channel < channels)[None, :]
    values = tl.load(maps + at, mask=there, other=0).to(tl.float32)
    values += tl.load(bias + channel, mask=channel < channels, other=0)[None, :]
    if prelu:
        slope = tl.load(slopes + channel, mask=channel < channels, other=0)[None, :]
        values = tl.where(values >= 0, values, values * slope)
    if skips:
        values += tl.load(skip + at, mask=there, other=0).to(tl.float32)
    tl.store(maps + at, values.to(maps.dtype.element_ty), mask=there)


@triton.jit(do_not_specialize=["width"])
def _finish_shuffled(
    maps, bias, slopes, placed, width,
    channels: tl.constexpr, used: tl.constexpr, wide: tl.constexpr, taken: tl.constexpr,
    prelu: tl.constexpr,
):  # fmt: skip
    """The same of the first `used` channels, (row phase, column phase, channel), shuffled.

    The two column phases of a row phase, `pair` values, stay neighbours: position (y, x) and row
    phase i go to row 2 y + i, from value pair * x on. A program takes positions of one row.
    """
    y = tl.program_id(0).to(tl.int64)
    x = tl.program_id(1) * taken + tl.arange(0, taken)
    channel = tl.arange(0, wide)
    there = (x < width)[:, None] & (channel < used)[None, :]
    at = (y * width + x)[:, None] * channels + channel[None, :]
    values = tl.load(maps + at, mask=there, other=0).to(tl.float32)
    values += tl.load(bias + channel, mask=channel < used, other=0)[None, :]
    if prelu:
        slope = tl.load(slopes + channel, mask=channel < used, other=0)[None, :]
        values = tl.where(values >= 0, values, values * slope)
    pair: tl.constexpr = used // 2
    row = 2 * y + channel // pair
    to = (row[None, :] * width + x[:, None]) * pair + (channel % pair)[None, :]
    tl.store(placed + to, values.to(placed.dtype.element_ty), mask=there)


@triton.jit
def _to_levels(sr, levels, broken, count, peak, taken: tl.constexpr):
    """Levels floor(peak * sr + 0.5), of 0 to `peak`; `broken` is 1 if a value is not finite."""
    at = tl.program_id(0).to(tl.int64) * taken + tl.arange(0, taken)
    there = at < count
    values = tl.load(sr + at, mask=there, other=0).to(tl.float32)
    is_finite = tl.abs(values) < float("inf")  # which no number is not, either
    inside = tl.minimum(tl.maximum(tl.where(is_finite, values, 0.0), 0.0), 1.0)
    rounded = tl.floor(inside * peak + 0.5)
    tl.store(levels + at, rounded.to(levels.dtype.element_ty), mask=there)
    amiss = tl.max(tl.where(is_finite, 0, 1))
    tl.store(broken, amiss, mask=amiss > 0)


def finish(maps: Tensor, bias: Tensor, slopes: Tensor | None, skip: Tensor | None) -> Tensor:
    """Add the bias to `maps`, then apply PReLU or add `skip`; in place.

    Args:
        maps: shape (1, C, H, W), channels-last memory; float32, float16 or bfloat16.
        bias: shape (C,), float32.
        slopes: shape (C,), float32; none for no PReLU.
        skip: as `maps`.
    """
    positions, channels = maps.shape[2] * maps.shape[3], maps.shape[1]
    wide, taken = _block(channels)
    _finish[(triton.cdiv(positions, taken),)](
        _dense(maps), bias, bias if slopes is None else slopes,
        maps if skip is None else _dense(skip), positions,
        channels=channels, wide=wide, taken=taken,
        prelu=slopes is not None, skips=skip is not None,
    )  # fmt: skip
    return maps


def finish_shuffled(maps: Tensor, bias: Tensor, slopes: Tensor | None, placed: Tensor) -> Tensor:
    """Add the bias to `maps`, apply PReLU, and write them to `placed`, shuffled.

    Args:
        maps: shape (1, at least 4 C, H, W), channels-last memory, float32, float16 or bfloat16;
            channels in the order (row phase, column phase, channel), then ones that are not used.
        bias: shape (4 C,), float32.
        slopes: shape (4 C,), float32; none for no PReLU.
        placed: shape (1, C, 2 H, 2 W), channels-last memory, of any of the three types.
    """
    channels, height, width = maps.shape[1:]
    assert placed.shape[2:] == (2 * height, 2 * width)
    wide, taken = _block(channels)
    _finish_shuffled[(height, triton.cdiv(width, taken))](
        _dense(maps), bias, bias if slopes is None else slopes, _dense(placed), width,
        channels=channels, used=4 * placed.shape[1], wide=wide, taken=taken,
        prelu=slopes is not None,
    )  # fmt: skip
    return placed


def to_levels(sr: Tensor, peak: int, dtype: torch.dtype) -> tuple[Tensor, Tensor]:
    """Whole levels of `sr`, clamped and rounded half up, and whether all of it was finite.

    Args:
        sr: shape (1, 3, H, W), dense in any order; float32, float16 or bfloat16.
        peak: the level of 1.
        dtype: of the levels.
    """
    levels = torch.empty_like(sr, dtype=dtype)
    assert levels.stride() == sr.stride()
    broken = torch.zeros((), dtype=torch.int32, device=sr.device)
    _to_levels[(triton.cdiv(sr.numel(), _VALUES),)](
        sr, levels, broken, sr.numel(), float(peak), taken=_VALUES
    )
    return levels, broken == 0


def _block(channels: int) -> tuple[int, int]:
    """The next power of two from `channels`, and positions a program."""
    wide = triton.next_power_of_2(channels)
    return wide, max(1, _VALUES // wide)


def _dense(maps: Tensor) -> Tensor:
    assert maps.shape[0] == 1 and maps.is_contiguous(memory_format=torch.channels_last)
    return maps
