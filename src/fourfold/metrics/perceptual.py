"""LPIPS: how different two pictures look to a network's features."""

from functools import cache, lru_cache

import numpy as np
import torch

from fourfold.errors import ShapeMismatch
from fourfold.metrics.protocol import check_opaque
from fourfold.networks import LPIPS_SMALLEST_SIDE, Lpips, shipped_lpips, to_tensor


def lpips(sr: np.ndarray, hr: np.ndarray, *, device: str = "cpu") -> float:
    """Learned perceptual distance of two pictures: AlexNet, version 0.1, over the whole picture.

    Args:
        sr: shape (H, W) or (H, W, 3), uint8; grey stands for R' = G' = B'.
        hr: same shape and type.
        device: where the network runs, in float32.

    Returns:
        0 for equal pictures; about .1 between a good result and its original, .4 for a bicubic.

    Raises:
        ShapeMismatch: `sr` and `hr` differ in shape, or have a side below 31 pixels.
        InvalidImage: not opaque uint8 pictures.

    Source: Zhang et al. 2018, arXiv 1801.03924.
    """
    check_opaque(sr)
    check_opaque(hr)
    if sr.shape != hr.shape:
        raise ShapeMismatch(f"sr has shape {sr.shape}, hr has {hr.shape}; they must be equal.")
    if min(sr.shape[:2]) < LPIPS_SMALLEST_SIDE:
        raise ShapeMismatch(
            f"Shape {sr.shape} is too small for LPIPS: {LPIPS_SMALLEST_SIDE} pixels a side are "
            "needed."
        )
    if sr.ndim == 2:
        sr, hr = (np.stack([image] * 3, axis=2) for image in (sr, hr))
    with torch.inference_mode():
        ours = _network(device).features(to_tensor(sr, device=device))
        theirs = _features(hr.tobytes(), hr.shape, device)
        return _network(device).distance(ours, theirs).item()


@lru_cache(maxsize=4)
def _features(samples: bytes, shape: tuple[int, ...], device: str) -> list[torch.Tensor]:
    """The features of a uint8 picture; an original is asked for once a method, in a row."""
    image = np.frombuffer(samples, np.uint8).reshape(shape).copy()
    return _network(device).features(to_tensor(image, device=device))


@cache
def _network(device: str) -> Lpips:
    # Pictures come channels-last; weights that are so too save an eighth of the time.
    network = shipped_lpips().to(device)
    return network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
