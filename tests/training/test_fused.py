"""The networks on the fused passes of a GPU beside the plain ones.

TRITON_INTERPRET=1 with Triton installed runs them without a GPU, slowly.
"""

import copy
import os
from dataclasses import replace
from importlib.util import find_spec

import pytest
import torch
import torch.nn.functional as F

from fourfold.networks import Discriminator, DiscriminatorConfig, Generator, VggFeatures
from fourfold.training import fused
from fourfold.training.fused import FusedGenerator, is_fused
from fourfold.training.fused_judges import FusedDiscriminator, fused_features
from fourfold.upscaling import torch_layers
from fourfold.weights import GeneratorConfig
from tests.training.test_native import random_generator

CONFIG = GeneratorConfig(depth=2, normalisation="none")
IS_INTERPRETED = os.environ.get("TRITON_INTERPRET") == "1" and find_spec("triton") is not None
PLACE = torch.device("cpu" if IS_INTERPRETED else "cuda")

needs_a_gpu = pytest.mark.skipif(
    not (IS_INTERPRETED or torch.cuda.is_available()), reason="needs a CUDA GPU"
)


@pytest.fixture(autouse=True)
def exact_products():
    """Without this, GPUs multiply float32 with the ten bits of TF32."""
    convolutions = torch.backends.cudnn.conv  # type: ignore[attr-defined]  # not in its stubs
    before, convolutions.fp32_precision = convolutions.fp32_precision, "ieee"
    yield
    convolutions.fp32_precision = before


def gradients(generator: Generator, lr: torch.Tensor) -> dict[str, torch.Tensor]:
    """The result, and the gradients of all parameters at one that is noise."""
    rng = torch.Generator().manual_seed(2)
    sr = generator(lr)
    gradient = torch.randn(sr.shape, generator=rng).to(sr)
    sr.backward(gradient)
    named = {name: value.grad for name, value in generator.named_parameters()}
    return {"sr": sr.detach()} | {name: value for name, value in named.items() if value is not None}


def distance(ours: torch.Tensor, expected: torch.Tensor) -> float:
    """Relative."""
    return ((ours.double() - expected).norm() / expected.norm().clamp(min=1e-30)).item()


@needs_a_gpu
@pytest.mark.parametrize(
    "config",
    [
        CONFIG,
        replace(CONFIG, slopes="channel", scale=2),
        replace(CONFIG, skips=False, width=24),
        replace(CONFIG, depth=1, scale=8),
    ],
    ids=str,
)
@pytest.mark.parametrize(("height", "width"), [(4, 4), (7, 10)])
def test_result_and_gradients_are_those_of_float64(config, height, width):
    plain = random_generator(config).to(PLACE)
    lr = torch.rand(2, 3, height, width, generator=torch.Generator().manual_seed(3)).to(PLACE)
    expected = gradients(copy.deepcopy(plain).double(), lr.double())
    ours = gradients(FusedGenerator(plain).to(PLACE), lr)
    assert ours.keys() == expected.keys()
    # a shared slope's gradient is one sum, which may cancel to nothing: all of them are one scale
    scale = max(value.norm().item() for name, value in expected.items() if "prelu" in name)
    for name, value in ours.items():
        assert value.shape == expected[name].shape
        if "prelu" in name:
            assert (value - expected[name]).norm() < 1e-3 * scale
        else:
            assert distance(value, expected[name]) < 1e-3, name


@needs_a_gpu
def test_half_precision_is_near_float64():
    plain = random_generator(CONFIG).to(PLACE)
    lr = torch.rand(2, 3, 8, 8, generator=torch.Generator().manual_seed(3)).to(PLACE)
    expected = gradients(copy.deepcopy(plain).double(), lr.double())
    with torch.autocast(PLACE.type, torch.float16):
        ours = gradients(FusedGenerator(plain).to(PLACE), lr)
    assert ours["sr"].dtype == torch.float16
    for name, value in ours.items():
        if "prelu" not in name:
            assert value.dtype == (torch.float16 if name == "sr" else torch.float32)
            assert distance(value, expected[name]) < 2e-2, name


