"""What a format cannot hold, found before any work, with the name of one that can."""

from pathlib import Path

from fourfold.errors import ImageTooLarge, UnwritableImage, amount
from fourfold.imaging.foreign import heif_library
from fourfold.imaging.formats import FORMATS, HEIC, TIFF, Format, format_named_by

_SAMPLE_BYTES = {"u1": 1, "u2": 2, "f4": 4}


def check_format(
    path: Path,
    *,
    width: int,
    height: int,
    has_alpha: bool = False,
    pages: int = 1,
    memory: int = 2 << 30,
) -> None:
    """Check, before any work, that the format that `path` names can hold a picture.

    Args:
        path: of the file to be.
        width: pixels a row.
        height: rows of a page.
        has_alpha: whether it is transparent.
        pages: how many there are.
        memory: bytes that formats which are encoded whole may take.

    Raises:
        UnwritableImage: an unknown extension; or transparency or several pages in a format that
            has none.
        ImageTooLarge: the format cannot hold so many pixels a side, or would need more memory.
        MissingExtra: what writes the format is not installed.
    """
    kind = format_named_by(path)
    name = f"{'an' if kind.name[0] in 'AEIO' else 'a'} {kind.name}"
    if kind == HEIC:
        heif_library()
    instead = _instead(
        kind,
        side=max(width, height),
        pixels=width * height,
        has_alpha=has_alpha,
        pages=pages,
        memory=memory,
    )
    if has_alpha and not kind.has_alpha:
        raise UnwritableImage(
            f"{path}: {name} cannot be transparent. {instead}, or choose a --background."
        )
    if pages > kind.pages:
        raise UnwritableImage(
            f"{path}: {name} holds one picture, and there are {pages}. {instead}."
        )
    if max(width, height) > kind.largest_side:
        raise ImageTooLarge(
            f"{path}: {name} holds {kind.largest_side} pixels a side, the result is "
            f"{width}x{height}. {instead}."
        )
    if kind.largest_bytes is not None and 3 * width * height >= kind.largest_bytes:
        raise ImageTooLarge(
            f"{path}: {name} holds {amount(kind.largest_bytes)}, the result is "
            f"{width}x{height}. {instead}."
        )
    held = _held_bytes(kind, width * height)
    if held > memory:
        raise ImageTooLarge(
            f"{path}: {name} is encoded whole, which takes {amount(held)}, and "
            f"{amount(memory)} are allowed. {instead}."
        )


def _held_bytes(kind: Format, pixels: int) -> int:
    """What encoding a page whole takes: its samples, and about as much again in the encoder."""
    if not kind.is_held_whole:
        return 0
    return 2 * 4 * pixels * _SAMPLE_BYTES[kind.depths[-1]]


def _instead(
    kind: Format, *, side: int, pixels: int, has_alpha: bool, pages: int, memory: int
) -> str:
    """The sentence that names a format that can."""
    for other in FORMATS:
        if (
            other != kind
            and other.has_alpha >= has_alpha
            and other.pages >= pages
            and other.largest_side >= side
            and _held_bytes(other, pixels) <= memory
        ):
            return f"Write a {other.extensions[0]} instead"
    return f"Write a {TIFF.extensions[0]} instead"
