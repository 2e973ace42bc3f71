"""How each format is encoded: what is kept, at which quality, at which cost."""

from collections.abc import Callable
from typing import IO

import pyvips

from fourfold.imaging import foreign, unknown_resolution
from fourfold.imaging.exif import exif_for, exif_with_resolution
from fourfold.imaging.exif_in_place import save_with_exif
from fourfold.imaging.exif_in_tiff import add_to_tiff
from fourfold.imaging.formats import AVIF, BMP, GIF, HEIC, JPEG, PNG, PPM, TIFF, WEBP, Format
from fourfold.imaging.metadata import UNKNOWN

_BIG = 2 << 30  # bytes of samples above which a TIFF is written as BigTIFF

Saver = Callable[[pyvips.Image, IO[bytes], int], None]
"""Encodes an image into a file that is open for reading and writing, at a quality of 1 to 100."""


def saver_of(kind: Format) -> Saver:
    """What encodes a format."""
    return _SAVERS[kind]


def _png(image: pyvips.Image, file: IO[bytes], _: int) -> None:
    def save(image: pyvips.Image, keep: str) -> None:
        # A level that costs little time, and with this filter little size.
        image.pngsave_target(_target(file), compression=1, filter="up", keep=keep)

    save_with_exif(image, file, save, exif=exif_for(image))
    if _is_unknown(image):
        unknown_resolution.in_png(file)


def _jpeg(image: pyvips.Image, file: IO[bytes], quality: int) -> None:
    def save(image: pyvips.Image, keep: str) -> None:
        # Coding tables made for the picture would save two per cent, and hold it whole.
        options = {"subsample_mode": "off", "optimize_coding": False}
        image.jpegsave_target(_target(file), Q=quality, keep=keep, **options)

    # libvips leaves JFIF's header out, where a resolution has its place.
    save_with_exif(image, file, save, exif=exif_with_resolution(image))


def _webp(image: pyvips.Image, file: IO[bytes], quality: int) -> None:
    options = {"lossless": True, "exact": True} if quality == 100 else {"smart_subsample": True}

    def save(image: pyvips.Image, keep: str) -> None:
        image.webpsave_target(_target(file), Q=quality, keep=keep, **options)

    save_with_exif(image, file, save, exif=exif_with_resolution(image))


def _tiff(image: pyvips.Image, file: IO[bytes], _: int) -> None:
    sizes = {"uchar": 1, "ushort": 2, "float": 4}
    samples = image.width * image.height * image.bands * sizes[image.format]
    predictor = "float" if image.format == "float" else "horizontal"
    image.tiffsave_target(
        _target(file), compression="deflate", predictor=predictor, bigtiff=samples > _BIG
    )
    if image.get_typeof("exif-data"):
        add_to_tiff(file, exif_for(image))
    if _is_unknown(image):
        unknown_resolution.in_tiff(file)


def _avif(image: pyvips.Image, file: IO[bytes], quality: int) -> None:
    def save(image: pyvips.Image, keep: str) -> None:
        image.heifsave_target(
            _target(file),
            compression="av1",
            Q=quality,
            lossless=quality == 100,
            bitdepth=12 if image.format == "ushort" else 8,
            subsample_mode="off",
            effort=2,
            keep=keep,
        )

    save_with_exif(image, file, save, exif=exif_with_resolution(image))


def _gif(image: pyvips.Image, file: IO[bytes], _: int) -> None:
    image.gifsave_target(_target(file))


def _bmp(image: pyvips.Image, file: IO[bytes], _: int) -> None:
    foreign.save_bmp(image, file)


def _ppm(image: pyvips.Image, file: IO[bytes], _: int) -> None:
    foreign.save_ppm(image, file)


def _heic(image: pyvips.Image, file: IO[bytes], quality: int) -> None:
    foreign.save_heic(image, file, quality=quality)


def _is_unknown(image: pyvips.Image) -> bool:
    return (image.xres, image.yres) == UNKNOWN


def _target(file: IO[bytes]) -> pyvips.Target:
    # By descriptor: libvips takes names in UTF-8 alone.
    return pyvips.Target.new_to_descriptor(file.fileno())


_SAVERS: dict[Format, Saver] = {
    PNG: _png,
    JPEG: _jpeg,
    WEBP: _webp,
    TIFF: _tiff,
    AVIF: _avif,
    GIF: _gif,
    BMP: _bmp,
    PPM: _ppm,
    HEIC: _heic,
}
