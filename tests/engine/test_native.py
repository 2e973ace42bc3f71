"""The native engine: equal to the torch engine in float64, however rows, threads and bands lie."""

import os
import subprocess
import sys
import threading
from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from fourfold.engine import NativeEngine, instruction_sets, why_not
from fourfold.engine.library import find_library
from fourfold.errors import InvalidConfig, InvalidImage
from fourfold.upscaling.torch_engine import TorchEngine
from fourfold.weights import FoldedGenerator, GeneratorConfig, fold, load_weights
from tests.generators import random_weights

CPU = torch.device("cpu")
SETS = instruction_sets() if find_library() else ()
SMALL = GeneratorConfig(depth=1, normalisation="none")

native_configs = st.builds(
    GeneratorConfig,
    scale=st.sampled_from([2, 4, 8]),
    depth=st.integers(1, 3),
    normalisation=st.sampled_from(["batch", "none"]),
    slopes=st.sampled_from(["shared", "channel"]),
    skips=st.booleans(),
)


@pytest.fixture(scope="module")
def small() -> FoldedGenerator:
    return fold(random_weights(SMALL, 1))


def exact(network: FoldedGenerator, lr: np.ndarray, precision=torch.float64) -> np.ndarray:
    """The torch engine's result for a float picture."""
    engine = TorchEngine(network, device=CPU, precision=precision)
    dtype = np.float64 if precision == torch.float64 else np.float32
    return engine.open(lr.shape[1]).push(lr.astype(dtype), last=True)


def upscale(engine: NativeEngine, lr: np.ndarray, pieces: list[int] | None = None) -> np.ndarray:
    """The whole result, its rows pushed in pieces, all that are left at last."""
    stream, start, parts = engine.open(lr.shape[1]), 0, []
    for piece in pieces or []:
        parts.append(stream.push(lr[start : start + piece]))
        start += piece
    return np.concatenate([*parts, stream.push(lr[start:], last=True)])


def noise(height: int, width: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).random((height, width, 3), dtype=np.float32)


@given(native_configs, st.integers(0, 999), st.integers(1, 70), st.integers(1, 30))
def test_every_instruction_set_is_exact(
    config: GeneratorConfig, seed: int, height: int, width: int
):
    network = fold(random_weights(config, seed))
    lr = noise(height, width, seed)
    expected = exact(network, lr)
    for isa in SETS:
        sr = upscale(NativeEngine(network, isa=isa), lr)
        assert sr.shape == expected.shape and sr.dtype == np.float32
        assert np.abs(sr - expected).max() <= 1e-5 * np.abs(expected).max(), isa


@pytest.mark.parametrize("slope", [-0.5, 0.0, 1.0, 3.0])
def test_slopes_may_have_any_value(small: FoldedGenerator, slope: float):
    network = replace(small, head=replace(small.head, slopes=np.full(64, slope)))
    lr = noise(9, 11)
    expected = exact(network, lr)
    sr = upscale(NativeEngine(network), lr)
    assert np.abs(sr - expected).max() <= 1e-5 * np.abs(expected).max()


@pytest.mark.skipif("avx512" not in SETS, reason="needs a processor with AVX-512")
@given(native_configs, st.integers(0, 999), st.integers(1, 70), st.integers(1, 30))
def test_avx2_and_avx512_give_the_same_bytes(
    config: GeneratorConfig, seed: int, height: int, width: int
):
    network = fold(random_weights(config, seed))
    lr = noise(height, width, seed)
    avx2, avx512 = (upscale(NativeEngine(network, isa=isa), lr) for isa in ("avx2", "avx512"))
    np.testing.assert_array_equal(avx2, avx512)


@given(st.lists(st.integers(0, 90), max_size=6), st.integers(1, 90), st.integers(1, 400))
def test_rows_may_come_in_any_pieces(
    small: FoldedGenerator, pieces: list[int], rest: int, width: int
):
    lr = noise(sum(pieces) + rest, width)
    engine = NativeEngine(small)
    np.testing.assert_array_equal(upscale(engine, lr, pieces), upscale(engine, lr))


@pytest.mark.parametrize("scale", [2, 4, 8])
def test_rows_may_come_one_by_one(scale: int):
    # 600 columns are strips of 32 rows: this picture is three and a bit
    engine = NativeEngine(fold(random_weights(replace(SMALL, scale=scale), 1)))
    lr = noise(107, 600)
    np.testing.assert_array_equal(upscale(engine, lr, [1] * 107), upscale(engine, lr))


def test_rows_come_out_as_soon_as_a_strip_is_whole(small: FoldedGenerator):
    # a strip is processed once a row beyond it came. Of its lr rows, 4 for the head, 2 for the
    # block, 1 for the trunk and 1 for the first up-convolution wait for more; of twice those left,
    # 1 for the second and 2 for the tail.
    stream = NativeEngine(small).open(600)
    ready = [len(stream.push(np.zeros((rows, 600, 3), np.uint8))) for rows in (32, 1, 31, 1)]
    assert ready == [0, 2 * (2 * (32 - 8) - 3), 0, 4 * 32]


