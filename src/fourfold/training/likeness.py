"""Whether two photographs are nearly the same: one that is trained on must not score another."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

_ROWS, _COLUMNS = 8, 9
_SAMPLES = 256  # a side; more change nothing in means of this few blocks
_NEAR = 6  # of 64 bits


def fingerprint(image: np.ndarray) -> int:
    """64 bits: in an 8x9 reduction of the photograph, which pixels are darker than the next.

    Another size, compression or brightness changes few of them.

    Args:
        image: shape (H, W, 3), uint8.
    """
    step = [max(1, length // _SAMPLES) for length in image.shape[:2]]
    grey = image[:: step[0], :: step[1]].mean(axis=2)
    blocks = _block_means(_block_means(grey, _ROWS).T, _COLUMNS).T
    darker = blocks[:, :-1] < blocks[:, 1:]
    return int.from_bytes(np.packbits(darker).tobytes(), "big")


def nearly_the_same(ours: Sequence[int], theirs: Sequence[int]) -> list[bool]:
    """For each fingerprint of `ours`, whether one of `theirs` differs in at most 6 bits."""
    others = np.array(theirs, np.uint64)
    return [bool((np.bitwise_count(others ^ np.uint64(each)) <= _NEAR).any()) for each in ours]


def _block_means(rows: np.ndarray, count: int) -> np.ndarray:
    """Means of `count` bands of rows; a picture of fewer rows gives some of them twice."""
    edges = np.linspace(0, len(rows), count + 1)
    return np.stack(
        [
            rows[int(start) : max(int(end), int(start) + 1)].mean(axis=0)
            for start, end in pairwise(edges)
        ]
    )
