"""PBM, PGM and PPM files, plain and binary: a few words, then samples.

Ours, because libvips' wheel has no such loader and Pillow reduces colour of 16 bits to 8.

Source: the netpbm project's descriptions of pbm, pgm and ppm.
"""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np

_MOST_HEADER = 10_000  # bytes, with its comments
_BITMAPS, _GREYS, _PLAIN = b"14", b"25", b"123"


@dataclass(frozen=True)
class Netpbm:
    """What the header of such a file says."""

    kind: bytes
    """`1` to `6`: bitmap, grey, colour as text; the same in binary."""
    width: int
    height: int
    peak: int
    """The value of white."""
    start: int
    """Where the samples begin, in bytes."""

    @property
    def bands(self) -> int:
        """1 for bitmaps and grey, 3 for colour."""
        return 1 if self.kind in _BITMAPS + _GREYS else 3

    @property
    def dtype(self) -> np.dtype:
        """What its samples are read as."""
        return np.dtype(np.uint8 if self.peak < 256 else np.uint16)


def read_header(path: Path) -> Netpbm:
    """What the header of a file says.

    Raises:
        ValueError: it is no such header.
        OSError: the file cannot be read.
    """
    with path.open("rb") as file:
        start = file.read(_MOST_HEADER)
    words: list[int] = []
    place = 2
    while len(words) < (2 if start[1:2] in _BITMAPS else 3):
        match = re.compile(rb"(?:\s|#[^\r\n]*[\r\n])*(\d{1,9})").match(start, place)
        if match is None:
            raise ValueError("its header is no header")
        words.append(int(match[1]))
        place = match.end()
    width, height, peak = (*words, 1)[:3]
    if not (width and height and 0 < peak < 65_536):
        raise ValueError("its header says what cannot be")
    # One white character ends the header; text may begin with more, and with comments.
    return Netpbm(start[1:2], width, height, peak, place + 1)


def read_samples(path: Path, header: Netpbm) -> np.ndarray:
    """The pixels: shape (H, W) or (H, W, 3), uint8 or uint16, white at the type's peak.

    Raises:
        ValueError: samples are missing, or brighter than white.
        OSError: the file cannot be read.
    """
    shape = (header.height, header.width, header.bands)
    with path.open("rb") as file:
        file.seek(header.start)
        if header.kind in _PLAIN:
            samples = _plain(file, header, count=int(np.prod(shape)))
        elif header.kind in _BITMAPS:
            samples = _packed_bits(file, header)
        else:
            stored = np.dtype("u1" if header.peak < 256 else ">u2")
            samples = _exactly(file, int(np.prod(shape)) * stored.itemsize, stored)
    if header.kind in _BITMAPS:
        samples = 1 - samples  # in a bitmap, 1 is black
    if samples.max() > header.peak:
        raise ValueError("it has samples brighter than white")
    white = np.iinfo(header.dtype).max
    if header.peak != white:
        samples = (samples.astype(np.int64) * (2 * white) + header.peak) // (2 * header.peak)
    pixels = samples.astype(header.dtype).reshape(shape)
    return pixels[:, :, 0] if header.bands == 1 else pixels


def header_for(*, width: int, height: int, bands: int, dtype: np.dtype) -> bytes:
    """The header of a binary file, grey or colour; samples of two bytes follow most first."""
    kind = b"P5" if bands == 1 else b"P6"
    return kind + f"\n{width} {height}\n{np.iinfo(dtype).max}\n".encode()


def _exactly(file: BinaryIO, count: int, dtype: np.dtype) -> np.ndarray:
    content = file.read(count)
    if len(content) < count:
        raise ValueError("it is cut short")
    return np.frombuffer(content, dtype)


def _plain(file: BinaryIO, header: Netpbm, *, count: int) -> np.ndarray:
    most = count * 8 + _MOST_HEADER  # a sample has five digits at most, and some space
    content = re.sub(rb"#[^\r\n]*", b"", file.read(most))
    # A bitmap's digits need no space between them.
    words = re.findall(rb"[01]", content) if header.kind in _BITMAPS else content.split()
    if len(words) < count:
        raise ValueError("it is cut short")
    if not all(word.isdigit() and len(word) <= 5 for word in words[:count]):
        raise ValueError("it has words that are no samples")
    return np.array(words[:count]).astype(np.int64)


def _packed_bits(file: BinaryIO, header: Netpbm) -> np.ndarray:
    row = -(-header.width // 8)
    packed = _exactly(file, row * header.height, np.dtype("u1")).reshape(header.height, row)
    return np.unpackbits(packed, axis=1)[:, : header.width]
