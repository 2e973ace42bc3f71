"""Batch normalisation and leaky ReLU on a GPU, in two passes there and two back; Triton's, as well.

Several batches behind each other are normalised each by itself, so that a discriminator can judge
originals and results in one go.
"""

from typing import Any

import torch
import triton
import triton.language as tl
from torch import Tensor
from torch.autograd.function import once_differentiable

_TILE = 4096  # values that a program holds at once
_PROGRAMS = 1024  # at most


def normalise(
    maps: Tensor, weight: Tensor, bias: Tensor, *, slope: float, epsilon: float, batches: int
) -> Tensor:
    """Leaky ReLU of batch normalisation by the statistics of each batch.

    Args:
        maps: shape (batches N, C, H, W), channels-last.
        weight: shape (C,).
        bias: shape (C,).
        slope: of leaky ReLU.
        epsilon: is added to the variance.
        batches: equally large ones behind each other.
    """
    result: Tensor = _Normalise.apply(maps, weight, bias, slope, epsilon, batches)  # type: ignore[no-untyped-call]
    return result


class _Normalise(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any,
        maps: Tensor,
        weight: Tensor,
        bias: Tensor,
        slope: float,
        epsilon: float,
        batches: int,
    ) -> Tensor:
        maps = maps.contiguous(memory_format=torch.channels_last)
        result, sums = torch.empty_like(maps), _sums(maps, batches)
        ctx.layout = grid, sizes = _layout(maps, batches)
        ctx.values = {"slope": slope, "epsilon": epsilon}
        _sum_up[grid](maps, sums, **sizes)
        _normalise[grid](maps, sums, weight, bias, result, **ctx.values, **sizes)
        ctx.save_for_backward(maps, sums, weight, bias)
        return result

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor | None, ...]:
        maps, sums, weight, bias = ctx.saved_tensors
        gradient = gradient.contiguous(memory_format=torch.channels_last)
        grid, sizes = ctx.layout
        back, of_maps = torch.zeros_like(sums), torch.empty_like(maps)
        seen = (gradient, maps, sums, weight, bias, back)
        _sum_up_back[grid](*seen, **ctx.values, **sizes)
        _normalise_back[grid](*seen, of_maps, **ctx.values, **sizes)
        of_bias, of_weight = back.sum(dim=0) if any(ctx.needs_input_grad[1:3]) else (None, None)
        return of_maps, of_weight, of_bias, None, None, None


def _sums(maps: Tensor, batches: int) -> Tensor:
    return torch.zeros(batches, 2, maps.shape[1], device=maps.device)


