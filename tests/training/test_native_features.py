"""VGG19's features of results and originals on the native kernels beside PyTorch's."""

import copy

import pytest
import torch
from torch import Tensor, nn

from fourfold.engine import TrainingKernels, instruction_sets, load_training_kernels
from fourfold.networks import VggFeatures
from fourfold.networks.vgg import VggLayer
from fourfold.training.losses import LAYERS, ContentLoss
from fourfold.training.native_features import features_of_both
from tests.exactness import leaves, results, rms_error

KERNELS = load_training_kernels()


@pytest.fixture(params=instruction_sets())
def kernels(request: pytest.FixtureRequest) -> TrainingKernels:
    return TrainingKernels(request.param, KERNELS.version)


def pictures(*sides: int, count: int = 2, seed: int = 1) -> Tensor:
    return torch.rand(count, 3, *sides, generator=torch.Generator().manual_seed(seed))


def random_features(layer: VggLayer) -> VggFeatures:
    """Features whose maps stay as large from layer to layer."""
    torch.manual_seed(4)
    features = VggFeatures(layer).eval().requires_grad_(False)
    for module in features.layers:
        if isinstance(module, nn.Conv2d):
            nn.init.kaiming_normal_(module.weight)
            assert module.bias is not None
            nn.init.normal_(module.bias)
    return features


def all_of(features, sr: Tensor, hr: Tensor, kernels: TrainingKernels | None) -> list[Tensor]:
    """Both features, and the gradient of the results for one of noise."""
    (leaf,) = leaves([sr], torch.float32)
    of_sr, of_hr = features_of_both(features, leaf, hr, kernels=kernels)
    assert not of_hr.requires_grad
    return [of_hr, *results(of_sr, [leaf])]


def in_float64(features: VggFeatures, sr: Tensor, hr: Tensor) -> list[Tensor]:
    exact = copy.deepcopy(features).double()
    (leaf,) = leaves([sr], torch.float64)

    def of(image: Tensor) -> Tensor:  # `VggFeatures` gives float32
        return exact.layers((255 * image - exact.mean) / exact.deviation)

    return [of(hr.double()), *results(of(leaf), [leaf])]


@pytest.mark.parametrize("layer", ["2_2", "5_4"])
@pytest.mark.parametrize("sides", [(32, 48), (40, 40), (23, 37)])  # the last two: odd at poolings
def test_features_and_the_results_gradient_are_those_of_float64(kernels, layer, sides):
    features = random_features(layer)
    sr, hr = pictures(*sides), pictures(*sides, seed=2)
    expected = in_float64(features, sr, hr)
    ours, theirs = (all_of(features, sr, hr, each) for each in (kernels, None))
    for value, our, their in zip(expected, ours, theirs, strict=True):
        assert rms_error(our, value) < max(1e-5, 3 * rms_error(their, value))


def test_a_result_has_the_bits_it_has_beside_any_original(kernels):
    features = random_features("5_4")
    sr, hr = pictures(32, 32), pictures(32, 32, seed=2)
    of_hr, of_sr, _ = all_of(features, sr, hr, kernels)
    turned_of_hr, turned_of_sr, _ = all_of(features, hr, sr, kernels)
    assert torch.equal(of_hr, turned_of_sr) and torch.equal(of_sr, turned_of_hr)


def test_no_number_of_threads_changes_a_bit(kernels):
    features = random_features("5_4")
    sr, hr = pictures(48, 32, count=3), pictures(48, 32, count=3, seed=2)
    once = all_of(features, sr, hr, kernels)
    torch.set_num_threads(2)
    twice = all_of(features, sr, hr, kernels)
    assert all(torch.equal(*pair) for pair in zip(once, twice, strict=True))


@pytest.mark.parametrize("kind", ["vgg22", "vgg54"])
def test_a_content_loss_computes_on_the_kernels_it_is_given(kind):
    features = random_features(LAYERS[kind])
    sr, hr = pictures(32, 32).requires_grad_(), pictures(32, 32, seed=2)
    losses = [
        ContentLoss(kind, features, device=torch.device("cpu"), kernels=kernels)(sr, hr)
        for kernels in (KERNELS, None)
    ]
    gradients = [torch.autograd.grad(loss, sr)[0] for loss in losses]
    assert not torch.equal(*gradients)  # other sums, so the kernels did compute
    torch.testing.assert_close(*losses)


def test_in_half_precision_they_are_pytorchs_own():
    features = random_features("2_2").to(torch.bfloat16)
    sr, hr = pictures(16, 16), pictures(16, 16, seed=2)
    pairs = zip(*(all_of(features, sr, hr, each) for each in (KERNELS, None)), strict=True)
    assert all(torch.equal(*pair) for pair in pairs)


def test_under_autocast_they_are_pytorchs_own():
    features = random_features("2_2")
    sr, hr = pictures(16, 16), pictures(16, 16, seed=2)
    with torch.autocast("cpu", torch.bfloat16):
        pairs = zip(*(all_of(features, sr, hr, each) for each in (KERNELS, None)), strict=True)
    assert all(torch.equal(*pair) for pair in pairs)
