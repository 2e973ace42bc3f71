"""Photographs in WebDataset's shards: tar files, read in order, from any place fsspec knows.

A step's shard follows from its number, as its crops do: each shard serves so many steps, one after
the other, in an order that the seed shuffles anew each time round. So a run that is cut goes on
exactly, and needs to read no more than the shard that it was in.
"""

import random
import re
import tarfile
import tempfile
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import numpy as np
import torch
from torch import Tensor

from fourfold.errors import FourfoldError, InvalidData, MissingExtra, install_line
from fourfold.imaging import image_extensions
from fourfold.training.crops import Crops
from fourfold.training.gathering import as_photograph
from fourfold.training.likeness import fingerprint, nearly_the_same
from fourfold.training.packing import Place
from fourfold.training.recipe import Recipe

_RANGE = re.compile(r"\{(\d+)\.\.(\d+)\}")


def is_shards(source: str) -> bool:
    """Whether a source names shards, not a folder."""
    return source.endswith(".tar")


def shard_names(source: str) -> list[str]:
    """The shards that `shards-{0000..0099}.tar` stands for.

    Raises:
        InvalidData: the range runs backwards.
    """
    found = _RANGE.search(source)
    if not found:
        return [source]
    first, last = found.groups()
    if int(last) < int(first):
        raise InvalidData(f"The shards {source} run backwards; write {{{last}..{first}}}.")
    numbers = range(int(first), int(last) + 1)
    before, after = source[: found.start()], source[found.end() :]
    return [
        name
        for number in numbers
        for name in shard_names(f"{before}{number:0{len(first)}d}{after}")
    ]


def photographs_of(
    shard: str, *, smallest: int, say: Callable[[str], None] = lambda _: None
) -> Iterator[tuple[str, np.ndarray]]:
    """The photographs of a shard that can be used: names, and pixels (H, W, 3), uint8.

    Args:
        shard: its path or URL.
        smallest: least side of a photograph, pixels.
        say: is told of each that is left out.

    Raises:
        InvalidData: the shard cannot be read, or is no tar file.
    """
    try:
        import fsspec  # type: ignore[import-untyped]
    except ModuleNotFoundError as error:
        raise MissingExtra(f"Shards need fsspec: {install_line('train')}.") from error
    try:
        with fsspec.open(shard, "rb") as file, tarfile.open(fileobj=file, mode="r|*") as tar:
            for member in tar:
                if PurePosixPath(member.name).suffix.lower() in image_extensions():
                    content = tar.extractfile(member)
                    try:
                        pixels = as_photograph(
                            _decoded(content.read() if content else b""), smallest
                        )
                    except FourfoldError as error:
                        say(f"{member.name} of {shard} is left out: {error}")
                        continue
                    yield member.name, pixels
    except (OSError, tarfile.TarError, ValueError, ImportError) as error:
        raise InvalidData(f"The shard {shard} cannot be read: {error}.") from error


class ShardCrops:
    """Draws the batch of any step from the shard that serves it.

    The next shard is read while one serves; two lie decoded in memory.

    Args:
        shards: their names.
        recipe: crops, and how many steps a shard serves.
        device: where the crops are made.
        held_out: fingerprints of photographs; what is nearly the same as one of them is left out.
    """

    def __init__(
        self,
        shards: Sequence[str],
        recipe: Recipe,
        *,
        device: torch.device,
        held_out: Sequence[int] = (),
    ) -> None:
        self._shards, self._recipe, self._device = shards, recipe, device
        self._held_out = held_out
        self._reader = ThreadPoolExecutor(max_workers=1)
        self._turns: dict[int, Future[Crops]] = {}

    def batch(self, step: int) -> tuple[Tensor, Tensor]:
        """The pairs of one step, as `Crops.batch` has them."""
        turn = step // self._recipe.shard_steps
        for each in (turn, turn + 1):
            if each not in self._turns:
                self._turns[each] = self._reader.submit(self._read, each)
        for old in [each for each in self._turns if each < turn]:
            del self._turns[old]
        return self._turns[turn].result().batch(step)

    def shard_of(self, turn: int) -> str:
        """Which shard serves at a turn: each once, in another order each time round."""
        count = len(self._shards)
        order = list(range(count))
        random.Random(f"{self._recipe.seed} {turn // count}").shuffle(order)
        return self._shards[order[turn % count]]

    def _read(self, turn: int) -> Crops:
        shard = self.shard_of(turn)
        places: list[Place] = []
        parts: list[np.ndarray] = []
        start = 0
        for name, pixels in photographs_of(shard, smallest=self._recipe.largest_hr_crop):
            height, width = pixels.shape[:2]
            place = Place(name, start, height, width, fingerprint(pixels))
            if any(nearly_the_same([place.fingerprint], self._held_out)):
                continue
            places.append(place)
            parts.append(pixels.reshape(-1))
            start += height * width
        if not places:
            raise InvalidData(
                f"The shard {shard} holds no photographs of at least "
                f"{self._recipe.largest_hr_crop} pixels a side, but held-out ones."
            )
        samples = torch.from_numpy(np.concatenate(parts))
        return Crops(_InMemory(samples), places, self._recipe, device=self._device)


@dataclass(frozen=True)
class _InMemory:
    flat: Tensor

    def samples(self) -> Tensor:
        return self.flat


def _decoded(content: bytes) -> np.ndarray:
    """Pixels of a file's bytes, by the way that every file takes."""
    from fourfold.imaging import read_image  # libvips, which packed photographs do without

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "photograph"
        path.write_bytes(content)
        return read_image(path)
