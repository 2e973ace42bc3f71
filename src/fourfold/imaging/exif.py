"""EXIF as a block of bytes, changed in place where it no longer fits; all else stays.

Source: CIPA DC-008, Exif 2.32; TIFF 6.0, whose directories it uses.
"""

import math
import struct
from contextlib import suppress

import pyvips
from PIL import Image

_PREFIX = b"Exif\0\0"
_ORDERS = {b"II*\0": "<", b"MM\0*": ">"}
_ORIENTATION, _EXIF_DIRECTORY = 0x0112, 0x8769
# Width and height: of the photograph, and, where a scanner's software sets them, of the TIFF.
_WIDTHS, _HEIGHTS = (0x0100, 0xA002), (0x0101, 0xA003)
_THUMBNAIL, _THUMBNAIL_BYTES = 0x0201, 0x0202
_X_RESOLUTION, _Y_RESOLUTION, _RESOLUTION_UNIT, _INCH = 0x011A, 0x011B, 0x0128, 2
_MILLIMETRES = {2: 25.4, 3: 10.0}  # of an inch, of a centimetre
_SHORT, _LONG = 3, 4
DAMAGED = (
    ValueError,
    TypeError,
    KeyError,
    IndexError,
    AttributeError,
    SyntaxError,
    ArithmeticError,
    struct.error,
    EOFError,
)
"""What Pillow raises for blocks that are no EXIF."""


def upright_exif(exif: bytes) -> bytes:
    """The block for upright pixels, without its thumbnail; empty if it is no EXIF.

    In place, for all else is to stay as the camera wrote it, makers' notes too, which may point to
    places in the block; one that is damaged stays so.
    """
    block = bytearray(exif.removeprefix(_PREFIX))
    order = _ORDERS.get(bytes(block[:4]))
    if order is None:
        return b""
    with suppress(struct.error):
        directory = _pointed_at(order, block, 4)
        if place := _entries(order, block, directory).get(_ORIENTATION):
            struct.pack_into(f"{order}HLH", block, place + 2, _SHORT, 1, 1)
        (count,) = struct.unpack_from(f"{order}H", block, directory)
        following = directory + 2 + 12 * count
        if thumbnail := _pointed_at(order, block, following):
            struct.pack_into(f"{order}L", block, following, 0)
            _clear_thumbnail(order, block, thumbnail)
    return bytes(block)


def sized_exif(exif: bytes, width: int, height: int) -> bytes:
    """The block with another size of the picture, where it tells one."""
    block = bytearray(exif)
    with suppress(struct.error, KeyError):
        order = _ORDERS[bytes(block[:4])]
        entries = _entries(order, block, _pointed_at(order, block, 4))
        if inner := entries.get(_EXIF_DIRECTORY):
            entries = _entries(order, block, _pointed_at(order, block, inner + 8)) | entries
        for tags, side in ((_WIDTHS, width), (_HEIGHTS, height)):
            for tag in tags:
                if tag in entries:
                    struct.pack_into(f"{order}HLL", block, entries[tag] + 2, _LONG, 1, side)
    return bytes(block)


def exif_for(image: pyvips.Image) -> bytes:
    """What a file that holds the image is to carry, for each of its pages; empty if nothing.

    Formats that have no place of their own for a resolution have it there.
    """
    height = image.get("page-height") if image.get_typeof("page-height") else image.height
    if image.get_typeof("exif-data"):
        return sized_exif(bytes(image.get("exif-data")), image.width, height)
    if (image.xres, image.yres) == (1.0, 1.0):
        return b""
    told = Image.Exif()
    told[_X_RESOLUTION], told[_Y_RESOLUTION] = image.xres * 25.4, image.yres * 25.4
    told[_RESOLUTION_UNIT] = _INCH
    return told.tobytes().removeprefix(_PREFIX)


def resolution_in(exif: bytes) -> tuple[float, float] | None:
    """Pixels a millimetre, across and down, that a block tells; None if it tells none."""
    told = Image.Exif()
    with suppress(*DAMAGED):
        told.load(exif)
        unit = _MILLIMETRES[told.get(_RESOLUTION_UNIT, _INCH)]
        across, down = float(told[_X_RESOLUTION]) / unit, float(told[_Y_RESOLUTION]) / unit
        if math.isfinite(across * down) and min(across, down) > 0:
            return across, down
    return None


def _clear_thumbnail(order: str, block: bytearray, directory: int) -> None:
    """Leave none of the small picture's bytes behind; the end of the block goes if it is there."""
    entries = _entries(order, block, directory)
    if {_THUMBNAIL, _THUMBNAIL_BYTES} <= entries.keys():
        start = _pointed_at(order, block, entries[_THUMBNAIL] + 8)
        end = min(start + _pointed_at(order, block, entries[_THUMBNAIL_BYTES] + 8), len(block))
        if 8 <= start < end:
            block[start:end] = b"" if end == len(block) else bytes(end - start)


def _pointed_at(order: str, block: bytearray, place: int) -> int:
    (offset,) = struct.unpack_from(f"{order}L", block, place)
    return int(offset)


def _entries(order: str, block: bytearray, directory: int) -> dict[int, int]:
    """Where the entry of each tag of a directory lies."""
    (count,) = struct.unpack_from(f"{order}H", block, directory)
    places = range(directory + 2, directory + 2 + 12 * count, 12)
    return {struct.unpack_from(f"{order}H", block, place)[0]: place for place in places}
