"""The native training kernels against PyTorch's own in float64."""

import itertools

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from fourfold.engine import (
    TrainingKernels,
    instruction_sets,
    load_training_kernels,
    training_self_test,
)
from fourfold.training.kernels import convolve, tail, trunk
from tests.exactness import assert_like_float64, leaves, noise, results, rms_error

SIZES = [(1, 4, 4), (2, 5, 7), (1, 1, 3), (2, 24, 24), (1, 9, 18)]
SLOPES = (-0.1, 0.0, 2e-5, 0.25, 1.5)


@pytest.fixture(params=instruction_sets())
def kernels(request: pytest.FixtureRequest) -> TrainingKernels:
    return TrainingKernels(request.param, load_training_kernels().version)


def slopes_of(channels: int) -> Tensor:
    return torch.tensor(list(itertools.islice(itertools.cycle(SLOPES), channels)))


@pytest.mark.parametrize(("images", "height", "width"), SIZES)
def test_a_convolution_and_its_gradients_are_those_of_float64(kernels, images, height, width):
    assert_like_float64(
        lambda maps, weight, bias: convolve(kernels, maps, weight, bias),
        lambda maps, weight, bias: F.conv2d(maps, weight, bias, padding=1),
        [noise(images, 64, height, width), noise(64, 64, 3, 3), noise(64)],
        3e-6,
    )


@pytest.mark.parametrize(("inputs", "outputs"), [(64, 128), (128, 64), (256, 192)])
def test_so_are_those_of_many_channels_after_a_prelu_beside_a_skip(kernels, inputs, outputs):
    assert_like_float64(
        lambda maps, slopes, weight, bias, skip: convolve(
            kernels, maps, weight, bias, slopes=slopes, skip=skip
        ),
        lambda maps, slopes, weight, bias, skip: (
            F.conv2d(F.prelu(maps, slopes), weight, bias, padding=1) + skip
        ),
        [
            noise(2, inputs, 6, 9),
            slopes_of(inputs),
            noise(outputs, inputs, 3, 3),
            noise(outputs),
            noise(2, outputs, 6, 9),
        ],
        3e-6,
    )


@pytest.mark.parametrize(
    ("images", "height", "width"), [(1, 2, 2), (2, 4, 6), (3, 16, 16), (1, 18, 34), (2, 22, 8)]
)
@pytest.mark.parametrize(("inputs", "outputs"), [(64, 64), (64, 128), (192, 192)])
def test_so_are_those_of_stride_2(kernels, images, height, width, inputs, outputs):
    assert_like_float64(
        lambda maps, weight, bias: convolve(
            kernels, maps, weight, bias, slopes=slopes_of(inputs), stride=2
        ),
        lambda maps, weight, bias: F.conv2d(
            F.prelu(maps, slopes_of(inputs).double()), weight, bias, stride=2, padding=1
        ),
        [noise(images, inputs, height, width), noise(outputs, inputs, 3, 3), noise(outputs)],
        3e-6,
    )


@pytest.mark.parametrize("stride", [1, 2])
def test_slopes_that_learn_get_their_gradient_from_many_channels_too(kernels, stride):
    assert_like_float64(
        lambda maps, slopes, weight: convolve(
            kernels, maps, weight, None, slopes=slopes, stride=stride
        ),
        lambda maps, slopes, weight: F.conv2d(
            F.prelu(maps, slopes), weight, stride=stride, padding=1
        ),
        [noise(1, 384, 6, 10), slopes_of(384), noise(384, 384, 3, 3)],
        3e-6,
    )


@pytest.mark.parametrize("side", [4, 6, 25])
def test_so_are_those_of_512_channels(kernels, side):
    assert_like_float64(
        lambda maps, weight, bias, skip: convolve(
            kernels, maps, weight, bias, slopes=slopes_of(512), skip=skip
        ),
        lambda maps, weight, bias, skip: (
            F.conv2d(F.prelu(maps, slopes_of(512).double()), weight, bias, padding=1) + skip
        ),
        [
            noise(3, 512, side, side),
            noise(512, 512, 3, 3),
            noise(512),
            noise(3, 512, side, side),
        ],
        3e-6,
    )


@pytest.mark.parametrize(("images", "height", "width"), SIZES)
def test_so_are_those_of_a_sub_pixel_convolution(kernels, images, height, width):
    assert_like_float64(
        lambda maps, slopes, weight, bias: convolve(
            kernels, maps, weight, bias, slopes=slopes, shuffled=True
        ),
        lambda maps, slopes, weight, bias: F.pixel_shuffle(
            F.conv2d(F.prelu(maps, slopes), weight, bias, padding=1), 2
        ),
        [noise(images, 64, height, width), slopes_of(64), noise(256, 64, 3, 3), noise(256)],
        3e-6,
    )


@pytest.mark.parametrize(("images", "height", "width"), [(2, 2, 2), (1, 10, 14), (2, 32, 18)])
def test_so_are_those_of_the_tail(kernels, images, height, width):
    assert_like_float64(
        lambda maps, slopes, weight, bias: tail(kernels, maps, weight, bias, slopes=slopes),
        lambda maps, slopes, weight, bias: F.conv2d(F.prelu(maps, slopes), weight, bias, padding=4),
        [noise(images, 64, height, width), slopes_of(64), noise(3, 64, 9, 9), noise(3)],
        1e-5,
    )


