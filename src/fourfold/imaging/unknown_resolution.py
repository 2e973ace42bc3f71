"""Files that tell no resolution: libvips writes one into them though none is known.

Each is told that its pixels are square, in the place where the resolution stands.

Source: the PNG specification (W3C); TIFF 6.0 and BigTIFF.
"""

import os
import struct
import zlib
from typing import IO

from fourfold.imaging.png import chunks

_SQUARE_PNG = struct.pack(">LLB", 1, 1, 0)
_RESOLUTION_UNIT, _SHORT, _NO_UNIT = 296, 3, 1


def in_png(file: IO[bytes]) -> None:
    """Of a PNG that is open for reading and writing."""
    places = [place for name, place, _ in chunks(file) if name == b"pHYs"]
    for place in places:
        file.seek(place)
        file.write(_SQUARE_PNG + struct.pack(">L", zlib.crc32(b"pHYs" + _SQUARE_PNG)))
    file.flush()


def in_tiff(file: IO[bytes]) -> None:
    """Of each page of a TIFF that libvips wrote: least byte first, classic or big."""
    file.seek(0)
    count, offset = ("<H", "<L") if file.read(4) == b"II*\0" else ("<Q", "<Q")
    file.seek(4 if count == "<H" else 8)
    while directory := _unpacked(file, offset):
        file.seek(directory)
        for _ in range(_unpacked(file, count)):
            tag, kind = struct.unpack("<HH", file.read(4))
            value = file.seek(struct.calcsize(offset), os.SEEK_CUR)
            if (tag, kind) == (_RESOLUTION_UNIT, _SHORT):
                file.write(struct.pack("<H", _NO_UNIT))
            file.seek(value + struct.calcsize(offset))
    file.flush()


def _unpacked(file: IO[bytes], form: str) -> int:
    (value,) = struct.unpack(form, file.read(struct.calcsize(form)))
    return int(value)
