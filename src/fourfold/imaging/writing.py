"""Arrays to image files, whole or not at all."""

import tempfile
from pathlib import Path

import numpy as np
import pyvips

from fourfold.atomic import written_whole
from fourfold.errors import ImageTooLarge, UnwritableImage, nearest
from fourfold.imaging.metadata import with_metadata
from fourfold.imaging.reading import Picture, image_extensions

_JPEG_LARGEST_SIDE = 65_535


def write_image(pixels: np.ndarray, path: Path | str) -> None:
    """Write pixels alone, as `write_picture` does."""
    write_picture(Picture(pixels), path)


def write_picture(picture: Picture, path: Path | str) -> None:
    """Write a picture as its extension says, replacing a file that is there.

    PNG keeps 8 or 16 bits, lossless, at a compression level that costs little time; JPEG has
    8 bits, quality 95 and full colour resolution (4:4:4).

    Args:
        picture: pixels of shape (H, W), (H, W, 3) or (H, W, 4), uint8 or uint16.
        path: ends in .png, .jpg or .jpeg.

    Raises:
        UnwritableImage: the format cannot hold it, or the place cannot be written.
        ImageTooLarge: the format cannot hold so many pixels a side.
    """
    path = Path(path)
    check_format(
        path,
        height=picture.pixels.shape[0],
        width=picture.pixels.shape[1],
        has_alpha=picture.pixels.ndim == 3 and picture.pixels.shape[2] == 4,
    )
    pixels = picture.pixels
    image = pyvips.Image.new_from_array(pixels, interpretation=_interpretation(pixels))
    image = with_metadata(image, picture.metadata)
    try:
        with written_whole(path) as temporary:
            if path.suffix.lower() == ".png":
                image.pngsave(str(temporary), compression=1, filter="up")
            else:
                image.jpegsave(str(temporary), Q=95, subsample_mode="off", optimize_coding=True)
    except OSError as error:
        raise UnwritableImage(f"{path} cannot be written: {error.strerror}.") from error
    except pyvips.Error as error:
        raise UnwritableImage(f"{path} cannot be written: {error.detail.strip()}.") from error


def check_format(path: Path, *, width: int, height: int, has_alpha: bool = False) -> None:
    """Check, before any work, that the format that `path` names can hold a picture.

    Raises:
        UnwritableImage: an unknown extension, or transparency in a JPEG.
        ImageTooLarge: the format cannot hold so many pixels a side.
    """
    extension = path.suffix.lower()
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


def _interpretation(pixels: np.ndarray) -> str:
    names = ("b-w", "srgb") if pixels.dtype == np.uint8 else ("grey16", "rgb16")
    return names[pixels.ndim == 3]
