"""What the kernels compute between convolutions, beside public operators.

They run on a CUDA GPU, or on a CPU in Triton's interpreter where that is asked for:
TRITON_INTERPRET=1 pytest tests/upscaling/test_torch_kernels.py, with Triton installed.
"""

import os
from importlib.util import find_spec
from types import ModuleType

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from fourfold.upscaling import torch_engine, torch_layers
from fourfold.upscaling.torch_engine import TorchEngine
from fourfold.upscaling.torch_layers import PlacedLayer
from fourfold.weights import GeneratorConfig, Layer, fold
from tests.generators import configs, random_weights

ON_GPU = torch.cuda.is_available()
INTERPRETED = bool(os.environ.get("TRITON_INTERPRET")) and find_spec("triton") is not None
DEVICE = torch.device("cuda:0" if ON_GPU and not INTERPRETED else "cpu")

EXAMPLES = 60 if INTERPRETED else 8  # on a GPU most are compiled for themselves

pytestmark = pytest.mark.skipif(not (ON_GPU or INTERPRETED), reason="needs a CUDA GPU")


@pytest.fixture(scope="module")
def kernels() -> ModuleType:
    from fourfold.upscaling import torch_kernels

    return torch_kernels


def tensor(seed: int, *shape: int, dtype: torch.dtype = torch.float32) -> torch.Tensor:
    values = np.random.default_rng(seed).normal(size=shape)
    placed = torch.from_numpy(values).to(DEVICE, dtype)
    return placed.contiguous(memory_format=torch.channels_last) if len(shape) == 4 else placed


# Sums are taken in fp32 and rounded once: half a unit in the last place of the result.
# The interpreter cuts bfloat16 off instead.
UNITS = {
    torch.float32: 2.0**-24,
    torch.float16: 2.0**-11,
    torch.bfloat16: 2.0**-7 if INTERPRETED else 2.0**-8,
}
shapes = st.tuples(st.integers(1, 70), st.integers(1, 9), st.integers(1, 40))


def close(ours: torch.Tensor, exact: torch.Tensor) -> bool:
    allowed = UNITS[ours.dtype] * exact.abs() + 4e-6  # of sums in fp32 that cancel
    return bool(((ours.double() - exact).abs() <= allowed).all())


@given(shapes, st.sampled_from(list(UNITS)), st.booleans(), st.booleans(), st.integers(0, 99))
@settings(max_examples=EXAMPLES)
def test_bias_prelu_and_skip_in_one_pass(
    kernels: ModuleType,
    shape: tuple[int, int, int],
    dtype: torch.dtype,
    has_slopes: bool,
    has_skip: bool,
    seed: int,
):
    channels = shape[0]
    maps = tensor(seed, 1, *shape, dtype=dtype)
    skip = tensor(seed + 1, 1, *shape, dtype=dtype) if has_skip else None
    bias, slopes = tensor(seed + 2, channels), tensor(seed + 3, channels) if has_slopes else None
    exact = maps.double() + bias.double()[:, None, None]
    if slopes is not None:
        exact = torch.where(exact >= 0, exact, exact * slopes.double()[:, None, None])
    if skip is not None:
        exact = exact + skip.double()
    ours = kernels.finish(maps, bias, slopes, skip)
    assert ours.data_ptr() == maps.data_ptr() and ours.dtype == dtype
    assert close(ours, exact)


