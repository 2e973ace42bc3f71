"""VGG19's poolings on the native kernels, to the bit PyTorch's."""

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from fourfold.engine import TrainingKernels, instruction_sets, load_training_kernels
from fourfold.training.passes import last, pooling_pass
from tests.exactness import noise


@pytest.fixture(params=instruction_sets())
def kernels(request: pytest.FixtureRequest) -> TrainingKernels:
    return TrainingKernels(request.param, load_training_kernels().version)


def pooled(kernels: TrainingKernels, maps: Tensor, gradient: Tensor) -> list[Tensor]:
    """The largest of each 2x2 pixels, and the gradient of the maps."""
    maps, gradient = last(maps), last(gradient)
    largest, of_maps = torch.empty_like(gradient), torch.empty_like(maps)
    kernels.pool_forward(pooling_pass(maps, output=largest))
    kernels.pool_backward(pooling_pass(maps, gradient=gradient, input_gradient=of_maps))
    return [largest, of_maps]


@pytest.mark.parametrize("threads", [1, 2, 5])
@pytest.mark.parametrize("shape", [(1, 64, 2, 2), (2, 128, 6, 10), (1, 512, 70, 2)])
def test_they_and_their_gradients_are_pytorchs(kernels, shape, threads):
    torch.set_num_threads(threads)
    images, channels, height, width = shape
    maps = noise(*shape).round()  # so that many are equal
    gradient = noise(images, channels, height // 2, width // 2)
    leaf = maps.clone().requires_grad_()
    largest = F.max_pool2d(leaf, 2)
    (expected,) = torch.autograd.grad(largest, leaf, gradient)
    native = pooled(kernels, maps, gradient)
    assert torch.equal(native[0], largest) and torch.equal(native[1], expected)


def test_what_is_not_a_number_is_not_lost(kernels):
    for place in range(4):
        maps = torch.arange(4.0).view(1, 1, 2, 2).repeat(1, 64, 1, 1)
        maps.view(64, 4)[:, place] = torch.nan
        largest, of_maps = pooled(kernels, maps, torch.ones(1, 64, 1, 1))
        assert largest.isnan().all()
        given = of_maps.permute(1, 0, 2, 3).reshape(64, 4).argmax(dim=1)
        assert torch.equal(given, torch.full((64,), place))
