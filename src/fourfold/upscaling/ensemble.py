"""The mean over the eight flips and rotations of a picture: eight times the work, a little better.

A network treats a picture and its mirror image a little differently; the mean of both, turned back,
has less of what is chance in either.

Source: Timofte et al. 2016, Seven ways to improve example-based single image super resolution.
"""

from collections.abc import Callable

import numpy as np

from fourfold.imaging import quantise
from fourfold.upscaling.engines import Engine
from fourfold.upscaling.rows import as_float

TURNS = [(quarter, mirrored) for mirrored in (False, True) for quarter in range(4)]


class EnsembleEngine:
    """An engine whose result is the mean of those of the eight flips and rotations.

    The whole picture and the sum of its results are held in memory: 12 bytes a pixel of the result,
    twice.

    Args:
        engine: what computes each.
        tell: called after each with how many of the eight are done.
    """

    def __init__(self, engine: Engine, *, tell: Callable[[int], None] | None = None) -> None:
        self.scale = engine.scale
        self.name = engine.name
        self.precision = engine.precision
        self.engine = engine
        self.tell = tell

    def passes(self, height: int, width: int) -> float:
        """How often a pixel of such a picture is computed, on average."""
        return 4 * (self.engine.passes(height, width) + self.engine.passes(width, height))

    def open(self, width: int) -> "EnsembleStream":  # noqa: ARG002 - the rows know it
        """A stream for one picture of `width` columns."""
        return EnsembleStream(self)

    @staticmethod
    def bytes_needed(height: int, width: int, scale: int) -> int:
        """Memory for a picture of this size, its results and their sum."""
        return 12 * height * width * (1 + 2 * scale**2)


class EnsembleStream:
    """One picture on its way: gathered until its last row has come."""

    def __init__(self, engine: EnsembleEngine) -> None:
        self._engine = engine
        self._waiting: list[np.ndarray] = []

    def push(self, rows: np.ndarray, *, last: bool = False) -> np.ndarray:
        """Take the next rows; give all rows of the result with the last, and none before."""
        self._waiting.append(rows)
        if not last:
            width = self._engine.scale * rows.shape[1]
            return np.empty((0, width, 3), rows.dtype)
        picture, self._waiting = np.concatenate(self._waiting), []
        mean = self._mean(as_float(picture))
        return mean if rows.dtype.kind == "f" else quantise(mean, rows.dtype)

    def _mean(self, picture: np.ndarray) -> np.ndarray:
        total: np.ndarray | None = None
        for done, (quarter, mirrored) in enumerate(TURNS, start=1):
            turned = np.rot90(picture[:, ::-1] if mirrored else picture, quarter)
            sr = self._engine.engine.open(turned.shape[1]).push(
                np.ascontiguousarray(turned), last=True
            )
            upright = np.rot90(sr, -quarter)
            upright = upright[:, ::-1] if mirrored else upright
            total = upright.copy() if total is None else np.add(total, upright, out=total)
            if self._engine.tell is not None:
                self._engine.tell(done)
        assert total is not None
        return np.divide(total, len(TURNS), out=total)
