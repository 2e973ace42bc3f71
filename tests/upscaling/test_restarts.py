"""A strip is a transaction: what cannot be computed restarts the picture."""

from pathlib import Path

import numpy as np
import pytest
import torch

from fourfold import Upscaler
from fourfold.errors import BrokenResult, ImageTooLarge, UnavailableDevice
from fourfold.imaging import read_image, write_image
from fourfold.upscaling import torch_engine, torch_layers
from fourfold.upscaling.restarts import Restart, with_restarts
from fourfold.upscaling.torch_engine import TorchEngine
from fourfold.upscaling.torch_stream import is_out_of_memory
from fourfold.weights import GeneratorConfig, Weights, fold, write_weights
from tests.generators import CARD, random_weights

CONFIG = GeneratorConfig(depth=1, width=4, normalisation="none")


def loud_weights(gain: float) -> Weights:
    """Maps `gain` times as large as usual, which the last layer takes back."""
    weights = random_weights(CONFIG, seed=5)
    tensors = dict(weights.tensors)
    for name in ("head.conv.weight", "head.conv.bias"):
        tensors[name] = tensors[name] * np.float32(gain)
    for name in tensors:
        if name.endswith("bias") and not name.startswith("head"):
            tensors[name] = tensors[name] * 0
    tensors["tail.weight"] = tensors["tail.weight"] / np.float32(gain)
    return Weights(config=CONFIG, tensors=tensors, card=CARD)


def in_half_precision(path: Path, precision: torch.dtype) -> Upscaler:
    """An upscaler in fp16, which it would not choose on every CPU."""
    upscaler = Upscaler(path, engine="torch", device="cpu", consistent=True)
    network = fold(loud_weights(1e5))
    # Overlapped, as on a GPU: a strip is looked at when the next one is computed already.
    upscaler._engine = TorchEngine(
        network, device=torch.device("cpu"), precision=precision, overlapped=True
    )
    return upscaler


@pytest.fixture
def loud(tmp_path: Path) -> Path:
    write_weights(tmp_path / "loud.safetensors", loud_weights(1e5))
    return tmp_path / "loud.safetensors"


def test_what_leaves_the_range_of_half_precision_begins_anew_in_fp32(
    tmp_path: Path, loud: Path, photograph: np.ndarray
):
    expected = Upscaler(loud, engine="torch", device="cpu", consistent=True)(photograph)
    upscaler = in_half_precision(loud, torch.float16)
    np.testing.assert_array_equal(upscaler(photograph), expected)
    write_image(photograph, tmp_path / "lr.png")
    facts = upscaler.file(tmp_path / "lr.png", tmp_path / "sr.png")
    np.testing.assert_array_equal(read_image(tmp_path / "sr.png"), expected)
    assert facts.precision == "fp32" and facts.restarts == ("not finite in fp16",)


def test_bf16_has_the_range_and_needs_no_second_beginning(
    tmp_path: Path, loud: Path, photograph: np.ndarray
):
    write_image(photograph, tmp_path / "lr.png")
    facts = in_half_precision(loud, torch.bfloat16).file(tmp_path / "lr.png", tmp_path / "sr.png")
    assert facts.precision == "bf16" and facts.restarts == ()


class SmallMemory:
    """The convolution of a device on which maps of more than `rows` rows do not fit."""

    def __init__(self, rows: int) -> None:
        self.rows = rows
        self.refused = 0
        self.convolve = torch_layers.convolve

    def __call__(self, maps: torch.Tensor, layer, skip=None) -> torch.Tensor:
        if maps.shape[2] > self.rows:
            self.refused += 1
            raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB.")
        return self.convolve(maps, layer, skip)


def test_out_of_memory_the_picture_begins_anew_in_half_the_strip(
    tmp_path: Path, loud: Path, photograph: np.ndarray, monkeypatch: pytest.MonkeyPatch
):
    tall = np.concatenate([photograph, photograph[::-1]] * 2)
    upscaler = Upscaler(loud, engine="torch", device="cpu", consistent=False, memory=1 << 20)
    expected = upscaler(tall)
    write_image(tall, tmp_path / "lr.png")
    device = SmallMemory(rows=100)
    monkeypatch.setattr(torch_engine, "convolve", device)
    facts = upscaler.file(tmp_path / "lr.png", tmp_path / "sr.png")
    assert device.refused == len(facts.restarts) >= 1
    assert all(reason.startswith("out of memory in strips of") for reason in facts.restarts)
    sr = read_image(tmp_path / "sr.png").astype(int)
    assert np.abs(sr - expected).max() <= 1 and (sr != expected).mean() < 1 / 4000
    np.testing.assert_array_equal(upscaler(tall), sr)


