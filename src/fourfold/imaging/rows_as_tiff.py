"""Rows as a file that libvips can read: an uncompressed BigTIFF that lies nowhere.

libvips' savers take an image, and an image comes from a loader; no loader takes rows from Python.
But it reads TIFF from any source that can seek, and of an uncompressed one asks for the header,
then for the samples from the first to the last. So a header is made, and the rows are given out
behind it as they come, in as little memory as one strip. BigTIFF, because results pass 4 GiB soon.
"""

import struct
from collections.abc import Callable

import numpy as np
import pyvips

_STRIP_BYTES = 1 << 16  # read by libvips at once; at least a row
_SHORT, _LONG, _LONG8 = 3, 4, 16
_FORMATS = {_SHORT: "H", _LONG: "I", _LONG8: "Q"}


class RowsAsTiff:
    """What a custom source of libvips reads: a header, then samples.

    Args:
        width: pixels a row.
        height: rows.
        bands: samples a pixel: 1 to 4.
        dtype: uint8, uint16 or float32.
        more: gives the next rows; empty when there are none.
    """

    def __init__(
        self,
        *,
        width: int,
        height: int,
        bands: int,
        dtype: np.dtype,
        more: Callable[[], np.ndarray | bytes],
    ) -> None:
        self._header = _header(width, height, bands, dtype)
        self._size = len(self._header) + height * width * bands * dtype.itemsize
        self._more = more
        self._position = 0  # where libvips reads
        self._given = len(self._header)  # where the samples that were given out end
        self._rest: memoryview = memoryview(b"")

    def image(self) -> pyvips.Image:
        """The image, to be saved once, from top to bottom, while this object lives."""
        # Kept here: libvips keeps its source alive, but not the functions that it calls.
        self._source = pyvips.SourceCustom()
        self._source.on_read(self._read)
        self._source.on_seek(self._seek)
        return pyvips.Image.tiffload_source(self._source, access="sequential", fail_on="error")

    def _read(self, size: int) -> bytes:
        if self._position < len(self._header):
            part = self._header[self._position : self._position + size]
        elif self._position != self._given or self._given == self._size:
            return b""  # libvips takes an early end for an error, which it is
        else:
            if not self._rest:
                self._rest = memoryview(self._more()).cast("B")  # type: ignore[arg-type]
            part, self._rest = bytes(self._rest[:size]), self._rest[size:]
            self._given += len(part)
        self._position += len(part)
        return part

    def _seek(self, offset: int, whence: int) -> int:
        start = (0, self._position, self._size)[whence]
        self._position = start + offset
        return self._position


def _header(width: int, height: int, bands: int, dtype: np.dtype) -> bytes:
    """A BigTIFF header and its one directory; the samples lie behind it, strip by strip.

    Source: TIFF 6.0, and the BigTIFF design that libtiff documents.
    """
    row = width * bands * dtype.itemsize
    strip_rows = min(max(_STRIP_BYTES // row, 1), height)
    strips = -(-height // strip_rows)
    has_alpha = bands in (2, 4)
    directory_end = 16 + 8 + 20 * (11 + has_alpha) + 8
    # Arrays that do not fit into their entry stand behind the directory, then the samples.
    samples_at = directory_end + 2 * 8 * strips
    strip_bytes = [strip_rows * row] * (strips - 1) + [(height - (strips - 1) * strip_rows) * row]
    offsets = [samples_at + index * strip_rows * row for index in range(strips)]
    entries = [
        (256, _LONG, [width]),
        (257, _LONG, [height]),
        (258, _SHORT, [8 * dtype.itemsize] * bands),
        (259, _SHORT, [1]),  # not compressed
        (262, _SHORT, [1 if bands < 3 else 2]),  # grey, 0 is black; or RGB
        (273, _LONG8, offsets),
        (277, _SHORT, [bands]),
        (278, _LONG, [strip_rows]),
        (279, _LONG8, strip_bytes),
        (284, _SHORT, [1]),  # samples of a pixel stand together
        *([(338, _SHORT, [2])] * has_alpha),  # the last sample is straight alpha
        (339, _SHORT, [3 if dtype.kind == "f" else 1] * bands),  # floats, or from 0 up
    ]
    directory, arrays = struct.pack("<Q", len(entries)), b""
    for tag, kind, values in entries:
        packed = struct.pack(f"<{len(values)}{_FORMATS[kind]}", *values)
        if len(packed) > 8:
            place = struct.pack("<Q", directory_end + len(arrays))
            arrays += packed
        else:
            place = packed.ljust(8, b"\0")
        directory += struct.pack("<HHQ", tag, kind, len(values)) + place
    directory += struct.pack("<Q", 0)
    head = struct.pack("<2sHHHQ", b"II", 43, 8, 0, 16)
    return (head + directory + arrays).ljust(samples_at, b"\0")
