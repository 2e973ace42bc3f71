"""The progress bar: on stderr, with rate and remaining time, silent where that is no terminal."""

import sys

from rich.console import Console
from rich.progress import (
    BarColumn,
    Progress,
    ProgressColumn,
    Task,
    TextColumn,
    TimeRemainingColumn,
)
from rich.table import Column
from rich.text import Text


class _Rate(ProgressColumn):
    """Megapixels of the result a second."""

    def render(self, task: Task) -> Text:
        speed = task.finished_speed or task.speed
        return Text(f"{speed / 1e6:.2f} MP/s" if speed else "", style="progress.data.speed")


class Bar(Progress):
    """The bar of one picture; called by the upscaler with rows done and all rows.

    Args:
        label: what stands before the bar.
        pixels: of the result.
    """

    def __init__(self, label: str, *, pixels: int) -> None:
        super().__init__(
            TextColumn(
                "{task.description}", markup=False, table_column=Column(no_wrap=True, max_width=30)
            ),
            BarColumn(bar_width=None),
            _Rate(),
            TimeRemainingColumn(compact=True),
            console=Console(file=sys.stderr),
            transient=True,
            disable=not sys.stderr.isatty(),
        )
        self._pixels = pixels
        self._picture = self.add_task(label, total=pixels)

    def __call__(self, done: int, rows: int) -> None:
        """Show that `done` of `rows` rows are done."""
        self.update(self._picture, completed=self._pixels * done / rows)


class CountBar(Progress):
    """The bar of many pictures; called with how many are done, and all.

    Args:
        label: what stands before the bar.
    """

    def __init__(self, label: str) -> None:
        super().__init__(
            TextColumn("{task.description}", markup=False),
            BarColumn(bar_width=None),
            TextColumn("{task.completed:.0f}/{task.total:.0f}"),
            TimeRemainingColumn(compact=True),
            console=Console(file=sys.stderr),
            transient=True,
            disable=not sys.stderr.isatty(),
        )
        self._work = self.add_task(label, total=1)

    def __call__(self, done: int, total: int) -> None:
        """Show that `done` of `total` are done."""
        self.update(self._work, completed=done, total=total)
