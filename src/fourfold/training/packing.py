"""Photographs packed for training: one file of bytes that is memory-mapped, beside an index."""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from fourfold.atomic import written_whole
from fourfold.errors import FourfoldError, InvalidData
from fourfold.imaging import as_depth, image_extensions, prepare_folder, read_image
from fourfold.training.likeness import fingerprint

_INDEX, _PIXELS = "index.json", "pixels.u8"
_FORMAT = 1


@dataclass(frozen=True)
class Place:
    """Where a photograph lies in the packed file."""

    name: str
    """Path below the folder that it came from."""
    start: int
    """Its first pixel, counted from the file's beginning in pixels of three bytes."""
    height: int
    width: int
    fingerprint: int
    """See `likeness.fingerprint`."""


@dataclass(frozen=True)
class Pack:
    """A packed set: the file of R'G'B' bytes, row by row, and where each photograph lies."""

    pixels: Path
    places: tuple[Place, ...]

    def read(self, place: Place) -> np.ndarray:
        """One photograph, shape (H, W, 3), uint8; mapped, not read."""
        shape = (place.height, place.width, 3)
        return np.memmap(self.pixels, np.uint8, mode="r", offset=3 * place.start, shape=shape)


def is_pack(folder: Path) -> bool:
    """Whether a folder holds a packed set."""
    return (folder / _INDEX).is_file()


def photographs_below(source: Path) -> Iterator[Path]:
    """The picture files in a folder and in all below it, in the order of their names.

    Raises:
        InvalidData: it is no folder.
    """
    if not source.is_dir():
        raise InvalidData(f"{source} is no folder; name the folder that holds the photographs.")
    for path in sorted(source.rglob("*")):
        if path.suffix.lower() in image_extensions() and not path.name.startswith("."):
            yield path


def pack(
    sources: Sequence[Path],
    target: Path,
    *,
    smallest: int = 1,
    say: Callable[[str], None] = lambda _: None,
) -> Pack:
    """Pack the photographs below some folders into the folder `target`.

    Grey becomes R' = G' = B', 16 bits become 8. What cannot be used is left out with a line.

    Args:
        sources: folders, of any depth.
        target: a folder; its index is written last, so that a set cut short is none.
        smallest: least side of a photograph, pixels.
        say: is told of each file that is left out, and how many were taken.

    Raises:
        InvalidData: a source is no folder, or not one photograph could be used.
        UnwritableImage: the target cannot be made.
        OSError: the disk is full.
    """
    files = [(source, path) for source in sources for path in photographs_below(source)]
    prepare_folder(target)
    places: list[Place] = []
    start = 0
    with written_whole(target / _PIXELS) as temporary, temporary.open("wb") as file:
        for source, path in files:
            try:
                pixels = _usable(read_image(path), smallest)
            except FourfoldError as error:
                say(f"{path.relative_to(source)} is left out: {error}")
                continue
            height, width = pixels.shape[:2]
            file.write(pixels.tobytes())
            name = path.relative_to(source).as_posix()
            places.append(Place(name, start, height, width, fingerprint(pixels)))
            start += height * width
        say(f"{len(places)} of {len(files)} photographs are packed, {start / 1e6:.1f} megapixels.")
        if not places:
            raise InvalidData(
                f"None of the {len(files)} files in {_listed(sources)} can be used: "
                f"photographs of at least {smallest} pixels a side are needed."
            )
    index = {"format": _FORMAT, "places": [asdict(place) for place in places]}
    with written_whole(target / _INDEX) as temporary:
        temporary.write_text(json.dumps(index))
    return open_pack(target)


def open_pack(folder: Path) -> Pack:
    """Open a packed set.

    Raises:
        InvalidData: the folder holds none, or it is cut short.
    """
    try:
        index = json.loads((folder / _INDEX).read_text())
        if index["format"] != _FORMAT:
            raise InvalidData(f"{folder} is packed in format {index['format']}; pack it anew.")
        places = tuple(Place(**place) for place in index["places"])
        size = (folder / _PIXELS).stat().st_size
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InvalidData(f"{folder} holds no packed photographs: {error}.") from error
    if not places or size != 3 * sum(place.height * place.width for place in places):
        raise InvalidData(f"The packed photographs in {folder} are cut short; pack them anew.")
    return Pack(folder / _PIXELS, places)


def _usable(image: np.ndarray, smallest: int) -> np.ndarray:
    height, width = image.shape[:2]
    if min(height, width) < smallest:
        raise InvalidData(f"it is {width}x{height}, a side is below {smallest} pixels.")
    if image.ndim == 3 and image.shape[2] in (2, 4):
        raise InvalidData("it is transparent.")
    image = as_depth(image, np.dtype(np.uint8))
    return np.stack([image] * 3, axis=2) if image.ndim == 2 else image


def _listed(sources: Sequence[Path]) -> str:
    return ", ".join(str(source) for source in sources)
