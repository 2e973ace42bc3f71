"""Checkpoints: all that resuming needs, written whole or not at all, the last two kept."""

import hashlib
import io
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import torch

from fourfold.atomic import written_whole
from fourfold.errors import InvalidRun
from fourfold.training.state import State

_NAMES = ("last", "previous")  # the newer first
_STATE, _DIGEST = "state.pt", "state.sha256"


def save_checkpoint(run: Path, state: State) -> None:
    """Write the state to `last/`; what was there becomes `previous/`.

    At every moment one whole checkpoint has one of these names.

    Raises:
        InvalidRun: the disk is full, or the folder cannot be written.
    """
    buffer = io.BytesIO()
    torch.save(state.content(), buffer)
    content = buffer.getvalue()
    part, last, previous = run / "last.part", run / "last", run / "previous"
    try:
        shutil.rmtree(part, ignore_errors=True)
        part.mkdir()
        with written_whole(part / _STATE) as temporary:
            temporary.write_bytes(content)
        with written_whole(part / _DIGEST) as temporary:
            temporary.write_text(hashlib.sha256(content).hexdigest())
        if last.exists():
            shutil.rmtree(previous, ignore_errors=True)
            os.replace(last, previous)
        os.replace(part, last)
    except OSError as error:
        raise InvalidRun(f"The run {run} cannot be saved: {error.strerror}.") from error


def has_checkpoint(run: Path) -> bool:
    """Whether there is anything to go on from."""
    return any((run / name).exists() for name in _NAMES)


def load_checkpoint(run: Path, state: State, *, say: Callable[[str], None]) -> bool:
    """Bring the state to the run's last checkpoint, else to the one before.

    Args:
        run: the run's folder.
        state: is changed.
        say: is told of a checkpoint that is damaged.

    Returns:
        Whether there was one.

    Raises:
        InvalidRun: there are checkpoints, and none is sound.
    """
    found = [run / name for name in _NAMES if (run / name).exists()]
    for folder in found:
        try:
            content = (folder / _STATE).read_bytes()
            if hashlib.sha256(content).hexdigest() == (folder / _DIGEST).read_text():
                # weights_only: a checkpoint from elsewhere must not be able to run code. To the CPU
                # first, for the GPU that it was saved on may not be here, or be another process's.
                kept = torch.load(io.BytesIO(content), map_location="cpu", weights_only=True)
                state.restore(kept)
                return True
        except OSError:
            pass
        say(f"The checkpoint {folder} is damaged.")
    if found:
        raise InvalidRun(f"No checkpoint in {run} is sound; train in another folder.")
    return False
