"""Peak signal-to-noise ratio."""

import math

import numpy as np

from fourfold.errors import ShapeMismatch
from fourfold.metrics.protocol import Protocol


def psnr(sr: np.ndarray, hr: np.ndarray, *, border: int, peak: float = 255.0) -> float:
    """Peak signal-to-noise ratio of `sr` against `hr`, in decibels.

    10 log10(peak^2 / mean squared difference), in float64.

    Args:
        sr: y channel, shape (H, W), values in [0, peak].
        hr: y channel, same shape and range.
        border: pixels left out at each edge; `scale` in the paper.
        peak: the largest value.

    Returns:
        Decibels; infinity where the two are equal.

    Raises:
        ShapeMismatch: `sr` and `hr` differ in shape, or nothing is left inside the border.

    Source: Ledig et al. 2017, section 3.1.
    """
    if sr.shape != hr.shape:
        raise ShapeMismatch(f"sr has shape {sr.shape}, hr has {hr.shape}; they must be equal.")
    inside = (slice(border, sr.shape[0] - border), slice(border, sr.shape[1] - border))
    difference = sr[inside].astype(np.float64) - hr[inside].astype(np.float64)
    if difference.size == 0:
        raise ShapeMismatch(f"Shape {sr.shape} has nothing inside a border of {border} pixels.")
    error = float(np.mean(difference**2))
    return math.inf if error == 0 else 10 * math.log10(peak**2 / error)


def psnr_y(sr: np.ndarray, hr: np.ndarray, *, scale: int, protocol: Protocol) -> float:
    """PSNR of the y channels of two pictures under a protocol, in decibels.

    Args:
        sr: shape (H, W) or (H, W, 3), uint8.
        hr: same shape and type.
        scale: the border left out at each edge, pixels.
        protocol: how y is made of the pictures.

    Raises:
        ShapeMismatch: `sr` and `hr` differ in height or width.
        InvalidImage: not opaque uint8 pictures.
    """
    return psnr(protocol.y(sr), protocol.y(hr), border=scale)
