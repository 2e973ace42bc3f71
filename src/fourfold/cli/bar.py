"""The progress bar: on stderr, with rate and remaining time, silent where that is no terminal."""

import sys
from types import TracebackType

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


class Bar:
    """The bar of one picture; called by the upscaler with rows done and all rows.

    Args:
        label: what stands before the bar.
        pixels: of the result.
    """

    def __init__(self, label: str, *, pixels: int) -> None:
        self._pixels = pixels
        self._progress = Progress(
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
        self._task = self._progress.add_task(label, total=pixels)

    def __call__(self, done: int, rows: int) -> None:
        """Show that `done` of `rows` rows are done."""
        self._progress.update(self._task, completed=self._pixels * done / rows)

    def __enter__(self) -> "Bar":
        """Show the bar."""
        self._progress.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Remove the bar."""
        self._progress.stop()
