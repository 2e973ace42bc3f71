"""What stands for the progress bars where none are shown: it draws nothing, and loads nothing."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Self


class NoBars:
    """Takes what `Bars` takes, and shows none of it."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None: ...

    @contextmanager
    def picture(self, label: str, *, pixels: int) -> Iterator[Callable[[int, int], None]]:  # noqa: ARG002
        """As `Bars` has it."""
        yield lambda _done, _rows: None

    @contextmanager
    def aside(self) -> Iterator[None]:
        """Nothing stands in the way of a line."""
        yield
