"""The generator on the native kernels beside the one on PyTorch's."""

import copy
import io
from dataclasses import replace

import pytest
import torch

from fourfold.engine import load_training_kernels
from fourfold.networks import Generator
from fourfold.training import find_recipe
from fourfold.training.native import NativeGenerator, kernels_for, why_not_native
from fourfold.weights import GeneratorConfig

CPU = torch.device("cpu")
CONFIG = GeneratorConfig(depth=2, normalisation="none")


def random_generator(config: GeneratorConfig) -> Generator:
    """Weights of noise, slopes of every kind, statistics that are not those of the start."""
    torch.manual_seed(1)
    generator = Generator(config)
    with torch.no_grad():
        for index, module in enumerate(generator.modules()):
            if isinstance(module, torch.nn.PReLU):
                module.weight.copy_(torch.linspace(-0.1, 1.2, len(module.weight)))
                module.weight[0] = (0.0, 2e-5, -0.005, 0.3, 1.5)[index % 5]
    return generator


def gradients(generator: Generator, lr: torch.Tensor) -> dict[str, torch.Tensor]:
    rng = torch.Generator().manual_seed(2)
    sr = generator(lr)
    gradient = torch.randn(sr.shape, generator=rng).to(sr.dtype)
    sr.backward(gradient)
    named = {name: value.grad for name, value in generator.named_parameters()}
    return {"sr": sr.detach(), **named}


@pytest.mark.parametrize(
    "config",
    [
        CONFIG,
        replace(CONFIG, normalisation="batch"),
        replace(CONFIG, slopes="channel", scale=2),
        replace(CONFIG, skips=False),
        replace(CONFIG, depth=1, scale=8, normalisation="batch", skips=False),
    ],
    ids=str,
)
@pytest.mark.parametrize(("height", "width"), [(4, 4), (7, 10)])
def test_result_and_gradients_are_those_of_float64(config, height, width):
    plain = random_generator(config)
    native = NativeGenerator(plain, load_training_kernels())
    lr = torch.rand(2, 3, height, width, generator=torch.Generator().manual_seed(3))
    expected = gradients(copy.deepcopy(plain).double(), lr.double())
    ours, torchs = gradients(native, lr), gradients(plain, lr)
    assert ours.keys() == expected.keys()
    # a shared slope's gradient is one sum, which may cancel to nothing: all of them are one scale
    slopes = max(g.abs().max() for name, g in expected.items() if name.endswith("prelu.weight"))
    for name, exact in expected.items():
        scale = slopes if name.endswith("prelu.weight") else exact.abs().max().clamp_min(1e-6)
        error, theirs = (
            ((each[name] - exact).abs().max() / scale).item() for each in (ours, torchs)
        )
        assert error <= max(2e-5, 5 * theirs), name


def test_its_state_is_that_of_the_plain_one():
    plain = random_generator(CONFIG)
    native = NativeGenerator(plain, load_training_kernels())
    buffer = io.BytesIO()
    torch.save(native.state_dict(), buffer)
    buffer.seek(0)
    other = Generator(CONFIG)
    other.load_state_dict(torch.load(buffer, weights_only=True))
    for name, value in plain.state_dict().items():
        assert torch.equal(other.state_dict()[name], value)


def test_a_copy_is_its_own():
    native = NativeGenerator(random_generator(CONFIG), load_training_kernels()).eval()
    native = native.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    twin = copy.deepcopy(native)
    assert isinstance(twin, NativeGenerator)
    assert not twin.training
    # the average is moved towards the parameters fast only where both lie alike
    assert twin.trunk.conv.weight.stride() == native.trunk.conv.weight.stride()  # type: ignore[operator, union-attr]
    lr = torch.rand(1, 3, 5, 5)
    with torch.no_grad():
        before = twin(lr)
        native.tail.weight.zero_()
        assert torch.equal(twin(lr), before)


@pytest.mark.parametrize("dtype", [torch.float64, torch.bfloat16])
def test_what_the_kernels_do_not_take_goes_to_pytorch(dtype):
    plain = random_generator(CONFIG).to(dtype)
    native = NativeGenerator(random_generator(CONFIG), load_training_kernels()).to(dtype)
    lr = torch.rand(1, 3, 5, 5).to(dtype)
    assert torch.equal(native(lr), plain(lr))


def test_another_width_goes_to_pytorch():
    plain = random_generator(replace(CONFIG, width=8))
    native = NativeGenerator(plain, load_training_kernels())
    lr = torch.rand(1, 3, 5, 5)
    assert torch.equal(native(lr), plain(lr))


def test_a_recipe_takes_them_unless_it_says_otherwise():
    recipe = find_recipe("srresnet-mse-cpu")
    assert kernels_for(recipe, CPU) == load_training_kernels()
    assert why_not_native(recipe, CPU) is None
    assert kernels_for(replace(recipe, kernels="torch"), CPU) is None
    assert kernels_for(recipe, torch.device("meta")) is None


def test_kernels_that_compute_wrongly_are_not_used_and_it_is_said(monkeypatch):
    monkeypatch.setenv("FOURFOLD_ISA", "none such")
    load_training_kernels.cache_clear()
    try:
        recipe = find_recipe("srresnet-mse-cpu")
        assert kernels_for(recipe, CPU) is None
        assert "PyTorch's kernels are used" in (why_not_native(recipe, CPU) or "")
    finally:
        load_training_kernels.cache_clear()
