"""Arrays to image files, whole or not at all: whole pictures, or rows as they are made."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pyvips

from fourfold.atomic import written_whole
from fourfold.errors import InvalidImage, UnwritableImage
from fourfold.imaging.background import Colour, bands_over, check_colour, over
from fourfold.imaging.colour import as_depth
from fourfold.imaging.encoding import Encoder
from fourfold.imaging.folders import already_there
from fourfold.imaging.formats import format_named_by
from fourfold.imaging.limits import check_format
from fourfold.imaging.metadata import Metadata
from fourfold.imaging.opening import reason_of
from fourfold.imaging.pages import Pages
from fourfold.imaging.profiles import Fate, fate_of, from_srgb, to_srgb
from fourfold.imaging.reading import Picture
from fourfold.imaging.savers import saver_of


def write_image(pixels: np.ndarray, path: Path | str) -> None:
    """Write pixels alone, as `write_picture` does."""
    write_picture(Picture(pixels), path)


def write_picture(picture: Picture, path: Path | str) -> None:
    """Write a picture as its extension says, replacing a file that is there.

    PNG keeps 8 or 16 bits, TIFF floats too, lossless, at a compression level that costs little
    time; AVIF keeps 12 bits; the others have 8 bits. Lossy ones have quality 95 and, but for WebP,
    full colour resolution (4:4:4). Where the colour profile cannot be kept, colours are converted
    to sRGB.

    Args:
        picture: pixels of shape (H, W), (H, W, 2), (H, W, 3) or (H, W, 4), uint8, uint16 or
            float32 in [0, 1].
        path: ends in the extension of a format.

    Raises:
        InvalidImage: pixels of another type or shape.
        UnwritableImage: the format cannot hold it, or the place cannot be written.
        ImageTooLarge: the format cannot hold so many pixels a side.
        MissingExtra: what writes the format is not installed.
    """
    _check_pixels(picture.pixels)
    height, width, *bands = picture.pixels.shape
    with row_writer(
        Path(path),
        width=width,
        height=height,
        bands=bands[0] if bands else 1,
        dtype=picture.pixels.dtype,
        metadata=picture.metadata,
    ) as write:
        write(picture.pixels)


@contextmanager
def row_writer(
    path: Path,
    *,
    width: int,
    height: int,
    bands: int,
    dtype: np.dtype,
    metadata: Metadata = Metadata(),  # noqa: B008 - frozen
    pages: Pages = Pages(),  # noqa: B008 - frozen
    overwrite: bool = True,
    quality: int = 95,
    background: Colour | None = None,
    memory: int = 2 << 30,
) -> Iterator[Callable[[np.ndarray], None]]:
    """Give a function that takes the next rows of a picture, as `write_picture` writes it.

    A thread encodes the rows while the next are made. The file is there when the block ends; when
    it fails, nothing is left.

    Args:
        path: ends in the extension of a format.
        width: pixels a row.
        height: rows of a page; the rows of one page follow those of another.
        bands: 1 for grey, 3 for colour; with straight alpha 2 and 4.
        dtype: of the rows: uint8, uint16 or float32. What the format cannot keep is rounded.
        metadata: to be written along.
        pages: how many there are, and how long each stays.
        overwrite: whether a file that has the name by the end is replaced.
        quality: of JPEG, WebP, AVIF and HEIC, 1 to 100; at 100 WebP and AVIF lose nothing.
        background: the colour that is laid behind rows with alpha; None leaves them transparent.
        memory: bytes that formats which are encoded whole may take.

    Raises:
        UnwritableImage: the format cannot hold it, the place cannot be written, or there is no such
            quality.
        InvalidImage: the background is no colour.
        ImageTooLarge: the format cannot hold so many pixels a side, or would need more memory.
        MissingExtra: what writes the format is not installed.
    """
    _check_wishes(quality, background)
    size = {"width": width, "height": height}
    has_alpha = bands in (2, 4) and background is None
    check_format(path, **size, has_alpha=has_alpha, pages=pages.count, memory=memory)
    kind = format_named_by(path)
    depth = np.dtype(kind.depth_for(dtype.str[1:]))
    behind = background if bands in (2, 4) else None
    bands_written = bands if behind is None else bands_over(bands, behind)
    profile = metadata.icc_profile
    fate = fate_of(profile, kind, bands=bands, is_coloured=bands_written == 3)
    if fate != Fate.KEPT:
        metadata = metadata.without_profile()
    elif behind is not None and profile is not None and bands == 4:
        behind = from_srgb(behind, profile)  # people name colours of sRGB

    def write(rows: np.ndarray) -> None:
        if fate == Fate.CONVERTED and profile is not None:
            rows = to_srgb(rows, profile)
        encoder.write(as_depth(rows if behind is None else over(rows, behind), depth))

    def save(image: pyvips.Image) -> None:
        with temporary.open("r+b") as file:
            saver_of(kind)(image, file, quality)

    try:
        with written_whole(path, overwrite=overwrite) as temporary:
            encoder = Encoder(
                save,
                width=width,
                height=height * pages.count,
                bands=bands_written,
                dtype=depth,
                metadata=metadata,
                pages=pages,
            )
            try:
                yield write
                encoder.finish()
            except BaseException:
                encoder.give_up()
                raise
    except FileExistsError as error:
        raise already_there(path) from error
    except OSError as error:
        raise UnwritableImage(f"{path} cannot be written: {error.strerror or error}.") from error
    except pyvips.Error as error:
        raise UnwritableImage(f"{path} cannot be written: {reason_of(error)}.") from error


def _check_wishes(quality: int, background: Colour | None) -> None:
    if quality not in range(1, 101):
        raise UnwritableImage(f"quality is {quality}; it must be a whole number from 1 to 100.")
    if background is not None:
        check_colour(background)


def _check_pixels(pixels: np.ndarray) -> None:
    if pixels.dtype not in (np.uint8, np.uint16, np.float32):
        raise InvalidImage(
            f"Pixels are {pixels.dtype}; a file holds uint8 or uint16, which quantise() makes, or "
            "float32."
        )
    is_picture = pixels.ndim == 2 or (pixels.ndim == 3 and pixels.shape[2] in (2, 3, 4))
    if not is_picture or 0 in pixels.shape:
        raise InvalidImage(f"An array of shape {pixels.shape} is no picture that a file holds.")
    if pixels.dtype == np.float32 and not (pixels.min() >= 0 and pixels.max() <= 1):
        raise InvalidImage(
            f"Pixels go from {pixels.min():g} to {pixels.max():g}; floats in [0, 1] are needed."
        )