@needs_a_gpu
def test_vgg19s_features_and_their_gradient_are_the_plain_ones():
    torch.manual_seed(1)
    features = VggFeatures("2_2").requires_grad_(False).to(PLACE)
    image = torch.rand(2, 3, 12, 12, device=PLACE)
    results = []
    for compute in (features.double(), lambda pixels: fused_features(features, pixels)):
        pixels = image.clone().requires_grad_()
        features.double() if compute is features else features.float()
        maps = compute(pixels.double() if compute is features else pixels)
        maps.square().sum().backward()
        assert pixels.grad is not None
        results.append((maps.detach().double(), pixels.grad.double()))
    for expected, ours in zip(*results, strict=True):
        assert distance(ours, expected) < 1e-3


@needs_a_gpu
@pytest.mark.parametrize("moved", ["judge", "results"])
def test_the_discriminators_judgement_and_gradients_are_the_plain_ones(moved):
    torch.manual_seed(1)
    plain = Discriminator(DiscriminatorConfig(side=20, width=8, dense=16))
    with torch.no_grad():
        for module in plain.modules():
            if isinstance(module, torch.nn.BatchNorm2d):
                module.weight.normal_()
                module.bias.normal_()
    plain = plain.to(PLACE).requires_grad_(moved == "judge")
    fused = FusedDiscriminator(plain).to(PLACE).requires_grad_(moved == "judge")
    pictures = torch.rand(2, 3, 3, 20, 20, generator=torch.Generator().manual_seed(2)).to(PLACE)
    seen = []
    for judge, dtype in ((plain.double(), torch.float64), (fused, torch.float32)):
        hr, sr = (part.to(dtype, copy=True).requires_grad_() for part in pictures)
        judged = judge(hr, sr) if moved == "judge" else judge(sr)
        (judged * torch.arange(1, len(judged) + 1, device=PLACE)).sum().backward()
        parameters = {name: value.grad for name, value in judge.named_parameters()}
        seen.append({"judged": judged.detach(), "pictures": sr.grad, **parameters})
    for name, expected in seen[0].items():
        ours = seen[1][name]
        if ours is None:  # a bias that normalisation takes away again
            assert expected is None or expected.norm() < 1e-6 * seen[0]["pictures"].norm() * 100
        else:
            assert distance(ours, expected) < 1e-3, name
    kept = [value.grad is None for value in fused.parameters()]
    assert sum(kept) == (7 if moved == "judge" else len(kept))


@needs_a_gpu
@pytest.mark.parametrize(("mean", "bound"), [(0, 1e-6), (30, 1e-3)])
def test_a_map_far_from_zero_is_normalised_too(mean: float, bound: float):
    """The variance is a difference of means of squares: some digits go, fewer than bf16 lacks."""
    from fourfold.training.fused_normalisation import normalise

    rng = torch.Generator().manual_seed(4)
    maps = torch.randn(4, 8, 16, 16, generator=rng) + mean
    gradient = torch.randn(maps.shape, generator=rng)
    seen = []
    for dtype in (torch.float64, torch.float32):
        given = maps.to(PLACE, dtype).requires_grad_()
        ones, zeros = torch.ones(8, device=PLACE), torch.zeros(8, device=PLACE)
        if dtype == torch.float64:
            result = torch.cat(
                [F.batch_norm(part, None, None, training=True) for part in given.chunk(2)]
            )
            result = F.leaky_relu(result, 0.2)
        else:
            result = normalise(given, ones, zeros, slope=0.2, epsilon=1e-5, batches=2)
        torch.autograd.backward(result, gradient.to(result))
        assert given.grad is not None
        seen.append((result.detach().double(), given.grad.double()))
    for expected, ours in zip(*seen, strict=True):
        assert distance(ours, expected) < bound


def test_batch_normalisation_and_cpus_are_left_to_pytorch(monkeypatch: pytest.MonkeyPatch):
    assert not is_fused(CONFIG, torch.device("cpu"))
    monkeypatch.setattr(fused, "kernels_for", lambda _device, _precision: torch_layers)
    gpu = torch.device("cuda")
    assert is_fused(CONFIG, gpu)
    assert not is_fused(replace(CONFIG, normalisation="batch"), gpu)
    monkeypatch.setattr(fused, "kernels_for", lambda _device, _precision: None)
    assert not is_fused(CONFIG, gpu)
