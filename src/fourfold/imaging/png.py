"""What stands in a PNG before its pixels.

Source: the PNG specification (W3C), third edition.
"""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import IO

_SIGNATURE = 8  # bytes
_MOST_CHUNKS = 1000
_SMALL = 64  # bytes, of the chunks that are looked into
_METRE = b"\x01"


def is_animated(path: Path) -> bool:
    """Whether a chunk announces frames."""
    with path.open("rb") as file:
        return any(name == b"acTL" for name, _, _ in chunks(file))


def tells_resolution(path: Path) -> bool:
    """Whether it tells how large a pixel is."""
    with path.open("rb") as file:
        return any(name == b"pHYs" and content[8:9] == _METRE for name, _, content in chunks(file))


def chunks(file: IO[bytes]) -> Iterator[tuple[bytes, int, bytes]]:
    """Name, place and the first bytes of the content of each, up to the pixels."""
    place = _SIGNATURE
    for _ in range(_MOST_CHUNKS):
        file.seek(place)
        head = file.read(8)
        length, name = int.from_bytes(head[:4], "big"), head[4:]
        if len(head) < 8 or name == b"IDAT":
            return
        yield name, place + 8, file.read(min(length, _SMALL))
        place = file.seek(place + 8 + length + 4, os.SEEK_SET)
