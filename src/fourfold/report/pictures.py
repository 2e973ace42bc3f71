"""Pictures inside a page."""

import base64
import tempfile
from pathlib import Path

import numpy as np

from fourfold.imaging import write_image


def picture_url(pixels: np.ndarray) -> str:
    """A picture as a data URL, lossless: the page needs no other file.

    Args:
        pixels: uint8, shape (H, W) or (H, W, 3).

    Raises:
        InvalidImage: pixels of another type or shape.
    """
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "picture.png"
        write_image(np.ascontiguousarray(pixels), path)
        return "data:image/png;base64," + base64.b64encode(path.read_bytes()).decode()
