"""The photographs in folders: which there are, and which can be trained on."""

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from fourfold.errors import FourfoldError, InvalidData
from fourfold.imaging import as_depth, image_extensions


@dataclass(frozen=True)
class Sample:
    """So many photographs, drawn at random: the paper drew 350 thousand of ImageNet.

    The files, ordered by name, and the seed decide which.
    """

    count: int
    seed: int


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


def usable_photographs(
    sources: Sequence[Path],
    *,
    smallest: int,
    sample: Sample | None = None,
    say: Callable[[str], None] = lambda _: None,
) -> Iterator[tuple[str, np.ndarray]]:
    """The photographs below some folders that can be used, one after the other.

    Args:
        sources: folders, of any depth.
        smallest: least side, pixels.
        sample: takes some of them at random, in the order of drawing.
        say: is told of each file that is left out, and in the end how many can be used.

    Yields:
        Path below its source, and pixels: shape (H, W, 3), uint8; grey as R' = G' = B', 16 bits
        as 8.

    Raises:
        InvalidData: a source is no folder, none can be used, or fewer than a sample needs.
    """
    from fourfold.imaging import read_image  # libvips, which packed photographs do without

    files = [(source, path) for source in sources for path in photographs_below(source)]
    if sample:
        random.Random(sample.seed).shuffle(files)
    count = looked_at = pixels_in_all = 0
    for source, path in files:
        if sample and count == sample.count:
            break
        looked_at += 1
        try:
            pixels = as_photograph(read_image(path), smallest)
        except FourfoldError as error:
            say(f"{path.relative_to(source)} is left out: {error}")
            continue
        count += 1
        pixels_in_all += pixels.shape[0] * pixels.shape[1]
        yield path.relative_to(source).as_posix(), pixels
    say(f"{count} of {looked_at} photographs can be used, {pixels_in_all / 1e6:.1f} megapixels.")
    if not count:
        raise InvalidData(
            f"None of the {len(files)} files in {', '.join(map(str, sources))} can be used: "
            f"photographs of at least {smallest} pixels a side are needed."
        )
    if sample and count < sample.count:
        raise InvalidData(
            f"{count} photographs can be used, fewer than a sample of {sample.count}."
        )


def as_photograph(image: np.ndarray, smallest: int) -> np.ndarray:
    """A picture as it is trained on, (H, W, 3), uint8.

    Raises:
        InvalidData: it is too small, or transparent.
    """
    height, width = image.shape[:2]
    if min(height, width) < smallest:
        raise InvalidData(f"it is {width}x{height}, a side is below {smallest} pixels.")
    if image.ndim == 3 and image.shape[2] in (2, 4):
        raise InvalidData("it is transparent.")
    image = as_depth(image, np.dtype(np.uint8))
    return np.stack([image] * 3, axis=2) if image.ndim == 2 else image
