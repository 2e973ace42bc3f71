"""Opening image files: what may be read, checked from the header before it costs anything."""

import math
from pathlib import Path

import pyvips

from fourfold.errors import ImageTooLarge, UnreadableImage, amount
from fourfold.imaging.foreign import foreign_header, foreign_image
from fourfold.imaging.formats import (
    AVIF,
    GIF,
    JPEG,
    NAMES,
    PNG,
    TIFF,
    WEBP,
    Format,
    format_of_content,
)
from fourfold.imaging.tiff_pages import whole_pages

# The explicit loaders: no content and no file name can make any other loader of libvips run.
_LOADERS = {
    PNG: pyvips.Image.pngload_source,
    JPEG: pyvips.Image.jpegload_source,
    WEBP: pyvips.Image.webpload_source,
    TIFF: pyvips.Image.tiffload_source,
    AVIF: pyvips.Image.heifload_source,
    GIF: pyvips.Image.gifload_source,
}
_SNIFFED = 64  # bytes
_MOST_PAGES = 10_000
# Of one field of metadata, in bytes. The largest colour profiles of printers have some MB.
_MOST_METADATA = 16 << 20


def allow_known_loaders_only() -> None:
    """Forbid every loader of libvips but those used here, for the whole process.

    For a program that owns its process, such as the command; a library leaves its host alone.
    Blocking only what libvips calls untrusted would leave its .mat and .csv loaders open.
    """
    pyvips.operation_block_set("VipsForeignLoad", True)
    for loader in (
        "VipsForeignLoadPngSource",
        "VipsForeignLoadJpegSource",
        "VipsForeignLoadWebpSource",
        "VipsForeignLoadTiffSource",  # for rows that fourfold itself writes, too: RowsAsTiff
        "VipsForeignLoadHeifSource",
        "VipsForeignLoadNsgifSource",
    ):
        pyvips.operation_block_set(loader, False)


def open_image(
    path: Path, *, max_megapixels: float, enlarged: int = 1
) -> tuple[pyvips.Image, Format]:
    """Open a picture file, to be decoded from top to bottom, once; and say what it is.

    The content decides what the file is, whatever its name says. The pages of a file lie one below
    the other, as libvips has them: `page-height` and `n-pages` tell of them.

    Args:
        path: the file.
        max_megapixels: millions of pixels above which it is refused, all pages together.
        enlarged: the factor per side at which its pixels are counted: what it is to become.

    Raises:
        UnreadableImage: the file is missing, or no picture of a known format.
        ImageTooLarge: it has more pixels than allowed.
        MissingExtra: what reads the format is not installed.
    """
    kind = read_format(path)
    try:
        if kind not in _LOADERS:
            width, height = foreign_header(path, kind)
            _check_pixels(path, (width, height), 1, max_megapixels, enlarged)
            return foreign_image(path, kind), kind
        image = _load(path, kind)
        pages = image.get("n-pages") if kind.pages > 1 and image.get_typeof("n-pages") else 1
        may_hold_copies = kind == TIFF and 1 < pages <= _MOST_PAGES
        first, whole = whole_pages(path, pages) if may_hold_copies else (0, pages)
        if first:
            image = _load(path, kind, page=first)
        _check_pixels(path, (image.width, image.height), whole, max_megapixels, enlarged)
        if whole > 1:
            image = _load_pages(path, kind, page=first, n=whole)
    except OSError as error:
        raise UnreadableImage(f"{path} cannot be read: {error.strerror or error}.") from error
    except pyvips.Error as error:
        raise unreadable(path, error) from error
    _check_metadata(path, image)
    return image, kind


def read_format(path: Path) -> Format:
    """What a picture file is by its first bytes, whatever its name says.

    Raises:
        UnreadableImage: the file is missing, or no picture of a known format.
    """
    try:
        with path.open("rb") as file:
            start = file.read(_SNIFFED)
    except OSError as error:
        raise UnreadableImage(f"{path} cannot be read: {error.strerror or error}.") from error
    if not start:
        raise UnreadableImage(f"{path} is empty.")
    kind = format_of_content(start)
    if kind is None:
        raise UnreadableImage(f"{path} is no {NAMES} picture.")
    return kind


def unreadable(path: Path, error: pyvips.Error) -> UnreadableImage:
    """What to raise for what libvips complained of."""
    return UnreadableImage(f"{path} is not a whole picture: {reason_of(error)}.")


def reason_of(error: pyvips.Error) -> str:
    """What libvips complains of: the system's words, or its first line without its prefix."""
    # With several threads the detail can be another's, and empty: then pyvips' own words remain.
    text = error.detail.strip() or str(error).strip()
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    lines = [line for line in lines if "system error: " in line] or lines
    return lines[0].split(": ", 1)[-1].rstrip(".")


def _load(path: Path, kind: Format, **options: object) -> pyvips.Image:
    # By descriptor: libvips takes names in UTF-8 alone.
    with path.open("rb") as file:
        source = pyvips.Source.new_from_descriptor(file.fileno())
        return _LOADERS[kind](source, access="sequential", fail_on="error", **options)


def _load_pages(path: Path, kind: Format, *, page: int, n: int) -> pyvips.Image:
    try:
        return _load(path, kind, page=page, n=n)
    except pyvips.Error as error:
        if "differ" in error.detail:
            raise UnreadableImage(
                f"{path} has pages that differ in size or kind, which one file of results cannot "
                f"hold: split it into one file a page first, as `tiffsplit {path.name}` does."
            ) from error
        raise


def _check_pixels(
    path: Path, sides: tuple[int, int], pages: int, max_megapixels: float, enlarged: int
) -> None:
    if pages > _MOST_PAGES:
        raise ImageTooLarge(f"{path} has {pages:,} pages; at most {_MOST_PAGES:,} are read.")
    megapixels = math.prod(sides) * pages * enlarged**2 / 1e6
    if not megapixels <= max_megapixels:
        size = "{}x{}".format(*sides) + (f" on {pages} pages" if pages > 1 else "")
        size += f", and {enlarged} times as large" if enlarged > 1 else ","
        raise ImageTooLarge(
            f"{path} is {size} {megapixels:,.6g} megapixels; "
            f"at most {max_megapixels:,.6g} are allowed (--max-megapixels)."
        )


def _check_metadata(path: Path, image: pyvips.Image) -> None:
    for name in image.get_fields():
        if image.get_typeof(name) != pyvips.GValue.blob_type:
            continue
        size = len(image.get(name))
        if size > _MOST_METADATA:
            what = name.removesuffix("-data")
            raise ImageTooLarge(
                f"{path} carries {amount(size)} of metadata ({what}); "
                f"at most {amount(_MOST_METADATA)} are read."
            )
