"""The instruction sets that the native kernels can run on here, and whether they are right."""

import ctypes
import os
from dataclasses import dataclass
from functools import cache

from fourfold.engine.library import FAILED, OK, load_library
from fourfold.errors import UnavailableDevice, nearest

BF16 = "amx_bf16"
"""Makes another picture than the others, and is therefore never chosen unless asked for."""


@dataclass(frozen=True, kw_only=True)
class SelfTest:
    """What came of comparing an instruction set's kernels with direct sums on a few tiles."""

    isa: str
    error: float
    """The largest, relative to the largest result; rounding leaves about 1e-6, in bf16 3e-3."""
    passed: bool


def instruction_sets() -> tuple[str, ...]:
    """Names of those that this machine has, best first: avx512, avx2, baseline; or neon.

    Raises:
        MissingExtra: this install has no native library.
    """
    library = load_library()
    names: list[str] = []
    while (name := library.fourfold_instruction_set(len(names))) is not None:
        names.append(name.decode())
    return tuple(names)


@cache
def self_test(isa: str) -> SelfTest:
    """Test the kernels of an instruction set, once a process; a few milliseconds.

    Raises:
        UnavailableDevice: this machine does not have it.
    """
    error = ctypes.c_double()
    status = load_library().fourfold_self_test(isa.encode(), ctypes.byref(error))
    if status not in (OK, FAILED):
        raise _not_here(isa)
    return SelfTest(isa=isa, error=error.value, passed=status == OK)


def choose_instruction_set(isa: str | None) -> str:
    """The one named, or the best of those whose kernels pass their test.

    The library's one look at the environment: `FOURFOLD_ISA` names the one to take where the
    caller names none, so that tests and benchmarks reach every kernel through any door.

    Raises:
        UnavailableDevice: this machine does not have it, or its kernels fail their test.
    """
    known = instruction_sets()
    isa = isa or os.environ.get("FOURFOLD_ISA")
    if isa is not None and isa not in known:
        raise _not_here(isa)
    for candidate in known if isa is None else (isa,):
        if self_test(candidate).passed:
            return candidate
    error = self_test(isa or known[0]).error
    raise UnavailableDevice(
        f"The {isa or known[0]} kernels compute wrongly here (self-test: error {error:.1g}); "
        "name another instruction set, FOURFOLD_ISA=baseline, or take --engine torch."
    )


def why_no_bf16() -> str | None:
    """Why the native engine cannot compute in bf16 here, in a sentence; None where it can.

    Raises:
        MissingExtra: this install has no native library.
    """
    try:
        test = self_test(BF16)
    except UnavailableDevice:
        return (
            "The native engine computes in bf16 on x86-64 processors with AMX alone (Sapphire "
            "Rapids and later), under Linux: leave the precision at fp32."
        )
    if test.passed:
        return None
    return (
        f"The {BF16} kernels compute wrongly here (self-test: error {test.error:.1g}): leave the "
        "precision at fp32."
    )


def _not_here(isa: str) -> UnavailableDevice:
    hint = nearest(isa, instruction_sets())
    return UnavailableDevice(f"This machine does not have the instruction set {isa!r}. {hint}")
