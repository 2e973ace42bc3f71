"""What tests of kernels compare: results and gradients with those in float64."""

import torch
from torch import Tensor


def noise(*shape: int, seed: int = 1) -> Tensor:
    rng = torch.Generator().manual_seed(seed + sum(shape))
    return torch.randn(*shape, generator=rng)


def leaves(tensors: list[Tensor], dtype: torch.dtype) -> list[Tensor]:
    return [tensor.detach().clone().to(dtype).requires_grad_() for tensor in tensors]


def results(output: Tensor, inputs: list[Tensor]) -> list[Tensor]:
    """The output, and the gradient of each input for an output gradient of noise."""
    gradient = noise(*output.shape, seed=5).to(output.dtype)
    return [output.detach(), *torch.autograd.grad(output, inputs, gradient)]


def rms_error(result: Tensor, expected: Tensor) -> float:
    """Root mean square of the difference over that of what is expected."""
    assert result.shape == expected.shape
    return ((result - expected).square().mean() / expected.square().mean()).sqrt().item()


def assert_like_float64(native, reference, tensors: list[Tensor], limit: float) -> None:
    """Output and all gradients of `native` within `limit` of those of `reference`, in float64."""
    ours, exact = leaves(tensors, torch.float32), leaves(tensors, torch.float64)
    pairs = zip(results(native(*ours), ours), results(reference(*exact), exact), strict=True)
    errors = [rms_error(result, expected) for result, expected in pairs]
    assert max(errors) <= limit, errors
