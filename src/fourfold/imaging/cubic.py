"""One pass of the exact bicubic: each output row a weighted sum of input rows.

Keys' cubic with a = -0.5, stretched by the factor when reducing (antialiased); output sample i,
counted from 1, sits at input coordinate i / scale + (1 - 1 / scale) / 2; weights are normalised to
sum 1; integers are rounded half up after the pass.

For factors 2, 4 and 8 the weights are whole multiples of 2**-8, 2**-12 and 2**-16, so integer
arithmetic is exact.

Source: MATLAB's imresize; Keys 1981, Cubic convolution interpolation for digital image processing.
"""

import math
from typing import Literal

import numpy as np

from fourfold.errors import InvalidImage

Boundary = Literal["clamp", "symmetric"]


class CubicPass:
    """A pass over `length` rows that makes `outputs` rows at `scale`.

    Args:
        length: input rows.
        outputs: output rows.
        scale: output rows an input row.
        boundary: what lies beyond the edge: the edge row, or the mirrored picture.
    """

    def __init__(self, length: int, outputs: int, scale: float, boundary: Boundary) -> None:
        self.positions, self._weights = _taps(length, outputs, scale, boundary)
        """Input rows behind each output, counted from 0: shape (outputs, taps)."""
        self._bits = _denominator_bits(self._weights)

    def apply(
        self, rows: np.ndarray, *, first: int = 0, outputs: slice = slice(None)
    ) -> np.ndarray:
        """Make some of the outputs, of all that lies along the other axes.

        Args:
            rows: input rows from `first` on, all that these outputs need; uint8, uint16, float64.
            first: the number of the first of them.
            outputs: which outputs.
        """
        positions, weights = self.positions[outputs] - first, self._weights[outputs]
        if rows.dtype.kind == "f":
            return _weighted_sums(rows.astype(np.float64, copy=False), positions, weights)
        peak = np.iinfo(rows.dtype).max
        if self._bits is None:
            sums = np.floor(_weighted_sums(rows.astype(np.float64), positions, weights) + 0.5)
        else:
            integers = np.round(weights * 2.0**self._bits).astype(np.int64)
            # A cubic's weights sum to 1, the positive ones to less than 2.
            narrow = peak * 2 ** (self._bits + 1) < 2**31
            integers = integers.astype(np.int32 if narrow else np.int64)
            sums = _weighted_sums(rows.astype(integers.dtype), positions, integers)
            sums += 1 << (self._bits - 1) if self._bits else 0
            sums >>= self._bits
        return np.clip(sums, 0, peak).astype(rows.dtype)

    def apply_to_columns(self, image: np.ndarray) -> np.ndarray:
        """Make all outputs along the second axis."""
        turned = np.ascontiguousarray(np.moveaxis(image, 1, 0))
        return np.ascontiguousarray(np.moveaxis(self.apply(turned), 0, 1))


def _weighted_sums(rows: np.ndarray, positions: np.ndarray, weights: np.ndarray) -> np.ndarray:
    total = np.zeros((len(positions), *rows.shape[1:]), np.result_type(rows, weights))
    extent = (-1,) + (1,) * (rows.ndim - 1)
    for tap in range(positions.shape[1]):
        total += weights[:, tap].reshape(extent) * rows[positions[:, tap]]
    return total


def _taps(
    length: int, outputs: int, scale: float, boundary: Boundary
) -> tuple[np.ndarray, np.ndarray]:
    """Input positions and weights behind each output: both (outputs, taps)."""
    shrink = min(scale, 1.0)
    support = 4 / shrink
    centres = np.arange(1, outputs + 1) / scale + 0.5 * (1 - 1 / scale)
    first = np.floor(centres - support / 2)
    taps = (first[:, None] + np.arange(math.ceil(support) + 2)).astype(np.int64)
    weights = shrink * _cubic(shrink * (centres[:, None] - taps))
    weights /= weights.sum(axis=1, keepdims=True)
    used = np.any(weights != 0, axis=0)
    return _inside(taps[:, used] - 1, length, boundary), weights[:, used]


def _inside(positions: np.ndarray, length: int, boundary: Boundary) -> np.ndarray:
    if boundary == "clamp":
        return np.clip(positions, 0, length - 1)
    if boundary == "symmetric":
        positions = np.mod(positions, 2 * length)  # the mirrored signal has this period
        return np.where(positions < length, positions, 2 * length - 1 - positions)
    raise InvalidImage(f"boundary is {boundary!r}; it must be 'clamp' or 'symmetric'.")


def _cubic(distance: np.ndarray) -> np.ndarray:
    """Keys' cubic convolution kernel with a = -0.5."""
    d = np.abs(distance)
    near = (1.5 * d - 2.5) * d * d + 1.0
    far = ((-0.5 * d + 2.5) * d - 4.0) * d + 2.0
    return np.where(d <= 1, near, np.where(d <= 2, far, 0.0))


def _denominator_bits(weights: np.ndarray) -> int | None:
    """The least b up to 20 with weights that are all multiples of 2**-b, or None."""
    for bits in range(21):
        scaled = weights * 2.0**bits
        if np.array_equal(scaled, np.round(scaled)):
            return bits
    return None
