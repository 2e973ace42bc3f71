"""What a look shows beside its scores: pictures, and statistics that have drifted."""

from collections.abc import Callable

from torch import Tensor

from fourfold.training.normalisation import drift, drift_warning
from fourfold.training.photographs import Photographs
from fourfold.training.run import Log
from fourfold.training.state import State
from fourfold.training.validation import Shrink, beside_each_other

_SHOWN = 4  # photographs


def watch(
    state: State,
    log: Log,
    photographs: Photographs,
    lr: Tensor,
    *,
    shrink: Shrink,
    say: Callable[[str], None],
) -> None:
    """Show a few held-out photographs, and warn where batch normalisation has drifted.

    Args:
        state: whose average is looked at.
        log: takes the drift, and its board the pictures.
        photographs: those held out.
        lr: the batch of this step.
        shrink: makes the inputs of originals.
        say: is told the warning.
    """
    shown = photographs.held_out[:_SHOWN]
    for name, row in beside_each_other(state.average, photographs.held_out_pack, shown, shrink):
        log.board.pictures(state.step, name, row)
    levels = drift(state.average, lr)
    if levels is not None:
        log.write(state.step, drift=levels)
    if warning := drift_warning(levels):
        say(warning)
