"""Results that are consistent with their inputs: reduced by the exact bicubic, the input again.

What is between an engine and whoever asks it for rows: the engine computes floats, two passes of
back-projection follow, and only then is the result clamped and rounded.
"""

import math
from collections.abc import Callable
from typing import Protocol

import numpy as np

from fourfold.engine import NativeConsistency, why_not
from fourfold.imaging import BACK_PROJECTION_REACH, back_project, quantise, reduce
from fourfold.upscaling.engines import Engine, Stream
from fourfold.upscaling.rows import as_float

_MEASURED_REACH = 2  # rows beyond a row that measuring how well it held looks at


class ConsistentEngine:
    """An engine whose results are consistent with their inputs.

    Args:
        engine: what computes the result.
        threads: of the native library; all if None.
        tell: called at a picture's end with how well it held: PSNR of the reduced result, as it was
            given, against the input, in decibels; infinity where the two are equal.
    """

    def __init__(
        self,
        engine: Engine,
        *,
        threads: int | None = None,
        tell: Callable[[float], None] | None = None,
    ) -> None:
        self.scale = engine.scale
        self.name = engine.name
        self.precision = engine.precision
        self._engine = engine
        self._threads = threads
        self._tell = tell

    def passes(self, height: int, width: int) -> float:
        """How often a pixel of such a picture is computed, on average."""
        return self._engine.passes(height, width)

    def open(self, width: int) -> "ConsistentStream":
        """A stream for one picture of `width` columns."""
        stage: _Stage
        if why_not() is None:
            stage = NativeConsistency(width, scale=self.scale, threads=self._threads)
        else:
            stage = NumpyConsistency(scale=self.scale)
        return ConsistentStream(self._engine.open(width), stage, scale=self.scale, tell=self._tell)


class _Stage(Protocol):
    """The native library's back-projection, or NumPy's."""

    @property
    def error(self) -> float: ...

    def push(
        self, lr: np.ndarray, sr: np.ndarray, *, dtype: np.dtype | type, last: bool = False
    ) -> np.ndarray: ...


class ConsistentStream:
    """One picture on its way through an engine and the passes that follow it."""

    def __init__(
        self, stream: Stream, stage: _Stage, *, scale: int, tell: Callable[[float], None] | None
    ) -> None:
        self._stream = stream
        self._stage = stage
        self._scale = scale
        self._tell = tell
        self._waiting: list[np.ndarray] = []  # rows whose result has not come
        self._started = 0  # rows of the result beyond those of whole rows

    def push(self, rows: np.ndarray, *, last: bool = False) -> np.ndarray:
        """Take the next rows, give those of the result that are ready, as every engine does."""
        lr = as_float(rows)
        self._waiting.append(lr)
        sr = self._stream.push(lr, last=last)
        whole, self._started = divmod(self._started + len(sr), self._scale)
        ready = self._stage.push(self._take(whole), sr, dtype=rows.dtype, last=last)
        if last and self._tell is not None:
            error = self._stage.error
            self._tell(-10 * math.log10(error) if error else math.inf)
        return ready

    def _take(self, count: int) -> np.ndarray:
        waiting = np.concatenate(self._waiting)
        self._waiting = [waiting[count:]]
        return waiting[:count]


class NumpyConsistency:
    """The passes where there is no native library: strips that see all that they depend on.

    Args:
        scale: factor per side.
        strip: rows of the input at a time, at least.
    """

    def __init__(self, *, scale: int, strip: int = 64) -> None:
        self._scale = scale
        self._strip = strip
        self._lr: list[np.ndarray] = []
        self._sr: list[np.ndarray] = []
        self._above = 0  # rows of the waiting ones that were given already
        self._squares = self._values = 0.0

    @property
    def error(self) -> float:
        """Mean square of the input less the reduced result, of values in [0, 1]."""
        return self._squares / self._values if self._values else 0.0

    def push(
        self, lr: np.ndarray, sr: np.ndarray, *, dtype: np.dtype | type, last: bool = False
    ) -> np.ndarray:
        """As `NativeConsistency.push`."""
        self._lr.append(lr)
        self._sr.append(sr)
        reach = BACK_PROJECTION_REACH + _MEASURED_REACH
        available = sum(map(len, self._lr))
        end = available if last else available - reach
        if end - self._above < (1 if last else self._strip):
            return np.empty((0, *sr.shape[1:]), dtype)
        seen, result = np.concatenate(self._lr), np.concatenate(self._sr)
        held = back_project(result[: self._scale * len(seen)], seen)
        given = _as_given(held, np.dtype(dtype))
        self._measure(seen, given, slice(self._above, end))
        ready = given[self._scale * self._above : self._scale * end]
        kept = max(end - reach, 0)
        self._lr, self._sr = [seen[kept:]], [result[self._scale * kept :]]
        self._above = end - kept
        return ready

    def _measure(self, lr: np.ndarray, given: np.ndarray, rows: slice) -> None:
        missing = (lr - reduce(np.clip(as_float(given), 0, 1), self._scale))[rows]
        self._squares += float(np.sum(missing**2))
        self._values += missing.size


def _as_given(rows: np.ndarray, dtype: np.dtype) -> np.ndarray:
    return rows.astype(dtype) if dtype.kind == "f" else quantise(rows, dtype)
