"""Which arrays are pictures, under the pixel contract."""

from os import PathLike

import numpy as np
from numpy.typing import ArrayLike

from fourfold.errors import InvalidImage

_PILLOWS_MODES = ("L", "LA", "RGB", "RGBA", "I;16", "I;16L", "I;16B", "I;16N", "F")
"""Those of Pillow's images whose samples are grey or R'G'B'."""


def checked_picture(picture: ArrayLike) -> np.ndarray:
    """As an array, if it is one of the pixel contract.

    Raises:
        InvalidImage: another shape or type, or floats outside [0, 1]; or no array: the name of a
            file, one of Pillow's images with other samples than grey or R'G'B'.
    """
    _check_kind(picture)
    image = np.asarray(picture)
    # Astronomers' files and PPM hold the other order of bytes, which is no other type.
    image = image.astype(image.dtype.newbyteorder("="), copy=False)
    shaped = image.ndim == 2 or (image.ndim == 3 and image.shape[2] in (2, 3, 4))
    if not shaped or 0 in image.shape:
        raise InvalidImage(
            f"An array of shape {image.shape} is no picture; (H, W), (H, W, 3), or with alpha "
            "(H, W, 2) and (H, W, 4) are."
        )
    if image.dtype not in (np.uint8, np.uint16) and image.dtype.kind != "f":
        raise InvalidImage(f"Pixels are {image.dtype}; uint8, uint16 or float in [0, 1] is needed.")
    if image.dtype.kind == "f" and not (image.min() >= 0 and image.max() <= 1):
        raise InvalidImage(
            f"Pixels go from {image.min():g} to {image.max():g}; floats in [0, 1] are needed."
        )
    return image


def _check_kind(picture: object) -> None:
    if isinstance(picture, str | bytes | PathLike):
        raise InvalidImage(
            f"{picture!r} is no array: take .file(source, target), or fourfold.imaging.read_image."
        )
    mode = getattr(picture, "mode", None)
    if type(picture).__module__.startswith("PIL.") and mode not in _PILLOWS_MODES:
        # Indices into a palette, or inks, would pass for grey or for R'G'B'.
        raise InvalidImage(
            f"A Pillow image of mode {mode} is not R'G'B': .convert('RGB') it first."
        )
