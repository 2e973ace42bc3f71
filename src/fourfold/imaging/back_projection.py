"""A result made consistent with its input: reduced by the exact bicubic, it is the input again.

A network's result says nearly what its input said, but not to the level. Back-projection takes what
is missing, input - reduce(result), enlarges it and adds it: twice.

All is linear and nothing is rounded, so the two passes can be gathered, and the large picture is
reduced once: with c the first difference, result + enlarge(2 c - reduce(enlarge(c))). So the native
library does it, for which this is the reference.

Source: Irani and Peleg 1991, Improving resolution by image registration.
"""

import numpy as np

from fourfold.errors import ShapeMismatch
from fourfold.imaging.resize import enlarge, reduce

PASSES = 2

BACK_PROJECTION_REACH = 8
"""Rows of the input beyond a row that its result can see: 4 a pass."""


def back_project(sr: np.ndarray, lr: np.ndarray) -> np.ndarray:
    """Make `sr`, not yet clamped and rounded, consistent with `lr` in two passes.

    Args:
        sr: float, shape (scale H, scale W) or (scale H, scale W, C).
        lr: float, shape (H, W) or (H, W, C), of the same range.

    Returns:
        Float64, neither clamped nor rounded.

    Raises:
        ShapeMismatch: `sr` is not a whole number of times as large as `lr`.
    """
    scale = len(sr) // len(lr)
    if sr.shape != (scale * lr.shape[0], scale * lr.shape[1], *lr.shape[2:]):
        raise ShapeMismatch(f"{sr.shape} is not a whole number of times {lr.shape}.")
    result, lr = sr.astype(np.float64), lr.astype(np.float64)
    for _ in range(PASSES):
        result += enlarge(lr - reduce(result, scale), scale)
    return result
