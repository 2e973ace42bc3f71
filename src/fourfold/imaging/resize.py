"""The exact bicubic: MATLAB's imresize, as the test sets of the field were made with it.

Keys' cubic with a = -0.5, stretched by the factor when reducing (antialiased); output sample i,
counted from 1, sits at input coordinate i / factor + (1 - 1 / factor) / 2; rows first; integers
are rounded half up after each of the two passes; beyond the edge the edge pixel is repeated.
Later MATLABs mirror there instead: boundary="symmetric".

For factors 2, 4 and 8 the weights are whole multiples of 2**-8, 2**-12 and 2**-16, so integer
arithmetic is exact; where libvips' own reduction computes the very same, it is used.

Source: MATLAB's imresize; Keys 1981, Cubic convolution interpolation for digital image processing.
"""

import math
from functools import cache
from typing import Literal

import numpy as np
import pyvips

from fourfold.errors import InvalidImage

Boundary = Literal["clamp", "symmetric"]


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


def _resize(image: np.ndarray, scale: float, boundary: Boundary) -> np.ndarray:
    if image.ndim not in (2, 3) or 0 in image.shape or image.dtype.kind not in "uf":
        raise InvalidImage(
            f"An array of shape {image.shape} and type {image.dtype} is not a picture."
        )
    return _resize_columns(_resize_rows(image, scale, boundary), scale, boundary)


def _resize_columns(image: np.ndarray, scale: float, boundary: Boundary) -> np.ndarray:
    turned = np.ascontiguousarray(np.moveaxis(image, 1, 0))
    return np.ascontiguousarray(np.moveaxis(_resize_rows(turned, scale, boundary), 0, 1))


def _resize_rows(image: np.ndarray, scale: float, boundary: Boundary) -> np.ndarray:
    positions, weights = _taps(len(image), scale, boundary)
    if image.dtype.kind == "f":
        return _weighted_rows(image.astype(np.float64, copy=False), positions, weights)
    peak = np.iinfo(image.dtype).max
    bits = _denominator_bits(weights)
    if bits is None:
        rows = np.floor(_weighted_rows(image.astype(np.float64), positions, weights) + 0.5)
    else:
        integers = np.round(weights * 2.0**bits).astype(np.int64)
        # A cubic's weights sum to 1, the positive ones to less than 2: so the sums stay below this.
        narrow = peak * 2 ** (bits + 1) < 2**31
        integers = integers.astype(np.int32 if narrow else np.int64)
        rows = _weighted_rows(image.astype(integers.dtype), positions, integers)
        rows += 1 << (bits - 1) if bits else 0
        rows >>= bits
    return np.clip(rows, 0, peak).astype(image.dtype)


def _weighted_rows(image: np.ndarray, positions: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Sum of `weights` (outputs, taps) times the rows at `positions` (outputs, taps)."""
    total = np.zeros((len(positions), *image.shape[1:]), np.result_type(image, weights))
    extent = (-1,) + (1,) * (image.ndim - 1)
    for tap in range(positions.shape[1]):
        total += weights[:, tap].reshape(extent) * image[positions[:, tap]]
    return total


def _taps(length: int, scale: float, boundary: Boundary) -> tuple[np.ndarray, np.ndarray]:
    """Input positions, counted from 0, and weights behind each output: both (outputs, taps)."""
    shrink = min(scale, 1.0)
    support = 4 / shrink
    outputs = math.ceil(scale * length)
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
    return np.array_equal(
        _reduce_by_libvips(picture, factor), _resize(picture, 1 / factor, "clamp")
    )


def _reduce_by_libvips(image: np.ndarray, factor: int) -> np.ndarray:
    whole = pyvips.Image.new_from_array(np.ascontiguousarray(image))
    reduced = whole.reducev(factor, kernel="cubic").reduceh(factor, kernel="cubic").numpy()
    return np.asarray(reduced).reshape(
        image.shape[0] // factor, image.shape[1] // factor, *image.shape[2:]
    )