@given(st.integers(1, 90), st.integers(1, 60), st.sampled_from([2, 3, 7]))
def test_threads_change_nothing(small: FoldedGenerator, height: int, width: int, threads: int):
    lr = noise(height, width)
    one, many = (upscale(NativeEngine(small, threads=n), lr) for n in (1, threads))
    np.testing.assert_array_equal(one, many)


def test_streams_of_several_python_threads_do_not_meet(small: FoldedGenerator):
    engine = NativeEngine(small, threads=3)
    pictures = [noise(40 + 13 * index, 50 + 7 * index, index) for index in range(6)]
    expected = [upscale(engine, lr) for lr in pictures]
    results: list[list[np.ndarray]] = [[] for _ in pictures]

    def work(index: int) -> None:
        for _ in range(3):
            results[index].append(upscale(engine, pictures[index], [10, 20]))

    workers = [threading.Thread(target=work, args=(index,)) for index in range(len(pictures))]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    for mine, sr in zip(results, expected, strict=True):
        assert len(mine) == 3
        for result in mine:
            np.testing.assert_array_equal(result, sr)


@pytest.mark.parametrize(("scale", "width"), [(2, 2600), (4, 1921), (4, 4001), (8, 1500)])
def test_a_wide_picture_is_cut_into_columns_without_a_trace(scale: int, width: int):
    # 96 columns at a time, with a halo of 4 + 2 + 1 + 3, are no wide picture
    engine = NativeEngine(fold(random_weights(replace(SMALL, scale=scale), 2)))
    lr = noise(70, width)
    sr = upscale(engine, lr)
    for start in range(0, width, 76):
        left, right = max(start - 10, 0), min(start + 86, width)
        part = upscale(engine, lr[:, left:right])[:, scale * (start - left) :][:, : scale * 76]
        error = np.abs(sr[:, scale * start : scale * (start + 76)] - part).max()
        assert error <= 2e-5 * np.abs(sr).max()


def test_a_wide_picture_comes_out_as_from_torch(small: FoldedGenerator):
    lr = noise(3, 1930)
    expected = exact(small, lr, torch.float32)
    sr = upscale(NativeEngine(small), lr)
    assert np.abs(sr - expected).max() <= 2e-5 * np.abs(expected).max()


def test_the_rows_of_a_wide_picture_may_come_in_any_pieces(small: FoldedGenerator):
    engine = NativeEngine(small)
    lr = noise(101, 1950)
    np.testing.assert_array_equal(upscale(engine, lr, [1, 40, 31]), upscale(engine, lr))


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_integers_are_scaled_clamped_and_rounded_half_up(small: FoldedGenerator, dtype: type):
    peak = np.iinfo(dtype).max
    lr = np.random.default_rng(0).integers(0, peak, (20, 20, 3), dtype=dtype, endpoint=True)
    sr, expected = upscale(NativeEngine(small), lr), exact(small, lr / peak)
    assert sr.dtype == dtype and expected.min() < 0 and expected.max() > 1
    error = np.abs(sr - np.clip(expected * peak, 0, peak)).max()
    assert error <= 0.5 + 1e-5 * peak * np.abs(expected).max()
    floats = upscale(NativeEngine(small), lr.astype(np.float32) / np.float32(peak))
    np.testing.assert_array_equal(sr, np.floor(np.clip(floats * np.float32(peak), 0, peak) + 0.5))


@pytest.mark.parametrize("model", ["srgan", "srresnet"])
def test_a_natural_picture_comes_out_as_from_torch(model: str, photograph: np.ndarray):
    network = fold(load_weights(model))
    expected = exact(network, photograph / 255)
    torch_error = np.abs(exact(network, photograph / 255, torch.float32) - expected).max()
    floats = upscale(NativeEngine(network), (photograph / 255).astype(np.float32))
    assert np.abs(floats - expected).max() <= 3 * torch_error
    sr = upscale(NativeEngine(network), photograph)
    by_torch = (
        TorchEngine(network, device=CPU).open(photograph.shape[1]).push(photograph, last=True)
    )
    difference = np.abs(sr.astype(int) - by_torch)
    assert difference.max() <= 1 and (difference > 0).mean() < 1 / 4000


def run_python(code: str) -> None:
    subprocess.run(
        [sys.executable, "-W", "ignore", "-c", SMALL_ENGINE + code], check=True, timeout=60
    )


SMALL_ENGINE = """
import os, resource
import numpy as np
from fourfold.engine import NativeEngine
from fourfold.errors import ImageTooLarge
from fourfold.weights import fold, load_weights
engine = NativeEngine(fold(load_weights("srgan")), threads=3)
lr = np.zeros((40, 50, 3), np.uint8)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="limits memory as Linux does")
def test_too_little_memory_is_an_error_and_no_crash():
    run_python("""
