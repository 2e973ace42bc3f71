"""The torch engine: folded, in strips, and equal to the plain network all the same."""

from concurrent.futures import ThreadPoolExecutor
from importlib.util import find_spec
from threading import Barrier, Event

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from fourfold.errors import InvalidImage, UnavailableDevice
from fourfold.imaging import read_image
from fourfold.networks import generator_from_weights, to_image, to_tensor
from fourfold.upscaling import torch_engine
from fourfold.upscaling.torch_engine import TorchEngine, find_device
from fourfold.weights import GeneratorConfig, Weights, fold, load_weights
from tests.conftest import ROOT
from tests.generators import configs, random_weights

CPU = torch.device("cpu")


def plain(weights: Weights, lr: np.ndarray) -> np.ndarray:
    """The unfolded network on the whole picture, float64."""
    with torch.inference_mode():
        return to_image(generator_from_weights(weights).double()(to_tensor(lr)))


@given(
    configs(),
    st.integers(0, 999),
    st.integers(1, 40),
    st.integers(1, 12),
    st.integers(1, 20),
    st.sampled_from([(torch.float64, np.float64, 1e-10), (torch.float32, np.float32, 1e-5)]),
)
def test_strips_of_folded_layers_equal_the_whole_plain_network(
    config: GeneratorConfig, seed: int, height: int, width: int, strip: int, precision
):
    compute, dtype, tolerance = precision
    weights = random_weights(config, seed)
    lr = np.random.default_rng(seed).random((height, width, 3)).astype(dtype)
    stream = TorchEngine(fold(weights), device=CPU, precision=compute).open(width, strip=strip)
    sr, expected = stream.push(lr, last=True), plain(weights, lr.astype(np.float64))
    assert sr.dtype == dtype and sr.shape == expected.shape
    assert np.abs(sr - expected).max() <= tolerance * np.abs(expected).max()


@given(st.lists(st.integers(0, 30), min_size=1, max_size=6), st.integers(1, 30), st.booleans())
def test_rows_may_come_in_any_pieces(pieces: list[int], strip: int, overlapped: bool):
    network = fold(random_weights(GeneratorConfig(depth=1, width=4), 1))
    engine = TorchEngine(network, device=CPU, overlapped=overlapped)
    height = sum(pieces)
    lr = np.random.default_rng(height).integers(0, 256, (height + 1, 5, 3), dtype=np.uint8)
    whole = TorchEngine(network, device=CPU).open(5, strip=strip).push(lr, last=True)
    stream, start, parts = engine.open(5, strip=strip), 0, []
    for piece in pieces:
        parts.append(stream.push(lr[start : start + piece]))
        start += piece
    parts.append(stream.push(lr[start:], last=True))
    np.testing.assert_array_equal(np.concatenate(parts), whole)


def test_rows_come_out_as_soon_as_their_halo_is_there():
    engine = TorchEngine(fold(random_weights(GeneratorConfig(), 1)), device=CPU)
    assert engine.halo == 40
    stream = engine.open(2, strip=8)
    rows = np.zeros((8, 2, 3), np.uint8)
    assert [len(stream.push(rows)) for _ in range(7)] == [0, 0, 0, 0, 0, 32, 32]
    assert len(stream.push(rows, last=True)) == 6 * 32


def test_overlapped_they_come_out_while_the_next_strip_is_computed():
    network = fold(random_weights(GeneratorConfig(), 1))
    stream = TorchEngine(network, device=CPU, overlapped=True).open(2, strip=8)
    rows = np.zeros((8, 2, 3), np.uint8)
    assert [len(stream.push(rows)) for _ in range(7)] == [0, 0, 0, 0, 0, 0, 32]
    assert len(stream.push(rows, last=True)) == 7 * 32


@pytest.mark.parametrize(("scale", "halo"), [(2, 40), (4, 40), (8, 40)])
def test_the_halo_is_the_receptive_radius(scale: int, halo: int):
    engine = TorchEngine(fold(random_weights(GeneratorConfig(scale=scale), 1)), device=CPU)
    assert engine.halo == halo


def test_a_row_within_the_halo_is_seen_and_one_beyond_is_not():
    # Were a row seen from farther than the halo, strips would not be exact.
    engine = TorchEngine(
        fold(random_weights(GeneratorConfig(depth=2, width=4, normalisation="none"), 3)),
        device=CPU,
        precision=torch.float64,
    )
    lr = np.zeros((60, 3, 3))
    lit = lr.copy()
    lit[30] = 1
    changed = (
        engine.open(3, strip=60).push(lit, last=True)
        != engine.open(3, strip=60).push(lr, last=True)
    ).any(axis=(1, 2))
    rows = np.flatnonzero(changed)
    assert 4 * 30 - rows[0] <= 4 * engine.halo and rows[-1] - 4 * 30 <= 4 * engine.halo + 3
    assert 4 * 30 - rows[0] > 4 * (engine.halo - 2)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_integers_are_clamped_and_rounded_half_up(dtype: type):
    weights = random_weights(GeneratorConfig(depth=1, width=4), 11)
    peak = np.iinfo(dtype).max
    lr = np.random.default_rng(0).integers(0, peak, (20, 20, 3), dtype=dtype)
    sr = TorchEngine(fold(weights), device=CPU).open(20).push(lr, last=True)
    exact = plain(weights, lr / peak)
    assert sr.dtype == dtype and exact.min() < 0 and exact.max() > 1
    assert np.abs(sr - np.clip(exact * peak, 0, peak)).max() <= 0.5 + 1e-5 * peak


