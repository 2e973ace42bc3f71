"""The native engine: a folded generator on this machine's processor, rows in, rows out."""

import ctypes
import operator
from typing import Literal

import numpy as np

from fourfold.engine import library as lib
from fourfold.engine.handle import Handle, raise_for
from fourfold.engine.instruction_sets import BF16, choose_instruction_set, why_no_bf16
from fourfold.engine.library import CLayer, load_library
from fourfold.engine.processors import cores_at_hand
from fourfold.errors import (
    ImageTooLarge,
    InvalidConfig,
    InvalidImage,
    MissingExtra,
    UnavailableDevice,
    install_line,
)
from fourfold.weights import FoldedGenerator, Layer

_TOO_LARGE = "There is not enough memory for the network's weights."

NativePrecision = Literal["fp32", "bf16"]

WIDTH = 64
"""Feature maps of the networks that the kernels are made for."""

MOST_COLUMNS = 65_536
"""Widest picture, in its own columns; the engine's memory is bounded at any width."""


def why_not(
    network: FoldedGenerator | None = None, *, precision: NativePrecision = "fp32"
) -> str | None:
    """Why the native engine cannot run (this network), in a sentence; None where it can.

    Raises:
        UnavailableDevice: an instruction set was asked for that is not there, or none computes
            rightly: to be heard, not to be passed over.
    """
    try:
        choose_instruction_set(None)
        if network is not None:
            _check_width(network)
    except (MissingExtra, InvalidConfig) as error:
        return str(error)
    return why_no_bf16() if precision == "bf16" else None


class NativeEngine:
    """A folded generator, packed for one instruction set; `open` a stream for each picture.

    The result depends on picture, network and instruction set alone: not on the threads, nor on how
    rows are pushed. AVX2, AVX-512 and NEON give the same.

    Args:
        network: the plain layers, of width 64.
        threads: how many may work on a stream; all that this process may use if None. All streams
            of a process share them.
        isa: the instruction set, one of `instruction_sets()`; the best if None.
        precision: fp32, or bf16, which few processors have: more than twice as fast, and two of
            five samples differ, most by one level (0.015 dB on Set5).

    Raises:
        MissingExtra: this install has no native library.
        UnavailableDevice: this machine does not have the instruction set, or not the precision.
        InvalidConfig: a network of another width, one that memory does not suffice for, or no
            whole number of threads.
    """

    def __init__(
        self,
        network: FoldedGenerator,
        *,
        threads: int | None = None,
        isa: str | None = None,
        precision: NativePrecision = "fp32",
    ) -> None:
        _check_width(network)
        self.scale = network.scale
        self.threads = cores_at_hand() if threads is None else threads
        if type(self.threads) is not int or not 1 <= self.threads <= 1024:
            raise InvalidConfig(f"threads is {threads}; it must be a whole number from 1 to 1024.")
        self.precision: str = precision
        if precision == "bf16" and (reason := why_no_bf16()) is not None:
            raise UnavailableDevice(reason)
        self.isa = BF16 if precision == "bf16" else choose_instruction_set(isa)
        self._handle = _pack(network, self.isa)

    @property
    def name(self) -> str:
        """The engine and where it runs."""
        return f"native {self.isa}"

    def passes(self, height: int, width: int) -> float:
        """How often a pixel of such a picture is computed, on average.

        Once up to about 2,000 columns; then 1.05 times for the bands' halos; beyond about 5,900,
        where strips keep nothing for the next, 1.2 to 1.9 times.
        """
        self._check_columns(width)
        passes = ctypes.c_double()
        raise_for(
            load_library().fourfold_network_passes(
                self._handle.pointer, height, width, ctypes.byref(passes)
            )
        )
        return passes.value

    def open(self, width: int) -> "NativeStream":
        """A stream for one picture of `width` columns.

        Raises:
            InvalidImage: a width that no picture has.
            ImageTooLarge: there is not enough memory for it.
        """
        self._check_columns(width)
        library = load_library()
        handle = Handle(library.fourfold_stream_free)
        status = library.fourfold_stream_new(
            self._handle.pointer, operator.index(width), self.threads, ctypes.byref(handle.pointer)
        )
        if status == lib.NO_MEMORY:
            raise ImageTooLarge(f"There is not enough memory for a picture of {width} columns.")
        assert status == lib.OK
        return NativeStream(handle, width, scale=self.scale)

    def _check_columns(self, width: int) -> None:
        if not (hasattr(width, "__index__") and 1 <= width <= MOST_COLUMNS):
            raise InvalidImage(
                f"The picture has {width} columns; the native engine takes 1 to {MOST_COLUMNS}."
            )


