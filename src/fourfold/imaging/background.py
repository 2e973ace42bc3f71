"""A colour behind what is transparent, for formats that cannot be."""

from collections.abc import Sequence

import numpy as np
from PIL import ImageColor

from fourfold.errors import InvalidImage, nearest

Colour = tuple[int, int, int]
"""R'G'B', 0 to 255."""


def colour_of(text: str) -> Colour:
    """The colour that a text names: `white`, `#fff`, `#ffffff`, `rgb(255, 255, 255)`.

    Raises:
        InvalidImage: it names none.
    """
    try:
        colour = ImageColor.getrgb(text)[:3]
        if max(colour) > 255:  # Pillow takes any number in rgb()
            raise ValueError(text)
        return colour
    except ValueError as error:
        suggestion = nearest(text, ImageColor.colormap)
        if not suggestion.startswith("Did"):  # else 148 names
            suggestion = "Take a name such as white, or #rrggbb."
        raise InvalidImage(f"'{text}' is no colour. {suggestion}") from error


def check_colour(colour: Sequence[int]) -> None:
    """Say whether these are R'G'B' from 0 to 255.

    Raises:
        InvalidImage: they are not.
    """
    is_colour = len(colour) == 3 and all(
        isinstance(level, int | np.integer) and 0 <= level <= 255 for level in colour
    )
    if not is_colour:
        raise InvalidImage(
            f"{colour!r} is no colour: three whole numbers from 0 to 255 are, and what "
            "fourfold.imaging.colour_of makes of a name."
        )


def bands_over(bands: int, colour: Sequence[int]) -> int:
    """Channels of a picture of `bands` once it lies over a colour: grey over grey stays grey."""
    return 1 if bands < 3 and len(set(colour)) == 1 else 3


def over(rows: np.ndarray, colour: Colour) -> np.ndarray:
    """The rows over a colour; opaque.

    Args:
        rows: with straight alpha, shape (R, W, 2) or (R, W, 4); uint8, uint16 or float.
        colour: what lies behind.

    Returns:
        Shape (R, W) or (R, W, 3), of the same type.
    """
    peak = 1.0 if rows.dtype.kind == "f" else float(np.iinfo(rows.dtype).max)
    alpha = rows[:, :, -1:] / peak
    behind = np.array(colour) * (peak / 255)
    grey = bands_over(rows.shape[2], colour) == 1
    mixed = alpha * rows[:, :, :-1] + (1 - alpha) * (behind[:1] if grey else behind)
    mixed = mixed if rows.dtype.kind == "f" else np.floor(mixed + 0.5)
    return (mixed[:, :, 0] if grey else mixed).astype(rows.dtype)
