"""Image files to arrays: what may be read, and how it is checked before it costs anything."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyvips

from fourfold.errors import ImageTooLarge, UnreadableImage

_SIGNATURES = {
    "png": b"\x89PNG\r\n\x1a\n",
    "jpeg": b"\xff\xd8\xff",
}
_EXTENSIONS = {".png": "png", ".jpg": "jpeg", ".jpeg": "jpeg"}
# The explicit loaders: no content and no file name can make any other loader of libvips run.
_LOADERS = {
    "png": pyvips.Image.pngload_source,
    "jpeg": pyvips.Image.jpegload_source,
}


@dataclass(frozen=True)
class Picture:
    """What an image file holds: upright pixels, and the colour profile that they are meant in."""

    pixels: np.ndarray
    """Shape (H, W) for grey, (H, W, 3), or (H, W, 4) with straight alpha; uint8 or uint16."""
    icc_profile: bytes | None


def image_extensions() -> frozenset[str]:
    """The extensions, in lower case, of files that can be read and written."""
    return frozenset(_EXTENSIONS)


def read_image(path: Path, *, max_megapixels: float = 100) -> np.ndarray:
    """Read the pixels of an image file, as `read_picture` does."""
    return read_picture(path, max_megapixels=max_megapixels).pixels


def read_picture(path: Path, *, max_megapixels: float = 100) -> Picture:
    """Read a PNG or JPEG file as R'G'B', at the file's own depth, turned upright.

    The content decides what the file is, whatever its name says. CMYK is converted to sRGB.

    Args:
        path: the file.
        max_megapixels: millions of pixels above which it is refused, read from the header.

    Raises:
        UnreadableImage: the file is missing, cut short, or neither PNG nor JPEG.
        ImageTooLarge: it has more pixels than allowed.
    """
    kind = _sniff(path)
    try:
        source = pyvips.Source.new_from_file(str(path))
        image = _LOADERS[kind](source, fail_on="error")
        check_megapixels(path, image.width, image.height, max_megapixels)
        return _decode(image)
    except pyvips.Error as error:
        raise UnreadableImage(
            f"{path} is not a whole {kind.upper()} file: {_reason(error)}."
        ) from error


def read_size(path: Path) -> tuple[int, int]:
    """Height and width of an image file, upright, from its header alone.

    Raises:
        UnreadableImage: the file is missing, or neither PNG nor JPEG.
    """
    kind = _sniff(path)
    try:
        image = _LOADERS[kind](pyvips.Source.new_from_file(str(path))).autorot()
    except pyvips.Error as error:
        raise UnreadableImage(
            f"{path} is not a whole {kind.upper()} file: {_reason(error)}."
        ) from error
    return image.height, image.width


def check_megapixels(name: Path | str, width: int, height: int, max_megapixels: float) -> None:
    """Refuse a picture of more than `max_megapixels` million pixels.

    Raises:
        ImageTooLarge: it has more.
    """
    if width * height > max_megapixels * 1e6:
        raise ImageTooLarge(
            f"{name} is {width}x{height}, {width * height / 1e6:.1f} megapixels; "
            f"at most {max_megapixels:g} are allowed (--max-megapixels)."
        )


def allow_known_loaders_only() -> None:
    """Forbid every loader of libvips but those used here, for the whole process.

    For a program that owns its process, such as the command; a library leaves its host alone.
    Blocking only what libvips calls untrusted would leave its .mat and .csv loaders open.
    """
    pyvips.operation_block_set("VipsForeignLoad", True)
    for loader in ("VipsForeignLoadPngSource", "VipsForeignLoadJpegSource"):
        pyvips.operation_block_set(loader, False)


def _sniff(path: Path) -> str:
    try:
        with path.open("rb") as file:
            start = file.read(16)
    except OSError as error:
        raise UnreadableImage(f"{path} cannot be read: {error.strerror}.") from error
    if not start:
        raise UnreadableImage(f"{path} is empty.")
    for kind, signature in _SIGNATURES.items():
        if start.startswith(signature):
            return kind
    raise UnreadableImage(f"{path} is neither a PNG nor a JPEG file.")


def _decode(image: pyvips.Image) -> Picture:
    profile = image.get("icc-profile-data") if "icc-profile-data" in image.get_fields() else None
    image = image.autorot()
    if image.interpretation == "cmyk":
        image, profile = image.icc_transform("srgb", embedded=True), None
    elif image.bands == 2:  # grey with alpha
        image = image[0].bandjoin([image[0], image[0], image[1]])
        profile = None  # a grey profile means nothing for R'G'B'
    pixels = image.numpy()
    return Picture(pixels=pixels, icc_profile=profile)


def _reason(error: pyvips.Error) -> str:
    """The first thing that libvips complained of, without its prefix."""
    lines = [line for line in error.detail.strip().splitlines() if line] or [str(error)]
    return lines[0].split(": ", 1)[-1].rstrip(".")
