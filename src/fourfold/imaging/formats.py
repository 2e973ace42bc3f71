"""The formats that pictures are read from and written to, and what each can hold."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from fourfold.errors import UnwritableImage, nearest

_ANY_SIDE = 100_000_000  # libvips' own limit
_4_GIB = 1 << 32


@dataclass(frozen=True, kw_only=True)
class Format:
    """What files of one kind can hold."""

    name: str
    """As people write it: `PNG`, `WebP`."""
    extensions: tuple[str, ...]
    """In lower case; the first is the usual one."""
    depths: tuple[str, ...] = ("u1",)
    """Types of samples that it keeps, by NumPy's names."""
    has_alpha: bool = False
    """Whether it keeps transparency."""
    has_profile: bool = True
    """Whether it keeps a colour profile."""
    has_grey: bool = True
    """Whether it keeps grey as one channel; else profiles of grey have no place in it."""
    pages: int = 1
    """The most pages or frames that are read and written."""
    largest_side: int = _ANY_SIDE
    """Pixels."""
    largest_bytes: int | None = None
    """Of the uncompressed samples; None where only the disk ends it."""
    is_held_whole: bool = False
    """Whether writing holds all samples in memory."""

    def depth_for(self, depth: str) -> str:
        """The type of samples that pictures of type `depth` are written with."""
        return depth if depth in self.depths else self.depths[-1]


# Deepest last: what a format cannot keep is written with the most that it has.
PNG = Format(name="PNG", extensions=(".png",), depths=("u1", "u2"), has_alpha=True)
JPEG = Format(name="JPEG", extensions=(".jpg", ".jpeg", ".jpe", ".jfif"), largest_side=65_535)
TIFF = Format(
    name="TIFF",
    extensions=(".tif", ".tiff"),
    depths=("u1", "u2", "f4"),
    has_alpha=True,
    pages=10_000,
)
WEBP = Format(
    name="WebP",
    extensions=(".webp",),
    has_alpha=True,
    has_grey=False,
    pages=10_000,
    largest_side=16_383,
    is_held_whole=True,
)
AVIF = Format(
    name="AVIF",
    extensions=(".avif",),
    depths=("u1", "u2"),
    has_alpha=True,
    has_grey=False,
    largest_side=16_384,
    is_held_whole=True,
)
GIF = Format(
    name="GIF",
    extensions=(".gif",),
    has_alpha=True,
    has_profile=False,
    pages=10_000,
    largest_side=65_535,
    is_held_whole=True,
)
BMP = Format(
    name="BMP",
    extensions=(".bmp", ".dib"),
    has_profile=False,
    largest_bytes=_4_GIB,
    is_held_whole=True,
)
PPM = Format(
    name="PPM", extensions=(".ppm", ".pgm", ".pnm"), depths=("u1", "u2"), has_profile=False
)
HEIC = Format(
    name="HEIC",
    extensions=(".heic", ".heif"),
    depths=("u1", "u2"),
    has_alpha=True,
    has_grey=False,
    largest_side=16_384,
    is_held_whole=True,
)
FORMATS = (PNG, JPEG, WEBP, TIFF, AVIF, GIF, BMP, PPM, HEIC)
NAMES = "PNG, JPEG, WebP, TIFF, AVIF, GIF, BMP, PPM or HEIC"
"""For sentences."""

_BY_EXTENSION = {extension: kind for kind in FORMATS for extension in kind.extensions}
_HEIF_BRANDS = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"}


def image_extensions() -> frozenset[str]:
    """The extensions, in lower case, of files that can be read and written."""
    return frozenset(_BY_EXTENSION)


def format_names() -> tuple[str, ...]:
    """The names of the formats, in lower case, as the command takes them."""
    return tuple(kind.name.lower() for kind in FORMATS)


def extension_of(name: str) -> str:
    """The usual extension of the format that is called `name`, in lower case."""
    return {kind.name.lower(): kind.extensions[0] for kind in FORMATS}[name]


def format_named_by(path: Path) -> Format:
    """The format that a path's extension names.

    Raises:
        UnwritableImage: none, or an unknown one.
    """
    extension = path.suffix.lower()
    if not extension:
        raise UnwritableImage(
            f"{path} names no format: end it with .png or .jpg, or with / if it is a folder."
        )
    if extension not in _BY_EXTENSION:
        raise UnwritableImage(
            f"{path}: '{path.suffix}' is no format that can be written. "
            + nearest(extension, _BY_EXTENSION)
        )
    return _BY_EXTENSION[extension]


def format_of_content(start: bytes) -> Format | None:
    """The format of a file that starts with these bytes, 64 or all; None if it is none of ours."""
    signatures: Iterable[tuple[Format, tuple[bytes, ...]]] = (
        (PNG, (b"\x89PNG\r\n\x1a\n",)),
        (JPEG, (b"\xff\xd8\xff",)),
        (TIFF, (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")),
        (GIF, (b"GIF87a", b"GIF89a")),
    )
    for kind, beginnings in signatures:
        if start.startswith(beginnings):
            return kind
    if start[:4] == b"RIFF" and start[8:12] == b"WEBP":
        return WEBP
    if start[4:8] == b"ftyp":
        return _format_of_brands(start)
    if start[:1] == b"P" and start[1:2] in b"123456" and start[2:3] in b" \t\r\n#":
        return PPM
    if start[:2] == b"BM" and start[6:10] == bytes(4):  # two letters alone are too few
        return BMP
    return None


def _format_of_brands(start: bytes) -> Format | None:
    """Of the box that opens files of the ISO base media format: major and compatible brands."""
    end = min(int.from_bytes(start[:4], "big"), len(start))
    brands = {start[8:12], *(start[place : place + 4] for place in range(16, end, 4))}
    if brands & {b"avif", b"avis"}:
        return AVIF
    return HEIC if brands & _HEIF_BRANDS else None
