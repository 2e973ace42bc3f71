"""Which arrays are pictures, under the pixel contract."""

import numpy as np
from numpy.typing import ArrayLike

from fourfold.errors import InvalidImage


def checked_picture(picture: ArrayLike) -> np.ndarray:
    """As an array, if it is one of the pixel contract.

    Raises:
        InvalidImage: another shape or type, or floats outside [0, 1].
    """
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
