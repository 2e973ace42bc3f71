"""The border that every score leaves out, and the check that two pictures can be compared."""

import numpy as np

from fourfold.errors import ShapeMismatch


def inside(sr: np.ndarray, hr: np.ndarray, *, border: int) -> tuple[np.ndarray, np.ndarray]:
    """What is left of two pictures when `border` pixels are cut at each edge, as float64.

    Args:
        sr: shape (H, W) or (H, W, C).
        hr: same shape.
        border: pixels, not below 0.

    Raises:
        ShapeMismatch: `sr` and `hr` differ in shape, or nothing is left inside the border.
    """
    if sr.shape != hr.shape:
        raise ShapeMismatch(f"sr has shape {sr.shape}, hr has {hr.shape}; they must be equal.")
    height, width = sr.shape[:2]
    if min(height, width) <= 2 * border:
        raise ShapeMismatch(f"Shape {sr.shape} has nothing inside a border of {border} pixels.")
    kept = (slice(border, height - border), slice(border, width - border))
    return sr[kept].astype(np.float64), hr[kept].astype(np.float64)
