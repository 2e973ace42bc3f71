"""How the native engine's speed changes with cores, columns, instruction set and precision.

    python benchmarks/ratios.py [--rounds 5] [--only cores,columns,sets,half_precision]

Both sides of a ratio run once in each round, one after the other; medians of the rounds' ratios.
"""

import argparse
import time
from collections.abc import Callable
from itertools import pairwise
from statistics import median
from typing import Any

import numpy as np
import torch
from inference import FLOP_A_PIXEL, PRODUCT_SIDE, WEIGHTS, Call, measure, picture

from fourfold.cli.machine import processor
from fourfold.engine import NativeEngine, cores_at_hand, instruction_sets
from fourfold.errors import UnavailableDevice
from fourfold.networks import to_tensor
from fourfold.weights import fold

NETWORK = fold(WEIGHTS)
SMALL = picture(180, 320)


def upscaling(engine: NativeEngine, lr: np.ndarray) -> Call:
    """The call that is timed."""
    return lambda: engine.open(lr.shape[1]).push(lr, last=True)


def compare(
    slow: Call, fast: Call, *, clock: Callable[[], float], rounds: int, work: float = 1
) -> str:
    """How many times as fast the second is, which does `work` times as much; and the spread."""
    seconds = measure({"slow": slow, "fast": fast}, clock, rounds)
    ratios = [work * a / b for a, b in zip(seconds["slow"], seconds["fast"], strict=True)]
    return f"{median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f})"


def by_cpu(rounds: int) -> dict[str, Any]:
    """CPU time, which a busy neighbour does not change, so many times."""
    return {"clock": time.process_time, "rounds": rounds}


def cores(rounds: int) -> None:
    """All cores beside one, by wall time."""
    one, every = (upscaling(NativeEngine(NETWORK, threads=n), SMALL) for n in (1, cores_at_hand()))
    ratio = compare(one, every, clock=time.perf_counter, rounds=rounds)
    print(f"{cores_at_hand()} threads / 1, 180x320, wall time: {ratio}")


def columns(rounds: int) -> None:
    """The rate at 4,000 columns, which are cut into bands, beside 1,000."""
    engine = NativeEngine(NETWORK, threads=1)
    narrow, wide = picture(128, 1000), picture(128, 4000)
    ratio = compare(
        upscaling(engine, narrow),
        upscaling(engine, wide),
        work=4,
        **by_cpu(rounds),
    )
    print(f"4,000 / 1,000 columns, 128 rows, one thread, CPU time: {ratio}")


def sets(rounds: int) -> None:
    """Each instruction set beside the next."""
    names = instruction_sets()
    for better, other in pairwise(names):
        fast, slow = (
            upscaling(NativeEngine(NETWORK, threads=1, isa=isa), SMALL) for isa in (better, other)
        )
        ratio = compare(slow, fast, **by_cpu(rounds))
        print(f"{better} / {other}, 180x320, one thread, CPU time: {ratio}")


def half_precision(rounds: int) -> None:
    """bf16 beside fp32, OpenVINO's bf16, and the bf16 product of two matrices."""
    try:
        in_bf16 = NativeEngine(NETWORK, threads=1, precision="bf16")
    except UnavailableDevice:
        print("bf16: not on this processor")
        return
    fast, slow = upscaling(in_bf16, SMALL), upscaling(NativeEngine(NETWORK, threads=1), SMALL)
    ratio = compare(slow, fast, **by_cpu(rounds))
    print(f"bf16 / fp32, 180x320, one thread, CPU time: {ratio}")
    print(f"bf16 / OpenVINO's bf16, likewise: {compare(in_open_vino(), fast, **by_cpu(rounds))}")
    work = FLOP_A_PIXEL * SMALL.shape[0] * SMALL.shape[1] / (2 * PRODUCT_SIDE**3)
    ratio = compare(bf16_product(), fast, work=work, **by_cpu(rounds))
    print(f"bf16 / the bf16 product of {PRODUCT_SIDE}x{PRODUCT_SIDE}, likewise: {ratio}")


def in_open_vino() -> Call:
    """The paper's network in OpenVINO, in bf16, on one thread."""
    import rivals  # what it needs is installed for the benchmark alone

    planes = to_tensor(SMALL).contiguous().numpy()
    return rivals.open_vino(WEIGHTS, planes, 1, precision="bf16")


def bf16_product() -> Call:
    """PyTorch's product of two matrices in bf16, on one thread, into memory that is there."""
    torch.set_num_threads(1)
    left, right = torch.rand(2, PRODUCT_SIDE, PRODUCT_SIDE).bfloat16()
    out = torch.empty_like(left)
    return lambda: torch.mm(left, right, out=out)


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description="How the engine's speed changes.")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--only", help="of cores, columns, sets and half_precision, by commas")
    arguments = parser.parse_args()
    print(processor())
    for compared in (cores, columns, sets, half_precision):
        if not arguments.only or compared.__name__ in arguments.only.split(","):
            compared(arguments.rounds)


if __name__ == "__main__":
    main()
