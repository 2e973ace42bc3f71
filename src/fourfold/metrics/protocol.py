"""What exactly is measured: a score without its protocol means nothing."""

import hashlib
import json
from dataclasses import asdict, dataclass
from typing import Literal

import numpy as np

from fourfold.errors import InvalidImage
from fourfold.imaging import y_channel


@dataclass(frozen=True, kw_only=True)
class Protocol:
    """How pictures become the y channels that are compared; frozen, named, hashed.

    Scores of one picture under two protocols differ: R'G'B' for y alone is more than a decibel.
    """

    name: str
    y_rounded: bool
    """Whether y is rounded to whole numbers, half up, before it is compared."""
    grey: Literal["y", "rgb"]
    """A grey picture's values are y as they are, or stand for R' = G' = B'."""
    y_range: str = "BT.601 studio range, 16-235, peak 255"
    border: str = "scale pixels cut at each edge"
    lr: str = "reduced by the antialiased bicubic, a = -0.5, rounded twice, edge pixel repeated"
    ssim: str = "11x11 Gaussian, sigma 1.5, population moments, mean where the window fits"
    ssim_daala: str = "sigma 1.5 * rows / 256, taps in 256ths, window cut at the edge"
    lpips: str = "AlexNet, version 0.1, R'G'B', no border"

    @property
    def sha256(self) -> str:
        """Identifies the protocol's values; two results compare only if theirs are equal."""
        return hashlib.sha256(json.dumps(asdict(self), sort_keys=True).encode()).hexdigest()

    def y(self, image: np.ndarray) -> np.ndarray:
        """The y channel of a picture under this protocol.

        Args:
            image: shape (H, W) or (H, W, 3), uint8.

        Returns:
            Shape (H, W), float64.

        Raises:
            InvalidImage: another shape or type.
        """
        check_opaque(image)
        if image.ndim == 2 and self.grey == "y":
            return image.astype(np.float64)
        if image.ndim == 2:
            image = np.stack([image] * 3, axis=2)
        y = y_channel(image)
        return np.floor(y + 0.5) if self.y_rounded else y


PAPER = Protocol(name="paper", y_rounded=False, grey="y")
"""As the SRGAN paper measured (reproduced from its control rows, not stated in it)."""

LITERATURE = Protocol(name="literature", y_rounded=True, grey="rgb")
"""As most of the field measures."""


def check_opaque(image: np.ndarray) -> None:
    """Check that a picture can be scored.

    Raises:
        InvalidImage: anything but uint8 of shape (H, W) or (H, W, 3).
    """
    if image.dtype != np.uint8 or image.ndim not in (2, 3):
        raise InvalidImage(f"Scores are of uint8 pictures; this is {image.dtype} {image.shape}.")
    if image.ndim == 3 and image.shape[2] != 3:
        raise InvalidImage(f"Scores are of opaque pictures; this has shape {image.shape}.")
