"""Files that libvips' wheel cannot read or write: BMP through Pillow, PPM, HEIC by its extra."""

import struct
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any, TypeVar

import numpy as np
import pyvips
from PIL import Image
from PIL.BmpImagePlugin import BmpImageFile

from fourfold.errors import MissingExtra, UnreadableImage, install_line
from fourfold.imaging import netpbm
from fourfold.imaging.exif import exif_with_resolution
from fourfold.imaging.formats import BMP, HEIC, PPM, Format

_T = TypeVar("_T")
# What Pillow and libheif raise for damaged files.
_DAMAGED = (ValueError, SyntaxError, EOFError, RuntimeError, MemoryError, struct.error, OSError)


def foreign_header(path: Path, kind: Format) -> tuple[int, int]:
    """Width and height, from the header alone.

    Raises:
        UnreadableImage: it is no header of such a file.
        MissingExtra: what reads the format is not installed.
    """
    if kind == PPM:
        header = _told(path, lambda: netpbm.read_header(path))
        return header.width, header.height
    with path.open("rb") as file:
        return _told(path, lambda: _pillow(file, kind).size)


def foreign_image(path: Path, kind: Format) -> pyvips.Image:
    """The whole picture, decoded, with its metadata.

    Raises:
        UnreadableImage: it is cut short or damaged.
        MissingExtra: what reads the format is not installed.
    """
    if kind == PPM:
        header = _told(path, lambda: netpbm.read_header(path))
        return _image(_told(path, lambda: netpbm.read_samples(path, header)))
    with path.open("rb") as file:
        picture = _told(path, lambda: _pillow(file, kind))
        pixels = _told(path, lambda: _pixels(picture))
    image = _image(pixels).copy(**_resolution(picture.info.get("dpi")))
    if picture.info.get("icc_profile"):
        profile = picture.info["icc_profile"]
        image.set_type(pyvips.GValue.blob_type, "icc-profile-data", profile)
    if picture.info.get("xmp"):
        image.set_type(pyvips.GValue.blob_type, "xmp-data", picture.info["xmp"])
    if picture.info.get("exif"):
        image.set_type(pyvips.GValue.blob_type, "exif-data", picture.info["exif"])
    if kind == HEIC:
        image.set_type(pyvips.GValue.gint_type, "n-pages", len(picture))
    return image


def save_bmp(image: pyvips.Image, file: IO[bytes]) -> None:
    """Write an image of 8 bits, grey or colour."""
    is_unknown = (image.xres, image.yres) == (1.0, 1.0)
    dots = (0, 0) if is_unknown else (round(image.xres * 25.4), round(image.yres * 25.4))
    Image.fromarray(image.numpy()).save(file, "BMP", dpi=dots)


def save_ppm(image: pyvips.Image, file: IO[bytes]) -> None:
    """Write an image of 8 or 16 bits, grey or colour, row by row."""
    dtype = np.dtype({"uchar": np.uint8, "ushort": np.uint16}[image.format])
    size = {"width": image.width, "height": image.height}
    file.write(netpbm.header_for(bands=image.bands, dtype=dtype, **size))
    region = pyvips.Region.new(image)
    for row in range(image.height):
        samples = np.frombuffer(region.fetch(0, row, image.width, 1), dtype)
        file.write(samples.astype(dtype.newbyteorder(">")).tobytes())


def save_heic(image: pyvips.Image, file: IO[bytes], *, quality: int) -> None:
    """Write an image of 8 or 16 bits, of which HEIC keeps 12."""
    heif = heif_library()
    image = image.copy_memory()  # looked at twice
    pixels = image.numpy()
    if pixels.ndim == 2:
        pixels = np.repeat(pixels[:, :, None], 3, axis=2)
    elif pixels.shape[2] == 2:
        pixels = np.dstack([np.repeat(pixels[:, :, :1], 3, axis=2), pixels[:, :, 1:]])
    mode = "RGB" + ("A" if pixels.shape[2] == 4 else "") + (";16" if pixels.itemsize == 2 else "")
    size = (image.width, image.height)
    picture = heif.from_bytes(mode=mode, size=size, data=np.ascontiguousarray(pixels).tobytes())
    fields = {"icc_profile": "icc-profile-data", "xmp": "xmp-data"}
    known = {name: image.get(of) for name, of in fields.items() if image.get_typeof(of)}
    if exif := exif_with_resolution(image):
        known["exif"] = exif
    if profile := known.pop("icc_profile", None):
        picture.info.update(icc_profile=profile, icc_profile_type="prof")
    picture.save(file, quality=quality, chroma=444, **known)


def heif_library() -> Any:
    """The library of the extra `heic`.

    Raises:
        MissingExtra: it is not installed.
    """
    try:
        import pillow_heif
    except ImportError as error:
        raise MissingExtra(
            f"HEIC pictures need an extra library: {install_line('heic')}."
        ) from error
    return pillow_heif


def _pillow(file: IO[bytes], kind: Format) -> Any:
    if kind == BMP:
        # Not Image.open, which tries other formats, and has a limit of pixels of its own.
        return BmpImageFile(file)
    assert kind == HEIC
    return heif_library().open_heif(file, convert_hdr_to_8bit=False)


def _pixels(picture: Any) -> np.ndarray:
    """As a picture of the pixel contract: grey or colour, alpha if it has some."""
    if isinstance(picture, Image.Image):
        modes = {"1": "L", "L": "L", "P": "RGB", "RGB": "RGB", "RGBA": "RGBA"}
        return np.asarray(picture.convert(modes[picture.mode]))
    return np.asarray(picture)


def _image(pixels: np.ndarray) -> pyvips.Image:
    deep = pixels.dtype == np.uint16
    colours = "rgb16" if deep else "srgb"
    greys = "grey16" if deep else "b-w"
    is_grey = pixels.ndim == 2 or pixels.shape[2] < 3
    return pyvips.Image.new_from_array(pixels, interpretation=greys if is_grey else colours)


def _resolution(dots_an_inch: tuple[float, float] | None) -> dict[str, float]:
    if not dots_an_inch or min(dots_an_inch) <= 0:
        return {}
    return {"xres": dots_an_inch[0] / 25.4, "yres": dots_an_inch[1] / 25.4}


def _told(path: Path, read: Callable[[], _T]) -> _T:
    try:
        return read()
    except _DAMAGED as error:
        if isinstance(error, OSError) and error.errno is not None:
            raise
        reason = str(error).splitlines()[0].rstrip(".") if str(error) else "it is cut short"
        raise UnreadableImage(f"{path} is not a whole picture: {reason}.") from error
    except KeyError as error:
        raise UnreadableImage(f"{path} holds pixels of an unknown kind, {error}.") from error
