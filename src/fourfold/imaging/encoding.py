"""Encoding rows into a file in a thread of its own, while the next are made."""

import queue
import threading
from collections.abc import Callable

import numpy as np
import pyvips

from fourfold.imaging.metadata import Metadata, with_metadata
from fourfold.imaging.pages import Pages, with_pages
from fourfold.imaging.rows_as_tiff import RowsAsTiff

_PARTS_WAITING = 2
_LOOK_AROUND = 0.05  # seconds between looks whether the other side has given up


class Encoder:
    """A thread in which libvips saves an image whose rows are handed over one part after another.

    Args:
        save: saves the image; runs in the thread.
        width: pixels a row.
        height: rows in all, of all pages.
        bands: 1 to 4.
        dtype: uint8, uint16 or float32.
        metadata: the image's.
        pages: how the rows are parted.
    """

    def __init__(
        self,
        save: Callable[[pyvips.Image], None],
        *,
        width: int,
        height: int,
        bands: int,
        dtype: np.dtype,
        metadata: Metadata,
        pages: Pages,
    ) -> None:
        self._save = save
        self._metadata = metadata
        self._pages = pages
        self._rows = RowsAsTiff(
            width=width, height=height, bands=bands, dtype=dtype, more=self._next
        )
        self._parts: queue.Queue[np.ndarray] = queue.Queue(_PARTS_WAITING)
        self._no_more = threading.Event()
        self._error: Exception | None = None
        self._thread = threading.Thread(target=self._run, name="fourfold encoder", daemon=True)
        self._thread.start()

    def write(self, rows: np.ndarray) -> None:
        """Hand over the next rows; waits while enough others do.

        Raises:
            pyvips.Error, OSError, FourfoldError: what was written before could not be saved.
        """
        while self._thread.is_alive():
            try:
                return self._parts.put(np.ascontiguousarray(rows), timeout=_LOOK_AROUND)
            except queue.Full:
                continue
        return self.finish()

    def finish(self) -> None:
        """Wait until all rows are saved.

        Raises:
            pyvips.Error, OSError, FourfoldError: they could not be, or are fewer than the image's;
                whatever else the thread met, too.
        """
        self._no_more.set()
        self._thread.join()
        if self._error is not None:
            raise self._error

    def give_up(self) -> None:
        """Stop the thread; what it wrote is of no use."""
        while not self._parts.empty():
            self._parts.get()
        self._no_more.set()
        self._thread.join()

    def _run(self) -> None:
        try:
            image = with_metadata(self._rows.image(), self._metadata)
            self._save(with_pages(image, self._pages))
        except Exception as error:
            self._error = error  # of any kind, or what is cut short would pass for whole

    def _next(self) -> np.ndarray | bytes:
        """The next part with rows in it; nothing once there will be no more."""
        while not (self._no_more.is_set() and self._parts.empty()):
            try:
                part = self._parts.get(timeout=_LOOK_AROUND)
            except queue.Empty:
                continue
            if part.size:
                return part
        return b""
