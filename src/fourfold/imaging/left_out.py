"""What a file holds besides the picture that is read: it is not taken, and that is said."""

from pathlib import Path

import pyvips

from fourfold.imaging.formats import JPEG, PNG, TIFF, Format
from fourfold.imaging.gain_map import has_gain_map
from fourfold.imaging.pages import pages_of
from fourfold.imaging.png import is_animated

_GAIN_MAP = "{}: its HDR gain map is left out; the result has the picture's normal range."
_FRAMES = "{} is an animated PNG; its first frame alone is taken."
_PICTURES = "{} holds {} pictures; its main one alone is taken."
_COPIES = "{} holds smaller copies of its picture; they are left out."


def left_out(path: Path, kind: Format, image: pyvips.Image) -> tuple[str, ...]:
    """A sentence for each thing that a result will not have.

    Args:
        path: of the file.
        kind: its format.
        image: as it was opened.
    """
    pictures = image.get("n-pages") if image.get_typeof("n-pages") else 1
    notes = (
        (kind == JPEG and has_gain_map(path), _GAIN_MAP.format(path)),
        (kind == PNG and is_animated(path), _FRAMES.format(path)),
        (kind.pages == 1 and pictures > 1, _PICTURES.format(path, pictures)),
        (kind == TIFF and pages_of(image).count < pictures, _COPIES.format(path)),
    )
    return tuple(note for is_so, note in notes if is_so)
