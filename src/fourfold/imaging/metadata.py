"""What a photograph says besides its pixels: colour profile, EXIF, XMP, IPTC, resolution."""

from dataclasses import dataclass
from pathlib import Path

import pyvips

from fourfold.imaging.exif import is_resolution, resolution_in, upright_exif
from fourfold.imaging.formats import JPEG, PNG, TIFF, Format
from fourfold.imaging.png import tells_resolution

# EXIF as the block that it is: the fields that libvips makes of it lack what it does not know.
_KEPT = ("icc-profile-data", "exif-data", "xmp-data", "iptc-data")
UNKNOWN = (1.0, 1.0)
"""The resolution of pictures that tell none, as libvips has it."""


@dataclass(frozen=True)
class Metadata:
    """Taken from one file to be written into another."""

    fields: tuple[tuple[int, str, object], ...] = ()
    """libvips' type, name and value of each."""
    resolution: tuple[float, float] = (1.0, 1.0)
    """Pixels a millimetre, across and down; 1 where a file says nothing."""

    @property
    def icc_profile(self) -> bytes | None:
        """The colour profile that the pixels are meant in."""
        return self._block("icc-profile-data") or None

    @property
    def exif(self) -> bytes:
        """The block; empty if there is none."""
        return self._block("exif-data")

    def _block(self, wanted: str) -> bytes:
        blocks = [value for _, name, value in self.fields if name == wanted]
        return bytes(blocks[0]) if blocks else b""  # type: ignore[call-overload]

    def profile_alone(self) -> "Metadata":
        """The colour profile and nothing that tells of camera, place or person."""
        return Metadata(tuple(field for field in self.fields if field[1] == "icc-profile-data"))

    def without_profile(self) -> "Metadata":
        """The same, for pixels that were converted to sRGB."""
        kept = tuple(field for field in self.fields if field[1] != "icc-profile-data")
        return Metadata(kept, self.resolution)


def profiled(icc_profile: bytes) -> Metadata:
    """Metadata that hold a colour profile alone."""
    return Metadata(((pyvips.GValue.blob_type, "icc-profile-data", icc_profile),))


def metadata_of(image: pyvips.Image, path: Path, kind: Format) -> Metadata:
    """What an image that was read from a file, and turned upright, says besides its pixels."""
    found = {name: bytes(image.get(name)) for name in _KEPT if image.get_typeof(name)}
    exif = found.get("exif-data", b"")
    fields = (
        (name, upright_exif(value) if name == "exif-data" else value)
        for name, value in found.items()
    )
    return Metadata(
        tuple((pyvips.GValue.blob_type, name, value) for name, value in fields if value),
        _resolution(image, path, kind, exif),
    )


def _resolution(image: pyvips.Image, path: Path, kind: Format, exif: bytes) -> tuple[float, float]:
    """As the file tells it: libvips makes one up for one that tells none."""
    if kind == PNG:
        is_told = tells_resolution(path)
    elif kind in (JPEG, TIFF):
        is_told = bool(image.get_typeof("resolution-unit"))
    else:
        is_told = True
    told = image.xres, image.yres
    if is_told and told != UNKNOWN and is_resolution(*told):
        return told
    return resolution_in(exif) or UNKNOWN


def with_metadata(image: pyvips.Image, metadata: Metadata) -> pyvips.Image:
    """The image, to be saved with these metadata; EXIF gets its size when it is."""
    image = image.copy(xres=metadata.resolution[0], yres=metadata.resolution[1])
    for kind, name, value in metadata.fields:
        image.set_type(kind, name, value)
    return image
