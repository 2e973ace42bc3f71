"""What a caller may do wrong with the native engine: an error, never a crash."""

import copy
import gc
import subprocess
import sys
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from fourfold.engine import NativeEngine
from fourfold.errors import InvalidConfig, InvalidImage, UnavailableDevice
from fourfold.upscaling.engines import open_engine
from fourfold.weights import FoldedGenerator, Layer, fold
from tests.engine.test_native import SMALL, noise, upscale
from tests.generators import random_weights

NETWORK = fold(random_weights(SMALL, 1))


def with_tail(**changes: np.ndarray) -> FoldedGenerator:
    return replace(NETWORK, tail=replace(NETWORK.tail, **changes))


@pytest.mark.parametrize(
    "network",
    [
        replace(NETWORK, scale=2),
        replace(NETWORK, upsample=NETWORK.upsample[:1]),
        with_tail(bias=np.zeros(1)),
        with_tail(slopes=np.ones(12)),
        with_tail(weight=NETWORK.tail.weight[:, :, :, :1]),
        replace(NETWORK, trunk=replace(NETWORK.trunk, slopes=np.ones(64))),
        replace(NETWORK, head=replace(NETWORK.head, slopes=np.ones(1))),
        replace(NETWORK, head=replace(NETWORK.head, slopes=None)),
        replace(NETWORK, blocks=((NETWORK.trunk, NETWORK.trunk),)),
        replace(NETWORK, head=Layer(weight=np.zeros((64, 3, 7, 7)), bias=np.zeros(64))),
    ],
)
def test_a_network_whose_parts_disagree_is_refused(network: FoldedGenerator):
    with pytest.raises(InvalidConfig):
        NativeEngine(network)


@pytest.mark.parametrize("threads", [0, -1, 1.5, "2", True, 100_000])
def test_threads_are_a_whole_number(threads: object):
    with pytest.raises(InvalidConfig, match="whole number from 1 to 1024"):
        NativeEngine(NETWORK, threads=threads)  # type: ignore[arg-type]


@pytest.mark.parametrize("width", [0, -3, 5.0, 1 << 40])
def test_columns_are_a_whole_number(width: object):
    with pytest.raises(InvalidImage, match="native engine takes 1 to"):
        NativeEngine(NETWORK).open(width)  # type: ignore[arg-type]


def test_arrays_of_any_layout_give_the_same():
    engine, lr = NativeEngine(NETWORK), noise(9, 12)
    expected = upscale(engine, lr)
    misaligned = np.empty(lr.nbytes + 1, np.uint8)[1:].view(np.float32).reshape(lr.shape)
    misaligned[:] = lr
    yes: Any = np.bool_(True)
    for rows in (np.asfortranarray(lr), lr[::-1][::-1], misaligned):
        np.testing.assert_array_equal(engine.open(12).push(rows, last=yes), expected)


def test_a_copy_lives_on_without_its_original():
    engine = NativeEngine(NETWORK)
    twin, stream = copy.copy(engine), engine.open(8)
    del engine
    gc.collect()
    expected = upscale(twin, noise(5, 8))
    del twin
    gc.collect()
    np.testing.assert_array_equal(stream.push(noise(5, 8), last=True), expected)


ENDING = """
import threading, time
import numpy as np
from fourfold.engine import NativeEngine
from fourfold.weights import fold, load_weights
engine = NativeEngine(fold(load_weights("srgan")))
def work():
    while True:
        engine.open(320).push(np.zeros((256, 320, 3), np.uint8), last=True)
threading.Thread(target=work, daemon=True).start()
time.sleep(0.3)
"""


def test_a_program_may_end_while_a_thread_pushes():
    for _ in range(3):
        subprocess.run([sys.executable, "-c", ENDING], check=True)


def test_an_instruction_set_that_is_not_there_is_no_reason_to_take_another_engine(
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.setenv("FOURFOLD_ISA", "avx9")
    with pytest.raises(UnavailableDevice, match="does not have the instruction set 'avx9'"):
        open_engine(NETWORK, engine="auto", device="cpu", memory=1 << 30)
