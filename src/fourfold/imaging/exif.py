"""EXIF where libvips does not carry it: a block of bytes for HEIC, the directory of a TIFF.

libvips reads EXIF into fields of an image, and writes them, with a few formats alone. A JPEG of one
pixel stands between fields and bytes, in both directions.
"""

import os
import struct
from contextlib import suppress
from pathlib import Path
from typing import IO

import pyvips
from PIL import Image
from PIL.TiffImagePlugin import ImageFileDirectory_v2

_EXIF_DIRECTORY, _GPS_DIRECTORY = 0x8769, 0x8825
_WIDTH, _HEIGHT = 0xA002, 0xA003
# Of a TIFF's own tags, what tells of camera, moment and person: the others tell how it is stored.
_TELLING = (270, 271, 272, 305, 306, 315, 33432)
_CLASSIC = b"II*\0"
_ASCII, _SHORT, _LONG = 2, 3, 4
_EXIF, _ORIENTATION = b"Exif\0\0", 0x0112
_DAMAGED = (ValueError, TypeError, KeyError, SyntaxError, OverflowError, struct.error, EOFError)


def set_exif(image: pyvips.Image, exif: bytes) -> None:
    """Set the fields that libvips' own loaders would set."""
    carrier = pyvips.Image.black(1, 1).copy(xres=image.xres, yres=image.yres)
    carrier.set_type(pyvips.GValue.blob_type, "exif-data", exif)
    carried = _through_jpeg(carrier)
    for name in carried.get_fields():
        if name.startswith("exif-") and not name.endswith("-Orientation"):
            image.set_type(carried.get_typeof(name), name, carried.get(name))


def exif_of(image: pyvips.Image) -> bytes | None:
    """EXIF as a block of bytes, with the size of the image; None if it has no fields of it."""
    names = [name for name in image.get_fields() if name.startswith("exif-")]
    if not names:
        return None
    carrier = pyvips.Image.black(1, 1).copy(xres=image.xres, yres=image.yres)
    for name in names:
        carrier.set_type(image.get_typeof(name), name, image.get(name))
    exif = bytes(_through_jpeg(carrier).get("exif-data"))
    return _with_size(exif, image.width, image.height)


def upright_exif(exif: bytes) -> bytes:
    """The same block for upright pixels, and without the directory of its thumbnail.

    In place, for all else is to stay as the camera wrote it; one that is damaged stays so.
    """
    block = bytearray(exif)
    with suppress(struct.error):
        order, directory = _first_directory(block)
        if place := _entries(block, order, directory).get(_ORIENTATION):
            struct.pack_into(f"{order}HLH", block, place + 2, _SHORT, 1, 1)
        (count,) = struct.unpack_from(f"{order}H", block, directory)
        struct.pack_into(f"{order}L", block, directory + 2 + 12 * count, 0)
    return bytes(block)


def _with_size(exif: bytes, width: int, height: int) -> bytes:
    """The same block with the size of a picture in the places that libvips made for it."""
    block = bytearray(exif)
    order, directory = _first_directory(block)
    place = _entries(block, order, directory)[_EXIF_DIRECTORY]
    (inner,) = struct.unpack_from(f"{order}L", block, place + 8)
    entries = _entries(block, order, len(_EXIF) + inner)
    for tag, side in ((_WIDTH, width), (_HEIGHT, height)):
        struct.pack_into(f"{order}HLL", block, entries[tag] + 2, _LONG, 1, side)
    return bytes(block)


def _first_directory(block: bytearray) -> tuple[str, int]:
    """The order of bytes, and where the first directory lies."""
    start = len(_EXIF) if block.startswith(_EXIF) else 0
    order = ">" if block[start : start + 2] == b"MM" else "<"
    return order, start + struct.unpack_from(f"{order}L", block, start + 4)[0]


