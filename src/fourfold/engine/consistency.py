"""Results made consistent with their inputs, by the native library."""

import ctypes

import numpy as np

from fourfold.engine import library as lib
from fourfold.engine.handle import Handle, raise_for
from fourfold.engine.instruction_sets import choose_instruction_set
from fourfold.engine.library import load_library
from fourfold.engine.processors import cores_at_hand
from fourfold.errors import ImageTooLarge, InvalidConfig, InvalidImage


class NativeConsistency:
    """One picture and its result on their way through two passes of back-projection.

    The reduced result is the input again, by the exact bicubic's unrounded weights. The same bytes
    for any number of threads, however rows come, and on every instruction set.

    Args:
        width: columns of the picture.
        channels: of picture and result, 1 or 3.
        scale: factor per side: 2, 4 or 8.
        threads: how many may work on it; all that this process may use if None.
        isa: the instruction set, one of `instruction_sets()`; the best if None.

    Raises:
        MissingExtra: this install has no native library.
        UnavailableDevice: this machine does not have the instruction set.
        InvalidConfig: a width, channels or a scale that it is not made for.
        ImageTooLarge: there is not enough memory for it.
    """

    def __init__(
        self,
        width: int,
        *,
        scale: int,
        channels: int = 3,
        threads: int | None = None,
        isa: str | None = None,
    ) -> None:
        library = load_library()
        self._row = width * channels
        self._shape = (width, channels)
        self._scale = scale
        self._handle = Handle(library.fourfold_consistency_free)
        status = library.fourfold_consistency_new(
            choose_instruction_set(isa).encode(),
            width,
            channels,
            scale,
            threads or cores_at_hand(),
            ctypes.byref(self._handle.pointer),
        )
        if status == lib.NO_MEMORY:
            raise ImageTooLarge(f"There is not enough memory for a picture of {width} columns.")
        if status != lib.OK:
            raise InvalidConfig(
                f"A picture of {width} columns and {channels} channels cannot be made consistent "
                f"at scale {scale}."
            )

    def push(
        self, lr: np.ndarray, sr: np.ndarray, *, dtype: np.dtype | type, last: bool = False
    ) -> np.ndarray:
        """Take the next rows of both, give the rows of the consistent result that are ready.

        Args:
            lr: shape (R, width, channels), float32 in [0, 1].
            sr: the result's rows so far as it has them, float32, not clamped; `scale` rows for
                each of `lr`, and up to `scale` - 1 more until the last.
            dtype: of what is given: uint8, uint16 or float32.
            last: whether the picture ends with these rows.

        Returns:
            Shape (ready, scale * width, channels). Integers are clamped and rounded, floats as
                computed.

        Raises:
            InvalidImage: rows of another shape or type, not as many of one as of the other, or rows
                after the last.
            ImageTooLarge: memory ran out.
        """
        if dtype not in (np.uint8, np.uint16, np.float32):
            raise InvalidImage(f"{np.dtype(dtype)} cannot be given; uint8, uint16 or float32 can.")
        self._check(lr, self._shape)
        self._check(sr, (self._scale * self._shape[0], self._shape[1]))
        lr, sr = (np.require(rows, requirements=["C_CONTIGUOUS", "ALIGNED"]) for rows in (lr, sr))
        dtype, ready = np.dtype(dtype), ctypes.c_int64()
        library, handle = load_library(), self._handle.pointer
        raise_for(
            library.fourfold_consistency_ready(handle, len(sr), bool(last), ctypes.byref(ready))
        )
        result = np.empty((ready.value, *sr.shape[1:]), dtype)
        status = library.fourfold_consistency_push(
            handle,
            lr.ctypes.data,
            len(lr),
            sr.ctypes.data,
            len(sr),
            self._row,
            dtype.itemsize,
            bool(last),
            result.ctypes.data,
            len(result),
        )
        if status == lib.WRONG_ARGUMENT:
            raise InvalidImage(f"{len(sr)} rows of the result do not belong to {len(lr)} of it.")
        raise_for(status)
        return result

    @property
    def error(self) -> float:
        """Mean square of the input less the reduced result, of values in [0, 1]."""
        error = ctypes.c_double()
        raise_for(
            load_library().fourfold_consistency_error(self._handle.pointer, ctypes.byref(error))
        )
        return error.value

    @staticmethod
    def _check(rows: np.ndarray, shape: tuple[int, int]) -> None:
        if rows.shape[1:] != shape or rows.dtype != np.float32:
            raise InvalidImage(
                f"Rows are {rows.dtype} of shape {rows.shape}; float32 of (rows, {shape[0]}, "
                f"{shape[1]}) is needed."
            )
