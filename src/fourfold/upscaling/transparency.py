"""Colour under what is transparent: bled from what is seen, so that edges get no fringes.

Files hold any colour there, often black. A network that sees it next to a shape draws the edge
into the shape. So the colours of what is seen are carried a few pixels outwards first: as far as
the result can show, and as the network looks closely.
"""

from collections.abc import Iterator

import numpy as np

BLEEDING_REACH = 8
"""Pixels that colours are carried."""


def bled_rows(
    parts: Iterator[tuple[np.ndarray, bool]],
) -> Iterator[tuple[np.ndarray, bool]]:
    """Give the rows with colours bled, a few rows after they came in; alpha stays as it is.

    Args:
        parts: the next rows with straight alpha, shape (R, W, 2) or (R, W, 4), and whether they are
            the last.
    """
    waiting: np.ndarray | None = None  # rows that are not given out, and BLEEDING_REACH that were
    given = 0  # how many of those that wait were given out
    for part, last in parts:
        waiting = part if waiting is None else np.concatenate([waiting, part])
        end = len(waiting) if last else max(len(waiting) - BLEEDING_REACH, given)
        if end > given or last:
            yield bled(waiting)[given:end], last
        kept = max(end - BLEEDING_REACH, 0)
        waiting, given = waiting[kept:], end - kept


def bled(image: np.ndarray) -> np.ndarray:
    """The picture with the colours of what is seen carried outwards, `BLEEDING_REACH` pixels far.

    Args:
        image: straight alpha, shape (H, W, 2) or (H, W, 4); uint8, uint16 or float.

    Returns:
        The same where alpha is above 0; elsewhere the mean of those neighbours that are seen or
        were reached before; farther away as it was.
    """
    colour, is_known = image[:, :, :-1].astype(np.float32), image[:, :, -1:] > 0
    if is_known.all() or not is_known.any():
        return image
    weight = is_known.astype(np.float32)
    colour = colour * weight
    for _ in range(BLEEDING_REACH):
        sums, count = _around(colour), _around(weight)
        reached = (weight == 0) & (count > 0)
        colour = np.where(reached, sums / np.maximum(count, 1), colour)
        weight = np.maximum(weight, reached.astype(np.float32))
    mixed = colour if image.dtype.kind == "f" else np.floor(colour + 0.5)
    result = image.copy()
    result[:, :, :-1] = np.where((weight > 0) & ~is_known, mixed, image[:, :, :-1])
    return result


def _around(values: np.ndarray) -> np.ndarray:
    """Sums over each pixel and its eight neighbours."""
    padded = np.pad(values, ((1, 1), (0, 0), (0, 0)))
    columns = padded[:-2] + padded[1:-1] + padded[2:]
    padded = np.pad(columns, ((0, 0), (1, 1), (0, 0)))
    return padded[:, :-2] + padded[:, 1:-1] + padded[:, 2:]