def _entries(block: bytearray, order: str, directory: int) -> dict[int, int]:
    """Where the entry of each tag of a directory lies."""
    (count,) = struct.unpack_from(f"{order}H", block, directory)
    places = range(directory + 2, directory + 2 + 12 * count, 12)
    return {struct.unpack_from(f"{order}H", block, place)[0]: place for place in places}


def exif_in_tiff(path: Path) -> bytes | None:
    """The EXIF that a TIFF's first directory holds; None if there is none, or it is damaged."""
    told, exif = Image.Exif(), Image.Exif()
    with suppress(*_DAMAGED), path.open("rb") as file:
        told.load_from_fp(file)
        for tag in _TELLING:
            if tag in told:
                exif[tag] = _as_stored(told[tag])
        for directory in (_EXIF_DIRECTORY, _GPS_DIRECTORY):
            if entries := told.get_ifd(directory):
                exif.get_ifd(directory).update(entries)
                exif[directory] = entries
        return exif.tobytes() if len(exif) else None
    return None


def add_to_tiff(file: IO[bytes], exif: bytes) -> None:
    """Add EXIF to the first directory of a TIFF that libvips wrote; a BigTIFF is left as it is.

    The directory is written anew at the end, its entries as they were: what they point at stays.
    """
    file.seek(0)
    header = file.read(8)
    if header[:4] != _CLASSIC:
        return
    file.seek(*struct.unpack_from("<L", header, 4))
    (count,) = struct.unpack("<H", file.read(2))
    raw = [file.read(12) for _ in range(count)]
    following = file.read(4)
    end = file.seek(0, os.SEEK_END)
    place = end + end % 2  # directories begin at even places
    block, added = _telling_entries(exif, place)
    entries: dict[bytes, bytes] = {entry[:2]: entry for entry in raw} | added
    directory = place + len(block)
    block += struct.pack("<H", len(entries))
    tags = sorted(entries, key=lambda tag: int.from_bytes(tag, "little"))
    block += b"".join(entries[tag] for tag in tags)
    file.write(bytes(end % 2) + block + following)
    file.seek(4)
    file.write(struct.pack("<L", directory))
    file.flush()


def _telling_entries(exif: bytes, place: int) -> tuple[bytes, dict[bytes, bytes]]:
    """What is to lie at `place`, and the entries, by their tags, that point into it."""
    told = Image.Exif()
    told.load(exif)
    block, entries = b"", {}
    for tag in (*_TELLING, _EXIF_DIRECTORY, _GPS_DIRECTORY):
        here = place + len(block)
        if tag in _TELLING and tag in told:
            # At least five bytes: fewer would have to stand in the entry itself.
            content = (_as_stored(told[tag]) + b"\0").ljust(5, b"\0")
            kind, count = _ASCII, len(content)
        elif tag not in _TELLING and (content := _directory(told.get_ifd(tag), here)):
            kind, count = _LONG, 1
        else:
            continue
        block += content + bytes(len(content) % 2)
        number = struct.pack("<H", tag)
        entries[number] = number + struct.pack("<HLL", kind, count, here)
    return block, entries


def _directory(entries: dict[int, object], here: int) -> bytes:
    """A directory that is to lie at `here`; nothing if it has values that are not of their type."""
    written = ImageFileDirectory_v2(_CLASSIC + bytes(4))
    with suppress(*_DAMAGED):
        for tag, value in entries.items():
            if isinstance(value, str):
                written.tagtype[tag] = _ASCII
            written[tag] = _as_stored(value) if isinstance(value, str) else value
        return written.tobytes(here) if entries else b""
    return b""


def _as_stored(text: object) -> bytes:
    """What a file holds, for Pillow reads its bytes as Latin-1, and writes ASCII alone."""
    return str(text).encode("latin-1", "replace")


def _through_jpeg(image: pyvips.Image) -> pyvips.Image:
    return pyvips.Image.jpegload_source(pyvips.Source.new_from_memory(image.jpegsave_buffer()))
