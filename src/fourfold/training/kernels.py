"""The native training kernels as PyTorch's autograd calls them: fp32 on a CPU, channels-last.

A map is kept as it was before its PReLU, which the layer that reads it applies. So one map serves
forward and backward, and the gradient's mask is right for every slope, below zero and at zero too.
"""

from typing import Any, TypeVar

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

from fourfold.engine import BackwardPass, ForwardPass, TailPass, TrainingKernels
from fourfold.engine.training import CHANNELS, MOST_CHANNELS

_LAST = torch.channels_last
_MaybeTensor = TypeVar("_MaybeTensor", Tensor, "Tensor | None")

_Gradients = tuple[Tensor | None, ...]


def is_plain(tensor: Tensor) -> bool:
    """Whether it is float32 in the processor's memory, and nothing casts it."""
    is_cast = torch.is_autocast_enabled("cpu")
    return tensor.dtype == torch.float32 and tensor.device.type == "cpu" and not is_cast


def can_take(weight: Tensor) -> bool:
    """Whether the kernels take a convolution of this weight, stride 1, zero padding."""
    outputs, inputs, *side = weight.shape
    are_groups = all(
        0 < channels <= MOST_CHANNELS and channels % CHANNELS == 0 for channels in (outputs, inputs)
    )
    return side == [3, 3] and are_groups


def convolve(
    kernels: TrainingKernels,
    maps: Tensor,
    weight: Tensor,
    bias: Tensor | None,
    *,
    slopes: Tensor | None = None,
    skip: Tensor | None = None,
    shuffled: bool = False,
) -> Tensor:
    """A 3x3 convolution, stride 1, zero padding, of PReLU(maps), and what stands beside it.

    Args:
        kernels: compute it.
        maps: shape (N, inputs, H, W).
        weight: shape (outputs, inputs, 3, 3); both multiples of 64, up to 512.
        bias: shape (outputs,).
        slopes: shape (inputs,): of the PReLU that `maps` go through first; None for none.
        skip: shape (N, outputs, H, W), is added.
        shuffled: whether the sub-pixel shuffle follows; outputs are then 256.

    Returns:
        Shape (N, outputs, H, W), or shuffled (N, outputs / 4, 2 H, 2 W).
    """
    result: Tensor = _Convolution.apply(kernels, maps, slopes, weight, bias, skip, shuffled)  # type: ignore[no-untyped-call]
    return result


def residual_block(kernels: TrainingKernels, maps: Tensor, *parameters: Tensor) -> Tensor:
    """Maps + convolution 2 of PReLU(convolution 1 of maps): (N, 64, H, W), and so the result.

    Args:
        kernels: compute it.
        maps: the block's input.
        parameters: weight and bias of the first convolution, slopes (64,), weight and bias of the
            second.
    """
    result: Tensor = _ResidualBlock.apply(kernels, maps, *parameters)  # type: ignore[no-untyped-call]
    return result


def tail(
    kernels: TrainingKernels, maps: Tensor, weight: Tensor, bias: Tensor, *, slopes: Tensor | None
) -> Tensor:
    """The 9x9 convolution of PReLU(maps), (N, 64, H, W), to (N, 3, H, W); H and W are even."""
    result: Tensor = _Tail.apply(kernels, maps, slopes, weight, bias)  # type: ignore[no-untyped-call]
    return result


class _Convolution(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any,
        kernels: TrainingKernels,
        maps: Tensor,
        slopes: Tensor | None,
        weight: Tensor,
        bias: Tensor | None,
        skip: Tensor | None,
        shuffled: bool,
    ) -> Tensor:
        maps, weight, slopes, skip = _last(maps), _last(weight), _dense(slopes), _last(skip)
        ctx.save_for_backward(maps, weight, slopes)
        ctx.kernels, ctx.shuffled = kernels, shuffled
        return _forward(kernels, maps, weight, bias, slopes=slopes, skip=skip, shuffled=shuffled)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> _Gradients:
        maps, weight, slopes = ctx.saved_tensors
        _, is_maps, is_slopes, is_weight, is_bias, is_skip, _ = ctx.needs_input_grad
        of_maps, of_slopes, of_weight, of_bias = _backward(
            ctx.kernels,
            _last(gradient),
            maps,
            weight,
            slopes=slopes,
            wanted=(is_maps or is_slopes, is_slopes, is_weight, is_bias),
            shuffled=ctx.shuffled,
        )
        of_skip = gradient if is_skip else None
        return None, of_maps, of_slopes, of_weight, of_bias, of_skip, None


