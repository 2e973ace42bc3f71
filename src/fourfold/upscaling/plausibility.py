"""A result that cannot be right is an error, not a picture."""

from collections.abc import Iterable, Iterator

import numpy as np

from fourfold.errors import BrokenResult

_SURELY_NOT_CONSTANT = 16 / 255
"""A picture that spans more has a result of more than one value; one of nearly one value, such as
a white page with a grain of grey, may rightly become constant where values are clamped."""


class Plausibility:
    """Watches a picture and its result go by, colour and grey; alpha does not count.

    Of the picture only what is seen: the colour under what is transparent is replaced before the
    network, so a white shape over hidden black is one even colour.
    """

    def __init__(self) -> None:
        self._input = _Span()
        self._result = _Span()

    def watch(self, parts: Iterable[np.ndarray]) -> Iterator[np.ndarray]:
        """The same rows of the input, looked at."""
        for part in parts:
            self._input.add(_seen(part))
            yield part

    def looked_at(self, rows: np.ndarray) -> np.ndarray:
        """The same rows of the result, looked at.

        Raises:
            BrokenResult: a value that is not a number.
        """
        self._result.add(_colour(rows))
        if not np.isfinite(self._result.width):
            raise BrokenResult(
                "The network computed values that are no numbers: weights or a "
                "device that are broken."
            )
        return rows

    def check(self) -> None:
        """Say whether the whole result can be right.

        Raises:
            BrokenResult: the result is constant where the picture is not.
        """
        if self._result.width == 0 and self._input.width > _SURELY_NOT_CONSTANT:
            raise BrokenResult(
                "The result is one even colour and the picture is not: the weights or the device "
                "are broken, so nothing was written."
            )


class _Span:
    """The least and the largest value so far, of [0, 1]."""

    def __init__(self) -> None:
        self._least, self._largest = np.inf, -np.inf

    def add(self, colour: np.ndarray) -> None:
        if colour.size:
            peak = 1 if colour.dtype.kind == "f" else np.iinfo(colour.dtype).max
            # np.minimum hands on what is not a number, min() may not
            self._least = float(np.minimum(self._least, colour.min() / peak))
            self._largest = float(np.maximum(self._largest, colour.max() / peak))

    @property
    def width(self) -> float:
        """0 for a constant, and for nothing; not a number where a value is none."""
        return 0.0 if self._least > self._largest else self._largest - self._least


def _colour(rows: np.ndarray) -> np.ndarray:
    return rows[..., :-1] if _has_alpha(rows) else rows


def _seen(rows: np.ndarray) -> np.ndarray:
    return rows[rows[..., -1] > 0][:, :-1] if _has_alpha(rows) else rows


def _has_alpha(rows: np.ndarray) -> bool:
    return rows.ndim == 3 and rows.shape[2] in (2, 4)