@pytest.mark.parametrize("slope", SLOPES)
@pytest.mark.parametrize("blocks", [1, 3])
def test_so_are_those_of_residual_blocks_of_any_slope(kernels, slope, blocks):
    def reference(head, *parameters):
        maps = head
        for weight1, bias1, slopes, weight2, bias2 in zip(
            *[iter(parameters[:-2])] * 5, strict=True
        ):
            inner = F.prelu(F.conv2d(maps, weight1, bias1, padding=1), slopes)
            maps = maps + F.conv2d(inner, weight2, bias2, padding=1)
        return head + F.conv2d(maps, parameters[-2], parameters[-1], padding=1)

    def convolution(seed: int) -> list[Tensor]:
        return [noise(64, 64, 3, 3, seed=seed) / 24, noise(64, seed=seed)]

    slopes = torch.full((64,), slope)
    parameters = [
        tensor
        for block in range(blocks)
        for tensor in (*convolution(2 * block), slopes, *convolution(2 * block + 1))
    ]
    assert_like_float64(
        lambda *operands: trunk(kernels, *operands),
        reference,
        [noise(3, 64, 10, 12), *parameters, *convolution(9)],
        3e-6,
    )


def test_layers_in_one_call_give_the_bits_of_single_calls(kernels):
    head, slopes = noise(2, 64, 9, 6), slopes_of(64)
    weights, biases = noise(3, 64, 64, 3, 3) / 24, noise(3, 64)
    inputs = leaves([head, slopes, *weights, *biases], torch.float32)

    def one_by_one(head: Tensor, slopes: Tensor, *layers: Tensor) -> Tensor:
        weight1, weight2, weight3, bias1, bias2, bias3 = layers
        inner = convolve(kernels, head, weight1, bias1)
        maps = convolve(kernels, inner, weight2, bias2, slopes=slopes, skip=head)
        return convolve(kernels, maps, weight3, bias3, skip=head)

    def at_once(head: Tensor, slopes: Tensor, *layers: Tensor) -> Tensor:
        weight1, weight2, weight3, bias1, bias2, bias3 = layers
        block = (weight1, bias1, slopes, weight2, bias2)
        return trunk(kernels, head, *block, weight3, bias3)

    pairs = zip(
        results(at_once(*inputs), inputs), results(one_by_one(*inputs), inputs), strict=True
    )
    for result, expected in list(pairs)[2:]:  # autograd sums the head's gradients in its own order
        assert torch.equal(result, expected)


def test_what_needs_no_gradient_is_not_computed(kernels):
    maps, weight = noise(1, 64, 8, 8).requires_grad_(), noise(64, 64, 3, 3)
    torch.autograd.backward(convolve(kernels, maps, weight, None).sum())
    expected = F.conv_transpose2d(torch.ones(1, 64, 8, 8), weight, padding=1)
    assert maps.grad is not None
    assert rms_error(maps.grad, expected) < 3e-6
    assert weight.grad is None
    maps, weight = maps.detach(), weight.requires_grad_()
    torch.autograd.backward(convolve(kernels, maps, weight, None).sum())
    assert maps.grad is None
    assert weight.grad is not None


def test_no_number_of_threads_changes_a_bit(kernels):
    operands = [noise(8, 64, 28, 28), slopes_of(64), noise(256, 64, 3, 3), noise(256)]
    last = [noise(3, 64, 9, 9), noise(3)]

    def all_of(threads: int) -> list[Tensor]:
        torch.set_num_threads(threads)
        leaf = leaves([*operands, *last], torch.float32)
        maps, slopes, weight, bias, tail_weight, tail_bias = leaf
        shuffled = convolve(kernels, maps, weight, bias, slopes=slopes, shuffled=True)
        return results(tail(kernels, shuffled, tail_weight, tail_bias, slopes=slopes), leaf)

    first = all_of(1)
    for threads in (2, 5, 1):
        assert all(torch.equal(*pair) for pair in zip(first, all_of(threads), strict=True))


@pytest.mark.parametrize(
    ("channels", "side", "stride"), [(384, 21, 1), (64, 40, 2), (384, 20, 2)], ids=str
)
def test_nor_of_many_channels_or_stride_2(kernels, channels, side, stride):
    operands = [
        noise(5, channels, side, side),
        noise(channels, channels, 3, 3),
        noise(channels),
    ]

    def all_of(threads: int) -> list[Tensor]:
        torch.set_num_threads(threads)
        leaf = leaves(operands, torch.float32)
        slopes = slopes_of(channels)
        return results(convolve(kernels, *leaf, slopes=slopes, stride=stride), leaf)

    first = all_of(1)
    for threads in (2, 5, 1):
        assert all(torch.equal(*pair) for pair in zip(first, all_of(threads), strict=True))


def test_any_layout_in_memory_gives_the_same(kernels):
    maps, weight, bias = noise(2, 64, 6, 5), noise(64, 64, 3, 3), noise(64)
    whole = noise(2, 64, 6, 10)
    whole[..., ::2] = maps
    one = leaves([maps.to(memory_format=torch.channels_last), weight, bias], torch.float32)
    other = [*leaves([whole, weight], torch.float32), bias.clone().requires_grad_()]
    expected = results(convolve(kernels, *one), one)
    result = results(convolve(kernels, other[0][..., ::2], *other[1:]), other)
    assert torch.equal(result[0], expected[0])
    assert torch.equal(result[1][..., ::2], expected[1])
    assert torch.equal(result[2], expected[2])


@pytest.mark.parametrize("isa", instruction_sets())
def test_the_self_test_leaves_rounding_alone(isa):
    error = training_self_test(isa)
    assert error is not None
    assert 0 < error < 2e-5
