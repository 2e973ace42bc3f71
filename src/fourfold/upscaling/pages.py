"""Pages and frames, each enlarged for itself: none sees what lies above or below it in the file."""

from collections import deque
from collections.abc import Callable, Iterator

import numpy as np

from fourfold.upscaling.picture import Progress


def each_page(
    parts: Iterator[np.ndarray],
    count: int,
    height: int,
    enlarge: Callable[[Iterator[np.ndarray], Progress], Iterator[np.ndarray]],
    progress: Progress | None,
) -> Iterator[np.ndarray]:
    """Give the rows of the results of all pages, one below the other.

    Args:
        parts: the rows of all pages; a page ends a part.
        count: how many pages.
        height: rows of each.
        enlarge: is given the rows of a page, and what to tell of its progress; gives the result's.
        progress: told how many rows of all pages are done.
    """
    for page in range(count):

        def told(done: int, rows: int, page: int = page) -> None:
            if progress is not None:
                progress(page * rows + done, count * rows)

        rows = _page(parts, height)
        yield from enlarge(rows, told)
        deque(rows, maxlen=0)  # what lies below a region


def _page(parts: Iterator[np.ndarray], height: int) -> Iterator[np.ndarray]:
    received = 0
    while received < height:
        part = next(parts)
        received += len(part)
        yield part
