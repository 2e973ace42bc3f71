"""The native library: where it is, how its C functions are called, what its statuses mean."""

import ctypes
import os
import sys
from functools import cache
from pathlib import Path

import numpy as np

from fourfold.errors import MissingExtra, install_line
from fourfold.weights import Layer

INTERFACE = 6
"""The version of native/fourfold.h that this file speaks."""

OK, WRONG_ARGUMENT, NO_MEMORY, UNKNOWN_INSTRUCTION_SET, ENDED, IN_USE, FAILED = range(7)

_FILES = {"win32": "fourfold.dll", "darwin": "libfourfold.dylib"}


class CLayer(ctypes.Structure):
    """`fourfold_layer`; keeps the arrays that it points to."""

    _fields_ = (
        ("weight", ctypes.c_void_p),
        ("bias", ctypes.c_void_p),
        ("slopes", ctypes.c_void_p),
        ("outputs", ctypes.c_int32),
        ("inputs", ctypes.c_int32),
        ("side", ctypes.c_int32),
    )

    def __init__(self, layer: Layer) -> None:
        arrays = [
            None if array is None else np.ascontiguousarray(array, np.float64)
            for array in (layer.weight, layer.bias, layer.slopes)
        ]
        addresses = [None if array is None else array.ctypes.data for array in arrays]
        super().__init__(*addresses, *layer.weight.shape[:3])
        self.arrays = arrays


@cache
def load_library() -> ctypes.CDLL:
    """The library, loaded once, its functions declared.

    Raises:
        MissingExtra: this install has none, or one of another version.
    """
    path = find_library()
    if path is None:
        raise MissingExtra(
            "The native engine is not in this install: install fourfold where there is a C++ "
            f"compiler, or take the torch engine; {install_line('torch')}."
        )
    try:
        library = ctypes.CDLL(str(path))
    except OSError as error:
        raise MissingExtra(f"The native engine cannot be loaded ({error}).") from error
    try:
        if library.fourfold_interface() != INTERFACE:
            raise AttributeError(INTERFACE)
        _declare(library)
    except AttributeError as error:  # a function that it lacks, too: an editable install's can
        raise MissingExtra(f"{path} is of another version: install fourfold again.") from error
    if hasattr(os, "register_at_fork"):
        os.register_at_fork(after_in_child=library.fourfold_forked)
    return library


def find_library() -> Path | None:
    """The library's file: beside this one, or where an editable install put it."""
    name = _FILES.get(sys.platform, "libfourfold.so")
    folders = sys.modules[__package__].__path__
    return next((path for folder in folders if (path := Path(folder, name)).is_file()), None)


def _declare(library: ctypes.CDLL) -> None:
    pointer, text, double = ctypes.c_void_p, ctypes.c_char_p, ctypes.c_double
    int32, int64 = ctypes.c_int32, ctypes.c_int64
    out = ctypes.POINTER
    signatures = {
        "forked": (None, []),
        "instruction_set": (text, [int32]),
        "self_test": (int32, [text, out(double)]),
        "network_new": (int32, [out(CLayer), int32, int32, int32, text, out(pointer)]),
        "network_free": (None, [pointer]),
        "network_passes": (int32, [pointer, int64, int32, out(double)]),
        "stream_new": (int32, [pointer, int32, int32, out(pointer)]),
        "stream_free": (None, [pointer]),
        "stream_ready": (int32, [pointer, int64, int32, out(int64)]),
        "stream_push": (int32, [pointer, pointer, int64, int32, int32, int32, pointer, int64]),
        "consistency_new": (int32, [text, int32, int32, int32, int32, out(pointer)]),
        "consistency_free": (None, [pointer]),
        "consistency_ready": (int32, [pointer, int64, int32, out(int64)]),
        "consistency_push": (
            int32,
            [pointer, pointer, int64, pointer, int64, int32, int32, int32, pointer, int64],
        ),
        "consistency_error": (int32, [pointer, out(double)]),
    }
    for name, (result, arguments) in signatures.items():
        function = getattr(library, f"fourfold_{name}")
        function.restype, function.argtypes = result, arguments
