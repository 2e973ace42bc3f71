"""Rows of any kind of picture through an engine, which takes R'G'B' alone."""

from collections.abc import Iterable, Iterator
from itertools import chain

import numpy as np

from fourfold.imaging import enlarge, grey, quantise
from fourfold.upscaling.engines import Engine
from fourfold.upscaling.transparency import bled_rows

_CUBIC_REACH = 2  # rows beyond a row that enlarging by the bicubic looks at


def upscale_rows(
    engine: Engine, parts: Iterable[np.ndarray], *, height: int
) -> Iterator[np.ndarray]:
    """Give the rows of the result as they are ready.

    Args:
        engine: what runs the network.
        parts: the rows of one picture from top to bottom, any number at a time; shape (R, W),
            (R, W, 2), (R, W, 3) or (R, W, 4), of one type: uint8, uint16, or float in [0, 1].
        height: rows of the picture in all.

    Yields:
        Shape (ready, scale W, ...), of the same type; `ready` may be 0. Grey goes through the
        network as R' = G' = B'; alpha is enlarged by the bicubic, and colour bled under what is
        transparent first.
    """
    parts = iter(parts)
    first = next(parts)
    rows = _marked_last(chain([first], parts), height)
    if first.ndim == 3 and first.shape[2] in (2, 4):
        return _with_alpha(engine, rows, height)
    return _opaque(engine, rows, is_grey=first.ndim == 2)


def page_of(parts: Iterator[np.ndarray], height: int) -> Iterator[np.ndarray]:
    """The next parts of a file of several pages, until they are `height` rows."""
    received = 0
    while received < height:
        part = next(parts)
        received += len(part)
        yield part


def _opaque(
    engine: Engine, rows: Iterator[tuple[np.ndarray, bool]], *, is_grey: bool
) -> Iterator[np.ndarray]:
    return _grey(engine, rows) if is_grey else _colour(engine, rows)


def _colour(engine: Engine, rows: Iterator[tuple[np.ndarray, bool]]) -> Iterator[np.ndarray]:
    stream = None
    for part, last in rows:
        stream = stream or engine.open(part.shape[1])
        is_float = part.dtype.kind == "f"
        ready = stream.push(part.astype(np.float32, copy=False) if is_float else part, last=last)
        yield np.clip(ready, 0, 1).astype(part.dtype, copy=False) if is_float else ready


def _grey(engine: Engine, rows: Iterator[tuple[np.ndarray, bool]]) -> Iterator[np.ndarray]:
    dtype: list[np.dtype] = []

    def replicated() -> Iterator[tuple[np.ndarray, bool]]:
        for part, last in rows:
            dtype[:] = [part.dtype]
            yield np.repeat(as_float(part)[:, :, None], 3, axis=2), last

    for ready in _colour(engine, replicated()):
        yield _as_type(grey(ready), dtype[0])


def _with_alpha(
    engine: Engine, rows: Iterator[tuple[np.ndarray, bool]], height: int
) -> Iterator[np.ndarray]:
    waiting: list[np.ndarray] = []  # alpha of the rows that the network has not finished
    first = next(rows)
    is_grey = first[0].shape[2] == 2

    def opaque_rows() -> Iterator[tuple[np.ndarray, bool]]:
        for part, last in bled_rows(chain([first], rows)):
            waiting.append(part[:, :, -1])
            yield part[:, :, 0] if is_grey else part[:, :, :3], last

    start = done = 0  # the first waiting row, and the first row that is not finished
    for ready in _opaque(engine, opaque_rows(), is_grey=is_grey):
        end = done + len(ready) // engine.scale
        alpha = np.concatenate(waiting)
        # The network sees farther than the bicubic, so the rows below are there.
        seen = alpha[: min(end + _CUBIC_REACH, height) - start]
        enlarged = enlarge(seen, engine.scale)[engine.scale * (done - start) :][: len(ready)]
        yield np.dstack([ready, _as_type(enlarged, ready.dtype)])
        kept = max(end - _CUBIC_REACH, 0)
        waiting[:] = [alpha[kept - start :]]
        start, done = kept, end


def _marked_last(parts: Iterator[np.ndarray], height: int) -> Iterator[tuple[np.ndarray, bool]]:
    received = 0
    for part in parts:
        received += len(part)
        yield part, received >= height


def as_float(image: np.ndarray) -> np.ndarray:
    """Integers as float32 in [0, 1], of any shape; floats as float32."""
    if image.dtype.kind == "f":
        return image.astype(np.float32, copy=False)
    return image.astype(np.float32) / np.float32(np.iinfo(image.dtype).max)


def _as_type(image: np.ndarray, dtype: np.dtype) -> np.ndarray:
    """Integers as they are; floats clamped to [0, 1], then as `dtype`."""
    if image.dtype.kind == "u":
        return image
    return np.clip(image, 0, 1).astype(dtype) if dtype.kind == "f" else quantise(image, dtype)