class _ResidualBlock(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any,
        kernels: TrainingKernels,
        maps: Tensor,
        weight1: Tensor,
        bias1: Tensor,
        slopes: Tensor,
        weight2: Tensor,
        bias2: Tensor,
    ) -> Tensor:
        maps, weight1, weight2 = _last(maps), _last(weight1), _last(weight2)
        slopes = slopes.contiguous()
        inner = _forward(kernels, maps, weight1, bias1)
        ctx.save_for_backward(maps, inner, weight1, weight2, slopes)
        ctx.kernels = kernels
        return _forward(kernels, inner, weight2, bias2, slopes=slopes, skip=maps)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> _Gradients:
        maps, inner, weight1, weight2, slopes = ctx.saved_tensors
        gradient = _last(gradient)
        everything = (True, True, True, True)
        of_inner, of_slopes, of_weight2, of_bias2 = _backward(
            ctx.kernels, gradient, inner, weight2, slopes=slopes, wanted=everything
        )
        assert of_inner is not None
        of_maps, _, of_weight1, of_bias1 = _backward(
            ctx.kernels, of_inner, maps, weight1, skip=gradient, wanted=(True, False, True, True)
        )
        return None, of_maps, of_weight1, of_bias1, of_slopes, of_weight2, of_bias2


class _Tail(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any,
        kernels: TrainingKernels,
        maps: Tensor,
        slopes: Tensor | None,
        weight: Tensor,
        bias: Tensor,
    ) -> Tensor:
        maps, weight, slopes = _last(maps), _last(weight), _dense(slopes)
        images, _, height, width = maps.shape
        pixels = torch.empty((images, 3, height, width), memory_format=_LAST)
        kernels.tail_forward(
            TailPass(
                **_batch(maps),
                input=_at(maps),
                slopes=_at(slopes),
                weight=_at(weight),
                bias=_at(bias),
                output=_at(pixels),
            )
        )
        ctx.save_for_backward(maps, weight, slopes)
        ctx.kernels = kernels
        return pixels

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> _Gradients:
        maps, weight, slopes = ctx.saved_tensors
        gradient = _last(gradient)
        of_maps, of_weight = torch.empty_like(maps), torch.empty_like(weight)
        of_bias = maps.new_empty(3)
        of_slopes = None if slopes is None else torch.empty_like(slopes)
        ctx.kernels.tail_backward(
            TailPass(
                **_batch(maps),
                input=_at(maps),
                slopes=_at(slopes),
                weight=_at(weight),
                gradient=_at(gradient),
                input_gradient=_at(of_maps),
                slope_gradient=_at(of_slopes),
                weight_gradient=_at(of_weight),
                bias_gradient=_at(of_bias),
            )
        )
        return None, of_maps, of_slopes, of_weight, of_bias


def _forward(
    kernels: TrainingKernels,
    maps: Tensor,
    weight: Tensor,
    bias: Tensor | None,
    *,
    slopes: Tensor | None = None,
    skip: Tensor | None = None,
    shuffled: bool = False,
) -> Tensor:
    (images, inputs, height, width), outputs = maps.shape, len(weight)
    times = 2 if shuffled else 1
    shape = (images, outputs // times**2, times * height, times * width)
    result = torch.empty(shape, memory_format=_LAST)
    kernels.forward(
        ForwardPass(
            **_batch(maps),
            inputs=inputs,
            outputs=outputs,
            shuffled=shuffled,
            input=_at(maps),
            slopes=_at(slopes),
            weight=_at(weight),
            bias=_at(bias),
            skip=_at(skip),
            output=_at(result),
        )
    )
    return result


def _backward(
    kernels: TrainingKernels,
    gradient: Tensor,
    maps: Tensor,
    weight: Tensor,
    *,
    wanted: tuple[bool, bool, bool, bool],
    slopes: Tensor | None = None,
    skip: Tensor | None = None,
    shuffled: bool = False,
) -> _Gradients:
    """The gradients of maps, slopes, weight and bias that are wanted, the others None."""
    is_maps, is_slopes, is_weight, is_bias = wanted
    of_maps = torch.empty_like(maps) if is_maps else None
    of_slopes = torch.empty_like(slopes) if is_slopes and slopes is not None else None
    of_weight = torch.empty_like(weight) if is_weight else None
    of_bias = maps.new_empty(len(weight)) if is_bias else None
    kernels.backward(
        BackwardPass(
            **_batch(maps),
            inputs=maps.shape[1],
            outputs=len(weight),
            shuffled=shuffled,
            input=_at(maps),
            slopes=_at(slopes),
            weight=_at(weight),
            gradient=_at(gradient),
            skip=_at(skip),
            input_gradient=_at(of_maps),
            slope_gradient=_at(of_slopes),
            weight_gradient=_at(of_weight),
            bias_gradient=_at(of_bias),
        )
    )
    return of_maps, of_slopes, of_weight, of_bias


def _batch(maps: Tensor) -> dict[str, int]:
    images, _, height, width = maps.shape
    threads = torch.get_num_threads()
    return {"images": images, "height": height, "width": width, "threads": threads}


def _last(tensor: _MaybeTensor) -> _MaybeTensor:
    """Channels-last, without gaps; the kernels know no other layout."""
    return tensor if tensor is None else tensor.contiguous(memory_format=_LAST)


def _dense(tensor: _MaybeTensor) -> _MaybeTensor:
    return tensor if tensor is None else tensor.contiguous()


def _at(tensor: Tensor | None) -> int | None:
    """Where a tensor lies."""
    return None if tensor is None else tensor.data_ptr()