def test_rows_of_another_width_are_refused():
    engine = TorchEngine(fold(random_weights(GeneratorConfig(depth=1, width=4), 1)), device=CPU)
    stream = engine.open(5)
    with pytest.raises(InvalidImage, match=r"shape \(2, 6, 3\); \(rows, 5, 3\) is needed"):
        stream.push(np.zeros((2, 6, 3), np.uint8))


def test_rows_after_the_last_are_refused():
    engine = TorchEngine(fold(random_weights(GeneratorConfig(depth=1, width=4), 1)), device=CPU)
    stream = engine.open(5)
    stream.push(np.zeros((2, 5, 3), np.uint8), last=True)
    with pytest.raises(InvalidImage, match="after the picture's last row"):
        stream.push(np.zeros((2, 5, 3), np.uint8))


def test_strips_are_lower_in_wider_pictures_and_never_too_low():
    engine = TorchEngine(fold(load_weights("srresnet")), device=CPU, memory=1 << 30)
    assert engine.strip_rows(500) > engine.strip_rows(2000) > engine.strip_rows(4000)
    assert engine.strip_rows(100_000) == 16
    assert engine.passes(10, 500) == 1 and engine.passes(10_000, 4000) > 1


def test_devices_are_found_or_named():
    assert find_device("cpu") == CPU
    assert find_device("auto").type in ("cpu", "cuda")
    with pytest.raises(UnavailableDevice, match="'cuda:99' is not there"):
        find_device("cuda:99")


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA GPU")
def test_a_gpu_makes_the_same_picture(photograph: np.ndarray):
    network = fold(load_weights("srresnet"))
    on_cpu = TorchEngine(network, device=CPU).open(64).push(photograph, last=True)
    on_gpu = TorchEngine(network, device=torch.device("cuda")).open(64).push(photograph, last=True)
    assert (on_cpu != on_gpu).mean() < 1 / 1000
    assert np.abs(on_cpu.astype(int) - on_gpu).max() <= 1


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA GPU")
@pytest.mark.parametrize("model", ["srgan", "srresnet", "srgan-photo"])
def test_fp16_is_fp32_but_for_one_level_on_a_gpu(model: str):
    network = fold(load_weights(model))
    lr = read_image(ROOT / "demo/photographs/lr/red-panda.png")
    exact = TorchEngine(network, device=CPU)
    half = TorchEngine(network, device=find_device("cuda"), precision=torch.float16)
    sr, expected = (engine.open(lr.shape[1]).push(lr, last=True) for engine in (half, exact))
    assert (np.abs(sr.astype(int) - expected) > 1).mean() < 1e-3


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA GPU")
@pytest.mark.parametrize("precision", [torch.float16, torch.bfloat16, torch.float32])
def test_a_gpu_s_kernels_run_where_triton_is(precision: torch.dtype):
    # Were they to fail their trial, all else would still pass, slower.
    has_triton = find_spec("triton") is not None
    network = fold(random_weights(GeneratorConfig(depth=1, width=4), 1))
    engine = TorchEngine(network, device=find_device("cuda"), precision=precision)
    assert engine.name == f"torch {engine.device}" + ("" if has_triton else " by operators")


def test_fp32_is_exact_as_long_as_any_of_several_pictures_runs():
    network = fold(random_weights(GeneratorConfig(depth=1, width=4), 1))
    engine = TorchEngine(network, device=CPU)
    convolutions, inside, first_is_done = torch_engine._CONVOLUTIONS, Barrier(2), Event()
    callers = convolutions.fp32_precision
    seen: list[str] = []

    def compute(lr: torch.Tensor, *, above: int, below: int) -> torch.Tensor:
        first = inside.wait() == 0  # both pictures are within a strip here
        if not first:
            first_is_done.wait()
        seen.append(convolutions.fp32_precision)
        return TorchEngine.upscale_tensor(engine, lr, above=above, below=below)

    def upscale() -> None:
        engine.open(4).push(np.zeros((4, 4, 3), np.float32), last=True)
        first_is_done.set()

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(engine, "upscale_tensor", compute)
        with ThreadPoolExecutor(2) as pictures:
            for picture in [pictures.submit(upscale), pictures.submit(upscale)]:
                picture.result()
    assert seen == ["ieee", "ieee"] and convolutions.fp32_precision == callers != "ieee"
