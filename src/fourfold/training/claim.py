"""A run's folder belongs to one command at a time."""

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import wraps
from pathlib import Path
from typing import Any, TypeVar, cast

from fourfold.errors import InvalidData, InvalidRun
from fourfold.imaging import prepare_folder
from fourfold.training.processes import is_first
from fourfold.training.recipe import Recipe

try:
    import fcntl
except ImportError:  # Windows cannot lock a folder: there, nobody is refused
    fcntl = None  # type: ignore[assignment]

_Train = TypeVar("_Train", bound=Callable[..., Path])


def alone_in_its_run(train: _Train) -> _Train:
    """Let a function that trains by a recipe have its run's folder to itself.

    It then also raises `InvalidRun`, if another process has the folder.
    """

    @wraps(train)
    def alone(recipe: Recipe, run: Path, **rest: Any) -> Path:
        if not is_first() or fcntl is None:  # the first of a command's processes claims for all
            return train(recipe, run, **rest)
        with _claimed(run):
            return train(recipe, run, **rest)

    return cast(_Train, alone)


@contextmanager
def _claimed(run: Path) -> Iterator[None]:
    """Keep a run's folder until the block ends or the process does, by whatever end."""
    is_new = not run.exists()
    prepare_folder(run)
    is_empty = not any(run.iterdir())
    folder = os.open(run, os.O_RDONLY)
    try:
        _lock(folder, run)
        try:
            yield
        except InvalidData:
            if is_empty and not (run / "log.jsonl").exists():  # a recipe that was never begun
                _empty(run)
            raise
    finally:
        os.close(folder)
        if is_new:
            with suppress(OSError):  # not empty: something came of it
                run.rmdir()


def _empty(run: Path) -> None:
    """Take away what a command wrote that found no photographs: another recipe may come next."""
    (run / "recipe.json").unlink(missing_ok=True)
    for name in ("data", "validation"):
        shutil.rmtree(run / name, ignore_errors=True)


def _lock(folder: int, run: Path) -> None:
    try:
        fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise InvalidRun(
            f"Another command trains in {run} now: wait until it ends, or name another folder."
        ) from error
    except OSError:
        pass  # not every network file system can: a run is not refused for that
