"""EXIF into the files that libvips writes, byte for byte.

libvips passes EXIF through a library that leaves out what it does not know, moves the makers' notes
and makes up what it misses. So it is given a text instead, of the length that makes its own block
as long, and once the file is written the block takes that place.
"""

import mmap
import os
import struct
import zlib
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import IO

import pyvips

from fourfold.imaging.formats import AVIF, JPEG, PNG, WEBP, format_named_by
from fourfold.imaging.metadata import Metadata

_MOST = 65_000  # bytes: what a JPEG's segment holds, and libvips in any format
_FIELD = "exif-ifd0-ImageDescription"
_LEAST = 32  # characters of a text, 16 bytes of chance: nothing else in a file is like it
_HEADER = b"II*\0\x08\0\0\0"  # of the block that libvips writes
_SEGMENT = b"Exif\0\0"  # what opens it in a JPEG, behind two bytes of length
_PNG_CHUNK = b"eXIf"


def save_with_exif(
    image: pyvips.Image,
    file: IO[bytes],
    save: Callable[[pyvips.Image, str], None],
    *,
    exif: bytes,
) -> None:
    """Save an image with EXIF.

    Args:
        image: may have a field of `exif-data`, which is not what is written.
        file: open for reading and writing.
        save: saves an image into it, and of its metadata those that a word of libvips names.
        exif: the block; empty for none.
    """
    if not 0 < len(exif) < _MOST:
        save(image, "icc:xmp:iptc")
        return
    length = max(len(exif) - _overhead(), _LEAST)
    text = os.urandom(_LEAST // 2).hex().ljust(length + length % 2, ".")  # blocks are even
    save(_described(image, text), "all")
    file.flush()
    _replace(file, text.encode(), exif)


def note_on_exif(path: Path, metadata: Metadata) -> tuple[str, ...]:
    """A sentence if the result at `path` will lack the picture's EXIF for its size, or none."""
    kind = format_named_by(path)
    if kind not in (JPEG, PNG, WEBP, AVIF) or len(metadata.exif) < _MOST:
        return ()
    return (
        f"{path} cannot keep the picture's EXIF: it takes {len(metadata.exif):,} bytes, and less "
        f"than {_MOST:,} go into a {kind.name}; into a TIFF all do.",
    )


def _described(image: pyvips.Image, text: str) -> pyvips.Image:
    """The image with a text for all its EXIF."""
    image = image.copy()
    for name in image.get_fields():
        if name.startswith("exif-"):  # "exif-data", and what libvips' readers take from it
            image.remove(name)
    description = f"{text} (a text, ASCII, {len(text)} components, {len(text)} bytes)"
    image.set_type(pyvips.GValue.gstr_type, _FIELD, description)
    return image


@cache
def _overhead() -> int:
    """Bytes that the libvips at hand puts around a text, of an even number of characters."""
    saved = _described(pyvips.Image.black(1, 1), "." * _LEAST).jpegsave_buffer(keep="exif")
    place = saved.index(_SEGMENT)
    (length,) = struct.unpack(">H", saved[place - 2 : place])
    return int(length) - 2 - len(_SEGMENT) - _LEAST


def _replace(file: IO[bytes], text: bytes, exif: bytes) -> None:
    with mmap.mmap(file.fileno(), 0) as content:
        place = content.find(text)
        start = content.rfind(_HEADER, 0, place)
        assert 0 <= start < place, "libvips wrote the text in a block of its usual kind"
        end = start + len(text) + _overhead()
        content[start:end] = exif.ljust(end - start, b"\0")
        if content[start - 4 : start] == _PNG_CHUNK:
            (length,) = struct.unpack(">L", content[start - 8 : start - 4])
            checksum = zlib.crc32(content[start - 4 : start + length])
            content[start + length : start + length + 4] = struct.pack(">L", checksum)
