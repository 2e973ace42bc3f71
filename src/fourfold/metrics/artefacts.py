"""What people see at once that no likeness tells: lattices, shifted colours, white spots."""

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from fourfold.errors import ShapeMismatch
from fourfold.imaging import reduce, y_channel
from fourfold.metrics.border import inside
from fourfold.metrics.protocol import check_opaque

_BLOCK = 8
"""Side of the blocks in which lattices are looked for: periods 2 and 4 fit."""
_FLAT = 2.0
"""Standard deviation below which a block of the original is flat, levels."""
_SPOT = 64.0
"""How far a spot outshines all around it, levels."""


def lattice_energy(picture: np.ndarray, hr: np.ndarray) -> float:
    """Energy at periods of 2 and 4 pixels where the original is flat, levels squared.

    Sub-pixel convolutions that disagree leave a checkerboard of such periods; it shows where
    nothing hides it. Grain has energy there too: compare a result's with that of its original.

    Args:
        picture: what is judged, shape (H, W) or (H, W, 3), uint8.
        hr: the original, same shape; its 8x8 blocks whose y deviates by less than 2 levels count.

    Returns:
        Mean over those blocks; nan where there is none.

    Raises:
        ShapeMismatch: the two differ in shape.
        InvalidImage: not opaque uint8 pictures.
    """
    check_opaque(picture)
    check_opaque(hr)
    blocks, originals = (_blocks(_y(image)) for image in inside(picture, hr, border=0))
    flat = blocks[originals.std(axis=(1, 2)) < _FLAT]
    if len(flat) == 0:
        return float("nan")
    spectrum = np.abs(np.fft.fft2(flat) / _BLOCK**2) ** 2
    periodic = spectrum[:, ::2, ::2]  # frequencies 0, 2, 4, 6 of 8: periods 4, 2 and 4/3 along
    return float(periodic.sum(axis=(1, 2)).mean() - spectrum[:, 0, 0].mean())


def colour_shift(sr: np.ndarray, lr: np.ndarray, *, scale: int) -> float:
    """How far the mean colour of a result, reduced by the exact bicubic, lies off its input's.

    Args:
        sr: shape (scale H, scale W) or (scale H, scale W, 3), uint8.
        lr: shape (H, W) or (H, W, 3), uint8.
        scale: factor per side.

    Returns:
        The largest difference of a channel's means, levels.

    Raises:
        ShapeMismatch: `sr` is not `scale` times as large as `lr`.
        InvalidImage: not opaque uint8 pictures.
    """
    check_opaque(sr)
    check_opaque(lr)
    small, original = inside(reduce(sr, scale), lr, border=0)
    return float(np.abs(small.mean(axis=(0, 1)) - original.mean(axis=(0, 1))).max())


def white_spots(sr: np.ndarray, lr: np.ndarray, *, hr: np.ndarray) -> float:
    """Share of pixels that outshine by 64 levels all that input and original have around them.

    A network whose sums run away leaves single white pixels. Thin bright lines are none: an
    original has pixels up to 170 levels above its own reduction, so its neighbourhood counts too.

    Args:
        sr: shape (scale H, scale W) or (scale H, scale W, 3), uint8.
        lr: shape (H, W) or (H, W, 3), uint8; the 5x5 pixels around a place count.
        hr: shape of `sr`; the original's pixels under those 5x5 count.

    Returns:
        Between 0 and 1; of a pixel with several channels the brightest counts.

    Raises:
        ShapeMismatch: `hr` has not the shape of `sr`, or `lr` does not divide it.
        InvalidImage: not opaque uint8 pictures.
    """
    for image in (sr, lr, hr):
        check_opaque(image)
    bright, original = (_channels(image) for image in inside(sr, hr, border=0))
    around = _channels(lr.astype(np.float64))
    scale = len(bright) // len(around)
    if bright.shape != (scale * len(around), scale * around.shape[1], around.shape[2]):
        raise ShapeMismatch(f"lr has shape {lr.shape}; it must divide sr's, {sr.shape}.")
    under = original.reshape(len(around), scale, around.shape[1], scale, -1).max(axis=(1, 3))
    brightest = _brightest_around(np.maximum(around, under))
    excess = bright - brightest.repeat(scale, axis=0).repeat(scale, axis=1)
    return float((excess.max(axis=2) > _SPOT).mean())


def _y(image: np.ndarray) -> np.ndarray:
    return image if image.ndim == 2 else y_channel(image)


def _channels(image: np.ndarray) -> np.ndarray:
    return image.reshape(*image.shape[:2], -1)


def _blocks(y: np.ndarray) -> np.ndarray:
    """The whole 8x8 blocks of a channel, shape (count, 8, 8)."""
    rows, columns = (side // _BLOCK for side in y.shape)
    whole = y[: rows * _BLOCK, : columns * _BLOCK]
    blocks = whole.reshape(rows, _BLOCK, columns, _BLOCK).swapaxes(1, 2)
    return blocks.reshape(-1, _BLOCK, _BLOCK)


def _brightest_around(image: np.ndarray) -> np.ndarray:
    """The largest value among the 5x5 pixels around each, shape (H, W, C)."""
    padded = np.pad(image, ((2, 2), (2, 2), (0, 0)), mode="edge")
    return sliding_window_view(padded, (5, 5), axis=(0, 1)).max(axis=(3, 4))