in_use = int(open("/proc/self/statm").read().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (in_use + (100 << 20), resource.RLIM_INFINITY))
try:
    engine.open(60_000)
except ImageTooLarge as error:
    assert "not enough memory for a picture of 60000 columns" in str(error)
else:
    raise AssertionError
engine.open(50).push(lr, last=True)
""")


@pytest.mark.skipif(sys.platform != "linux", reason="limits memory as Linux does")
def test_too_little_memory_for_the_weights_is_an_error_in_a_sentence():
    run_python("""
from fourfold.errors import InvalidConfig
network = fold(load_weights("srgan"))
in_use = int(open("/proc/self/statm").read().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (in_use + (10 << 20), resource.RLIM_INFINITY))
try:
    NativeEngine(network)
except InvalidConfig as error:
    assert "not enough memory for the network's weights" in str(error)
else:
    raise AssertionError
""")


def test_sleeping_threads_cost_nothing():
    # What looks for work a moment longer sleeps by then; one that did not would use 500 ms.
    run_python("""
import time
engine.open(50).push(lr, last=True)
time.sleep(0.2)
start = time.process_time()
time.sleep(0.5)
assert time.process_time() - start < 0.1
""")


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
def test_a_forked_process_upscales_too():
    run_python("""
expected = engine.open(50).push(lr, last=True)
for _ in range(5):
    if (child := os.fork()) == 0:
        same = (engine.open(50).push(lr, last=True) == expected).all()
        os._exit(0 if same else 1)
    assert os.waitpid(child, 0)[1] == 0
""")


def test_an_empty_picture_is_empty(small: FoldedGenerator):
    sr = NativeEngine(small).open(5).push(np.empty((0, 5, 3), np.uint8), last=True)
    assert sr.shape == (0, 20, 3)


@pytest.mark.parametrize("shape", [(2, 6, 3), (2, 5), (2, 5, 4)])
def test_rows_of_another_shape_are_refused(small: FoldedGenerator, shape: tuple[int, ...]):
    with pytest.raises(InvalidImage, match=r"\(rows, 5, 3\) is needed"):
        NativeEngine(small).open(5).push(np.zeros(shape, np.uint8))


@pytest.mark.parametrize("dtype", [np.int8, np.float64, np.int32, ">u2"])
def test_rows_of_another_type_are_refused(small: FoldedGenerator, dtype):
    with pytest.raises(InvalidImage, match="uint8, uint16 or float32 is needed"):
        NativeEngine(small).open(5).push(np.zeros((2, 5, 3), dtype))


def test_a_picture_keeps_its_type(small: FoldedGenerator):
    stream = NativeEngine(small).open(5)
    stream.push(np.zeros((2, 5, 3), np.uint8))
    with pytest.raises(InvalidImage, match="uint16; the picture began as uint8"):
        stream.push(np.zeros((2, 5, 3), np.uint16))


def test_rows_after_the_last_are_refused(small: FoldedGenerator):
    stream = NativeEngine(small).open(5)
    stream.push(np.zeros((2, 5, 3), np.uint8), last=True)
    with pytest.raises(InvalidImage, match="after the picture's last row"):
        stream.push(np.zeros((2, 5, 3), np.uint8))


def test_a_stream_is_for_one_thread_at_a_time(small: FoldedGenerator):
    stream, lr, errors = NativeEngine(small).open(300), noise(400, 300), []

    def push(rows: np.ndarray) -> None:
        try:
            stream.push(rows)
        except InvalidImage as error:
            errors.append(str(error))

    worker = threading.Thread(target=push, args=(lr,))
    worker.start()
    while worker.is_alive():
        push(lr[:0])
    assert errors and all("Another thread" in error for error in errors)


@pytest.mark.parametrize("width", [0, -1, 65_537, (1 << 32) + 5])
def test_a_width_that_no_picture_has_is_refused(small: FoldedGenerator, width: int):
    with pytest.raises(InvalidImage, match="1 to 65536"):
        NativeEngine(small).open(width)


@pytest.mark.parametrize("threads", [0, -1, 5000])
def test_threads_that_cannot_be_are_refused(small: FoldedGenerator, threads: int):
    with pytest.raises(InvalidConfig, match=f"threads is {threads}"):
        NativeEngine(small, threads=threads)


def test_a_network_of_another_width_is_refused_in_a_sentence():
    network = fold(random_weights(GeneratorConfig(depth=1, width=32), 1))
    with pytest.raises(InvalidConfig, match=r"64 feature maps, not 32: take the torch engine"):
        NativeEngine(network)
    assert "64 feature maps, not 32" in (why_not(network) or "")


def test_layers_of_no_generator_are_refused(small: FoldedGenerator):
    with pytest.raises(InvalidConfig, match="scale is 4, and there are 0 up-convolutions"):
        NativeEngine(replace(small, upsample=()))
