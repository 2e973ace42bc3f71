"""Photographs packed for training: one file of bytes that is memory-mapped, beside an index."""

import json
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, BinaryIO, Protocol

import numpy as np
import torch
from torch import Tensor

from fourfold.atomic import written_whole
from fourfold.errors import InvalidData, UnwritableImage
from fourfold.imaging import prepare_folder
from fourfold.training.gathering import Sample, usable_photographs
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


class Samples(Protocol):
    """Photographs behind each other, wherever they lie."""

    def samples(self) -> Tensor:
        """All bytes, flat."""
        ...


@dataclass(frozen=True)
class Pack:
    """A packed set: the file of R'G'B' bytes, row by row, and where each photograph lies."""

    pixels: Path
    places: tuple[Place, ...]

    def samples(self) -> Tensor:
        """All bytes, flat; mapped, not read."""
        size = self.pixels.stat().st_size
        return torch.from_file(str(self.pixels), shared=False, size=size, dtype=torch.uint8)

    def read(self, place: Place) -> np.ndarray:
        """One photograph, shape (H, W, 3), uint8; mapped, not read."""
        shape = (place.height, place.width, 3)
        return np.memmap(self.pixels, np.uint8, mode="r", offset=3 * place.start, shape=shape)


def is_pack(folder: Path) -> bool:
    """Whether a folder holds a packed set."""
    return (folder / _INDEX).is_file()


def pack(
    sources: Sequence[Path],
    target: Path,
    *,
    smallest: int = 1,
    sample: Sample | None = None,
    say: Callable[[str], None] = lambda _: None,
) -> Pack:
    """Pack the photographs below some folders into the folder `target`.

    Grey becomes R' = G' = B', 16 bits become 8. What cannot be used is left out with a line.

    Args:
        sources: folders, of any depth.
        target: a folder; its index is written last, so that a set cut short is none.
        smallest: least side of a photograph, pixels.
        sample: takes some of them at random; the index keeps their names.
        say: is told of each file that is left out, and how many were taken.

    Raises:
        InvalidData: a source is no folder, or too few photographs can be used.
        UnwritableImage: the target cannot be made, or the disk is full.
    """
    photographs = usable_photographs(sources, smallest=smallest, sample=sample, say=say)
    return pack_these(photographs, target, sample=sample)


def pack_these(
    photographs: Iterable[tuple[str, np.ndarray]], target: Path, *, sample: Sample | None = None
) -> Pack:
    """Pack photographs, (H, W, 3), uint8, under their names into the folder `target`."""
    prepare_folder(target)
    places: list[Place] = []
    start = 0
    with written_whole(target / _PIXELS) as temporary, temporary.open("wb") as file:
        for name, pixels in photographs:
            height, width = pixels.shape[:2]
            _write(file, pixels, target)
            places.append(Place(name, start, height, width, fingerprint(pixels)))
            start += height * width
    index: dict[str, Any] = {"format": _FORMAT, "places": [asdict(place) for place in places]}
    if sample:
        index["sample"] = asdict(sample)
    with written_whole(target / _INDEX) as temporary:
        temporary.write_text(json.dumps(index))
    return open_pack(target)


def _write(file: BinaryIO, pixels: np.ndarray, target: Path) -> None:
    try:
        file.write(pixels.tobytes())
        file.flush()  # a full disk shows here, where it can be said whose it is
    except OSError as error:
        with suppress(OSError):  # it would try once more, and fail with less to say
            file.close()
        raise UnwritableImage(f"{target} cannot be written: {error.strerror}.") from error


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
