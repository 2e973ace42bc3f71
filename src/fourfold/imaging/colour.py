"""Colour: the luma that the metrics look at, grey, and the one rounding to integers."""

import numpy as np


def y_channel(image: np.ndarray) -> np.ndarray:
    """The y channel of an R'G'B' picture: BT.601 luma in studio range, not rounded.

    Args:
        image: shape (H, W, 3), uint8 0-255.

    Returns:
        Shape (H, W), float64, 16 (black) to 235 (white).

    Source: ITU-R BT.601; MATLAB's rgb2ycbcr.
    """
    weights = np.array([65.481, 128.553, 24.966])
    return image.astype(np.float64) @ weights / 255 + 16


def grey(image: np.ndarray) -> np.ndarray:
    """The grey that an R'G'B' picture stands for: 0.299 R' + 0.587 G' + 0.114 B'.

    Args:
        image: shape (H, W, 3), any range.

    Returns:
        Shape (H, W), of the same range; float32 of float32, else float64.

    Source: ITU-R BT.601, full range.
    """
    dtype = np.float32 if image.dtype == np.float32 else np.float64
    return image @ np.array([0.299, 0.587, 0.114], dtype)


def quantise(image: np.ndarray, dtype: np.dtype | type) -> np.ndarray:
    """Values in [0, 1] as the integers of `dtype`: clamped, then floor(peak * value + 0.5)."""
    peak = np.iinfo(dtype).max
    return np.floor(np.clip(image, 0, 1) * peak + 0.5).astype(dtype)


def as_depth(image: np.ndarray, dtype: np.dtype) -> np.ndarray:
    """The same picture in samples of another type: white stays white, and half rounds up.

    Args:
        image: uint8, uint16, or float in [0, 1].
        dtype: uint8, uint16 or float32.
    """
    if image.dtype == dtype:
        return image
    if image.dtype.kind == "f":
        return quantise(image, dtype) if dtype.kind == "u" else image.astype(dtype)
    peak = np.iinfo(image.dtype).max
    if dtype.kind == "f":
        return (image / np.float32(peak)).astype(dtype)
    if dtype.itemsize > image.itemsize:
        return image.astype(dtype) * dtype.type(257)
    return ((image.astype(np.uint32) + 128) // 257).astype(dtype)
