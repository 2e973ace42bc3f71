"""Arrays to image files, whole or not at all: whole pictures, or rows as they are made."""

import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pyvips

from fourfold.atomic import written_whole
from fourfold.errors import ImageTooLarge, InvalidImage, UnwritableImage, nearest
from fourfold.imaging.encoding import Encoder
from fourfold.imaging.metadata import Metadata
from fourfold.imaging.opening import image_extensions
from fourfold.imaging.reading import Picture

_JPEG_LARGEST_SIDE = 65_535


def write_image(pixels: np.ndarray, path: Path | str) -> None:
    """Write pixels alone, as `write_picture` does."""
    write_picture(Picture(pixels), path)


def write_picture(picture: Picture, path: Path | str) -> None:
    """Write a picture as its extension says, replacing a file that is there.

    PNG keeps 8 or 16 bits, lossless, at a compression level that costs little time; JPEG has
    8 bits, quality 95 and full colour resolution (4:4:4).

    Args:
        picture: pixels of shape (H, W), (H, W, 2), (H, W, 3) or (H, W, 4), uint8 or uint16.
        path: ends in .png, .jpg or .jpeg.

    Raises:
        InvalidImage: pixels of another type or shape.
        UnwritableImage: the format cannot hold it, or the place cannot be written.
        ImageTooLarge: the format cannot hold so many pixels a side.
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
    overwrite: bool = True,
) -> Iterator[Callable[[np.ndarray], None]]:
    """Give a function that takes the next rows of a picture, as `write_picture` writes it.

    A thread encodes the rows while the next are made. The file is there when the block ends; when
    it fails, nothing is left.

    Args:
        path: ends in .png, .jpg or .jpeg.
        width: pixels a row.
        height: rows in all.
        bands: 1 for grey, 3 for colour; with straight alpha 2 and 4.
        dtype: uint8 or uint16.
        metadata: to be written along.
        overwrite: whether a file that has the name by the end is replaced.

    Raises:
        UnwritableImage: the format cannot hold it, or the place cannot be written.
        ImageTooLarge: the format cannot hold so many pixels a side.
    """
    check_format(path, width=width, height=height, has_alpha=bands in (2, 4))

    def save(image: pyvips.Image) -> None:
        # By descriptor: libvips takes names in UTF-8 alone.
        with temporary.open("wb") as file:
            to = pyvips.Target.new_to_descriptor(file.fileno())
            if path.suffix.lower() == ".png":
                image.pngsave_target(to, compression=1, filter="up")
            else:
                image.jpegsave_target(to, Q=95, subsample_mode="off", optimize_coding=True)

    try:
        with written_whole(path, overwrite=overwrite) as temporary:
            encoder = Encoder(
                save, width=width, height=height, bands=bands, dtype=dtype, metadata=metadata
            )
            try:
                yield encoder.write
                encoder.finish()
            except BaseException:
                encoder.give_up()
                raise
    except FileExistsError as error:
        raise already_there(path) from error
    except OSError as error:
        raise UnwritableImage(f"{path} cannot be written: {error.strerror}.") from error
    except pyvips.Error as error:
        raise UnwritableImage(f"{path} cannot be written: {error.detail.strip()}.") from error


def already_there(path: Path) -> UnwritableImage:
    """What to raise where a result would replace a file."""
    return UnwritableImage(f"{path} is there already; --overwrite replaces it.")


def check_format(path: Path, *, width: int, height: int, has_alpha: bool = False) -> None:
    """Check, before any work, that the format that `path` names can hold a picture.

    Raises:
        UnwritableImage: an unknown extension, or transparency in a JPEG.
        ImageTooLarge: the format cannot hold so many pixels a side.
    """
    extension = path.suffix.lower()
    if not extension:
        raise UnwritableImage(
            f"{path} names no format: end it with .png or .jpg, or with / if it is a folder."
        )
    if extension not in image_extensions():
        raise UnwritableImage(
            f"{path}: '{path.suffix}' is no format that can be written. "
            + nearest(extension, image_extensions())
        )
    if extension != ".png" and has_alpha:
        raise UnwritableImage(f"{path}: a JPEG cannot be transparent. Write a .png instead.")
    if extension != ".png" and max(width, height) > _JPEG_LARGEST_SIDE:
        raise ImageTooLarge(
            f"{path}: a JPEG holds {_JPEG_LARGEST_SIDE} pixels a side, the result is "
            f"{width}x{height}. Write a .png instead."
        )


def prepare_folder(folder: Path) -> None:
    """Make a folder if it is not there, and check, before any work, that it can be written.

    Raises:
        UnwritableImage: it cannot be made, or no file can be made in it.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except FileExistsError as error:
        raise UnwritableImage(f"{folder} is a file, not a folder.") from error
    except OSError as error:
        raise UnwritableImage(
            f"The folder {folder} cannot be written: {error.strerror}."
        ) from error


def _check_pixels(pixels: np.ndarray) -> None:
    if pixels.dtype not in (np.uint8, np.uint16):
        raise InvalidImage(
            f"Pixels are {pixels.dtype}; a file holds uint8 or uint16, which quantise() makes."
        )
    is_picture = pixels.ndim == 2 or (pixels.ndim == 3 and pixels.shape[2] in (2, 3, 4))
    if not is_picture or 0 in pixels.shape:
        raise InvalidImage(f"An array of shape {pixels.shape} is no picture that a file holds.")
