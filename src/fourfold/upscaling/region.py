"""A part of a picture, enlarged to the pixels that it has in the whole result.

Besides the part itself the network is given all that its pixels can see, so only a little more than
the part is computed: a setting is tried in seconds.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import astuple, dataclass
from operator import index

import numpy as np

from fourfold.errors import InvalidSize
from fourfold.imaging import reduce_part
from fourfold.upscaling.transparency import BLEEDING_REACH

_REDUCTION_REACH = 3  # pixels of the input that reducing the network's result looks beyond a part


@dataclass(frozen=True)
class Region:
    """A part of the input: pixels from its left and upper edge, width and height."""

    x: int
    y: int
    width: int
    height: int

    def check(self, height: int, width: int) -> None:
        """Say whether a picture has this part.

        Raises:
            InvalidSize: it is empty, or leaves the picture.
        """
        inside = (
            self.x >= 0
            and self.y >= 0
            and self.x + self.width <= width
            and self.y + self.height <= height
        )
        if self.width < 1 or self.height < 1 or not inside:
            raise InvalidSize(
                f"The region {self.x},{self.y},{self.width},{self.height} is not inside the "
                f"picture of {width}x{height} pixels."
            )

    def size(self, height: int, width: int, to: tuple[int, int]) -> tuple[int, int]:
        """Rows and columns of its result, where the picture's are `to`.

        Raises:
            InvalidSize: the picture does not have it.
        """
        self.check(height, width)
        rows, columns = self.outputs(height, width, to)
        return rows.stop - rows.start, columns.stop - columns.start

    def outputs(self, height: int, width: int, to: tuple[int, int]) -> tuple[slice, slice]:
        """The rows and columns that it has in the picture's result."""

        def span(first: int, count: int, side: int, result: int) -> slice:
            start = min((2 * first * result + side) // (2 * side), result - 1)
            stop = (2 * (first + count) * result + side) // (2 * side)
            return slice(start, max(stop, start + 1))

        return span(self.y, self.height, height, to[0]), span(self.x, self.width, width, to[1])

    def with_margin(self, margin: int, height: int, width: int) -> "Region":
        """The region with what lies around it, as far as the picture goes."""
        left, top = max(self.x - margin, 0), max(self.y - margin, 0)
        right = min(self.x + self.width + margin, width)
        bottom = min(self.y + self.height + margin, height)
        return Region(left, top, right - left, bottom - top)


def region_of(value: "Region | Sequence[int] | None") -> "Region | None":
    """The region that four whole numbers stand for.

    Raises:
        InvalidSize: they are no such numbers, or not four.
    """
    if value is None:
        return None
    numbers = astuple(value) if isinstance(value, Region) else value
    try:
        x, y, width, height = map(index, numbers)
    except (TypeError, ValueError) as error:
        raise InvalidSize(
            f"A region is four whole numbers, x, y, width and height; {value!r} is none."
        ) from error
    return Region(x, y, width, height)


def cut_rows(parts: Iterable[np.ndarray], region: Region) -> Iterator[np.ndarray]:
    """The rows and columns of a region, out of a picture's rows; none below are asked for."""
    top = 0
    for part in parts:
        rows = part[max(region.y - top, 0) : max(region.y + region.height - top, 0)]
        if len(rows):
            yield rows[:, region.x : region.x + region.width]
        top += len(part)
        if top >= region.y + region.height:
            return


def take_region(
    result: np.ndarray,
    *,
    seen: Region,
    region: Region,
    height: int,
    width: int,
    to: tuple[int, int],
) -> np.ndarray:
    """A region's pixels, out of the network's result of what was seen around it.

    Args:
        result: of `seen`, by the network's factor.
        seen: the part of the picture that went through the network.
        region: the part that is wanted.
        height: rows of the picture.
        width: its columns.
        to: rows and columns of the whole picture's result.
    """
    factor = len(result) // seen.height
    rows, columns = region.outputs(height, width, to)
    corner = factor * seen.y, factor * seen.x
    whole = factor * height, factor * width
    if to == whole:
        return result[
            rows.start - corner[0] : rows.stop - corner[0],
            columns.start - corner[1] : columns.stop - corner[1],
        ]
    return reduce_part(result, corner=corner, whole=whole, to=to, outputs=(rows, columns))


def margin_of(radius: int) -> int:
    """Pixels around a region that its result depends on, where the network sees `radius`."""
    return radius + BLEEDING_REACH + _REDUCTION_REACH