def _layout(maps: Tensor, batches: int) -> tuple[tuple[int, int], dict[str, int]]:
    """The programs of a kernel, and the sizes that it is told."""
    images, channels, height, width = maps.shape
    rows = images // batches * height * width  # of each batch
    block = min(triton.next_power_of_2(channels), _TILE)
    tile = _TILE // block
    tiles = triton.cdiv(rows, tile)
    programs = min(tiles, _PROGRAMS // batches)
    sizes = {
        "rows": rows,
        "tiles": triton.cdiv(tiles, programs),  # of each program
        "channels": channels,
        "block": block,
        "tile_rows": tile,
    }
    return (programs, batches), sizes


@triton.jit
def _tile(rows, tiles, index, channel, channels: tl.constexpr, tile_rows: tl.constexpr):
    """Where the values of a program's tile lie, and which of them are there."""
    row = (tl.program_id(0).to(tl.int64) * tiles + index) * tile_rows + tl.arange(0, tile_rows)
    place = (tl.program_id(1).to(tl.int64) * rows + row)[:, None] * channels + channel[None, :]
    return place, (row < rows)[:, None] & (channel < channels)[None, :]


@triton.jit
def _statistics(sums, rows, epsilon, channel, channels: tl.constexpr):
    """Mean, and one over the deviation, of each channel of this program's batch."""
    # In one pass over the maps: of one 30 deviations from zero the variance loses three digits of
    # seven, where bfloat16 keeps three.
    first = sums + tl.program_id(1) * 2 * channels + channel
    mean = tl.load(first, mask=channel < channels, other=0.0) / rows
    square = tl.load(first + channels, mask=channel < channels, other=1.0) / rows
    return mean, tl.rsqrt(tl.maximum(square - mean * mean, 0.0) + epsilon)


@triton.jit
def _add_to(sums, of_one, of_other, channel, channels: tl.constexpr):
    first = sums + tl.program_id(1) * 2 * channels + channel
    tl.atomic_add(first, of_one, mask=channel < channels)
    tl.atomic_add(first + channels, of_other, mask=channel < channels)


@triton.jit
def _sum_up(
    maps,
    sums,
    rows,
    tiles,
    channels: tl.constexpr,
    block: tl.constexpr,
    tile_rows: tl.constexpr,
):
    channel = tl.arange(0, block)
    total = tl.zeros((block,), tl.float32)
    square = tl.zeros((block,), tl.float32)
    for index in range(tiles):
        place, mask = _tile(rows, tiles, index, channel, channels, tile_rows)
        value = tl.load(maps + place, mask=mask, other=0.0).to(tl.float32)
        total += tl.sum(value, 0)
        square += tl.sum(value * value, 0)
    _add_to(sums, total, square, channel, channels)


@triton.jit
def _normalise(
    maps,
    sums,
    weight,
    bias,
    result,
    slope,
    epsilon,
    rows,
    tiles,
    channels: tl.constexpr,
    block: tl.constexpr,
    tile_rows: tl.constexpr,
):
    channel = tl.arange(0, block)
    mean, scale = _statistics(sums, rows, epsilon, channel, channels)
    scale *= tl.load(weight + channel, mask=channel < channels, other=0.0)
    shift = tl.load(bias + channel, mask=channel < channels, other=0.0) - mean * scale
    for index in range(tiles):
        place, mask = _tile(rows, tiles, index, channel, channels, tile_rows)
        value = tl.load(maps + place, mask=mask, other=0.0).to(tl.float32)
        value = value * scale[None, :] + shift[None, :]
        value = tl.where(value > 0, value, value * slope)
        tl.store(result + place, value.to(result.dtype.element_ty), mask=mask)


@triton.jit
def _before(gradient, maps, place, mask, mean, scale, factor, shift, slope):
    """The normalised values, and the gradient before leaky ReLU."""
    value = tl.load(maps + place, mask=mask, other=0.0).to(tl.float32)
    value = (value - mean[None, :]) * scale[None, :]
    moved = tl.load(gradient + place, mask=mask, other=0.0).to(tl.float32)
    is_above = value * factor[None, :] + shift[None, :] > 0
    return value, tl.where(is_above, moved, moved * slope)


@triton.jit
def _sum_up_back(
    gradient,
    maps,
    sums,
    weight,
    bias,
    back,
    slope,
    epsilon,
    rows,
    tiles,
    channels: tl.constexpr,
    block: tl.constexpr,
    tile_rows: tl.constexpr,
):
    channel = tl.arange(0, block)
    mean, scale = _statistics(sums, rows, epsilon, channel, channels)
    factor = tl.load(weight + channel, mask=channel < channels, other=0.0)
    shift = tl.load(bias + channel, mask=channel < channels, other=0.0)
    of_bias = tl.zeros((block,), tl.float32)
    of_weight = tl.zeros((block,), tl.float32)
    for index in range(tiles):
        place, mask = _tile(rows, tiles, index, channel, channels, tile_rows)
        value, moved = _before(gradient, maps, place, mask, mean, scale, factor, shift, slope)
        of_bias += tl.sum(moved, 0)
        of_weight += tl.sum(moved * value, 0)
    _add_to(back, of_bias, of_weight, channel, channels)


@triton.jit
def _normalise_back(
    gradient,
    maps,
    sums,
    weight,
    bias,
    back,
    of_maps,
    slope,
    epsilon,
    rows,
    tiles,
    channels: tl.constexpr,
    block: tl.constexpr,
    tile_rows: tl.constexpr,
):
    channel = tl.arange(0, block)
    mean, scale = _statistics(sums, rows, epsilon, channel, channels)
    factor = tl.load(weight + channel, mask=channel < channels, other=0.0)
    shift = tl.load(bias + channel, mask=channel < channels, other=0.0)
    first = back + tl.program_id(1) * 2 * channels + channel
    of_bias = tl.load(first, mask=channel < channels, other=0.0) / rows
    of_weight = tl.load(first + channels, mask=channel < channels, other=0.0) / rows
    for index in range(tiles):
        place, mask = _tile(rows, tiles, index, channel, channels, tile_rows)
        value, moved = _before(gradient, maps, place, mask, mean, scale, factor, shift, slope)
        moved = moved - of_bias[None, :] - value * of_weight[None, :]
        moved *= (scale * factor)[None, :]
        tl.store(of_maps + place, moved.to(of_maps.dtype.element_ty), mask=mask)
