"""Peak signal-to-noise ratio: of y, of all three channels, and of the result made small again."""

import math

import numpy as np

from fourfold.imaging import reduce
from fourfold.metrics.border import inside
from fourfold.metrics.protocol import Protocol, check_opaque


def psnr(sr: np.ndarray, hr: np.ndarray, *, border: int, peak: float = 255.0) -> float:
    """Peak signal-to-noise ratio of `sr` against `hr`, in decibels.

    10 log10(peak^2 / mean squared difference), in float64.

    Args:
        sr: shape (H, W) or (H, W, C), values in [0, peak].
        hr: same shape and range.
        border: pixels left out at each edge; `scale` in the paper.
        peak: the largest value.

    Returns:
        Decibels; infinity where the two are equal.

    Raises:
        ShapeMismatch: `sr` and `hr` differ in shape, or nothing is left inside the border.

    Source: Ledig et al. 2017, section 3.1.
    """
    sr, hr = inside(sr, hr, border=border)
    error = float(np.mean((sr - hr) ** 2))
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


def psnr_rgb(sr: np.ndarray, hr: np.ndarray, *, scale: int) -> float:
    """PSNR over the samples of all three channels at once, in decibels.

    Usually 1 to 2 dB below that of y: never set the one beside the other.

    Args:
        sr: shape (H, W) or (H, W, 3), uint8; grey stands for R' = G' = B'.
        hr: same shape and type.
        scale: the border left out at each edge, pixels.

    Raises:
        ShapeMismatch: `sr` and `hr` differ in shape.
        InvalidImage: not opaque uint8 pictures.
    """
    check_opaque(sr)
    check_opaque(hr)
    return psnr(sr, hr, border=scale)


def consistency(sr: np.ndarray, lr: np.ndarray, *, scale: int) -> float:
    """PSNR of the result, made small again by the exact bicubic, against its input, in decibels.

    How far a result still says what its input said: no original is needed. All samples count,
    those at the edge too.

    Args:
        sr: shape (scale H, scale W) or (scale H, scale W, 3), uint8.
        lr: shape (H, W) or (H, W, 3), uint8.
        scale: factor per side.

    Raises:
        ShapeMismatch: `sr` is not `scale` times as large as `lr`.
        InvalidImage: not opaque uint8 pictures.
    """
    check_opaque(sr)
    check_opaque(lr)
    return psnr(reduce(sr, scale), lr, border=0)
