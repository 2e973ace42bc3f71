"""A judge's first convolution against PyTorch's own in float64."""

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from fourfold.engine import TrainingKernels, instruction_sets, load_training_kernels
from fourfold.training.first_convolution import can_be_first, first
from tests.exactness import assert_like_float64, leaves, noise, results

SIZES = [(1, 1, 1), (2, 5, 7), (1, 1, 3), (3, 33, 6), (1, 70, 9), (2, 4, 100), (1, 3, 193)]


@pytest.fixture(params=instruction_sets())
def kernels(request: pytest.FixtureRequest) -> TrainingKernels:
    return TrainingKernels(request.param, load_training_kernels().version)


@pytest.mark.parametrize(("images", "height", "width"), SIZES)
def test_the_first_convolution_and_its_gradients_are_those_of_float64(
    kernels, images, height, width
):
    assert_like_float64(
        lambda pixels, weight, bias: first(kernels, pixels, weight, bias),
        lambda pixels, weight, bias: F.conv2d(pixels, weight, bias, padding=1),
        [noise(images, 3, height, width), noise(64, 3, 3, 3), noise(64)],
        3e-6,
    )


@pytest.mark.parametrize("asked", ["pixels", "weight", "bias", "weight and bias"])
def test_each_of_its_gradients_can_be_had_alone(kernels, asked):
    operands = {"pixels": noise(2, 3, 9, 8), "weight": noise(64, 3, 3, 3), "bias": noise(64)}

    def gradients(convolve, names) -> list[Tensor]:
        ours = {name: tensor.clone() for name, tensor in operands.items()}
        wanted = [ours[name].requires_grad_() for name in names]
        return results(convolve(*ours.values()), wanted)

    names = asked.split(" and ")
    alone = gradients(lambda *tensors: first(kernels, *tensors), names)
    every = gradients(lambda *tensors: first(kernels, *tensors), list(operands))
    places = [0, *(1 + list(operands).index(name) for name in names)]
    assert all(torch.equal(a, every[place]) for a, place in zip(alone, places, strict=True))


def test_it_needs_no_bias(kernels):
    assert_like_float64(
        lambda pixels, weight: first(kernels, pixels, weight, None),
        lambda pixels, weight: F.conv2d(pixels, weight, padding=1),
        [noise(1, 3, 6, 6), noise(64, 3, 3, 3)],
        3e-6,
    )


def test_no_number_of_threads_changes_a_bit(kernels):
    operands = [noise(3, 3, 70, 100), noise(64, 3, 3, 3), noise(64)]

    def all_of(threads: int) -> list[Tensor]:
        torch.set_num_threads(threads)
        leaf = leaves(operands, torch.float32)
        return results(first(kernels, *leaf), leaf)

    once = all_of(1)
    for threads in (2, 5, 1):
        assert all(torch.equal(*pair) for pair in zip(once, all_of(threads), strict=True))


def test_all_instruction_sets_agree_but_for_the_order_of_sums():
    every = [
        results(first(TrainingKernels(isa, 0), *leaf), leaf)
        for isa in instruction_sets()
        for leaf in [leaves([noise(1, 3, 40, 20), noise(64, 3, 3, 3), noise(64)], torch.float32)]
    ]
    for other in every[1:]:
        for ours, theirs in zip(every[0], other, strict=True):
            assert torch.allclose(ours, theirs, rtol=1e-4, atol=1e-4)


def test_what_the_kernels_do_not_take_is_told():
    assert can_be_first(torch.empty(64, 3, 3, 3))
    assert not can_be_first(torch.empty(32, 3, 3, 3))
    assert not can_be_first(torch.empty(64, 3, 9, 9))
