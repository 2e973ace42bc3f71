"""What an engine is to the upscaler, and which one runs."""

import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Literal, Protocol, get_args

import numpy as np

from fourfold.engine import NativeEngine, NativePrecision, why_not
from fourfold.errors import InvalidConfig, MissingExtra, UnavailableDevice, install_line, nearest
from fourfold.upscaling.precision import check_precision, choose_precision
from fourfold.weights import FoldedGenerator

EngineName = Literal["auto", "native", "torch"]


class Stream(Protocol):
    """One picture on its way through an engine."""

    def push(self, rows: np.ndarray, *, last: bool = False) -> np.ndarray:
        """Take the next rows (R, width, 3), give the rows of the result that are ready.

        Integers come out clamped and rounded, floats as computed; see the pixel contract.
        """


class Engine(Protocol):
    """A folded generator that is ready to run."""

    scale: int
    precision: str
    """What it computes in: fp32, fp16 or bf16."""

    @property
    def name(self) -> str:
        """The engine and where it runs: `native avx2`, `torch cuda:0`."""

    def open(self, width: int) -> Stream:
        """A stream for one picture of `width` columns."""

    def passes(self, height: int, width: int) -> float:
        """How often a pixel of such a picture is computed, on average; 1 without a halo."""


def open_engine(
    network: FoldedGenerator,
    *,
    engine: EngineName,
    device: str,
    memory: int,
    threads: int | None = None,
    precision: str = "auto",
) -> Engine:
    """The engine that runs `network`.

    On a CPU the native engine, and PyTorch where that cannot run: without a library that was
    built for this machine, for a network of another width than 64, in fp16, or in bf16 on a
    processor without AMX. On GPUs PyTorch.

    Raises:
        UnavailableDevice: an engine, device or precision that is not there, or is not known.
        MissingExtra: PyTorch is needed and not installed, or the native library is.
        InvalidConfig: the native engine was asked for and cannot run such a network; or an amount
            of memory or a number of threads that cannot be.
    """
    _check_names(engine, device)
    if not isinstance(memory, int) or memory < 1:
        raise InvalidConfig(f"memory is {memory!r}; it must be a whole number of bytes.")
    check_precision(precision)
    if engine == "native" and device not in ("auto", "cpu"):
        raise UnavailableDevice(
            f"The native engine runs on the CPU, not on '{device}': take --engine torch."
        )
    if engine == "native" and precision == "fp16":
        raise UnavailableDevice(
            "The native engine computes in fp32 or bf16, not in fp16: take --engine torch."
        )
    reason = why_no_native(network, engine=engine, device=device, precision=precision)
    if engine == "native" or (reason is None and _may_be_native(engine, device, precision)):
        return NativeEngine(network, threads=threads, precision=_on_native(precision))
    if find_spec("torch") is None:
        raise MissingExtra(
            reason or f"The torch engine, on '{device}', needs PyTorch: {install_line('torch')}."
        )
    from fourfold.upscaling.torch_engine import DTYPES, TorchEngine, find_device  # seconds to load

    found = find_device(device)
    chosen = choose_precision(precision, found.type)
    return TorchEngine(network, device=found, precision=DTYPES[chosen], memory=memory)


def why_no_native(
    network: FoldedGenerator, *, engine: EngineName, device: str, precision: str
) -> str | None:
    """Why PyTorch runs on a CPU where the native engine would; None if it does not, or must."""
    if not _may_be_native(engine, device, precision):
        return None
    return why_not(network, precision=_on_native(precision))


def _may_be_native(engine: str, device: str, precision: str) -> bool:
    on_cpu = device == "cpu" or (device == "auto" and not _sees_cuda())
    return engine == "auto" and on_cpu and precision != "fp16"


def _on_native(precision: str) -> NativePrecision:
    return "bf16" if precision == "bf16" else "fp32"


def exact_engine(engine: Engine, *, asked: str) -> Engine:
    """The engine for pictures of more than 8 bits, which half precision would take from them.

    Another one only where half precision was not asked for.
    """
    if asked != "auto" or engine.precision == "fp32":
        return engine
    from fourfold.upscaling.torch_engine import TorchEngine  # loaded already

    assert isinstance(engine, TorchEngine)
    return engine.in_fp32()


def _check_names(engine: str, device: str) -> None:
    if engine not in get_args(EngineName):
        hint = nearest(engine, get_args(EngineName))
        raise UnavailableDevice(f"There is no engine '{engine}'. {hint}")
    kind, _, index = device.partition(":")
    kinds = ("auto", "cpu", "cuda", "mps")
    if kind not in kinds or (index and (kind != "cuda" or not index.isdecimal())):
        raise UnavailableDevice(f"There is no device '{device}'. {nearest(kind, kinds)}")


def _sees_cuda() -> bool:
    """Whether PyTorch finds a CUDA GPU; it is not loaded, for seconds, where no driver is."""
    driver = sys.platform == "win32" or any(Path("/dev").glob("nvidia[0-9]*"))
    driver = driver or Path("/dev/dxg").exists()  # Linux inside Windows
    if not driver or find_spec("torch") is None:
        return False
    from fourfold.upscaling.torch_engine import find_device

    return find_device("auto").type == "cuda"
