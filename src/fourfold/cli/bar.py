"""The progress bars: on stderr, with rate and remaining time."""

import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Self

from tqdm import tqdm

# One process draws, from threads: with a plain lock tqdm makes none between processes.
tqdm.set_lock(threading.RLock())
tqdm.monitor_interval = 0  # each update that is due is drawn (miniters), so none is forgotten

_LABEL = 30  # columns; a longer name is cut


def new_bar(
    parts: str, *, total: int | None = None, label: str = "", unit: str = "", scale: float = 1
) -> Any:
    """A bar on stderr that leaves nothing behind; none where stderr is no terminal.

    Args:
        parts: what stands in its line, as tqdm's `bar_format`.
        total: how much there is to do, where it is known.
        label: what `{desc}` stands for.
        unit: what is counted.
        scale: how many units one of what is counted is.
    """
    return tqdm(
        total=total,
        bar_format=parts,
        desc=label if len(label) <= _LABEL else label[: _LABEL - 1] + "…",
        unit=unit,
        unit_scale=scale,
        miniters=1,
        dynamic_ncols=True,
        leave=False,
        disable=not sys.stderr.isatty(),
        file=sys.stderr,
    )


class Bars:
    """A bar for each picture that is being enlarged; where stderr is a terminal."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None: ...

    @contextmanager
    def picture(self, label: str, *, pixels: int) -> Iterator[Callable[[int, int], None]]:
        """Show a bar while the block runs; give what is told of the rows done, and of all rows.

        Args:
            label: what stands before the bar.
            pixels: of the result.
        """
        parts = "{desc} {bar} {rate_noinv_fmt} {remaining}"
        with new_bar(parts, total=pixels, label=label, unit=" MP", scale=1e-6) as bar:
            yield lambda done, rows: bar.update(pixels * done // rows - bar.n)
        _to_the_left()  # tqdm leaves the cursor where a second bar ended

    @contextmanager
    def aside(self) -> Iterator[None]:
        """Take the bars off the terminal while the block prints a line."""
        with tqdm.external_write_mode(file=sys.stderr):
            _to_the_left()
            yield


def _to_the_left() -> None:
    if sys.stderr.isatty():
        sys.stderr.write("\r")


class CountBar:
    """The bar of many pictures; called with how many are done, and all.

    Args:
        label: what stands before the bar.
    """

    def __init__(self, label: str) -> None:
        self._bar = new_bar("{desc} {bar} {n_fmt}/{total_fmt} {remaining}", label=label)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.close()

    def __call__(self, done: int, total: int) -> None:
        """Show that `done` of `total` are done."""
        self._bar.total = total
        self._bar.update(done - self._bar.n)
