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
_ITERATIONS = 5
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
            for kernel in group["params"]:
                self._move(kernel, group["lr"])

    def _move(self, kernel: Tensor, rate: float | Tensor) -> None:
        gradient, memory = kernel.grad, self.state[kernel]
        assert gradient is not None
        if not memory:
            memory["momentum"] = torch.zeros_like(kernel)
        momentum = memory["momentum"].lerp(gradient, 1 - _MOMENTUM)
        ahead = gradient.lerp(momentum, _MOMENTUM).flatten(start_dim=1)
        size = _LIKE_ADAM * math.sqrt(max(ahead.shape))
        moved = kernel - rate * size * orthogonal(ahead).view(kernel.shape)
        if self.found_inf is not None:  # chosen without looking, so that nobody waits
            is_sound = self.found_inf == 0
            momentum = torch.where(is_sound, momentum, memory["momentum"])
            moved = torch.where(is_sound, moved, kernel)
        memory["momentum"].copy_(momentum)
        kernel.copy_(moved)


def orthogonal(matrix: Tensor) -> Tensor:
    """A matrix with the same singular vectors and singular values of about 0.7 to 1.2.

    Args:
        matrix: shape (rows, columns).
    """
    a, b, c = _COEFFICIENTS
    wide = matrix if matrix.shape[0] <= matrix.shape[1] else matrix.T
    wide = wide / (wide.norm() + 1e-30)
    for _ in range(_ITERATIONS):
        square = wide @ wide.T
        wide = a * wide + (b * square + c * square @ square) @ wide
    return wide if matrix.shape[0] <= matrix.shape[1] else wide.T
