"""The native training kernels: their C functions (native/training.h), called with addresses.

Who calls answers for what an address points to: fp32, channels-last, without gaps, of the sizes
told. The library checks the sizes themselves.
"""

import ctypes
import os
from dataclasses import dataclass
from functools import cache
from typing import Any

from fourfold.engine.instruction_sets import BF16, instruction_sets
from fourfold.engine.library import FAILED, NO_MEMORY, OK, load_library
from fourfold.errors import UnavailableDevice

_POINTER, _INT32 = ctypes.c_void_p, ctypes.c_int32
_Argument = ctypes.Structure | ctypes.Array[Any]

CHANNELS, MOST_CHANNELS = 64, 512
"""Channels come in groups of 64, up to 512."""


class ForwardPass(ctypes.Structure):
    """`fourfold_training_forward`: output = bias + convolution(PReLU(input)) + skip."""

    _fields_ = (
        *((name, _INT32) for name in ("images", "height", "width", "inputs", "outputs")),
        *((name, _INT32) for name in ("stride", "shuffled", "threads")),
        *((name, _POINTER) for name in ("input", "slopes", "weight", "bias", "skip", "output")),
    )


class BackwardPass(ctypes.Structure):
    """`fourfold_training_backward`: the gradients of the same layer."""

    _fields_ = (
        *((name, _INT32) for name in ("images", "height", "width", "inputs", "outputs")),
        *((name, _INT32) for name in ("stride", "shuffled", "threads")),
        *((name, _POINTER) for name in ("input", "slopes", "weight", "gradient", "skip")),
        *((name, _POINTER) for name in ("input_gradient", "slope_gradient")),
        *((name, _POINTER) for name in ("weight_gradient", "bias_gradient")),
    )


class TailPass(ctypes.Structure):
    """`fourfold_training_tail`: the 9x9 tail and its gradients."""

    _fields_ = (
        *((name, _INT32) for name in ("images", "height", "width", "threads")),
        *((name, _POINTER) for name in ("input", "slopes", "weight", "bias", "output")),
        *((name, _POINTER) for name in ("gradient", "input_gradient", "slope_gradient")),
        *((name, _POINTER) for name in ("weight_gradient", "bias_gradient")),
    )


class FirstPass(ctypes.Structure):
    """`fourfold_training_first`: the gradients of a judge's first convolution."""

    _fields_ = (
        *((name, _INT32) for name in ("images", "height", "width", "threads")),
        *((name, _POINTER) for name in ("input", "weight", "gradient")),
        *((name, _POINTER) for name in ("input_gradient", "weight_gradient", "bias_gradient")),
    )


class PoolingPass(ctypes.Structure):
    """`fourfold_training_pooling`: the largest of each 2x2 pixels, and its gradient."""

    _fields_ = (
        *((name, _INT32) for name in ("images", "height", "width", "channels", "threads")),
        *((name, _POINTER) for name in ("input", "output", "gradient", "input_gradient")),
    )


@dataclass(frozen=True)
class TrainingKernels:
    """The training kernels of one instruction set, whose results are right here."""

    isa: str
    version: int
    """With another version a run that goes on has other last bits."""

    @property
    def name(self) -> str:
        """What decides the last bits of a result."""
        return f"native {self.isa}, version {self.version}"

    def forward(self, *layers: ForwardPass) -> None:
        """Compute the layers' outputs, one after another: each may read what came before it."""
        self._call("forward_layers", (ForwardPass * len(layers))(*layers), len(layers))

    def backward(self, *layers: BackwardPass) -> None:
        """Compute the layers' gradients, one after another in the order given."""
        self._call("backward_layers", (BackwardPass * len(layers))(*layers), len(layers))

    def tail_forward(self, tail: TailPass) -> None:
        """Compute the tail's output."""
        self._call("tail_forward", tail)

    def tail_backward(self, tail: TailPass) -> None:
        """Compute the tail's gradients."""
        self._call("tail_backward", tail)

    def first_backward(self, layer: FirstPass) -> None:
        """Compute the gradients of a judge's first convolution."""
        self._call("first_backward", layer)

    def pool_forward(self, layer: PoolingPass) -> None:
        """Compute the largest of each 2x2 pixels."""
        self._call("pool_forward", layer)

    def pool_backward(self, layer: PoolingPass) -> None:
        """Compute the gradient of that."""
        self._call("pool_backward", layer)

    def _call(self, name: str, argument: _Argument, *count: int) -> None:
        status = _function(name)(self.isa.encode(), ctypes.byref(argument), *count)
        if status == NO_MEMORY:
            raise MemoryError("There is not enough memory for the training kernels.")
        assert status == OK, f"train_{name} gave status {status}"


@cache
def load_training_kernels() -> TrainingKernels:
    """The best of this processor's, tested once a process against direct sums.

    `FOURFOLD_ISA` names the instruction set to take, as it does for the engine; but training stays
    in fp32.

    Raises:
        MissingExtra: this install has no native library.
        UnavailableDevice: the kernels compute wrongly here.
    """
    wanted = os.environ.get("FOURFOLD_ISA")
    known = [isa for isa in instruction_sets() if wanted in (None, BF16, isa) and isa != BF16]
    for isa in known:
        if training_self_test(isa) is not None:
            return TrainingKernels(isa, load_library().fourfold_train_version())
    raise UnavailableDevice(
        f"The native training kernels ({', '.join(known) or wanted}) compute wrongly here, or "
        "cannot run."
    )


@cache
def training_self_test(isa: str) -> float | None:
    """The largest error relative to the largest result, about 5e-6; None where the test fails."""
    error = ctypes.c_double()
    function = load_library().fourfold_train_self_test
    function.argtypes = [ctypes.c_char_p, ctypes.POINTER(ctypes.c_double)]
    status = function(isa.encode(), ctypes.byref(error))
    assert status in (OK, FAILED)
    return error.value if status == OK else None


@cache
def _function(name: str) -> "ctypes._NamedFuncPointer":
    function = getattr(load_library(), f"fourfold_train_{name}")
    count = [_INT32] if name.endswith("_layers") else []
    function.argtypes, function.restype = [ctypes.c_char_p, _POINTER, *count], _INT32
    return function
