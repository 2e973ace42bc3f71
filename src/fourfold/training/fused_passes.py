"""What stands between two convolutions on a GPU: one pass over memory where PyTorch takes several.

There a 3x3 convolution of 64 maps takes hardly longer than a pass over them. So bias and PReLU are
one kernel, bias and skip another, and the way back sums its gradients on the way. Written in
Triton, which comes with PyTorch's builds for CUDA on Linux: importing this file needs it.
"""

from typing import Any

import torch
import triton
import triton.language as tl
from torch import Tensor
from torch.autograd.function import once_differentiable

_TILE = 4096  # values that a program holds at once
_PROGRAMS = 1024  # at most, which then take several tiles each: every one adds to the same sums


def activate(
    maps: Tensor, bias: Tensor, slopes: Tensor, *, phases: int = 1, shuffled: bool = False
) -> Tensor:
    """PReLU of a convolution's result and its bias.

    Args:
        maps: shape (N, phases C, H, W), channels-last, channels in the order (phase, channel).
        bias: shape (phases C,).
        slopes: of PReLU, one or C; one of 0 for ReLU.
        phases: 4 where the convolution is a sub-pixel one.
        shuffled: whether the result is (N, C, 2 H, 2 W), each phase at its place.
    """
    result: Tensor = _Activation.apply(maps, bias, slopes, phases, shuffled)  # type: ignore[no-untyped-call]
    return result


def add(maps: Tensor, bias: Tensor, skip: Tensor) -> Tensor:
    """A convolution's result, its bias, and a skip.

    Args:
        maps: shape (N, C, H, W), channels-last.
        bias: shape (C,).
        skip: as `maps`.
    """
    result: Tensor = _Sum.apply(maps, bias, skip)  # type: ignore[no-untyped-call]
    return result


class _Activation(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any, maps: Tensor, bias: Tensor, slopes: Tensor, phases: int, shuffled: bool
    ) -> Tensor:
        maps = _last(maps)
        images, channels, height, width = maps.shape
        side = 2 if shuffled else 1
        shape = (images, channels // side**2, side * height, side * width)
        result = torch.empty(
            shape, dtype=maps.dtype, device=maps.device, memory_format=torch.channels_last
        )
        ctx.save_for_backward(maps, bias, slopes)
        ctx.layout = _layout(maps, slopes, phases, shuffled)
        grid, sizes = ctx.layout
        _activate[grid](maps, bias, slopes, result, **sizes)
        return result

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor | None, ...]:
        maps, bias, slopes = ctx.saved_tensors
        of_maps = torch.empty_like(maps)
        is_summed = any(ctx.needs_input_grad[1:3])
        sums = torch.zeros(len(bias) + len(slopes), device=maps.device) if is_summed else bias
        of_bias, of_slopes = sums[: len(bias)], sums[len(bias) :]
        grid, sizes = ctx.layout
        _activate_back[grid](
            _last(gradient),
            maps,
            bias,
            slopes,
            of_maps,
            of_bias,
            of_slopes,
            **sizes,
            is_summed=is_summed,
        )
        return of_maps, *((of_bias, of_slopes) if is_summed else (None, None)), None, None


class _Sum(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, maps: Tensor, bias: Tensor, skip: Tensor) -> Tensor:
        maps, skip = _last(maps), _last(skip)
        result = torch.empty_like(maps)
        ctx.layout = _layout(maps, bias, 1, False)
        grid, sizes = ctx.layout
        _add[grid](maps, bias, skip, result, **_plain(sizes))
        return result

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, ...]:
        gradient = _last(gradient)
        of_bias = torch.zeros(gradient.shape[1], device=gradient.device)
        grid, sizes = ctx.layout
        _sum_up[grid](gradient, of_bias, **_plain(sizes))
        return gradient, of_bias, gradient


def _last(maps: Tensor) -> Tensor:
    return maps.contiguous(memory_format=torch.channels_last)


