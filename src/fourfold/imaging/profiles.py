"""Colours without their profile: converted to sRGB, which is what is understood where none is told.

Some formats hold no colour profile, and some none of grey pictures, which they store as colour.
"""

from enum import Enum, auto
from functools import lru_cache
from pathlib import Path

import numpy as np
import pyvips

from fourfold.imaging.background import Colour
from fourfold.imaging.colour import as_depth
from fourfold.imaging.formats import Format, format_named_by
from fourfold.imaging.metadata import Metadata

_SPACE = slice(16, 20)  # of a profile's header: the colours that it is of
_SPACES = (b"GRAY", b"RGB ")
_STEPS = np.linspace(0, 255, 9).astype(np.uint8)
_NEAR = 2  # levels: profiles of sRGB differ by their rounding


class Fate(Enum):
    """What becomes of a profile."""

    KEPT = auto()
    DROPPED = auto()
    """It says what is understood without it."""
    CONVERTED = auto()
    UNUSABLE = auto()
    """It is damaged, or of other colours than the picture."""


def fate_of(icc_profile: bytes | None, kind: Format, *, bands: int, is_coloured: bool) -> Fate:
    """What becomes of a picture's profile in a format.

    Args:
        icc_profile: the picture's, if it has one.
        kind: the format.
        bands: channels of the picture.
        is_coloured: whether what is laid behind it, if it is transparent, has a colour.
    """
    if icc_profile is None:
        return Fate.KEPT
    space = icc_profile[_SPACE]
    stays_grey = bands < 3 and kind.has_grey and not (bands == 2 and is_coloured)
    if kind.has_profile and (space not in _SPACES or space == _SPACES[not stays_grey]):
        return Fate.KEPT
    return _without(icc_profile, is_grey=bands < 3)


def note_on_colours(
    path: Path, metadata: Metadata, *, bands: int, is_coloured: bool = False
) -> tuple[str, ...]:
    """A sentence if the result at `path` has other samples than the profile's, or none."""
    kind = format_named_by(path)
    fate = fate_of(metadata.icc_profile, kind, bands=bands, is_coloured=is_coloured)
    if fate == Fate.CONVERTED:
        return (f"{path} cannot keep the picture's colour profile: its colours become sRGB's.",)
    if fate == Fate.UNUSABLE:
        return (f"{path} cannot keep the picture's colour profile, and nothing converts by it.",)
    return ()


def to_srgb(rows: np.ndarray, icc_profile: bytes) -> np.ndarray:
    """Rows in sRGB; grey stays grey, alpha as it is.

    Args:
        rows: shape (R, W), (R, W, 2), (R, W, 3) or (R, W, 4); uint8, uint16, or float in [0, 1],
            which becomes uint16.
        icc_profile: what the rows are meant in.
    """
    if not rows.size:
        return rows
    if rows.dtype.kind == "f":
        rows = as_depth(rows, np.dtype(np.uint16))
    if rows.ndim == 3 and rows.shape[2] in (2, 4):
        colour = rows[:, :, 0] if rows.shape[2] == 2 else rows[:, :, :3]
        return np.dstack([to_srgb(colour, icc_profile), rows[:, :, -1]])
    if rows.ndim == 2 and icc_profile[_SPACE] != _SPACES[0]:
        return to_srgb(np.repeat(rows[:, :, None], 3, axis=2), icc_profile)[:, :, 1]
    deep = rows.dtype == np.uint16
    names = ("grey16", "rgb16") if deep else ("b-w", "srgb")
    image = pyvips.Image.new_from_array(
        np.ascontiguousarray(rows), interpretation=names[rows.ndim == 3]
    ).copy()
    image.set_type(pyvips.GValue.blob_type, "icc-profile-data", icc_profile)
    converted = image.icc_transform("srgb", embedded=True, depth=16 if deep else 8).numpy()
    return converted[:, :, 1] if rows.ndim == 2 else converted


def from_srgb(colour: Colour, icc_profile: bytes) -> Colour:
    """A colour of sRGB in the samples of a profile of colour; as it is if there is no way."""
    image = pyvips.Image.new_from_array(np.array([[colour]], np.uint8), interpretation="srgb")
    try:
        image = image.icc_import(input_profile="srgb")
        image.set_type(pyvips.GValue.blob_type, "icc-profile-data", icc_profile)
        red, green, blue = map(int, image.icc_export(depth=8)(0, 0))
    except pyvips.Error:
        return colour
    return red, green, blue


@lru_cache(maxsize=8)
def _without(icc_profile: bytes, *, is_grey: bool) -> Fate:
    if icc_profile[_SPACE] not in _SPACES[0 if is_grey else 1 :]:
        return Fate.UNUSABLE
    colours = np.stack(np.meshgrid(_STEPS, _STEPS, _STEPS), axis=-1).reshape(1, -1, 3)
    samples = np.arange(256, dtype=np.uint8)[None] if is_grey else colours
    try:
        converted = to_srgb(samples, icc_profile)
    except pyvips.Error:
        return Fate.UNUSABLE
    off = np.abs(converted.astype(int) - samples).max()
    return Fate.DROPPED if off <= _NEAR else Fate.CONVERTED
