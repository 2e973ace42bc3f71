"""The bar of a training run: steps, loss, rate and remaining time; sentences pass above it."""

import sys
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Self

from tqdm import tqdm

from fourfold.cli.bar import new_bar

if TYPE_CHECKING:
    from fourfold.training import Recipe


class TrainingBar:
    """Shows how far a run is; where stderr is no terminal, its sentences alone."""

    def __init__(self, recipe: "Recipe") -> None:
        self._batch = recipe.batch
        parts = "step {n}/{total}{postfix} {remaining} {bar}"
        self._bar = new_bar(parts, total=recipe.steps)
        self._start: float | None = None
        self._loss = 0.0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.close()

    def __call__(self, step: int, seen: Mapping[str, float]) -> None:
        """Show the steps done, and the last loss of the generator, which not every step tells."""
        bar, now = self._bar, time.monotonic()
        if self._start is None:  # a run that goes on has not made its first steps just now
            self._start, bar.initial, bar.n = now, step, step
        taken = now - self._start
        rate = (step - bar.initial) * self._batch / taken if taken > 0 else 0.0
        self._loss = seen.get("loss", self._loss)
        bar.set_postfix_str(f"loss {self._loss:.4f}, {rate:.1f} crops/s", refresh=False)
        bar.update(step - bar.n)

    def say(self, sentence: str) -> None:
        """Print a sentence above the bar."""
        tqdm.write(sentence, file=sys.stderr)
