"""The native training kernels as PyTorch's autograd calls them: fp32 on a CPU, channels-last.

A map is kept as it was before its PReLU, which the layer that reads it applies. So one map serves
forward and backward, and the gradient's mask is right for every slope, below zero and at zero too.
"""

from collections.abc import Sequence
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


def trunk(kernels: TrainingKernels, maps: Tensor, *parameters: Tensor) -> Tensor:
    """Residual blocks and the convolution after them, all around a skip: (N, 64, H, W), as `maps`.

    A block is its input + convolution 2 of PReLU(convolution 1). In one call, so that threads do
    not wait for Python between the layers.

    Args:
        kernels: compute it.
        maps: the first block's input.
        parameters: of each block weight and bias of the first convolution, slopes (64,), weight
            and bias of the second; then weight and bias of the convolution after the blocks.
    """
    assert len(parameters) % 5 == 2
    result: Tensor = _Trunk.apply(kernels, maps, *parameters)  # type: ignore[no-untyped-call]
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
        (images, _, height, width), outputs, times = maps.shape, len(weight), 1 + shuffled
        shape = (images, outputs // times**2, times * height, times * width)
        result = torch.empty(shape, memory_format=_LAST)
        kernels.forward(
            _forward_pass(maps, result, weight, bias, slopes=slopes, skip=skip, shuffled=shuffled)
        )
        return result

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> _Gradients:
        maps, weight, slopes = ctx.saved_tensors
        gradient = _last(gradient)
        _, is_maps, is_slopes, is_weight, is_bias, is_skip, _ = ctx.needs_input_grad
        of_maps = torch.empty_like(maps) if is_maps or is_slopes else None
        of_slopes = torch.empty_like(slopes) if is_slopes else None
        of_weight = torch.empty_like(weight) if is_weight else None
        of_bias = maps.new_empty(len(weight)) if is_bias else None
        ctx.kernels.backward(
            _backward_pass(
                maps,
                gradient,
                of_maps,
                weight,
                of_weight,
                of_bias,
                slopes=slopes,
                of_slopes=of_slopes,
                shuffled=ctx.shuffled,
            )
        )
        of_skip = gradient if is_skip else None
        return None, of_maps, of_slopes, of_weight, of_bias, of_skip, None


class _Trunk(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, kernels: TrainingKernels, maps: Tensor, *parameters: Tensor) -> Tensor:
        maps, parameters = _last(maps), tuple(map(_last_or_dense, parameters))
        chain, layers = [maps], []
        for weight1, bias1, slopes, weight2, bias2 in _blocks(parameters):
            before, inner, after = chain[-1], torch.empty_like(maps), torch.empty_like(maps)
            layers += [
                _forward_pass(before, inner, weight1, bias1),
                _forward_pass(inner, after, weight2, bias2, slopes=slopes, skip=before),
            ]
            chain += [inner, after]
        result = torch.empty_like(maps)
        layers.append(_forward_pass(chain[-1], result, *parameters[-2:], skip=maps))
        kernels.forward(*layers)
        ctx.save_for_backward(*chain, *parameters)
        ctx.kernels, ctx.maps = kernels, len(chain)
        return result

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> _Gradients:
        gradient = _last(gradient)
        chain, parameters = ctx.saved_tensors[: ctx.maps], ctx.saved_tensors[ctx.maps :]
        of_parameters = [torch.empty_like(parameter) for parameter in parameters]
        of_maps, of_inner, of_before = (torch.empty_like(gradient) for _ in range(3))
        last = (chain[-1], gradient, of_maps, parameters[-2], *of_parameters[-2:])
        layers = [_backward_pass(*last)]
        befores, inners = chain[0:-1:2], chain[1::2]
        blocks = zip(befores, inners, _blocks(parameters), _blocks(of_parameters), strict=True)
        for before, inner, block, of_block in reversed(list(blocks)):
            weight1, _, slopes, weight2, _ = block
            of_weight1, of_bias1, of_slopes, of_weight2, of_bias2 = of_block
            second = (inner, of_maps, of_inner, weight2, of_weight2, of_bias2)
            first = (before, of_inner, of_before, weight1, of_weight1, of_bias1)
            layers += [
                _backward_pass(*second, slopes=slopes, of_slopes=of_slopes),
                _backward_pass(*first, skip=of_maps),
            ]
            of_maps, of_before = of_before, of_maps
        ctx.kernels.backward(*layers)
        return None, of_maps.add_(gradient), *of_parameters


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


def _forward_pass(
    maps: Tensor,
    result: Tensor,
    weight: Tensor,
    bias: Tensor | None,
    *,
    slopes: Tensor | None = None,
    skip: Tensor | None = None,
    shuffled: bool = False,
) -> ForwardPass:
    return ForwardPass(
        **_batch(maps),
        inputs=maps.shape[1],
        outputs=len(weight),
        shuffled=shuffled,
        input=_at(maps),
        slopes=_at(slopes),
        weight=_at(weight),
        bias=_at(bias),
        skip=_at(skip),
        output=_at(result),
    )


def _backward_pass(
    maps: Tensor,
    gradient: Tensor,
    of_maps: Tensor | None,
    weight: Tensor,
    of_weight: Tensor | None,
    of_bias: Tensor | None,
    *,
    slopes: Tensor | None = None,
    of_slopes: Tensor | None = None,
    skip: Tensor | None = None,
    shuffled: bool = False,
) -> BackwardPass:
    """Each gradient that is None is not computed; `skip` is added to that of the maps."""
    return BackwardPass(
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


def _batch(maps: Tensor) -> dict[str, int]:
    images, _, height, width = maps.shape
    threads = torch.get_num_threads()
    return {"images": images, "height": height, "width": width, "threads": threads}


def _last(tensor: _MaybeTensor) -> _MaybeTensor:
    """Channels-last, without gaps; the kernels know no other layout."""
    return tensor if tensor is None else tensor.contiguous(memory_format=_LAST)


def _last_or_dense(tensor: Tensor) -> Tensor:
    return _last(tensor) if tensor.ndim == 4 else tensor.contiguous()


def _blocks(parameters: Sequence[Tensor]) -> list[Sequence[Tensor]]:
    """Those of each block; the last two are those of the convolution after them."""
    return [parameters[first : first + 5] for first in range(0, len(parameters) - 2, 5)]


def _dense(tensor: _MaybeTensor) -> _MaybeTensor:
    return tensor if tensor is None else tensor.contiguous()


def _at(tensor: Tensor | None) -> int | None:
    """Where a tensor lies."""
    return None if tensor is None else tensor.data_ptr()
