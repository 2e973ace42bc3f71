"""Objects of the native library, freed when nobody needs them, and statuses turned into errors."""

import ctypes
import weakref
from collections.abc import Callable

from fourfold.engine import library as lib
from fourfold.errors import ImageTooLarge, InvalidImage


class Handle:
    """An object of the library, freed when nobody here knows it any more.

    Not when the interpreter ends: a thread that the program left may still be computing with it.
    """

    def __init__(self, free: Callable[[ctypes.c_void_p], None]) -> None:
        self.pointer = ctypes.c_void_p()
        weakref.finalize(self, free, self.pointer).atexit = False


def raise_for(status: int) -> None:
    """What a status of a push means to a user."""
    if status == lib.NO_MEMORY:
        raise ImageTooLarge("There is not enough memory to go on with this picture.")
    if status == lib.ENDED:
        raise InvalidImage("Rows came after the picture's last row.")
    if status == lib.IN_USE:
        raise InvalidImage("Another thread is pushing into this stream: a stream is one picture.")
    if status != lib.OK:
        raise InvalidImage("The picture has more rows than the engine can count.")
