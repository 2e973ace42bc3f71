"""Whatever a file holds, in one of the forms of the pixel contract: upright, R'G'B' or grey."""

from pathlib import Path

import pyvips

from fourfold.errors import ImageTooLarge, UnreadableImage, amount
from fourfold.imaging.exif_in_tiff import exif_in_tiff
from fourfold.imaging.formats import AVIF, HEIC, TIFF, Format
from fourfold.imaging.gain_map import without_gain_map
from fourfold.imaging.left_out import left_out
from fourfold.imaging.metadata import Metadata, metadata_of

_PLAIN = ("srgb", "rgb16", "rgb", "b-w", "grey16", "scrgb", "multiband", "histogram", "matrix")
_WHITE = {"uchar": 255, "ushort": 65_535}


def canonical(
    image: pyvips.Image, path: Path, kind: Format, *, memory: int
) -> tuple[pyvips.Image, Metadata, tuple[str, ...]]:
    """The image that rows are read from, its metadata, and sentences on what was left out.

    Raises:
        UnreadableImage: samples or channels that no picture of ours has.
        ImageTooLarge: it must be held whole, in more than `memory` bytes.
        pyvips.Error: it is cut short or damaged.
    """
    notes = left_out(path, kind, image)
    if reason := _held_because(image):
        check_held(path, reason, image, memory)
    if _orientation(image) != 1:
        image = _upright(image.copy_memory())
    if kind == TIFF and (exif := exif_in_tiff(path)):
        image = image.copy()
        image.set_type(pyvips.GValue.blob_type, "exif-data", exif)
    metadata = without_gain_map(metadata_of(image, path, kind))
    if image.interpretation == "cmyk":
        depth = 16 if image.format == "ushort" else 8
        image = image.icc_transform("srgb", embedded=True, depth=depth)
        metadata = metadata.without_profile()
    elif image.interpretation not in _PLAIN:  # Lab and the like
        image = image.colourspace("rgb16" if image.format != "uchar" else "srgb")
        metadata = metadata.without_profile()
    return _samples(image, path, kind), metadata, notes


def upright_size(image: pyvips.Image) -> tuple[int, int]:
    """Height and width, of one page, of an image that has not been turned upright yet."""
    height = image.get("page-height") if image.get_typeof("page-height") else image.height
    return (image.width, height) if _orientation(image) >= 5 else (height, image.width)


def is_opaque(image: pyvips.Image) -> bool:
    """Whether the last of its channels, alpha, says nothing; decodes it all."""
    return bool(image[image.bands - 1].min() == _WHITE[image.format])


def check_held(path: Path, reason: str, image: pyvips.Image, memory: int) -> None:
    """Refuse what would take more memory than there may be.

    Raises:
        ImageTooLarge: with the estimate.
    """
    sizes = {"uchar": 1, "ushort": 2, "float": 4}
    size = image.width * image.height * image.bands * sizes.get(image.format, 8)
    if size > memory:
        raise ImageTooLarge(
            f"{path} must be held whole, for {reason}: that takes {amount(size)}, and "
            f"{amount(memory)} are allowed."
        )


def _held_because(image: pyvips.Image) -> str | None:
    if _orientation(image) != 1:
        return "it must be turned upright"
    if image.get_typeof("interlaced") and image.get("interlaced"):
        return "it is interlaced"
    return None


def _orientation(image: pyvips.Image) -> int:
    return image.get("orientation") if image.get_typeof("orientation") else 1


def _upright(image: pyvips.Image) -> pyvips.Image:
    upright = [page.autorot() for page in image.pagesplit()]
    if len(upright) == 1:
        return upright[0]
    joined = pyvips.Image.arrayjoin(upright, across=1)
    joined.set_type(pyvips.GValue.gint_type, "page-height", upright[0].height)
    return joined


def _samples(image: pyvips.Image, path: Path, kind: Format) -> pyvips.Image:
    if image.format == "double":
        image = image.cast("float")
    if image.format not in ("uchar", "ushort", "float"):
        raise UnreadableImage(f"{path} has samples of type {image.format}, which are not read.")
    if image.bands > 4:
        raise UnreadableImage(f"{path} has {image.bands} channels; at most 4 are read.")
    if kind in (AVIF, HEIC) and image.format == "ushort":
        return _to_full_range(image)
    return image


def _to_full_range(image: pyvips.Image) -> pyvips.Image:
    """Samples of 10 or 12 bits come shifted to 16: their white is a little below ours."""
    bits = image.get("bits-per-sample") if image.get_typeof("bits-per-sample") else 12
    return (image + (image >> bits)).cast("ushort")