def _layout(
    maps: Tensor, slopes: Tensor, phases: int, shuffled: bool
) -> tuple[tuple[int, int], dict[str, int | bool]]:
    """The programs of a kernel, and the sizes that it is told."""
    images, channels, height, width = maps.shape
    rows, channels = images * height * width, channels // phases
    block = triton.next_power_of_2(channels)
    tile = max(_TILE // block, 1)
    tiles = triton.cdiv(rows, tile)
    programs = min(tiles, max(_PROGRAMS // phases, 1))
    sizes = {
        "rows": rows,
        "width": width,
        "tiles": triton.cdiv(tiles, programs),  # of each program
        "channels": channels,
        "block": block,
        "tile_rows": tile,
        "phases": phases,
        "is_shuffled": shuffled,
        "is_shared": len(slopes) == 1,
    }
    return (programs, phases), sizes


def _plain(sizes: dict[str, int | bool]) -> dict[str, int | bool]:
    """The sizes that a kernel without phases and slopes is told."""
    return {name: sizes[name] for name in ("rows", "tiles", "channels", "block", "tile_rows")}


@triton.jit
def _place(
    row,
    phase,
    width,
    channel,
    channels: tl.constexpr,
    phases: tl.constexpr,
    is_shuffled: tl.constexpr,
):
    """Where a pixel's maps of one phase lie: as the convolution leaves them, or shuffled."""
    if is_shuffled:  # row is n H + h rows down and w across
        line = (row // width) * 2 + phase // 2
        pixel = line * (2 * width) + (row % width) * 2 + phase % 2
    else:
        pixel = row * phases + phase
    return pixel[:, None] * channels + channel[None, :]


@triton.jit
def _activate(
    maps,
    bias,
    slopes,
    result,
    rows,
    width,
    tiles,
    channels: tl.constexpr,
    block: tl.constexpr,
    tile_rows: tl.constexpr,
    phases: tl.constexpr,
    is_shuffled: tl.constexpr,
    is_shared: tl.constexpr,
):
    phase, channel = tl.program_id(1), tl.arange(0, block)
    is_there = channel < channels
    shift = tl.load(bias + phase * channels + channel, mask=is_there, other=0.0)
    slope = tl.load(slopes + channel * (0 if is_shared else 1), mask=is_there, other=0.0)
    for index in range(tiles):
        tile = tl.program_id(0).to(tl.int64) * tiles + index
        row = tile * tile_rows + tl.arange(0, tile_rows)
        mask = (row < rows)[:, None] & is_there[None, :]
        here = _place(row, phase, width, channel, channels, phases, False)
        there = _place(row, phase, width, channel, channels, phases, is_shuffled)
        before = tl.load(maps + here, mask=mask, other=0.0).to(tl.float32) + shift[None, :]
        after = tl.where(before > 0, before, before * slope)
        tl.store(result + there, after.to(result.dtype.element_ty), mask=mask)


@triton.jit
def _activate_back(
    gradient,
    maps,
    bias,
    slopes,
    of_maps,
    of_bias,
    of_slopes,
    rows,
    width,
    tiles,
    channels: tl.constexpr,
    block: tl.constexpr,
    tile_rows: tl.constexpr,
    phases: tl.constexpr,
    is_shuffled: tl.constexpr,
    is_shared: tl.constexpr,
    is_summed: tl.constexpr,
):
    phase, channel = tl.program_id(1), tl.arange(0, block)
    is_there = channel < channels
    shift = tl.load(bias + phase * channels + channel, mask=is_there, other=0.0)
    slope = tl.load(slopes + channel * (0 if is_shared else 1), mask=is_there, other=0.0)
    bias_sum = tl.zeros((block,), tl.float32)
    slope_sum = tl.zeros((block,), tl.float32)
    for index in range(tiles):
        tile = tl.program_id(0).to(tl.int64) * tiles + index
        row = tile * tile_rows + tl.arange(0, tile_rows)
        mask = (row < rows)[:, None] & is_there[None, :]
        here = _place(row, phase, width, channel, channels, phases, False)
        there = _place(row, phase, width, channel, channels, phases, is_shuffled)
        before = tl.load(maps + here, mask=mask, other=0.0).to(tl.float32) + shift[None, :]
        after = tl.load(gradient + there, mask=mask, other=0.0).to(tl.float32)
        moved = tl.where(before > 0, after, after * slope)
        tl.store(of_maps + here, moved.to(of_maps.dtype.element_ty), mask=mask)
        if is_summed:
            bias_sum += tl.sum(moved, 0)
            slope_sum += tl.sum(tl.where(before > 0, 0.0, after * before), 0)
    if is_summed:
        tl.atomic_add(of_bias + phase * channels + channel, bias_sum, mask=is_there)
        if is_shared:
            tl.atomic_add(of_slopes, tl.sum(slope_sum, 0))
        else:
            tl.atomic_add(of_slopes + channel, slope_sum, mask=is_there)


@triton.jit
def _add(
    maps,
    bias,
    skip,
    result,
    rows,
    tiles,
    channels: tl.constexpr,
    block: tl.constexpr,
    tile_rows: tl.constexpr,
):
    channel = tl.arange(0, block)
    is_there = channel < channels
    shift = tl.load(bias + channel, mask=is_there, other=0.0)
    for index in range(tiles):
        tile = tl.program_id(0).to(tl.int64) * tiles + index
        row = tile * tile_rows + tl.arange(0, tile_rows)
        mask = (row < rows)[:, None] & is_there[None, :]
        here = row[:, None] * channels + channel[None, :]
        total = tl.load(maps + here, mask=mask, other=0.0).to(tl.float32) + shift[None, :]
        total += tl.load(skip + here, mask=mask, other=0.0).to(tl.float32)
        tl.store(result + here, total.to(result.dtype.element_ty), mask=mask)


@triton.jit
def _sum_up(
    gradient,
    of_bias,
    rows,
    tiles,
    channels: tl.constexpr,
    block: tl.constexpr,
    tile_rows: tl.constexpr,
):
    channel = tl.arange(0, block)
    is_there = channel < channels
    total = tl.zeros((block,), tl.float32)
    for index in range(tiles):
        tile = tl.program_id(0).to(tl.int64) * tiles + index
        row = tile * tile_rows + tl.arange(0, tile_rows)
        mask = (row < rows)[:, None] & is_there[None, :]
        here = row[:, None] * channels + channel[None, :]
        total += tl.sum(tl.load(gradient + here, mask=mask, other=0.0).to(tl.float32), 0)
    tl.atomic_add(of_bias + channel, total, mask=is_there)
