"""One picture through the torch engine: strips of rows, each with its halo, and their way back."""

from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from itertools import chain
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor

from fourfold.errors import BrokenResult, InvalidImage, UnavailableDevice
from fourfold.networks import to_image
from fourfold.upscaling.restarts import Restart
from fourfold.upscaling.torch_layers import to_levels

if TYPE_CHECKING:
    from fourfold.upscaling.torch_engine import TorchEngine


class TorchStream:
    """One picture on its way through a `TorchEngine`: rows in, rows out."""

    def __init__(self, engine: "TorchEngine", width: int, *, strip: int) -> None:
        self._engine = engine
        self._width = width
        self._strip = strip
        self._waiting: list[np.ndarray] = []
        self._above = 0  # rows of the waiting ones that were upscaled already
        self._ended = False
        self._landing: deque[Landing] = deque()  # strips that are computed and not handed out

    def push(self, rows: np.ndarray, *, last: bool = False) -> np.ndarray:
        """Take the next rows of the picture, give the rows of the result that are ready.

        Args:
            rows: shape (R, width, 3); uint8, uint16, or float in [0, 1].
            last: whether the picture ends with these rows.

        Returns:
            Shape (scale * ready, scale * width, 3), `ready` from 0 up. Integers as `rows` has
            them, clamped and rounded; floats as computed, not clamped.

        Raises:
            InvalidImage: rows of another width, or rows after the last.
        """
        if rows.ndim != 3 or rows.shape[1:] != (self._width, 3):
            raise InvalidImage(f"Rows have shape {rows.shape}; (rows, {self._width}, 3) is needed.")
        if self._ended:
            raise InvalidImage("Rows came after the picture's last row.")
        self._ended = last
        self._waiting.append(rows)
        ready: list[np.ndarray] = []
        while self._next_strip():
            # While this strip is computed, the one before comes down and is looked at.
            ready += self._landed(waiting=1 if self._engine.overlapped else 0)
        return self._joined(ready, rows.dtype, waiting=0 if last else len(self._landing))

    def _joined(self, ready: list[np.ndarray], dtype: np.dtype, *, waiting: int) -> np.ndarray:
        """All that is ready and what else is on its way, but the `waiting` strips behind it.

        What is ready is copied while the rest is computed, and what comes in one piece never is:
        copies count beside a fast GPU.
        """
        coming = list(self._landing)[: len(self._landing) - waiting]
        parts = chain(ready, self._landed(waiting=waiting))
        if len(ready) + len(coming) == 1:
            return next(parts)
        height = sum(map(len, ready)) + sum(landing.height for landing in coming)
        sr = np.empty((height, self._engine.scale * self._width, 3), dtype)
        start = 0
        for part in parts:
            sr[start : start + len(part)] = part
            start += len(part)
        return sr

    def _landed(self, *, waiting: int) -> Iterator[np.ndarray]:
        while len(self._landing) > waiting:
            yield self._checked(self._landing.popleft())

    def _next_strip(self) -> bool:
        """Have the next strip computed, if its rows are there."""
        halo = self._engine.halo
        available = sum(len(rows) for rows in self._waiting) - self._above
        strip = self._strip if available >= self._strip + halo else available if self._ended else 0
        if strip == 0:
            return False
        rows = np.concatenate(self._waiting)
        seen = rows[: self._above + strip + halo]
        self._landing.append(self._compute(seen, below=len(seen) - self._above - strip))
        done = self._above + strip
        self._above = min(done, halo)
        self._waiting = [rows[done - self._above :]]
        return True

    def _compute(self, seen: np.ndarray, *, below: int) -> "Landing":
        """A strip's rows of the result on their way, or a restart where memory ran out."""
        engine = self._engine
        try:
            with _told(engine.device), engine.chosen():
                sr = engine.upscale_strip(seen, above=self._above, below=below)
                return Landing(sr, seen.dtype)
        except RuntimeError as error:
            if not is_out_of_memory(error):
                raise
        # Out here, for an error that it came of would keep the strip's maps on the device.
        if engine.drop_graphs():
            return self._compute(seen, below=below)
        smaller = engine.with_half_the_strip(self._width)
        raise Restart(smaller, f"out of memory in strips of {self._strip} rows")

    def _checked(self, landing: "Landing") -> np.ndarray:
        """The rows of the result, or a restart: never ones that are not finite."""
        with _told(self._engine.device):  # what failed in the kernels is known only now
            rows = landing.rows()
        if rows is not None:
            return rows
        engine = self._engine
        if engine.precision in ("fp16", "bf16"):
            raise Restart(engine.in_fp32(), f"not finite in {engine.precision}")
        raise BrokenResult(
            "The network computed values that are not finite: its weights are broken."
        )


def is_out_of_memory(error: RuntimeError) -> bool:
    """Whether a device's memory is full, or what is pinned for it.

    PyTorch's allocator for CUDA has a type for that. Others say so in words: those of Apple's GPUs,
    of pinned memory, and of CPUs.
    """
    words = "out of memory", "can't allocate memory"
    return isinstance(error, torch.OutOfMemoryError) or any(part in str(error) for part in words)


@contextmanager
def _told(device: torch.device) -> Iterator[None]:
    """Say in a sentence that a GPU failed: one too old for this PyTorch is found out so.

    Raises:
        UnavailableDevice: for what is no lack of memory.
    """
    try:
        yield
    except RuntimeError as error:
        if device.type == "cpu" or is_out_of_memory(error):
            raise
        reason = str(error).partition("\n")[0].rstrip(".")
        raise UnavailableDevice(f"'{device}' failed: {reason}. Take --device cpu.") from error


class Landing:
    """A strip's rows of the result on their way from the device.

    They are rounded where they were computed: integers are a quarter to copy. From a CUDA GPU they
    come into pinned memory on a stream of their own, beside what is computed next.

    Args:
        sr: as `TorchEngine.upscale_strip` gives it.
        dtype: of the rows.
    """

    def __init__(self, sr: Tensor, dtype: np.dtype) -> None:
        self.height = sr.shape[2]
        self._dtype = dtype
        samples, is_finite = to_levels(sr, dtype)
        if sr.device.type != "cuda":
            self._host, self._is_finite, self._done = samples, is_finite, None
            return
        copies = _copies(samples.device)
        copies.wait_stream(torch.cuda.current_stream(samples.device))
        with torch.cuda.stream(copies):
            self._host, self._is_finite = _to_pinned(samples), _to_pinned(is_finite)
            self._done = torch.cuda.Event()  # type: ignore[no-untyped-call]
            self._done.record(copies)
        for tensor in (samples, is_finite):
            tensor.record_stream(copies)  # not to be used for other things before it is copied

    def rows(self) -> np.ndarray | None:
        """The rows, once they are there; None if they hold what is no number."""
        if self._done is not None:
            self._done.synchronize()
        if not bool(self._is_finite):
            return None
        return to_image(self._host).astype(self._dtype, copy=False)


@cache
def _copies(device: torch.device) -> "torch.cuda.Stream":
    return torch.cuda.Stream(device)  # type: ignore[no-untyped-call]


def _to_pinned(tensor: Tensor) -> Tensor:
    host = torch.empty_like(tensor, device="cpu", pin_memory=True)
    return host.copy_(tensor, non_blocking=True)
