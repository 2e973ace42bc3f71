"""The machine that fourfold runs on, as a person would name it."""

import platform
from pathlib import Path

from fourfold.engine import cores_at_hand

_FEATURES = {  # what decides the speed of a network, by the kernel's names
    "avx2": "AVX2",
    "fma": "FMA",
    "avx512f": "AVX-512",
    "avx512_bf16": "AVX-512 bf16",
    "amx_bf16": "AMX bf16",
    "asimd": "NEON",
}


def processor() -> str:
    """The processor's name, its cores at hand, and the features that a network's speed hangs on."""
    facts = _cpuinfo()
    name = facts.get("model name") or platform.processor() or platform.machine()
    flags = set((facts.get("flags") or facts.get("Features") or "").split())
    features = ", ".join(label for flag, label in _FEATURES.items() if flag in flags)
    cores = cores_at_hand()
    return f"{name}, {cores} core{'s' * (cores != 1)}" + (f": {features}" if features else "")


def _cpuinfo() -> dict[str, str]:
    """The first processor's facts, on Linux; nothing elsewhere."""
    try:
        lines = Path("/proc/cpuinfo").read_text().split("\n\n")[0].splitlines()
    except OSError:
        return {}
    pairs = (line.partition(":") for line in lines)
    return {key.strip(): value.strip() for key, _, value in pairs}
