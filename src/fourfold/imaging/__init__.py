"""Pixels: reading, writing, colour, and the exact bicubic."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from fourfold.errors import MissingExtra
from fourfold.imaging.back_projection import BACK_PROJECTION_REACH as BACK_PROJECTION_REACH
from fourfold.imaging.back_projection import back_project as back_project
from fourfold.imaging.background import Colour as Colour
from fourfold.imaging.background import colour_of as colour_of
from fourfold.imaging.colour import as_depth as as_depth
from fourfold.imaging.colour import grey as grey
from fourfold.imaging.colour import quantise as quantise
from fourfold.imaging.colour import y_channel as y_channel
from fourfold.imaging.folders import already_there as already_there
from fourfold.imaging.folders import prepare_folder as prepare_folder
from fourfold.imaging.formats import extension_of as extension_of
from fourfold.imaging.formats import format_named_by as format_named_by
from fourfold.imaging.formats import format_names as format_names
from fourfold.imaging.formats import image_extensions as image_extensions
from fourfold.imaging.resize import RowReduction as RowReduction
from fourfold.imaging.resize import enlarge as enlarge
from fourfold.imaging.resize import reduce as reduce
from fourfold.imaging.resize import reduce_part as reduce_part

if TYPE_CHECKING:
    from fourfold.imaging.exif_in_place import note_on_exif as note_on_exif
    from fourfold.imaging.limits import check_format as check_format
    from fourfold.imaging.metadata import Metadata as Metadata
    from fourfold.imaging.metadata import profiled as profiled
    from fourfold.imaging.opening import allow_known_loaders_only as allow_known_loaders_only
    from fourfold.imaging.opening import read_format as read_format
    from fourfold.imaging.pages import Pages as Pages
    from fourfold.imaging.profiles import note_on_colours as note_on_colours
    from fourfold.imaging.reading import Picture as Picture
    from fourfold.imaging.reading import PictureRows as PictureRows
    from fourfold.imaging.reading import read_image as read_image
    from fourfold.imaging.reading import read_picture as read_picture
    from fourfold.imaging.reading import read_size as read_size
    from fourfold.imaging.writing import row_writer as row_writer
    from fourfold.imaging.writing import write_image as write_image
    from fourfold.imaging.writing import write_picture as write_picture

__all__ = [
    "BACK_PROJECTION_REACH",
    "Colour",
    "Metadata",
    "Pages",
    "Picture",
    "PictureRows",
    "RowReduction",
    "allow_known_loaders_only",
    "already_there",
    "as_depth",
    "back_project",
    "check_format",
    "colour_of",
    "enlarge",
    "extension_of",
    "format_named_by",
    "format_names",
    "grey",
    "image_extensions",
    "note_on_colours",
    "note_on_exif",
    "prepare_folder",
    "profiled",
    "quantise",
    "read_format",
    "read_image",
    "read_picture",
    "read_size",
    "reduce",
    "reduce_part",
    "row_writer",
    "write_image",
    "write_picture",
    "y_channel",
]

# What reads and writes files is loaded when it is first used: it loads libvips.
_HOMES = {
    "note_on_exif": "exif_in_place",
    "check_format": "limits",
    "Metadata": "metadata",
    "profiled": "metadata",
    "allow_known_loaders_only": "opening",
    "read_format": "opening",
    "Pages": "pages",
    "note_on_colours": "profiles",
    "Picture": "reading",
    "PictureRows": "reading",
    "read_image": "reading",
    "read_picture": "reading",
    "read_size": "reading",
    "row_writer": "writing",
    "write_image": "writing",
    "write_picture": "writing",
}


def __getattr__(name: str) -> Any:
    """Load what needs libvips when it is first used: arrays alone do without."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    try:
        return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    except (ModuleNotFoundError, OSError) as error:  # OSError: pyvips without the library itself
        if isinstance(error, ModuleNotFoundError) and error.name != "pyvips":
            raise
        raise MissingExtra(
            "Picture files are read and written by pyvips: pip install 'pyvips[binary]'."
        ) from error
