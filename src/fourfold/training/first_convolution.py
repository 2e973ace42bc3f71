"""A judge's first convolution, from R'G'B', on the native kernels: fp32 on a CPU."""

from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

from fourfold.engine import TrainingKernels
from fourfold.engine.training import CHANNELS
from fourfold.training.passes import first_pass, last


def can_be_first(weight: Tensor) -> bool:
    """Whether the kernels take a convolution of this weight, stride 1, from R'G'B'."""
    return weight.shape == (CHANNELS, 3, 3, 3)


def first(kernels: TrainingKernels, pixels: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
    """A 3x3 convolution, zero padding, of R'G'B' (N, 3, H, W) to maps (N, 64, H, W).

    Args:
        kernels: compute its gradients; forward PyTorch's own is as fast.
        pixels: of any range.
        weight: shape (64, 3, 3, 3).
        bias: shape (64,).
    """
    result: Tensor = _First.apply(kernels, pixels, weight, bias)  # type: ignore[no-untyped-call]
    return result


class _First(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any, kernels: TrainingKernels, pixels: Tensor, weight: Tensor, bias: Tensor | None
    ) -> Tensor:
        pixels, weight = last(pixels), last(weight)
        maps = torch.nn.functional.conv2d(pixels, weight, bias, padding=1)  # nothing to be won
        ctx.save_for_backward(pixels, weight)
        ctx.kernels = kernels
        return maps

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor | None, ...]:
        pixels, weight = ctx.saved_tensors
        _, is_pixels, is_weight, is_bias = ctx.needs_input_grad
        of_pixels = torch.empty_like(pixels) if is_pixels else None
        of_weight = torch.empty_like(weight) if is_weight or is_bias else None
        of_bias = pixels.new_empty(CHANNELS) if is_bias else None
        gradient = last(gradient)
        ctx.kernels.first_backward(
            first_pass(
                pixels,
                weight,
                gradient=gradient,
                input_gradient=of_pixels,
                weight_gradient=of_weight,
                bias_gradient=of_bias,
            )
        )
        return None, of_pixels, of_weight if is_weight else None, of_bias
