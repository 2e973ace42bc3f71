"""The native training kernels as PyTorch's autograd calls them: fp32 on a CPU, channels-last.

A map is kept as it was before its PReLU, which the layer that reads it applies. So one map serves
forward and backward, and the gradient's mask is right for every slope, below zero and at zero too.
"""

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

from fourfold.engine import TrainingKernels
from fourfold.engine.training import CHANNELS, MOST_CHANNELS
from fourfold.training.passes import backward_pass, dense, forward_pass, last, tail_pass

_LAST = torch.channels_last

_Gradients = tuple[Tensor | None, ...]


def is_plain(tensor: Tensor) -> bool:
    """Whether it is float32 in the processor's memory, and nothing casts it."""
    is_cast = torch.is_autocast_enabled("cpu")
    return tensor.dtype == torch.float32 and tensor.device.type == "cpu" and not is_cast


def can_take(weight: Tensor) -> bool:
    """Whether the kernels take a convolution of this weight, stride 1 or 2, zero padding."""
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
    stride: int = 1,
    shuffled: bool = False,
) -> Tensor:
    """A 3x3 convolution, zero padding, of PReLU(maps), and what stands beside it.

    Args:
        kernels: compute it.
        maps: shape (N, inputs, H, W).
        weight: shape (outputs, inputs, 3, 3); both multiples of 64, up to 512.
        bias: shape (outputs,).
        slopes: shape (inputs,): of the PReLU that `maps` go through first; None for none.
        skip: shape of the result, is added.
        stride: 1, or 2, where H and W are even.
        shuffled: whether the sub-pixel shuffle follows; outputs are then 256, and the stride is 1.

    Returns:
        Shape (N, outputs, H / stride, W / stride), or shuffled (N, outputs / 4, 2 H, 2 W).
    """
    form = (stride, shuffled)
    result: Tensor = _Convolution.apply(kernels, maps, slopes, weight, bias, skip, form)  # type: ignore[no-untyped-call]
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
        form: tuple[int, bool],
    ) -> Tensor:
        maps, weight, slopes, skip = last(maps), last(weight), dense(slopes), last(skip)
        ctx.save_for_backward(maps, weight, slopes)
        ctx.kernels, ctx.form = kernels, form
        (images, _, height, width), outputs = maps.shape, len(weight)
        stride, shuffled = form
        times = 1 + shuffled
        sides = (times * height // stride, times * width // stride)
        shape = (images, outputs // times**2, *sides)
        result = torch.empty(shape, memory_format=_LAST)
        around = {"slopes": slopes, "bias": bias, "skip": skip, "output": result}
        kernels.forward(forward_pass(maps, weight, stride=stride, shuffled=shuffled, **around))
        return result

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> _Gradients:
        maps, weight, slopes = ctx.saved_tensors
        gradient = last(gradient)
        stride, shuffled = ctx.form
        _, is_maps, is_slopes, is_weight, is_bias, is_skip, _ = ctx.needs_input_grad
        of_maps = torch.empty_like(maps) if is_maps or is_slopes else None
        of_slopes = torch.empty_like(slopes) if is_slopes else None
        of_weight = torch.empty_like(weight) if is_weight else None
        of_bias = maps.new_empty(len(weight)) if is_bias else None
        ctx.kernels.backward(
            backward_pass(
                maps,
                weight,
                stride=stride,
                shuffled=shuffled,
                gradient=gradient,
                slopes=slopes,
                input_gradient=of_maps,
                slope_gradient=of_slopes,
                weight_gradient=of_weight,
                bias_gradient=of_bias,
            )
        )
        of_skip = gradient if is_skip else None
        return None, of_maps, of_slopes, of_weight, of_bias, of_skip, None


class _Trunk(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, kernels: TrainingKernels, maps: Tensor, *parameters: Tensor) -> Tensor:
        maps = last(maps)
        parameters = tuple(last(each) if each.ndim == 4 else dense(each) for each in parameters)
        chain, layers = [maps], []
        for weight1, bias1, slopes, weight2, bias2 in _blocks(parameters):
            before, inner, after = chain[-1], torch.empty_like(maps), torch.empty_like(maps)
            chain += [inner, after]
            layers += [
                forward_pass(before, weight1, bias=bias1, output=inner),
                forward_pass(inner, weight2, slopes=slopes, bias=bias2, skip=before, output=after),
            ]
        weight, bias = parameters[-2:]
        result = torch.empty_like(maps)
        layers.append(forward_pass(chain[-1], weight, bias=bias, skip=maps, output=result))
        kernels.forward(*layers)
        ctx.save_for_backward(*chain, *parameters)
        ctx.kernels, ctx.maps = kernels, len(chain)
        return result

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> _Gradients:
        gradient = last(gradient)
        chain, parameters = ctx.saved_tensors[: ctx.maps], ctx.saved_tensors[ctx.maps :]
        of_parameters = [torch.empty_like(parameter) for parameter in parameters]
        of_maps, of_inner, of_before = (torch.empty_like(gradient) for _ in range(3))
        layers = [
            backward_pass(
                chain[-1],
                parameters[-2],
                gradient=gradient,
                input_gradient=of_maps,
                weight_gradient=of_parameters[-2],
                bias_gradient=of_parameters[-1],
            )
        ]
        befores, inners = chain[0:-1:2], chain[1::2]
        blocks = zip(befores, inners, _blocks(parameters), _blocks(of_parameters), strict=True)
        for before, inner, block, of_block in reversed(list(blocks)):
            weight1, _, slopes, weight2, _ = block
            of_weight1, of_bias1, of_slopes, of_weight2, of_bias2 = of_block
            layers += [
                backward_pass(
                    inner,
                    weight2,
                    gradient=of_maps,
                    slopes=slopes,
                    input_gradient=of_inner,
                    slope_gradient=of_slopes,
                    weight_gradient=of_weight2,
                    bias_gradient=of_bias2,
                ),
                backward_pass(
                    before,
                    weight1,
                    gradient=of_inner,
                    skip=of_maps,
                    input_gradient=of_before,
                    weight_gradient=of_weight1,
                    bias_gradient=of_bias1,
                ),
            ]
            of_maps, of_before = of_before, of_maps
        ctx.kernels.backward(*layers)
        return None, of_maps.add_(gradient), *of_parameters


def _blocks(parameters: Sequence[Tensor]) -> list[Sequence[Tensor]]:
    """Those of each block; the last two are those of the convolution after them."""
    return [parameters[first : first + 5] for first in range(0, len(parameters) - 2, 5)]


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
        maps, weight, slopes = last(maps), last(weight), dense(slopes)
        images, _, height, width = maps.shape
        pixels = torch.empty((images, 3, height, width), memory_format=_LAST)
        kernels.tail_forward(tail_pass(maps, weight, slopes=slopes, bias=bias, output=pixels))
        ctx.save_for_backward(maps, weight, slopes)
        ctx.kernels = kernels
        return pixels

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> _Gradients:
        maps, weight, slopes = ctx.saved_tensors
        gradient = last(gradient)
        of_maps, of_weight = torch.empty_like(maps), torch.empty_like(weight)
        of_bias = maps.new_empty(3)
        of_slopes = None if slopes is None else torch.empty_like(slopes)
        ctx.kernels.tail_backward(
            tail_pass(
                maps,
                weight,
                slopes=slopes,
                gradient=gradient,
                input_gradient=of_maps,
                slope_gradient=of_slopes,
                weight_gradient=of_weight,
                bias_gradient=of_bias,
            )
        )
        return None, of_maps, of_slopes, of_weight, of_bias
