"""The numbers that a network computes in: fp32 on CPUs, where every machine makes the same picture.

Half precision is for GPUs, and for processors whose instructions know it: elsewhere it is an
imitation, nine times slower than fp32 when measured.
"""

from pathlib import Path
from typing import Literal, get_args

from fourfold.errors import UnavailableDevice, nearest

Precision = Literal["auto", "fp32", "fp16", "bf16"]

_FLAGS = {
    "bf16": {"avx512_bf16", "amx_bf16", "bf16"},
    "fp16": {"avx512_fp16", "amx_fp16", "asimdhp"},
}


def choose_precision(asked: str, device: str) -> str:
    """What the torch engine computes in.

    Args:
        asked: auto, which is fp16 on CUDA GPUs and fp32 elsewhere, or one of the three.
        device: the kind of device: cpu, cuda or mps.

    Raises:
        UnavailableDevice: no such precision, or the processor only imitates it.
    """
    check_precision(asked)
    if asked == "auto":
        return "fp16" if device == "cuda" else "fp32"
    if asked == "fp32" or device != "cpu" or _FLAGS[asked] & _processor_flags():
        return asked
    raise UnavailableDevice(
        f"This processor has no instructions for {asked} and would be many times slower than in "
        "fp32: leave --precision out."
    )


def check_precision(asked: str) -> None:
    """Say whether there is such a precision.

    Raises:
        UnavailableDevice: there is none.
    """
    if asked not in get_args(Precision):
        hint = nearest(asked, get_args(Precision))
        raise UnavailableDevice(f"There is no precision '{asked}'. {hint}")


def _processor_flags() -> set[str]:
    """What the processor's instructions know, on Linux; nothing elsewhere.

    PyTorch's own answer is yes for what it imitates.
    """
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return set()
    named = (line.partition(":") for line in lines)
    return {
        flag
        for name, _, flags in named
        if name.strip() in ("flags", "Features")
        for flag in flags.split()
    }
