"""The bar of a training run: steps, loss, rate and remaining time; sentences pass above it."""

import sys
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

if TYPE_CHECKING:
    from fourfold.training import Recipe


class TrainingBar(Progress):
    """Shows how far a run is; where stderr is no terminal, its sentences alone."""

    def __init__(self, recipe: "Recipe") -> None:
        super().__init__(
            TextColumn("step {task.completed}/{task.total}  loss {task.fields[loss]:.4f}"),
            BarColumn(bar_width=None),
            TextColumn("{task.fields[rate]:.1f} crops/s"),
            TimeRemainingColumn(compact=True),
            console=Console(file=sys.stderr, highlight=False, soft_wrap=True),
            transient=True,
            disable=not sys.stderr.isatty(),
        )
        self._recipe = recipe
        self._run = self.add_task("", total=recipe.steps, loss=0.0, rate=0.0)
        self._first: tuple[int, float] | None = None

    def __call__(self, step: int, seen: Mapping[str, float]) -> None:
        """Show the steps done, and the last loss of the generator."""
        now = time.monotonic()
        first, start = self._first = self._first or (step, now)
        rate = (step - first) * self._recipe.batch / (now - start) if now > start else 0.0
        self.update(self._run, completed=step, rate=rate, loss=seen.get("loss", 0.0))

    def say(self, sentence: str) -> None:
        """Print a sentence above the bar."""
        self.console.print(sentence, markup=False)
