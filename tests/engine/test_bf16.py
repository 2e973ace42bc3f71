"""The native engine in bf16: near fp32, the same for any pieces and threads, and only asked for.

bf16 keeps 8 bits of a value, so that each layer rounds by up to 0.4 % of it.
"""

import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fourfold.engine import NativeEngine, SelfTest, instruction_sets, self_test
from fourfold.engine.instruction_sets import BF16
from fourfold.engine.library import find_library
from fourfold.errors import UnavailableDevice
from fourfold.imaging import read_image, reduce
from fourfold.metrics import LITERATURE, psnr_y
from fourfold.weights import FoldedGenerator, GeneratorConfig, fold, load_weights
from tests.engine.test_native import SMALL, exact, native_configs, noise, upscale
from tests.generators import random_weights


def _is_here() -> bool:
    try:
        return find_library() is not None and self_test(BF16).passed
    except UnavailableDevice:
        return False


needs_amx = pytest.mark.skipif(not _is_here(), reason="needs a processor with AMX")
NETWORK = fold(random_weights(SMALL, 1))


def is_near(network: FoldedGenerator, lr: np.ndarray, expected: np.ndarray) -> None:
    """Rounding by 2^-9 of each value; a wrong tap or pixel would be off by a good part of it."""
    error = upscale(NativeEngine(network, precision="bf16"), lr) - expected
    assert np.sqrt(np.mean(error**2)) <= 0.02 * np.sqrt(np.mean(expected**2))
    assert np.abs(error).max() <= 0.05 * np.abs(expected).max()


@needs_amx
@given(native_configs, st.integers(0, 999), st.integers(1, 40), st.integers(1, 70))
def test_any_network_and_size_is_near_fp32(
    config: GeneratorConfig, seed: int, height: int, width: int
):
    network, lr = fold(random_weights(config, seed)), noise(height, width, seed)
    is_near(network, lr, upscale(NativeEngine(network), lr))


@needs_amx
@pytest.mark.parametrize("scale", [2, 4, 8])
def test_a_small_picture_is_near_float64(scale: int):
    network, lr = fold(random_weights(replace(SMALL, scale=scale), seed=scale)), noise(13, 37)
    is_near(network, lr, exact(network, lr))


@needs_amx
@pytest.mark.parametrize("width", [320, 321, 350])
def test_strips_join_without_a_trace(width: int):
    network, lr = fold(random_weights(replace(SMALL, depth=2), seed=2)), noise(71, width)
    is_near(network, lr, upscale(NativeEngine(network), lr))


@needs_amx
def test_a_trained_network_keeps_its_pixels(photograph: np.ndarray):
    network = fold(load_weights("srgan"))
    whole, halved = (
        upscale(NativeEngine(network, precision=precision), photograph).astype(int)
        for precision in ("fp32", "bf16")
    )
    difference = np.abs(whole - halved)
    assert 0 < difference.mean() < 1


@needs_amx
@pytest.mark.slow
def test_psnr_falls_by_little(data: Path):
    network = fold(load_weights("srresnet"))
    engines = [NativeEngine(network, precision=precision) for precision in ("fp32", "bf16")]
    losses = []
    for path in sorted((data / "test" / "Set5" / "HR").glob("*.png")):
        hr = read_image(path)
        hr = hr[: len(hr) // 4 * 4, : hr.shape[1] // 4 * 4]
        lr = reduce(hr, 4)
        whole, halved = (
            psnr_y(upscale(engine, lr), hr, scale=4, protocol=LITERATURE) for engine in engines
        )
        losses.append(whole - halved)
    assert len(losses) == 5 and np.mean(losses) <= 0.05


@needs_amx
@given(st.lists(st.integers(0, 90), max_size=4), st.integers(1, 90), st.integers(1, 400))
def test_pieces_and_threads_change_nothing(pieces: list[int], rest: int, width: int):
    lr = noise(sum(pieces) + rest, width)
    one, three = (NativeEngine(NETWORK, threads=n, precision="bf16") for n in (1, 3))
    np.testing.assert_array_equal(upscale(three, lr, pieces), upscale(one, lr))


@needs_amx
def test_the_engine_says_that_it_computes_in_bf16():
    engine = NativeEngine(NETWORK, precision="bf16")
    assert (engine.name, engine.precision) == ("native amx_bf16", "bf16")


def test_nobody_gets_it_who_did_not_ask():
    assert BF16 not in instruction_sets() and NativeEngine(NETWORK).precision == "fp32"


def test_a_processor_without_it_is_an_error_in_a_sentence(monkeypatch: pytest.MonkeyPatch):
    def absent(isa: str) -> SelfTest:
        raise UnavailableDevice(isa)

    monkeypatch.setattr(sys.modules["fourfold.engine.instruction_sets"], "self_test", absent)
    with pytest.raises(UnavailableDevice, match=r"AMX alone .* leave the precision at fp32"):
        NativeEngine(NETWORK, precision="bf16")


def test_kernels_that_compute_wrongly_are_an_error_in_a_sentence(monkeypatch: pytest.MonkeyPatch):
    def wrong(isa: str) -> SelfTest:
        return SelfTest(isa=isa, error=0.5, passed=False)

    monkeypatch.setattr(sys.modules["fourfold.engine.instruction_sets"], "self_test", wrong)
    with pytest.raises(UnavailableDevice, match=r"compute wrongly here \(self-test: error 0.5"):
        NativeEngine(NETWORK, precision="bf16")
