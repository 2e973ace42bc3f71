"""What a step saw: read, looked at, averaged.

On a GPU it comes to the host while the next step is computed: waiting for it idled the device for a
millisecond of nine. It may say that the run must not go on, so it is looked at before anything is
kept.
"""

import math
from collections.abc import Sequence
from dataclasses import replace
from statistics import fmean

import torch

from fourfold.errors import DivergedTraining
from fourfold.training.state import State, Unread

Seen = dict[str, float]
"""What the log is told of a step: names and values."""

_SKIPPED_AT_MOST = 10  # updates in a row


def mean_of(seen: Sequence[Seen]) -> Seen:
    """The mean of each value over the steps that have it."""
    names = {name for step in seen for name in step}
    return {name: fmean(step[name] for step in seen if name in step) for name in sorted(names)}


def settle(state: State) -> Seen:
    """What the last step saw, if that was not read yet: on a GPU a step returns the one before's.

    Raises:
        DivergedTraining: as the steps do.
    """
    unread, state.unread = state.unread, None
    return look_at(state, unread) if unread else {}


def on_its_way(unread: Unread) -> Unread:
    """The same, copied to the host as soon as it is computed."""
    if unread.numbers.device.type != "cuda":
        return unread
    host = torch.empty_like(unread.numbers, device="cpu", pin_memory=True)
    host.copy_(unread.numbers, non_blocking=True)
    arrived = torch.cuda.Event()  # type: ignore[no-untyped-call]
    arrived.record()
    return replace(unread, numbers=host, arrived=arrived)


def look_at(state: State, unread: Unread) -> Seen:
    """What a step saw; of a gradient out of range the state takes note.

    Raises:
        DivergedTraining: as the steps do.
    """
    seen: Seen = unread.values()
    _check_losses(seen, unread.step)
    if not unread.is_alone:
        _note_gradient(state, seen, unread.step)
    return seen


def _check_losses(seen: Seen, step: int) -> None:
    """Stop where a loss is no number: a run that goes on without one only burns time."""
    for key, name in (("discriminator", "discriminator's loss"), ("loss", "loss")):
        if not math.isfinite(seen.get(key, 0.0)):
            raise DivergedTraining(
                f"The {name} is {seen[key]} at step {step + 1}. The last checkpoint is sound: go "
                "on from it with a smaller learning_rate, or start anew."
            )


def _note_gradient(state: State, seen: Seen, step: int) -> None:
    """Take note of a gradient that is not finite: fp16 may overflow now and then, fp32 may not."""
    is_sound = math.isfinite(seen["norm"])
    state.skipped = 0 if is_sound else state.skipped + 1
    if state.is_scaled:
        seen["skipped"] = float(not is_sound)
    if is_sound:
        return
    if not state.is_scaled or state.skipped == _SKIPPED_AT_MOST:
        times = f"{state.skipped} times in a row, lastly " if state.skipped > 1 else ""
        raise DivergedTraining(
            f"The gradient is not finite {times}at step {step + 1}. The last checkpoint is "
            "sound: go on from it with a smaller learning_rate, or with --precision fp32."
        )
    del seen["norm"]
