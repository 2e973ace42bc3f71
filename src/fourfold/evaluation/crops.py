"""Where methods differ: the cut of a picture that is worth looking at."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from fourfold.imaging import y_channel

_SIDE = 224  # pixels, of a cut
_STEP = 8  # pixels between the places that are tried
_PLAIN = ("nearest", "original")  # differ from all others everywhere, which tells nothing


@dataclass(frozen=True)
class Crop:
    """A rectangle of a picture, pixels, and how much the methods differ in it."""

    top: int
    left: int
    height: int
    width: int
    difference: float
    """Standard deviation of y among the methods, levels, mean over the rectangle."""

    def of(self, image: np.ndarray) -> np.ndarray:
        """The rectangle of a picture of that size."""
        return image[self.top : self.top + self.height, self.left : self.left + self.width]


def most_different(results: Mapping[str, np.ndarray], hr: np.ndarray) -> Crop:
    """The cut in which results differ most among each other; from the original if there is one.

    Args:
        results: by method, uint8, all of the shape of `hr`.
        hr: the original.
    """
    kept = [image for name, image in results.items() if name not in _PLAIN]
    if len(kept) < 2:
        kept = [*kept, hr]
    spread = np.std([_luma(image) for image in kept], axis=0)
    height, width = (min(side, _SIDE) for side in hr.shape[:2])
    means = _window_means(spread, height, width)
    row, column = np.unravel_index(np.argmax(means), means.shape)
    return Crop(int(row) * _STEP, int(column) * _STEP, height, width, float(means.max()))


def error_map(sr: np.ndarray, hr: np.ndarray) -> np.ndarray:
    """How far the y channel is off, as a picture: white where equal, black from 128 levels on."""
    error = np.abs(_luma(sr) - _luma(hr))
    return (255 - np.minimum(2 * error, 255)).astype(np.uint8)


def by_difference(crops: Sequence[Crop]) -> list[int]:
    """Places in the sequence, the largest difference first."""
    return sorted(range(len(crops)), key=lambda place: -crops[place].difference)


def _luma(image: np.ndarray) -> np.ndarray:
    return image.astype(np.float64) if image.ndim == 2 else y_channel(image)


def _window_means(plane: np.ndarray, height: int, width: int) -> np.ndarray:
    """Means of all windows of a size whose corners lie on a grid, by sums up to each pixel."""
    sums = np.pad(plane, ((1, 0), (1, 0))).cumsum(axis=0).cumsum(axis=1)
    whole = sums[height:, width:] - sums[:-height, width:] - sums[height:, :-width]
    return (whole + sums[:-height, :-width])[::_STEP, ::_STEP] / (height * width)
