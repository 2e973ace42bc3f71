"""Image files to arrays: whole pictures, or rows as they are decoded."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyvips

from fourfold.errors import UnreadableImage
from fourfold.imaging.canonical import canonical, is_opaque, upright_size
from fourfold.imaging.formats import GIF, WEBP
from fourfold.imaging.metadata import Metadata
from fourfold.imaging.opening import open_image, unreadable
from fourfold.imaging.pages import Pages, pages_of

_MEMORY = 2 << 30


@dataclass(frozen=True)
class Picture:
    """What an image file holds: upright pixels, and what it says besides."""

    pixels: np.ndarray
    """Shape (H, W) for grey, (H, W, 3); with straight alpha (H, W, 2), (H, W, 4); uint8, uint16,
    or float32 in [0, 1]."""
    metadata: Metadata = Metadata()  # noqa: RUF009 - frozen


def read_image(path: Path | str, *, max_megapixels: float = 100) -> np.ndarray:
    """Read the pixels of an image file, as `read_picture` does."""
    return read_picture(path, max_megapixels=max_megapixels).pixels


def read_picture(path: Path | str, *, max_megapixels: float = 100) -> Picture:
    """Read a picture file as R'G'B', at the file's own depth, turned upright.

    The content decides what the file is, whatever its name says. CMYK is converted to sRGB. Of a
    file with several pages, or frames, the first is read.

    Args:
        path: the file.
        max_megapixels: millions of pixels above which it is refused, read from the header.

    Raises:
        UnreadableImage: the file is missing, cut short, or no picture of a known format.
        ImageTooLarge: it has more pixels than allowed.
        MissingExtra: what reads the format is not installed.
    """
    rows = PictureRows(path, max_megapixels=max_megapixels)
    return Picture(pixels=next(rows.read(rows.height)), metadata=rows.metadata)


def read_size(path: Path | str) -> tuple[int, int]:
    """Height and width of an image file, of one page, upright, from its header alone.

    Raises:
        UnreadableImage: the file is missing, or no picture of a known format.
        MissingExtra: what reads the format is not installed.
    """
    image, _ = open_image(Path(path), max_megapixels=math.inf)
    return upright_size(image)


class PictureRows:
    """An image file whose rows are decoded as they are asked for, from top to bottom, once.

    One that must be turned upright, or is interlaced, is decoded whole, into memory.

    Args:
        path: the file.
        max_megapixels: millions of pixels above which it is refused, read from the header; those of
            all pages together.
        enlarged: the factor per side at which they are counted, for what it is to become.
        memory: bytes that decoding whole may take.

    Raises:
        UnreadableImage: the file is missing, cut short, or no picture of a known format.
        ImageTooLarge: it has more pixels than allowed, or would be decoded whole and is too large.
        MissingExtra: what reads the format is not installed.
    """

    def __init__(
        self,
        path: Path | str,
        *,
        max_megapixels: float = 100,
        enlarged: int = 1,
        memory: int = _MEMORY,
    ) -> None:
        self.path = Path(path)
        image, self.format = open_image(self.path, max_megapixels=max_megapixels, enlarged=enlarged)
        try:
            self._image, self.metadata, self.notes = canonical(
                image, self.path, self.format, memory=memory
            )
            if self.format in (GIF, WEBP) and self._image.bands == 4:
                self._image = self._without_idle_alpha()
        except pyvips.Error as error:
            raise unreadable(self.path, error) from error
        self.pages: Pages = pages_of(self._image)
        """How many pages or frames there are; they have the same size."""
        self.height: int = self._image.height // self.pages.count
        """Rows of one page."""
        self.width: int = self._image.width
        self._memory = memory
        self.bands: int = self._image.bands
        """1 for grey, 3 for colour; with straight alpha 2 and 4."""
        kinds = {"uchar": np.uint8, "ushort": np.uint16, "float": np.float32}
        self.dtype = np.dtype(kinds[self._image.format])

    def again(self) -> "PictureRows":
        """The same file, to be read from its first row once more."""
        return PictureRows(self.path, max_megapixels=math.inf, memory=self._memory)

    def read(self, count: int) -> Iterator[np.ndarray]:
        """Give the rows of all pages, `count` at a time: shape (rows, width) or (..., bands).

        A page ends a part, which then is shorter.

        Raises:
            UnreadableImage: the file is cut short or damaged, or has floats outside [0, 1].
        """
        region = pyvips.Region.new(self._image)
        shape = (self.width,) if self.bands == 1 else (self.width, self.bands)
        for page in range(self.pages.count):
            for top in range(0, self.height, count):
                rows = min(count, self.height - top)
                try:
                    samples = region.fetch(0, page * self.height + top, self.width, rows)
                except pyvips.Error as error:
                    raise unreadable(self.path, error) from error
                yield self._checked(np.frombuffer(samples, self.dtype).reshape(rows, *shape))

    def _checked(self, part: np.ndarray) -> np.ndarray:
        if part.dtype.kind == "f" and not (part.min() >= 0 and part.max() <= 1):
            raise UnreadableImage(
                f"{self.path} has pixels from {part.min():g} to {part.max():g}; floats in [0, 1] "
                "are needed."
            )
        return part

    def _without_idle_alpha(self) -> pyvips.Image:
        """Frames often have an alpha channel that says nothing; looking through them is cheap."""
        again, _ = open_image(self.path, max_megapixels=math.inf)
        return self._image[:3] if is_opaque(again) else self._image
