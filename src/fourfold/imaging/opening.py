"""Opening image files: what may be read, checked from the header before it costs anything."""

from pathlib import Path

import pyvips

from fourfold.errors import ImageTooLarge, UnreadableImage

_SIGNATURES = {
    "png": b"\x89PNG\r\n\x1a\n",
    "jpeg": b"\xff\xd8\xff",
}
_EXTENSIONS = frozenset((".png", ".jpg", ".jpeg"))
# The explicit loaders: no content and no file name can make any other loader of libvips run.
_LOADERS = {
    "png": pyvips.Image.pngload_source,
    "jpeg": pyvips.Image.jpegload_source,
}


def image_extensions() -> frozenset[str]:
    """The extensions, in lower case, of files that can be read and written."""
    return _EXTENSIONS


def allow_known_loaders_only() -> None:
    """Forbid every loader of libvips but those used here, for the whole process.

    For a program that owns its process, such as the command; a library leaves its host alone.
    Blocking only what libvips calls untrusted would leave its .mat and .csv loaders open.
    """
    pyvips.operation_block_set("VipsForeignLoad", True)
    for loader in (
        "VipsForeignLoadPngSource",
        "VipsForeignLoadJpegSource",
        "VipsForeignLoadTiffSource",  # for rows that fourfold itself writes: RowsAsTiff
    ):
        pyvips.operation_block_set(loader, False)


def open_image(path: Path, *, max_megapixels: float) -> pyvips.Image:
    """Open a PNG or JPEG file, to be decoded from top to bottom, once.

    The content decides what the file is, whatever its name says.

    Raises:
        UnreadableImage: the file is missing, or neither PNG nor JPEG.
        ImageTooLarge: it has more pixels than allowed.
    """
    try:
        # By descriptor: libvips takes names in UTF-8 alone.
        with path.open("rb") as file:
            kind = _sniff(path, file.read(16))
            file.seek(0)
            source = pyvips.Source.new_from_descriptor(file.fileno())
            image = _LOADERS[kind](source, access="sequential", fail_on="error")
    except OSError as error:
        raise UnreadableImage(f"{path} cannot be read: {error.strerror}.") from error
    except pyvips.Error as error:
        raise unreadable(path, error) from error
    if not image.width * image.height <= max_megapixels * 1e6:
        raise ImageTooLarge(
            f"{path} is {image.width}x{image.height}, "
            f"{image.width * image.height / 1e6:,.6g} megapixels; "
            f"at most {max_megapixels:g} are allowed (--max-megapixels)."
        )
    return image


def unreadable(path: Path, error: pyvips.Error) -> UnreadableImage:
    """What to raise for what libvips complained of: its first sentence, without its prefix."""
    lines = [line for line in error.detail.strip().splitlines() if line] or [str(error)]
    reason = lines[0].split(": ", 1)[-1].rstrip(".")
    return UnreadableImage(f"{path} is not a whole picture: {reason}.")


def _sniff(path: Path, start: bytes) -> str:
    if not start:
        raise UnreadableImage(f"{path} is empty.")
    for kind, signature in _SIGNATURES.items():
        if start.startswith(signature):
            return kind
    raise UnreadableImage(f"{path} is neither a PNG nor a JPEG file.")
