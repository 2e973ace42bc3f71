"""The exact bicubic: MATLAB's imresize, as the test sets of the field were made with it.

Rows first, then columns; integers are rounded half up after each of the two passes; beyond the
edge the edge pixel is repeated. Later MATLABs mirror there instead: boundary="symmetric". The
arithmetic of a pass is in `cubic`; where libvips' own reduction computes the very same, it is used.

Source: MATLAB's imresize.
"""

import math
from functools import cache

import numpy as np

from fourfold.errors import InvalidImage
from fourfold.imaging.cubic import Boundary, CubicPass


def reduce(image: np.ndarray, factor: float, *, boundary: Boundary = "clamp") -> np.ndarray:
    """Shrink a picture by `factor`, antialiased: imresize(image, 1 / factor).

    Args:
        image: shape (H, W) or (H, W, C); uint8, uint16 or float.
        factor: at least 1.
        boundary: what lies beyond the edge: the edge pixel, or the mirrored picture.

    Returns:
        Shape (ceil(H / factor), ceil(W / factor), ...); integers as `image` has them, rounded
        after each pass; of floats float64, neither rounded nor clamped.

    Raises:
        InvalidImage: not a picture, or a factor below 1.
    """
    if factor < 1:
        raise InvalidImage(f"The factor is {factor:g}; a picture is reduced by 1 or more.")
    if factor in (2, 4) and boundary == "clamp" and _libvips_serves(image, int(factor)):
        return _reduce_by_libvips(image, int(factor))
    return _resize(image, 1 / factor, boundary)


def enlarge(image: np.ndarray, factor: float, *, boundary: Boundary = "clamp") -> np.ndarray:
    """Enlarge a picture by `factor`, interpolated: imresize(image, factor).

    Arguments, results and errors as in `reduce`.
    """
    if factor < 1:
        raise InvalidImage(f"The factor is {factor:g}; a picture is enlarged by 1 or more.")
    return _resize(image, factor, boundary)


class RowReduction:
    """Reduces a picture to a size, rows in, rows out, by the exact bicubic.

    What comes out joined is `imresize(picture, [height width])`, to the last sample.

    Args:
        height: rows of the picture.
        width: its columns.
        to: rows and columns of the result, neither more than the picture's.
    """

    def __init__(self, *, height: int, width: int, to: tuple[int, int]) -> None:
        self._rows = CubicPass(height, to[0], to[0] / height, "clamp")
        self._columns = CubicPass(width, to[1], to[1] / width, "clamp")
        self._rows_first = to[0] / height <= to[1] / width  # MATLAB: the smaller scale first
        self._last_needed = self._rows.positions.max(axis=1)
        self._waiting: list[np.ndarray] = []
        self._first = self._done = 0  # the first waiting row; outputs that were given

    def push(self, rows: np.ndarray) -> np.ndarray:
        """Take the next rows (R, width, ...), give the rows of the result that are ready."""
        self._waiting.append(rows if self._rows_first else self._columns.apply_to_columns(rows))
        available = self._first + sum(map(len, self._waiting))
        ready = int(np.searchsorted(self._last_needed, available))
        waiting = np.concatenate(self._waiting)
        outputs = slice(self._done, ready)
        reduced = self._rows.apply(waiting, first=self._first, outputs=outputs)
        needed = self._rows.positions[ready:].min() if ready < len(self._last_needed) else available
        kept = max(int(needed) - self._first, 0)
        self._waiting, self._first, self._done = [waiting[kept:]], self._first + kept, ready
        return self._columns.apply_to_columns(reduced) if self._rows_first else reduced


def reduce_part(
    part: np.ndarray,
    *,
    corner: tuple[int, int],
    whole: tuple[int, int],
    to: tuple[int, int],
    outputs: tuple[slice, slice],
) -> np.ndarray:
    """Reduce a part of a picture to what it is in the whole picture reduced.

    Args:
        part: shape (h, w, ...), with all that the outputs look at.
        corner: the row and the column of the picture that the part begins with.
        whole: rows and columns of the picture.
        to: rows and columns of the whole picture reduced.
        outputs: which rows and which columns of that.
    """
    rows, columns = (CubicPass(a, b, b / a, "clamp") for a, b in zip(whole, to, strict=True))

    def along_columns(image: np.ndarray) -> np.ndarray:
        turned = np.ascontiguousarray(np.moveaxis(image, 1, 0))
        reduced = columns.apply(turned, first=corner[1], outputs=outputs[1])
        return np.ascontiguousarray(np.moveaxis(reduced, 0, 1))

    rows_first = to[0] / whole[0] <= to[1] / whole[1]  # MATLAB: the smaller scale first
    part = part if rows_first else along_columns(part)
    part = rows.apply(part, first=corner[0], outputs=outputs[0])
    return along_columns(part) if rows_first else part


def _resize(image: np.ndarray, scale: float, boundary: Boundary) -> np.ndarray:
    if image.ndim not in (2, 3) or 0 in image.shape or image.dtype.kind not in "uf":
        raise InvalidImage(
            f"An array of shape {image.shape} and type {image.dtype} is not a picture."
        )
    rows, columns = (
        CubicPass(side, math.ceil(scale * side), scale, boundary) for side in image.shape[:2]
    )
    return columns.apply_to_columns(rows.apply(image))


def _libvips_serves(image: np.ndarray, factor: int) -> bool:
    """Whether libvips' reduction is the same arithmetic: bytes, and sides that divide."""
    return (
        image.dtype == np.uint8
        and image.ndim in (2, 3)
        and image.size > 0
        and image.shape[0] % factor == 0
        and image.shape[1] % factor == 0
        and _libvips_is_exact(factor)
    )


@cache
def _libvips_is_exact(factor: int) -> bool:
    """Whether the libvips at hand, of whatever version, agrees on a picture full of extremes."""
    rng = np.random.default_rng(factor)
    picture = rng.choice(
        np.array([0, 1, 127, 128, 254, 255], np.uint8), (16 * factor, 24 * factor, 3)
    )
    try:
        by_libvips = _reduce_by_libvips(picture, factor)
    except (ImportError, OSError):  # no pyvips, or pyvips without the library itself
        return False
    return np.array_equal(by_libvips, _resize(picture, 1 / factor, "clamp"))


def _reduce_by_libvips(image: np.ndarray, factor: int) -> np.ndarray:
    from fourfold.imaging.libvips import reduce_bytes  # arrays alone do without libvips

    return reduce_bytes(image, factor)