def test_where_the_lowest_strip_does_not_fit_it_is_said_and_nothing_is_left(
    tmp_path: Path, loud: Path, photograph: np.ndarray, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(torch_engine, "convolve", SmallMemory(rows=1))
    write_image(photograph, tmp_path / "lr.png")
    before = sorted(tmp_path.iterdir())
    with pytest.raises(ImageTooLarge, match=r"memory of 'cpu' is too small for .* 64 columns"):
        Upscaler(loud, engine="torch", device="cpu").file(tmp_path / "lr.png", tmp_path / "sr.png")
    assert sorted(tmp_path.iterdir()) == before


def test_a_value_that_fp32_cannot_hold_is_an_error(tmp_path: Path, photograph: np.ndarray):
    weights = random_weights(CONFIG, seed=5)
    tensors = {
        name: tensor * np.float32(1e30) if name.endswith("weight") and tensor.ndim == 4 else tensor
        for name, tensor in weights.tensors.items()
    }
    write_weights(tmp_path / "odd.safetensors", Weights(config=CONFIG, tensors=tensors, card=CARD))
    with pytest.raises(BrokenResult, match="not finite"):
        Upscaler(tmp_path / "odd.safetensors", engine="torch", device="cpu")(photograph)


def test_a_restart_keeps_nothing_of_the_strip_on_the_device(monkeypatch: pytest.MonkeyPatch):
    engine = TorchEngine(fold(random_weights(CONFIG, 1)), device=torch.device("cpu"))
    monkeypatch.setattr(torch_engine, "convolve", SmallMemory(rows=3))
    with pytest.raises(Restart) as restart:
        engine.open(5).push(np.zeros((4, 5, 3), np.uint8), last=True)
    assert restart.value.__context__ is None  # whose traceback would hold the maps


def test_what_has_no_type_says_in_words_that_memory_ran_out():
    with pytest.raises(RuntimeError) as error:
        torch.empty(1 << 46)
    assert is_out_of_memory(error.value)
    assert is_out_of_memory(RuntimeError("MPS backend out of memory (MPS allocated: 9.07 GB)"))
    assert not is_out_of_memory(RuntimeError("Storage size calculation overflowed"))


def test_a_gpu_that_fails_is_one_sentence(monkeypatch: pytest.MonkeyPatch):
    # The meta device stands for a GPU: nothing is computed there.
    engine = TorchEngine(fold(random_weights(CONFIG, 1)), device=torch.device("meta"))
    rows = np.zeros((4, 5, 3), np.uint8)
    with pytest.raises(UnavailableDevice, match=r"'meta' failed: .*\. Take --device cpu\."):
        engine.open(5).push(rows, last=True)  # found out when the rows are fetched

    def convolve(*_: object) -> torch.Tensor:
        raise RuntimeError("CUDA error: no kernel image is available.\nCompile with TORCH_USE_...")

    monkeypatch.setattr(torch_engine, "convolve", convolve)
    with pytest.raises(UnavailableDevice, match=r"'meta' failed: CUDA error: .* available\. Take"):
        engine.open(5).push(rows, last=True)


def test_memory_that_ran_out_elsewhere_is_one_sentence():
    def work(_: object, __: tuple[str, ...]) -> np.ndarray:
        return np.empty(1 << 60, np.uint8)

    engine = TorchEngine(fold(random_weights(CONFIG, 1)), device=torch.device("cpu"))
    with pytest.raises(ImageTooLarge, match="not enough memory for this picture"):
        with_restarts(engine, work)


def test_half_the_strip_is_half_the_strip():
    engine = TorchEngine(fold(random_weights(CONFIG, 1)), device=torch.device("cpu"))
    strip = engine.strip_rows(500)
    assert engine.with_half_the_strip(500).strip_rows(500) == strip // 2
