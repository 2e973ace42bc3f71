"""A strip is a transaction: one that an engine cannot compute restarts the picture.

Never is a wrong strip pasted into a result, nor are two precisions or a guess mixed in one picture.
"""

from collections.abc import Callable
from typing import TypeVar

from fourfold.errors import ImageTooLarge
from fourfold.upscaling.engines import Engine

T = TypeVar("T")


class Restart(Exception):
    """A strip that could not be computed; the picture is to begin anew with another engine.

    Args:
        engine: the one to go on with: half the strip, or fp32.
        reason: why, for the record.
    """

    def __init__(self, engine: Engine, reason: str) -> None:
        super().__init__(reason)
        self.engine = engine
        self.reason = reason


def with_restarts(engine: Engine, work: Callable[[Engine, tuple[str, ...]], T]) -> T:
    """Do `work`, a whole picture, again from its beginning as long as an engine asks for that.

    Args:
        engine: the one to begin with.
        work: is given the engine, and why it is not the first one.

    Raises:
        ImageTooLarge: memory ran out, and no strip can be made lower for it.
    """
    reasons: tuple[str, ...] = ()
    while True:
        try:
            return work(engine, reasons)
        except Restart as restart:
            engine, reasons = restart.engine, (*reasons, restart.reason)
        except MemoryError:
            raise ImageTooLarge(
                "There is not enough memory for this picture: take a region, or a smaller one."
            ) from None
