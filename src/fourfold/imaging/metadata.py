"""What a photograph says besides its pixels: colour profile, EXIF, XMP, IPTC, resolution."""

from dataclasses import dataclass
from fractions import Fraction

import pyvips

from fourfold.imaging.exif import upright_exif

_WHOLE = ("icc-profile-data", "xmp-data", "iptc-data")
_EXIF = "exif-"
# What no longer fits: pixels are upright when read, and a thumbnail would show the small picture.
# The block itself, exif-data, is kept: fields alone lose what is no plain ASCII, and maker's notes.
_STALE = ("exif-ifd0-Orientation", "exif-ifd1-")

_MILLIMETRES = {"2": 25.4, "3": 10.0}  # of an inch, of a centimetre: EXIF's units


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
        profiles = [value for _, name, value in self.fields if name == "icc-profile-data"]
        return bytes(profiles[0]) if profiles else None  # type: ignore[call-overload]

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


def metadata_of(image: pyvips.Image) -> Metadata:
    """What an image that was read, and turned upright, says besides its pixels."""
    names = [
        name
        for name in image.get_fields()
        if name in _WHOLE or (name.startswith(_EXIF) and not name.startswith(_STALE))
    ]
    fields = tuple((image.get_typeof(name), name, _fresh(name, image.get(name))) for name in names)
    return Metadata(fields, _resolution(image))


def _fresh(name: str, value: object) -> object:
    return upright_exif(bytes(value)) if name == "exif-data" else value  # type: ignore[call-overload]


def _resolution(image: pyvips.Image) -> tuple[float, float]:
    """Where a format has no place of its own for it, EXIF may tell."""
    if (image.xres, image.yres) != (1.0, 1.0):
        return image.xres, image.yres
    try:
        across, down = (
            float(Fraction(image.get(f"exif-ifd0-{axis}Resolution").split()[0])) for axis in "XY"
        )
        unit = _MILLIMETRES[image.get("exif-ifd0-ResolutionUnit").split()[0]]
    except (pyvips.Error, KeyError, ValueError, IndexError, ZeroDivisionError):
        return 1.0, 1.0
    return (across / unit, down / unit) if min(across, down) > 0 else (1.0, 1.0)


def with_metadata(image: pyvips.Image, metadata: Metadata) -> pyvips.Image:
    """The image, to be saved with these metadata; EXIF gets its size when it is."""
    image = image.copy(xres=metadata.resolution[0], yres=metadata.resolution[1])
    for kind, name, value in metadata.fields:
        image.set_type(kind, name, value)
    return image
