"""Structural similarity, the usual one and the one that the SRGAN paper printed.

Both compare means, variances and covariance of two planes in a Gaussian window around each
pixel. They differ in the window and in what happens at the edge, by up to .06 on the test sets:
never set the one beside the other.

Source: Wang et al. 2004, Image quality assessment: from error visibility to structural similarity.
"""

import math

import numpy as np

from fourfold.errors import ShapeMismatch
from fourfold.metrics.border import inside
from fourfold.metrics.protocol import Protocol

_K1, _K2 = 0.01, 0.03
_RADIUS, _SIGMA = 5, 1.5  # of the usual window, 11x11
_STRIP = 32  # rows at a time: what is computed of them stays in the processor's cache
_UNITS = 256  # daala's taps are whole multiples of 1 / 256


def ssim(sr: np.ndarray, hr: np.ndarray, *, border: int, peak: float = 255.0) -> float:
    """The usual structural similarity: 11x11 Gaussian, sigma 1.5, population moments.

    The mean over the pixels whose window fits inside the picture, in float64; that of
    scikit-image's `structural_similarity` with the options that follow Wang et al.

    Args:
        sr: one channel, shape (H, W), values in [0, peak].
        hr: same shape and range.
        border: pixels left out at each edge before anything is computed.
        peak: the largest value.

    Returns:
        At most 1, which equal planes have.

    Raises:
        ShapeMismatch: `sr` and `hr` differ in shape, or the window does not fit inside the border.
    """
    sr, hr = inside(sr, hr, border=border)
    if min(sr.shape) <= 2 * _RADIUS:
        raise ShapeMismatch(
            f"Inside the border the picture is {sr.shape[1]}x{sr.shape[0]}; SSIM needs 11x11."
        )
    taps = np.exp(-0.5 * (np.arange(-_RADIUS, _RADIUS + 1) / _SIGMA) ** 2)
    taps /= taps.sum()
    total = 0.0
    for top in range(0, len(sr) - 2 * _RADIUS, _STRIP):
        rows = slice(top, top + _STRIP + 2 * _RADIUS)
        total += _similarity(sr[rows], hr[rows], taps, peak).sum()
    height, width = sr.shape
    return float(total / ((height - 2 * _RADIUS) * (width - 2 * _RADIUS)))


def ssim_daala(sr: np.ndarray, hr: np.ndarray, *, border: int, peak: float = 255.0) -> float:
    """The structural similarity that the paper printed: that of the daala project's tool.

    The window grows with the picture: sigma is 1.5 rows / 256; its taps are whole 256ths. At the
    edge it is cut, moments are divided by the weight that is left, and the pixel counts in the
    mean in proportion to that weight.

    Arguments, results and errors as in `ssim`; a picture of any size will do.

    Source: xiph/daala, tools/dump_ssim.c, at commit 8d03668; found by reproducing the paper's
    control rows, which the usual one misses by up to .06.
    """
    sr, hr = inside(sr, hr, border=border)
    height, width = sr.shape
    taps = _daala_taps(1.5 * height / 256, limit=min(sr.shape))
    around = len(taps) // 2
    sr, hr = np.pad(sr, around), np.pad(hr, around)
    down, across = (
        np.convolve(np.ones(side), taps)[around : around + side] for side in (height, width)
    )
    total = 0.0
    for top in range(0, height, _STRIP):
        rows = slice(top, top + _STRIP + 2 * around)
        mass = np.outer(down[top : top + _STRIP], across)
        total += (mass * _similarity(sr[rows], hr[rows], taps, peak, mass=mass)).sum()
    return float(total / (down.sum() * across.sum()))


def ssim_y(sr: np.ndarray, hr: np.ndarray, *, scale: int, protocol: Protocol) -> float:
    """The usual SSIM of the y channels of two pictures; arguments and errors as in `psnr_y`."""
    return ssim(protocol.y(sr), protocol.y(hr), border=scale)


def ssim_daala_y(sr: np.ndarray, hr: np.ndarray, *, scale: int, protocol: Protocol) -> float:
    """The paper's SSIM of the y channels of two pictures; arguments and errors as in `psnr_y`."""
    return ssim_daala(protocol.y(sr), protocol.y(hr), border=scale)


def _similarity(
    sr: np.ndarray, hr: np.ndarray, taps: np.ndarray, peak: float, *, mass: np.ndarray | float = 1.0
) -> np.ndarray:
    """Similarity in each window that fits: (H, W) to (H - n + 1, W - n + 1).

    Weighted sums s of total weight w, the `mass`, stand for the means s / w; both fractions carry
    a factor w^2. Of the squares the sum alone is needed.
    """
    w = mass
    x, y, squares, xy = (
        _weighted_sums(_weighted_sums(plane, taps).T, taps).T
        for plane in (sr, hr, sr * sr + hr * hr, sr * hr)
    )
    c1, c2 = (_K1 * peak * w) ** 2, (_K2 * peak * w) ** 2
    of_means = x * x + y * y
    product = x * y
    likeness = (2 * product + c1) * (2 * (w * xy - product) + c2)
    return likeness / ((of_means + c1) * (w * squares - of_means + c2))


def _weighted_sums(plane: np.ndarray, taps: np.ndarray) -> np.ndarray:
    """Sums of rows under symmetric `taps` wherever they fit: (H, W) to (H - n + 1, W)."""
    last = len(taps) - 1
    rows = len(plane) - last
    total = plane[last // 2 : last // 2 + rows] * taps[last // 2]
    pair = np.empty_like(total)
    for start in range(last // 2):
        end = last - start
        np.add(plane[start : start + rows], plane[end : end + rows], out=pair)
        pair *= taps[start]
        total += pair
    return total


def _daala_taps(sigma: float, *, limit: int) -> np.ndarray:
    """Whole 256ths that sum to 256; cut where the Gaussian falls below half of one, or at `limit`.

    Each side tap is rounded half up; the middle one takes what they leave.
    """
    faintest = math.sqrt(math.pi / 2) * sigma / _UNITS
    reach = sigma * math.sqrt(-2 * math.log(faintest)) if faintest < 1 else 0
    distances = np.arange(1, min(math.floor(reach), limit - 1) + 1)
    heights = np.exp(-0.5 * (distances / sigma) ** 2) / (sigma * math.sqrt(2 * math.pi))
    side = np.floor(_UNITS * heights + 0.5)
    return np.concatenate([side[::-1], [_UNITS - 2 * side.sum()], side])
