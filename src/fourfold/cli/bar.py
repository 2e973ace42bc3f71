"""The progress bars: on stderr, with rate and remaining time."""

import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

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


class Bars(Progress):
    """A bar for each picture that is being enlarged; where stderr is a terminal."""

    def __init__(self) -> None:
        super().__init__(
            TextColumn(
                "{task.description}", markup=False, table_column=Column(no_wrap=True, max_width=30)
            ),
            BarColumn(bar_width=None),
            _Rate(),
            TimeRemainingColumn(compact=True),
            console=Console(file=sys.stderr),
            transient=True,
            redirect_stdout=False,  # results are for whoever reads stdout, not for the console
            redirect_stderr=False,
        )
        self._one_line = threading.Lock()

    @contextmanager
    def picture(self, label: str, *, pixels: int) -> Iterator[Callable[[int, int], None]]:
        """Show a bar while the block runs; give what is told of the rows done, and of all rows.

        Args:
            label: what stands before the bar.
            pixels: of the result.
        """
        task = self.add_task(label, total=pixels)
        try:
            yield lambda done, rows: self.update(task, completed=pixels * done / rows)
        finally:
            self.remove_task(task)

    @contextmanager
    def aside(self) -> Iterator[None]:
        """Take the bars off the terminal while the block prints a line."""
        with self._one_line:
            self.stop()
            try:
                yield
            finally:
                self.start()


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