class NativeStream:
    """One picture on its way through a `NativeEngine`: rows in, rows out."""

    def __init__(self, handle: "Handle", width: int, *, scale: int) -> None:
        self._handle = handle
        self._width = width
        self._scale = scale
        self._dtype: np.dtype | None = None

    def push(self, rows: np.ndarray, *, last: bool = False) -> np.ndarray:
        """Take the next rows of the picture, give the rows of the result that are ready.

        Args:
            rows: shape (R, width, 3); uint8, uint16, or float32 in [0, 1].
            last: whether the picture ends with these rows.

        Returns:
            Shape (scale * ready, scale * width, 3), `ready` from 0 up. Integers as `rows` has
            them, clamped and rounded; floats as computed, not clamped.

        Raises:
            InvalidImage: rows of another width or type, or rows after the last.
            ImageTooLarge: memory ran out; the stream has ended.
        """
        self._check(rows)
        rows = np.require(rows, requirements=["C_CONTIGUOUS", "ALIGNED"])
        ready = ctypes.c_int64()
        library, stream = load_library(), self._handle.pointer
        raise_for(library.fourfold_stream_ready(stream, len(rows), bool(last), ctypes.byref(ready)))
        try:
            result = np.empty((ready.value, self._scale * self._width, 3), rows.dtype)
        except MemoryError:
            raise_for(lib.NO_MEMORY)
        raise_for(
            library.fourfold_stream_push(
                stream,
                rows.ctypes.data,
                len(rows),
                self._width,
                rows.itemsize,
                bool(last),
                result.ctypes.data,
                len(result),
            )
        )
        self._dtype = rows.dtype
        return result

    def _check(self, rows: np.ndarray) -> None:
        if rows.ndim != 3 or rows.shape[1:] != (self._width, 3):
            raise InvalidImage(f"Rows have shape {rows.shape}; (rows, {self._width}, 3) is needed.")
        if rows.dtype not in (np.uint8, np.uint16, np.float32):
            raise InvalidImage(f"Rows are {rows.dtype}; uint8, uint16 or float32 is needed.")
        if self._dtype not in (None, rows.dtype):
            raise InvalidImage(f"Rows are {rows.dtype}; the picture began as {self._dtype}.")


def _check_width(network: FoldedGenerator) -> None:
    if network.width != WIDTH:
        raise InvalidConfig(
            f"The native engine runs networks of {WIDTH} feature maps, not {network.width}: "
            f"take the torch engine; {install_line('torch')}."
        )


def _pack(network: FoldedGenerator, isa: str) -> Handle:
    layers = [
        network.head,
        *(layer for block in network.blocks for layer in block),
        network.trunk,
        *network.upsample,
        network.tail,
    ]
    for layer in layers:
        _check_layer(layer)
    if network.scale != 2 ** len(network.upsample):
        raise InvalidConfig(
            f"scale is {network.scale}, and there are {len(network.upsample)} up-convolutions."
        )
    try:
        c_layers = [CLayer(layer) for layer in layers]
    except MemoryError:
        raise InvalidConfig(_TOO_LARGE) from None
    library = load_library()
    handle = Handle(library.fourfold_network_free)
    status = library.fourfold_network_new(
        (CLayer * len(layers))(*c_layers),
        len(layers),
        len(network.blocks),
        bool(network.skips),
        isa.encode(),
        ctypes.byref(handle.pointer),
    )
    if status == lib.NO_MEMORY:
        raise InvalidConfig(_TOO_LARGE)
    if status != lib.OK:
        raise InvalidConfig("The network's layers are not those of a generator.")
    return handle


def _check_layer(layer: Layer) -> None:
    """The library sees sizes, not arrays: what disagrees would be read past its end."""
    outputs, _, rows, columns = layer.weight.shape
    vectors = [layer.bias] if layer.slopes is None else [layer.bias, layer.slopes]
    if rows != columns or any(vector.shape != (outputs,) for vector in vectors):
        shapes = [layer.weight.shape, *(vector.shape for vector in vectors)]
        raise InvalidConfig(f"The shapes of a layer disagree: {shapes}.")
