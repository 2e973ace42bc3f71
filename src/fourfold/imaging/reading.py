"""Image files to arrays: whole pictures, or rows as they are decoded."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyvips

from fourfold.imaging.metadata import Metadata, metadata_of
from fourfold.imaging.opening import open_image, unreadable


@dataclass(frozen=True)
class Picture:
    """What an image file holds: upright pixels, and what it says besides."""

    pixels: np.ndarray
    """Shape (H, W) for grey, (H, W, 3); with straight alpha (H, W, 2), (H, W, 4); uint8, uint16."""
    metadata: Metadata = Metadata()  # noqa: RUF009 - frozen


def read_image(path: Path | str, *, max_megapixels: float = 100) -> np.ndarray:
    """Read the pixels of an image file, as `read_picture` does."""
    return read_picture(path, max_megapixels=max_megapixels).pixels


def read_picture(path: Path | str, *, max_megapixels: float = 100) -> Picture:
    """Read a PNG or JPEG file as R'G'B', at the file's own depth, turned upright.

    The content decides what the file is, whatever its name says. CMYK is converted to sRGB.

    Args:
        path: the file.
        max_megapixels: millions of pixels above which it is refused, read from the header.

    Raises:
        UnreadableImage: the file is missing, cut short, or neither PNG nor JPEG.
        ImageTooLarge: it has more pixels than allowed.
    """
    rows = PictureRows(path, max_megapixels=max_megapixels)
    return Picture(pixels=np.concatenate(list(rows.read(rows.height))), metadata=rows.metadata)


def read_size(path: Path | str) -> tuple[int, int]:
    """Height and width of an image file, upright, from its header alone.

    Raises:
        UnreadableImage: the file is missing, or neither PNG nor JPEG.
    """
    image = open_image(Path(path), max_megapixels=math.inf)
    is_turned = image.get_typeof("orientation") and image.get("orientation") >= 5
    return (image.width, image.height) if is_turned else (image.height, image.width)


class PictureRows:
    """An image file whose rows are decoded as they are asked for, from top to bottom, once.

    One that must be turned upright, or is interlaced, is decoded whole, into memory.

    Args:
        path: the file.
        max_megapixels: millions of pixels above which it is refused, read from the header.

    Raises:
        UnreadableImage: the file is missing, cut short, or neither PNG nor JPEG.
        ImageTooLarge: it has more pixels than allowed.
    """

    def __init__(self, path: Path | str, *, max_megapixels: float = 100) -> None:
        self.path = Path(path)
        image = open_image(self.path, max_megapixels=max_megapixels)
        try:
            self._image, self.metadata = _canonical(image)
        except pyvips.Error as error:
            raise unreadable(self.path, error) from error
        self.height: int = self._image.height
        self.width: int = self._image.width
        self.bands: int = self._image.bands
        """1 for grey, 3 for colour; with straight alpha 2 and 4."""
        self.dtype = np.dtype({"uchar": np.uint8, "ushort": np.uint16}[self._image.format])

    def again(self) -> "PictureRows":
        """The same file, to be read from its first row once more."""
        return PictureRows(self.path, max_megapixels=math.inf)

    def read(self, count: int) -> Iterator[np.ndarray]:
        """Give the rows, `count` at a time: shape (count or the rest, width) or (..., bands).

        Raises:
            UnreadableImage: the file is cut short or damaged.
        """
        region = pyvips.Region.new(self._image)
        shape = (self.width,) if self.bands == 1 else (self.width, self.bands)
        for top in range(0, self.height, count):
            rows = min(count, self.height - top)
            try:
                samples = region.fetch(0, top, self.width, rows)
            except pyvips.Error as error:
                raise unreadable(self.path, error) from error
            yield np.frombuffer(samples, self.dtype).reshape(rows, *shape)


def _canonical(image: pyvips.Image) -> tuple[pyvips.Image, Metadata]:
    """Upright, in one of the forms of the pixel contract; and its metadata."""
    if image.get_typeof("orientation") and image.get("orientation") != 1:
        image = image.copy_memory().autorot()
    metadata = metadata_of(image)
    if image.interpretation == "cmyk":
        return image.icc_transform("srgb", embedded=True), metadata.without_profile()
    return image, metadata
