"""The result, reduced by the exact bicubic, is the input again."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fourfold import Upscaler
from fourfold.engine import NativeConsistency
from fourfold.imaging import grey, read_image, reduce, write_image
from fourfold.metrics import consistency
from fourfold.upscaling.consistency import ConsistentEngine, NumpyConsistency
from fourfold.upscaling.engines import open_engine
from fourfold.weights import GeneratorConfig, fold
from tests.generators import random_weights


@pytest.fixture(scope="module", params=["srgan", "srresnet"])
def upscaler(request: pytest.FixtureRequest) -> Upscaler:
    return Upscaler(request.param, consistent=True)


@pytest.fixture(scope="module")
def srgan() -> Upscaler:
    return Upscaler("srgan", consistent=True)


def untouched(sr: np.ndarray) -> np.ndarray:
    """LR pixels in whose 16x16 HR support no value was clamped, perhaps: shape (H, W, ...)."""
    clamped = (sr == 0) | (sr == (1 if sr.dtype.kind == "f" else np.iinfo(sr.dtype).max))
    edges = [(6, 6), (6, 6), *[(0, 0)] * (sr.ndim - 2)]
    windows = np.lib.stride_tricks.sliding_window_view(
        np.pad(clamped, edges, mode="edge"), (16, 16), axis=(0, 1)
    )
    return np.logical_not(windows[::4, ::4].any(axis=(-2, -1)))


def test_each_of_set5_is_its_input_again(data: Path, upscaler: Upscaler):
    paths = sorted((data / "test/Set5/HR").glob("*.png"))
    assert len(paths) == 5
    for path in paths:
        lr = reduce(read_image(path), 4)
        sr = upscaler(lr)
        assert consistency(sr, lr, scale=4) >= 50
        levels = np.abs(reduce(sr, 4).astype(int) - lr)
        safe = untouched(sr)
        assert safe.mean() > 0.4 and levels[safe].max() <= 2


def test_without_it_the_result_is_further_from_its_input(photograph: np.ndarray, srgan: Upscaler):
    alone = Upscaler("srgan", consistent=False)(photograph)
    gain = consistency(srgan(photograph), photograph, scale=4)
    assert gain > 10 + consistency(alone, photograph, scale=4)


@pytest.mark.parametrize("dtype", [np.uint16, np.float32, np.float64])
def test_more_than_eight_bits_are_held_more_closely(
    photograph: np.ndarray, srgan: Upscaler, dtype: type
):
    peak = np.iinfo(dtype).max if np.dtype(dtype).kind == "u" else 1
    lr: np.ndarray = (photograph / 255 * peak).astype(dtype)
    sr = srgan(lr)
    assert sr.dtype == dtype
    missing = np.abs(reduce(sr.astype(np.float64), 4) - lr)[untouched(sr)]
    # Two passes leave about a hundredth of what is missing: rounding has no part in it.
    assert missing.max() <= 2 / 255 * peak and np.sqrt(np.mean(missing**2)) < 0.2 / 255 * peak


def test_grey_and_transparent_pictures_are_held_too(photograph: np.ndarray, srgan: Upscaler):
    lr = photograph[:, :, 1]
    sr = srgan(lr)
    assert sr.ndim == 2 and consistency(sr, lr, scale=4) > 50
    alpha = np.tile(np.arange(1, 65, dtype=np.uint8) * 3, (48, 1))
    with_alpha = srgan(np.dstack([photograph, alpha]))
    np.testing.assert_array_equal(with_alpha[:, :, :3], srgan(photograph))
    without = Upscaler("srgan", consistent=False)(np.dstack([photograph, alpha]))
    np.testing.assert_array_equal(with_alpha[:, :, 3], without[:, :, 3])


def test_it_is_done_on_the_full_result_before_the_reduction(
    photograph: np.ndarray, srgan: Upscaler
):
    from fourfold.imaging import RowReduction

    full = srgan(photograph)
    whole = RowReduction(height=192, width=256, to=(96, 128)).push(full)
    np.testing.assert_array_equal(Upscaler("srgan", scale=2, consistent=True)(photograph), whole)


def test_files_hold_what_python_makes_and_say_how_well_it_held(
    tmp_path: Path, photograph: np.ndarray, srgan: Upscaler
):
    tall = np.concatenate([photograph, photograph[::-1], photograph])
    write_image(tall, tmp_path / "lr.png")
    facts = srgan.file(tmp_path / "lr.png", tmp_path / "sr.png")
    sr = read_image(tmp_path / "sr.png")
    np.testing.assert_array_equal(sr, srgan(tall))
    assert facts.consistent and facts.consistency is not None
    # it is measured before the reduced result is rounded, which this is after
    assert facts.consistency == pytest.approx(consistency(sr, tall, scale=4), abs=3)
    missing = reduce(sr.astype(np.float64), 4) - tall
    decibels = 20 * np.log10(255) - 10 * np.log10(np.mean(missing**2))
    assert facts.consistency == pytest.approx(decibels, abs=0.01)
    alone = Upscaler("srgan", consistent=False).file(tmp_path / "lr.png", tmp_path / "alone.png")
    assert not alone.consistent and alone.consistency is None


@given(st.integers(1, 60), st.integers(0, 99), st.sampled_from([2, 4, 8]))
def test_numpys_strips_are_the_native_librarys(height: int, seed: int, scale: int):
    rng = np.random.default_rng(seed)
    lr = rng.random((height, 7, 3), np.float32)
    sr = rng.normal(0.5, 0.3, (scale * height, scale * 7, 3)).astype(np.float32)
    native = NativeConsistency(7, scale=scale)
    expected = native.push(lr, sr, dtype=np.float32, last=True)
    numpy, parts = NumpyConsistency(scale=scale, strip=5), []
    for top in range(0, height, 9):
        rows, result = slice(top, top + 9), slice(scale * top, scale * (top + 9))
        part = numpy.push(lr[rows], sr[result], dtype=np.float32, last=top + 9 >= height)
        parts.append(part)
    assert np.abs(np.concatenate(parts) - expected).max() < 1e-5
    assert numpy.error == pytest.approx(native.error, rel=1e-3)


def test_every_scale_of_network_is_held():
    rng = np.random.default_rng(0)
    lr = reduce(rng.integers(60, 190, (48, 24, 3), dtype=np.uint8), 2) / np.float32(255)
    for scale in (2, 8):
        network = fold(random_weights(GeneratorConfig(scale=scale, depth=1, width=4), seed=scale))
        told: list[float] = []
        engine = open_engine(network, engine="torch", device="cpu", memory=1 << 30)
        stream = ConsistentEngine(engine, tell=told.append).open(12)
        sr = np.concatenate([stream.push(lr[:10]), stream.push(lr[10:], last=True)])
        missing = reduce(sr, scale) - lr
        alone = engine.open(12).push(lr, last=True)
        assert np.abs(missing).max() < 0.1 * np.abs(reduce(alone, scale) - lr).max()
        assert len(told) == 1


def test_grey_is_the_luma_of_a_held_result(photograph: np.ndarray, srgan: Upscaler):
    lr = photograph[:, :, 0]
    replicated = srgan(np.stack([lr] * 3, axis=2))
    assert np.abs(srgan(lr) - grey(replicated)).max() <= 1
