"""Muon: momentum whose steps are made orthogonal, for the kernels of convolutions.

The step of a kernel, seen as a matrix of one row for each map that it makes, is replaced by the
nearest matrix all of whose singular values are about 1: so no direction of the gradient drowns the
others. Source: Jordan et al. 2024, Muon: an optimizer for hidden layers in neural networks; the
size of a step is that of Liu et al. 2025, arXiv 2502.16982, with which Adam's rates serve.
"""

import math
from collections.abc import Callable, Iterable
from typing import Any

import torch
from torch import Tensor

_MOMENTUM = 0.95
_ITERATIONS = (2, 3)  # five, in two runs
_COEFFICIENTS = (3.4445, -4.7750, 2.0315)  # Jordan's: steep at 0, near 1 after five iterations
_LIKE_ADAM = 0.2  # root mean square of Adam's step over its rate


class Muon(torch.optim.Optimizer):
    """Moves kernels of shape (outputs, inputs, rows, columns) by orthogonal steps.

    Args:
        kernels: the parameters.
        rate: a step's root mean square is a fifth of it; a tensor where steps are captured.
    """

    def __init__(self, kernels: Iterable[Tensor], *, rate: float | Tensor) -> None:
        super().__init__(kernels, {"lr": rate})
        self.found_inf: Tensor | None = None
        """1 where the gradient is not to be used, as PyTorch's own optimisers have it."""

    @torch.no_grad()
    def step(self, closure: Callable[[], Any] | None = None) -> None:  # type: ignore[override]
        """Move all kernels, unless `found_inf` says that their gradient is not sound."""
        assert closure is None
        for group in self.param_groups:
            for kernels in _alike(group["params"]):
                self._move(kernels, group["lr"])

    def _move(self, kernels: list[Tensor], rate: float | Tensor) -> None:
        """Move kernels of one shape, all at once."""
        before, memory, gradient = (
            torch.stack(_rows(tensors))  # (kernels, outputs, rows, columns, inputs)
            for tensors in (kernels, self._momenta(kernels), _gradients(kernels))
        )
        sound: float | Tensor = 1.0
        if self.found_inf is not None:  # multiplied by instead of looked at, so that nobody waits
            sound = 1 - self.found_inf
            gradient.nan_to_num_(0.0, 0.0, 0.0)
        momentum = (gradient - memory).mul_((1 - _MOMENTUM) * sound).add_(memory)
        ahead = gradient.lerp_(momentum, _MOMENTUM).flatten(start_dim=2)
        size = _LIKE_ADAM * math.sqrt(max(ahead.shape[1:]))
        moved = orthogonal(ahead).mul_(-rate * size * sound).view(before.shape).add_(before)
        torch._foreach_copy_(_rows(self._momenta(kernels)), list(momentum))
        torch._foreach_copy_(_rows(kernels), list(moved))

    def _momenta(self, kernels: list[Tensor]) -> list[Tensor]:
        for kernel in kernels:
            if not self.state[kernel]:
                self.state[kernel]["momentum"] = torch.zeros_like(kernel)
        return [self.state[kernel]["momentum"] for kernel in kernels]


def orthogonal(matrices: Tensor) -> Tensor:
    """Matrices with the same singular vectors and singular values of about 0.7 to 1.2.

    Each iteration multiplies a wide matrix X by a polynomial P of X Xᵀ, all of which commute. So
    a few are taken on the small X Xᵀ alone, which becomes P X Xᵀ P, and X is multiplied once by
    all their P. Not by all five: each makes the rounding of X Xᵀ up to twelve times as large.

    Args:
        matrices: shape (matrices, rows, columns).
    """
    if matrices.shape[1] > matrices.shape[2]:
        return orthogonal(matrices.mT).mT
    wide = matrices / (torch.linalg.vector_norm(matrices, dim=(1, 2), keepdim=True) + 1e-30)
    for iterations in _ITERATIONS:
        square = torch.bmm(wide, wide.mT)
        factor = product = _polynomial(square)
        for _ in range(iterations - 1):
            square = torch.bmm(torch.bmm(factor, square), factor)
            factor = _polynomial(square)
            product = torch.bmm(product, factor)
        wide = torch.bmm(product, wide)
    return wide


def _polynomial(squares: Tensor) -> Tensor:
    """Jordan's a + b S + c S², for each S of shape (rows, rows)."""
    a, b, c = _COEFFICIENTS
    result = torch.baddbmm(squares, squares, squares, beta=b, alpha=c)
    result.diagonal(dim1=1, dim2=2).add_(a)
    return result


def _alike(kernels: list[Tensor]) -> list[list[Tensor]]:
    """Kernels by their shapes."""
    by_shape: dict[torch.Size, list[Tensor]] = {}
    for kernel in kernels:
        by_shape.setdefault(kernel.shape, []).append(kernel)
    return list(by_shape.values())


def _gradients(kernels: list[Tensor]) -> list[Tensor]:
    gradients = [kernel.grad for kernel in kernels if kernel.grad is not None]
    assert len(gradients) == len(kernels)
    return gradients


def _rows(kernels: list[Tensor]) -> list[Tensor]:
    """Kernels as they lie in memory, inputs last; singular values know no order of columns."""
    return [kernel.permute(0, 2, 3, 1) for kernel in kernels]
