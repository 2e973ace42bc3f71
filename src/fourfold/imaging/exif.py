"""EXIF as a block of bytes, changed in place where it no longer fits; all else stays.

Source: CIPA DC-008, Exif 2.32; TIFF 6.0, whose directories it uses.
"""

import struct
from contextlib import suppress

import pyvips
from PIL import Image

_PREFIX = b"Exif\0\0"
_ORDERS = {b"II*\0": "<", b"MM\0*": ">"}
_ORIENTATION, _EXIF_DIRECTORY = 0x0112, 0x8769
# Width and height: of the photograph, and, where a scanner's software sets them, of the TIFF.
_WIDTHS, _HEIGHTS = (0x0100, 0xA002), (0x0101, 0xA003)
# The bytes of a thumbnail, where they lie and how many: of a JPEG; of samples, in strips.
_THUMBNAILS = ((0x0201, 0x0202), (0x0111, 0x0117))
_X_RESOLUTION, _Y_RESOLUTION, _RESOLUTION_UNIT, _INCH = 0x011A, 0x011B, 0x0128, 2
_MILLIMETRES = {2: 25.4, 3: 10.0}  # of an inch, of a centimetre
_MOST_RESOLUTION = 1e6  # pixels a millimetre: libvips takes no more
_SHORT, _LONG, _RATIONAL = 3, 4, 5
_HEADER = 8  # bytes
_EMPTY = b"II*\0\x08\0\0\0" + bytes(6)  # one directory, of no entries
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
    OSError,  # a place that no file can have
    MemoryError,
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
        for tag, place in _entries(order, block, directory):
            if tag == _ORIENTATION:  # of several, readers take the first or the last
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
        entries = dict(_entries(order, block, _pointed_at(order, block, 4)))
        if inner := entries.get(_EXIF_DIRECTORY):
            entries = dict(_entries(order, block, _pointed_at(order, block, inner + 8))) | entries
        for tags, side in ((_WIDTHS, width), (_HEIGHTS, height)):
            for tag in tags:
                if tag in entries:
                    struct.pack_into(f"{order}HLL", block, entries[tag] + 2, _LONG, 1, side)
    return bytes(block)


def exif_for(image: pyvips.Image) -> bytes:
    """What a file that holds the image is to carry, for each of its pages; empty if nothing."""
    height = image.get("page-height") if image.get_typeof("page-height") else image.height
    exif = bytes(image.get("exif-data")) if image.get_typeof("exif-data") else b""
    return sized_exif(exif, image.width, height)


def exif_with_resolution(image: pyvips.Image) -> bytes:
    """The same, for formats that have no place of their own for a resolution."""
    exif = exif_for(image)
    if (image.xres, image.yres) == (1.0, 1.0) or resolution_in(exif):
        return exif
    return _with_resolution(exif or _EMPTY, 25.4 * image.xres, 25.4 * image.yres)


def is_resolution(across: float, down: float) -> bool:
    """Whether these can be pixels a millimetre, of anything."""
    return all(0 < side <= _MOST_RESOLUTION for side in (across, down))


def resolution_in(exif: bytes) -> tuple[float, float] | None:
    """Pixels a millimetre, across and down, that a block tells; None if it tells none."""
    told = Image.Exif()
    with suppress(*DAMAGED):
        told.load(exif)
        unit = _MILLIMETRES[told.get(_RESOLUTION_UNIT, _INCH)]
        across, down = float(told[_X_RESOLUTION]) / unit, float(told[_Y_RESOLUTION]) / unit
        if is_resolution(across, down):
            return across, down
    return None


def _with_resolution(exif: bytes, across: float, down: float) -> bytes:
    """The block with dots an inch: a longer directory at its end, whose other entries stay."""
    block = bytearray(exif) + bytes(len(exif) % 2)
    with suppress(struct.error, KeyError):
        order = _ORDERS[bytes(block[:4])]
        places = _entries(order, block, _pointed_at(order, block, 4))
        entries = {tag: bytes(block[place : place + 12]) for tag, place in places}
        for tag, dots in ((_X_RESOLUTION, across), (_Y_RESOLUTION, down)):
            entries[tag] = struct.pack(f"{order}HHLL", tag, _RATIONAL, 1, len(block))
            block += struct.pack(f"{order}LL", round(100 * dots), 100)  # hundredths: the most fit
        unit = (_RESOLUTION_UNIT, _SHORT, 1, _INCH, 0)
        entries[_RESOLUTION_UNIT] = struct.pack(f"{order}HHLHH", *unit)
        struct.pack_into(f"{order}L", block, 4, len(block))
        block += struct.pack(f"{order}H", len(entries))
        return bytes(block + b"".join(entries[tag] for tag in sorted(entries)) + bytes(4))
    return exif


def _clear_thumbnail(order: str, block: bytearray, directory: int) -> None:
    """Leave none of the small picture's bytes behind; the end of the block goes if it is there."""
    entries = dict(_entries(order, block, directory))
    spans: list[tuple[int, int]] = []
    for starts, sizes in _THUMBNAILS:
        if {starts, sizes} <= entries.keys():
            numbers = (_numbers(order, block, entries[tag]) for tag in (starts, sizes))
            spans += zip(*numbers, strict=False)
    run = reached = 0  # where the bytes that were cleared last begin and end
    for start, size in sorted(spans):
        end = min(start + size, len(block))
        if start < _HEADER or end <= max(start, reached):
            continue
        run = start if start > reached else run
        start = max(start, reached)  # each byte once, however the spans overlap
        block[start:end] = bytes(end - start)
        reached = end
    if reached == len(block):
        del block[run:]


def _numbers(order: str, block: bytearray, place: int) -> tuple[int, ...]:
    """The whole numbers of an entry, those of them that the block holds."""
    type_, count = struct.unpack_from(f"{order}HL", block, place + 2)
    size, letter = (2, "H") if type_ == _SHORT else (4, "L")
    start = place + 8 if count * size <= 4 else _pointed_at(order, block, place + 8)
    count = min(count, max(len(block) - start, 0) // size)
    return struct.unpack_from(f"{order}{count}{letter}", block, start) if count else ()


def _pointed_at(order: str, block: bytearray, place: int) -> int:
    (offset,) = struct.unpack_from(f"{order}L", block, place)
    return int(offset)


def _entries(order: str, block: bytearray, directory: int) -> list[tuple[int, int]]:
    """Tag and place of each entry of a directory, up to the end of the block."""
    (count,) = struct.unpack_from(f"{order}H", block, directory)
    first = directory + 2
    held = min(count, (len(block) - first) // 12)  # readers, too, take those that are there
    places = range(first, first + 12 * held, 12)
    return [(struct.unpack_from(f"{order}H", block, place)[0], place) for place in places]
