"""How fast the paper's network runs here, beside a plain matrix product in the same run.

    python benchmarks/inference.py [--sizes 180x320,720x320] [--rounds 5] [--only native,OpenVINO]

The yardstick is an fp32 product of two 2048x2048 matrices: what this machine can multiply and
add. Work is always counted as the paper's 4.436 MFLOP for each pixel of the input at x4, so a
ratio above 1 means fewer multiplications than counted. Every contender runs once in each round,
so that a busy neighbour slows all of them; medians are printed, with the spread of the rounds.

`hold_to_avx2.c` says how to hold all of it, rivals and yardstick too, to AVX2 on a processor with
more.
"""

import argparse
import os
import time
from collections.abc import Callable
from functools import partial
from statistics import median

import numpy as np
import torch

from fourfold.cli.machine import processor
from fourfold.engine import NativeEngine, cores_at_hand, instruction_sets
from fourfold.networks import generator_from_weights, to_tensor
from fourfold.upscaling.torch_engine import TorchEngine
from fourfold.weights import fold, load_weights

FLOP_A_PIXEL = 2 * 2_218_176  # multiplications and additions, x4, for each pixel of the input
PRODUCT_SIDE = 2048
PRODUCT = "fp32 product"
HELD = "hold_to_avx2"
"""Part of the name of a library that may be loaded before all others; see its source."""
WEIGHTS = load_weights("srresnet")

Call = Callable[[], object]
Prepare = Callable[[np.ndarray, int], Call]
"""From a picture (H, W, 3), uint8, and the threads to use, to the call that is timed."""


def product(_: np.ndarray, threads: int) -> Call:
    """The yardstick, into memory that is there already."""
    torch.set_num_threads(threads)
    left, right = torch.rand(2, PRODUCT_SIDE, PRODUCT_SIDE)
    out = torch.empty_like(left)
    return lambda: torch.mm(left, right, out=out)


def eager(lr: np.ndarray, threads: int) -> Call:
    """The network as it trains, whole, without folding."""
    torch.set_num_threads(threads)
    generator, tensor = generator_from_weights(WEIGHTS), to_tensor(lr).contiguous()

    def run() -> torch.Tensor:
        with torch.inference_mode():
            return generator(tensor)

    return run


def torch_engine(lr: np.ndarray, threads: int) -> Call:
    """The folded layers by PyTorch's operators, uint8 rows in, uint8 rows out."""
    torch.set_num_threads(threads)
    engine = TorchEngine(fold(WEIGHTS), device=torch.device("cpu"))
    return lambda: engine.open(lr.shape[1]).push(lr, last=True)


def native_engine(lr: np.ndarray, threads: int, *, isa: str) -> Call:
    """The native engine, uint8 rows in, uint8 rows out."""
    engine = NativeEngine(fold(WEIGHTS), threads=threads, isa=isa)
    return lambda: engine.open(lr.shape[1]).push(lr, last=True)


def rival(lr: np.ndarray, threads: int, *, runtime: str) -> Call:
    """Another runtime, float32 planes in and out."""
    import rivals  # what it needs is installed for the benchmark alone

    return getattr(rivals, runtime)(WEIGHTS, to_tensor(lr).contiguous().numpy(), threads)


def contenders() -> dict[str, Prepare]:
    """The yardstick first; then every way to run the network here."""
    natives = {f"native {isa}": partial(native_engine, isa=isa) for isa in instruction_sets()}
    return {
        PRODUCT: product,
        **natives,
        "OpenVINO": partial(rival, runtime="open_vino"),
        "torch engine": torch_engine,
        "ONNX Runtime": partial(rival, runtime="onnx_runtime"),
        "plain eager network": eager,
    }


def picture(height: int, width: int) -> np.ndarray:
    """Smooth colour with some noise, uint8."""
    rng = np.random.default_rng(0)
    rows, columns = np.mgrid[:height, :width]
    smooth = 128 + 80 * np.sin(rows / 17)[:, :, None] * np.cos(columns[:, :, None] / [23, 29, 31])
    return np.clip(smooth + rng.normal(0, 8, (height, width, 3)), 0, 255).astype(np.uint8)


def measure(
    calls: dict[str, Call], clock: Callable[[], float], rounds: int
) -> dict[str, list[float]]:
    """Seconds of each call in each round, after one round that does not count."""
    seconds: dict[str, list[float]] = {name: [] for name in calls}
    for counted in range(-1, rounds):
        for name, call in calls.items():
            start = clock()
            call()
            if counted >= 0:
                seconds[name].append(clock() - start)
    return seconds


def report(lr: np.ndarray, seconds: dict[str, list[float]]) -> None:
    """Print the table of one size."""
    pixels = lr.shape[0] * lr.shape[1]
    rate = 2 * PRODUCT_SIDE**3 / median(seconds[PRODUCT])
    best = min((median(times), name) for name, times in seconds.items() if name != PRODUCT)[1]
    columns = f"{'ms':>9}{'spread':>8}{'MP/s':>8}{'GFLOP/s':>9}{'ratio':>7}"
    print(f"{'':<21}{columns}   time, {best} = 1")
    for name, times in seconds.items():
        middle = median(times)
        line = f"{name:<21}{1e3 * middle:>9.0f}{100 * (max(times) - min(times)) / middle:>7.0f}%"
        if name == PRODUCT:
            print(f"{line}{'':>8}{rate / 1e9:>9.0f}{1:>7.2f}")
            continue
        flops = FLOP_A_PIXEL * pixels / middle
        line += f"{16 * pixels / middle / 1e6:>8.2f}{flops / 1e9:>9.0f}{flops / rate:>7.2f}"
        print(f"{line}{middle / median(seconds[best]):>8.2f}")


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description="How fast the network runs here.")
    parser.add_argument("--sizes", default="180x320", help="HEIGHTxWIDTH of the input, by commas")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--only", default="", help="contenders whose names hold one of these")
    arguments = parser.parse_args()
    wanted = [PRODUCT, *arguments.only.split(",")] if arguments.only else [""]
    print(f"{processor()}; PyTorch {torch.__version__}")
    if HELD in os.environ.get("LD_PRELOAD", ""):
        print("held to AVX2")
    print(
        "MP/s: megapixels of the result a second; ratio: to the product; work as counted directly"
    )
    for size in arguments.sizes.split(","):
        lr = picture(*map(int, size.split("x")))
        for threads, clock, name in (
            (1, time.process_time, "one thread, CPU time"),
            (cores_at_hand(), time.perf_counter, f"{cores_at_hand()} threads, wall time"),
        ):
            calls = {
                name: prepare(lr, threads)
                for name, prepare in contenders().items()
                if any(word in name for word in wanted)
            }
            print(f"\n{size} to {4 * lr.shape[0]}x{4 * lr.shape[1]}, {name}")
            report(lr, measure(calls, clock, arguments.rounds))


if __name__ == "__main__":
    main()
