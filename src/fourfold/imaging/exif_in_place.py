"""EXIF into the files that libvips writes, byte for byte.

libvips passes EXIF through a library that leaves out what it does not know, moves the makers' notes
and makes up what it misses. So it is given a text of the same length instead, and once the file is
written the block takes that place.
"""

import mmap
import os
import struct
import zlib
from collections.abc import Callable
from typing import IO

import pyvips

from fourfold.imaging.exif import exif_for

_MOST = 65_000  # bytes: what a JPEG's segment holds, and libvips in any format
_FIELD = "exif-ifd0-ImageDescription"
_HEADER = b"II*\0\x08\0\0\0"  # of the block that libvips writes
_PNG_CHUNK = b"eXIf"


def save_with_exif(
    image: pyvips.Image, file: IO[bytes], save: Callable[[pyvips.Image, str], None]
) -> None:
    """Save an image with its EXIF.

    Args:
        image: may have a field of `exif-data`.
        file: open for reading and writing.
        save: saves an image into it, and of its metadata those that a word of libvips names.
    """
    exif = exif_for(image)
    if not 0 < len(exif) < _MOST:
        save(image, "icc:xmp:iptc")
        return
    text = os.urandom(16).hex().encode().ljust(len(exif), b".")
    image = image.copy()
    image.remove("exif-data")
    description = f"{text.decode()} (a text, ASCII, {len(text)} components, {len(text)} bytes)"
    image.set_type(pyvips.GValue.gstr_type, _FIELD, description)
    save(image, "all")
    file.flush()
    _replace(file, text, exif)


def _replace(file: IO[bytes], text: bytes, exif: bytes) -> None:
    with mmap.mmap(file.fileno(), 0) as content:
        place = content.find(text)
        start = content.rfind(_HEADER, 0, place)
        end = place + len(text)
        content[start:end] = exif.ljust(end - start, b"\0")
        if content[start - 4 : start] == _PNG_CHUNK:
            (length,) = struct.unpack(">L", content[start - 8 : start - 4])
            checksum = zlib.crc32(content[start - 4 : start + length])
            content[start + length : start + length + 4] = struct.pack(">L", checksum)
