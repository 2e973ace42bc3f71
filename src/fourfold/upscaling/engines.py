"""What an engine is to the upscaler, and which one runs."""

from typing import Protocol

import numpy as np

from fourfold.errors import MissingExtra
from fourfold.weights import FoldedGenerator


class Stream(Protocol):
    """One picture on its way through an engine."""

    def push(self, rows: np.ndarray, *, last: bool = False) -> np.ndarray:
        """Take the next rows (R, width, 3), give the rows of the result that are ready.

        Integers come out clamped and rounded, floats as computed; see the pixel contract.
        """


class Engine(Protocol):
    """A folded generator that is ready to run."""

    scale: int

    @property
    def device(self) -> str:
        """Where it runs."""

    def open(self, width: int) -> Stream:
        """A stream for one picture of `width` columns."""

    def passes(self, height: int, width: int) -> float:
        """How often a pixel of such a picture is computed, on average; 1 without a halo."""


def open_engine(network: FoldedGenerator, *, device: str, memory: int) -> Engine:
    """The engine that runs `network` on `device`.

    Raises:
        UnavailableDevice: the device is not there, or is not known.
        MissingExtra: the engine's library is not installed.
    """
    try:
        from fourfold.upscaling.torch_engine import TorchEngine, find_device
    except ImportError as error:
        raise MissingExtra(
            "Upscaling needs PyTorch until fourfold's own engine is there: "
            "install it with pip install 'fourfold[torch]'."
        ) from error
    return TorchEngine(network, device=find_device(device), memory=memory)
