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
    return float(np.mean(_similarity(sr, hr, taps / taps.sum(), peak)[0]))


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
    taps = _daala_taps(1.5 * len(sr) / 256, limit=min(sr.shape))
    around = len(taps) // 2
    similarity, mass = _similarity(np.pad(sr, around), np.pad(hr, around), taps, peak, cut=around)
    return float((mass * similarity).sum() / mass.sum())


def ssim_y(sr: np.ndarray, hr: np.ndarray, *, scale: int, protocol: Protocol) -> float:
    """The usual SSIM of the y channels of two pictures; arguments and errors as in `psnr_y`."""
    return ssim(protocol.y(sr), protocol.y(hr), border=scale)


def ssim_daala_y(sr: np.ndarray, hr: np.ndarray, *, scale: int, protocol: Protocol) -> float:
    """The paper's SSIM of the y channels of two pictures; arguments and errors as in `psnr_y`."""
    return ssim_daala(protocol.y(sr), protocol.y(hr), border=scale)


def _similarity(
    sr: np.ndarray, hr: np.ndarray, taps: np.ndarray, peak: float, *, cut: int = 0
) -> tuple[np.ndarray, np.ndarray]:
    """Similarity and weight of each whole window; of the planes the outer `cut` pixels are void.

    Weighted sums s and weights w stand for the means s / w; both fractions carry a factor w^2.
    """
    valid = np.pad(np.ones((sr.shape[0] - 2 * cut, sr.shape[1] - 2 * cut)), cut)
    w, x, y, xx, yy, xy = (
        _weighted_sums(plane, taps) for plane in (valid, sr, hr, sr * sr, hr * hr, sr * hr)
    )
    c1, c2 = (_K1 * peak * w) ** 2, (_K2 * peak * w) ** 2
    means = (2 * x * y + c1) / (x * x + y * y + c1)
    moments = (2 * (w * xy - x * y) + c2) / (w * xx - x * x + w * yy - y * y + c2)
    return means * moments, w


def _weighted_sums(plane: np.ndarray, taps: np.ndarray) -> np.ndarray:
    """Sums under the window `taps` x `taps` wherever it fits: (H, W) to (H - n + 1, W - n + 1)."""
    for _ in range(2):
        rows = len(plane) - len(taps) + 1
        total = np.zeros((rows, plane.shape[1]))
        for start, tap in enumerate(taps):
            total += tap * plane[start : start + rows]
        plane = total.T
    return plane


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