@given(
    st.tuples(st.integers(1, 20), st.integers(1, 9), st.integers(1, 40)),
    st.sampled_from(list(UNITS)),
    st.sampled_from(list(UNITS)),
    st.booleans(),
    st.integers(0, 5),
    st.integers(0, 99),
)
@settings(max_examples=EXAMPLES)
def test_bias_prelu_and_shuffle_in_one_pass(
    kernels: ModuleType,
    shape: tuple[int, int, int],
    dtype: torch.dtype,
    placed_as: torch.dtype,
    has_slopes: bool,
    unused: int,
    seed: int,
):
    channels, height, width = shape
    maps = tensor(seed, 1, 4 * channels + unused, height, width, dtype=dtype)
    bias = tensor(seed + 1, 4 * channels)
    slopes = tensor(seed + 2, 4 * channels) if has_slopes else None
    exact = maps.double()[:, : 4 * channels] + bias.double()[:, None, None]
    if slopes is not None:
        exact = torch.where(exact >= 0, exact, exact * slopes.double()[:, None, None])
    around = torch.full((1, channels, 2 * height + 2, 2 * width), 7.0, device=DEVICE)
    around = around.to(placed_as).contiguous(memory_format=torch.channels_last)
    kernels.finish_shuffled(maps, bias, slopes, around[:, :, 1:-1])
    assert close(around[:, :, 1:-1], torch_layers._shuffled(exact))
    assert bool((around[:, :, [0, -1]] == 7).all())  # nothing is written beside its place


@pytest.mark.parametrize(("dtype", "peak"), [(torch.uint8, 255), (torch.int32, 65535)])
def test_levels_are_clamped_and_rounded_half_up(kernels: ModuleType, dtype: torch.dtype, peak: int):
    sr = tensor(0, 1, 3, 37, 41) + 0.5
    sr[0, :, 0, 0] = torch.tensor([0.0, 1.0, 0.5])
    levels, is_finite = kernels.to_levels(sr, peak, dtype)
    assert levels.dtype == dtype and bool(is_finite)
    exact = sr.double().clamp(0, 1) * peak
    assert float((levels.double() - exact).abs().max()) <= 0.5 + 1e-7 * peak
    assert levels[0, :, 0, 0].tolist() == [0, peak, (peak + 1) // 2]


@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf")])
def test_a_single_value_that_is_not_finite_is_seen(kernels: ModuleType, value: float):
    sr = tensor(0, 1, 3, 80, 60)
    sr[0, 2, 79, 59] = value
    assert not bool(kernels.to_levels(sr, 255, torch.uint8)[1])


def test_kernels_that_agree_with_the_operators_are_taken(kernels: ModuleType):
    for dtype in UNITS:
        assert torch_layers.agree(kernels, DEVICE, dtype)


def test_kernels_that_compute_something_else_are_not_taken(
    kernels: ModuleType, monkeypatch: pytest.MonkeyPatch
):
    def forgets_the_bias(maps, bias, slopes, skip):
        return finish(maps, 0 * bias, slopes, skip)

    finish = kernels.finish
    monkeypatch.setattr(kernels, "finish", forgets_the_bias)
    assert not torch_layers.agree(kernels, DEVICE, torch.float32)


@given(configs(largest_width=9), st.integers(0, 99), st.integers(1, 60), st.integers(1, 9))
@settings(max_examples=EXAMPLES // 4)
def test_an_engine_with_kernels_makes_the_picture_of_one_without(
    kernels: ModuleType, config: GeneratorConfig, seed: int, height: int, width: int
):
    network = fold(random_weights(config, seed))
    lr = np.random.default_rng(seed).random((height, width, 3)).astype(np.float32)
    results = []
    for found in (kernels, None):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(torch_engine, "kernels_for", lambda *_, found=found: found)
            engine = TorchEngine(network, device=DEVICE)
            assert engine._head.weight.shape[1] == (8 if found else 3)
            assert engine._tail.weight.shape[0] == (16 if found else 12)
            results.append(engine.open(width, strip=16).push(lr, last=True))
    assert np.abs(results[0] - results[1]).max() <= 1e-5 * np.abs(results[1]).max()


def test_rows_of_zeros_that_fill_a_layer_up_change_nothing(kernels: ModuleType):
    rng = np.random.default_rng(3)
    layer = Layer(weight=rng.normal(size=(12, 5, 3, 3)), bias=rng.normal(size=12))
    maps = tensor(1, 1, 5, 6, 7)
    results = []
    for found in (kernels, None):
        placed = PlacedLayer(layer, DEVICE, torch.float32, found, fill=(8, 1))
        sr = tensor(2, 1, 3, 8, 14)
        torch_layers.convolve_to_picture(maps, placed, sr, top=1)
        results.append(sr)
    assert torch.allclose(results[0], results[1], atol=1e-5)
