"""EXIF in TIFF files: it is a part of their own directory, classic or of BigTIFF.

Source: TIFF 6.0, and the BigTIFF design that libtiff documents.
"""

import os
import struct
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from PIL import Image
from PIL.TiffImagePlugin import ImageFileDirectory_v2, TiffImageFile

from fourfold.imaging.exif import DAMAGED

_EXIF_DIRECTORY, _GPS_DIRECTORY = 0x8769, 0x8825
_INTEROPERABILITY = 0xA005  # points to a directory that is not taken along
# Of a TIFF's own tags, what tells of camera, moment and person: the others tell how it is stored.
_TEXTS = (270, 271, 272, 305, 306, 315, 33432)
_RATINGS = (0x4746, 0x4749)  # stars, and per cent
_RESOLUTION = (282, 283, 296)
_ASCII, _SHORT, _LONG, _LONG8 = 2, 3, 4, 16


@dataclass(frozen=True)
class _Kind:
    """How the two kinds of TIFF count and point."""

    header: bytes
    """Its first bytes, before the place of the first directory."""
    count: str
    """Of the entries of a directory."""
    offset: str
    """Also of how many values an entry has."""
    pointer: int
    """The type of an entry that points to a directory."""

    @property
    def entry(self) -> int:
        """Bytes of an entry: tag, type, count of values, values or their place."""
        return 4 + 2 * struct.calcsize(self.offset)


_CLASSIC = _Kind(b"II*\0", "<H", "<L", _LONG)
_BIG = _Kind(b"II+\0\x08\0\0\0", "<Q", "<Q", _LONG8)


def exif_in_tiff(path: Path) -> bytes | None:
    """The EXIF that a TIFF's first directory holds; None if there is none, or it is damaged."""
    exif = Image.Exif()
    with suppress(*DAMAGED), path.open("rb") as file:
        told = _told_in(file)
        for tag, text in _texts(told).items():
            exif[tag] = text
        for directory in (_EXIF_DIRECTORY, _GPS_DIRECTORY):
            if entries := _kept(told, directory):
                exif.get_ifd(directory).update(entries)
                exif[directory] = entries
        for tag in _RATINGS:
            if isinstance(told.get(tag), int):
                exif[tag] = told[tag]
        if not len(exif):
            return None
        for tag in _RESOLUTION:
            if tag in told:
                exif[tag] = told[tag]
        return exif.tobytes()
    return None


def add_to_tiff(file: IO[bytes], exif: bytes) -> None:
    """Add EXIF to the first directory of a TIFF that libvips wrote.

    The directory is written anew at the end, its entries as they were: what they point at stays.
    """
    file.seek(0)
    kind = next(kind for kind in (_CLASSIC, _BIG) if _starts(file, kind.header))
    first = file.tell()
    file.seek(_unpacked(file, kind.offset))
    raw = [file.read(kind.entry) for _ in range(_unpacked(file, kind.count))]
    following = file.read(struct.calcsize(kind.offset))
    end = file.seek(0, os.SEEK_END)
    place = end + end % 2  # directories begin at even places
    block, added = _telling_entries(kind, exif, place)
    entries: dict[bytes, bytes] = {entry[:2]: entry for entry in raw} | added
    directory = place + len(block)
    block += struct.pack(kind.count, len(entries))
    tags = sorted(entries, key=lambda tag: int.from_bytes(tag, "little"))
    block += b"".join(entries[tag] for tag in tags)
    file.write(bytes(end % 2) + block + following)
    file.seek(first)
    file.write(struct.pack(kind.offset, directory))
    file.flush()


def _told_in(file: IO[bytes]) -> Image.Exif:
    is_big = _starts(file, _BIG.header) or _starts(file, b"MM\0+")
    file.seek(0)
    if is_big:
        return TiffImageFile(file).getexif()
    told = Image.Exif()
    told.load_from_fp(file)  # of pixels that Pillow does not know, too
    return told


def _starts(file: IO[bytes], header: bytes) -> bool:
    file.seek(0)
    return file.read(len(header)) == header


def _unpacked(file: IO[bytes], form: str) -> int:
    (value,) = struct.unpack(form, file.read(struct.calcsize(form)))
    return int(value)


def _telling_entries(kind: _Kind, exif: bytes, place: int) -> tuple[bytes, dict[bytes, bytes]]:
    """What is to lie at `place`, and the entries, by their tags, that point into it."""
    told = Image.Exif()
    with suppress(*DAMAGED):
        told.load(exif)
    block, entries = b"", {}
    inline = struct.calcsize(kind.offset)

    def add(tag: int, type_: int, count: int, value: bytes) -> None:
        number = struct.pack("<H", tag)
        value = value.ljust(inline, b"\0")
        entries[number] = number + struct.pack("<H" + kind.offset[1:], type_, count) + value

    for tag in _RATINGS:
        if isinstance(told.get(tag), int) and 0 <= told[tag] < 1 << 16:
            add(tag, _SHORT, 1, struct.pack("<H", told[tag]))
    texts = _texts(told)
    for tag in (*_TEXTS, _EXIF_DIRECTORY, _GPS_DIRECTORY):
        here = place + len(block)
        if tag in texts:
            content = texts[tag] + b"\0"
            if len(content) <= inline:
                add(tag, _ASCII, len(content), content)
                continue
            add(tag, _ASCII, len(content), struct.pack(kind.offset, here))
        elif tag not in _TEXTS and (content := _directory(kind, told, tag, here)):
            add(tag, kind.pointer, 1, struct.pack(kind.offset, here))
        else:
            continue
        block += content + bytes(len(content) % 2)
    return block, entries


def _directory(kind: _Kind, told: Image.Exif, directory: int, here: int) -> bytes:
    """A directory that is to lie at `here`; nothing if it has values that are not of their type."""
    written = ImageFileDirectory_v2(kind.header + bytes(struct.calcsize(kind.offset)))
    with suppress(*DAMAGED):
        entries = _kept(told, directory)
        for tag, value in entries.items():
            if isinstance(value, str):
                written.tagtype[tag] = _ASCII
            written[tag] = _as_stored(value) if isinstance(value, str) else value
        return written.tobytes(here) if entries else b""
    return b""


def _kept(told: Image.Exif, directory: int) -> dict[int, Any]:
    entries = told.get_ifd(directory)
    return {tag: value for tag, value in entries.items() if tag != _INTEROPERABILITY}


def _texts(told: Image.Exif) -> dict[int, bytes]:
    """Those of `_TEXTS` that are texts, of whatever type; numbers say nothing there."""
    values = {tag: told[tag] for tag in _TEXTS if tag in told}
    return {tag: _as_stored(text) for tag, text in values.items() if isinstance(text, str | bytes)}


def _as_stored(text: str | bytes) -> bytes:
    """What a file holds, for Pillow reads its bytes as Latin-1, and writes ASCII alone."""
    stored = text if isinstance(text, bytes) else text.encode("latin-1", "replace")
    return stored.rstrip(b"\0")
