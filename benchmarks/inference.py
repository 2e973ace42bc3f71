"""How fast the paper's network runs here, beside a plain matrix product in the same run.

    python benchmarks/inference.py [--sizes 180x320,720x320] [--rounds 5]

The yardstick is an fp32 product of two 2048x2048 matrices: what this machine can multiply and
add. Work is always counted as the paper's 4.436 MFLOP for each pixel of the input at x4, so a
ratio above 1 means fewer multiplications than counted. Every contender runs once in each round,
so that a busy neighbour slows all of them; medians are printed, with the spread of the rounds.
"""

import argparse
import time
from collections.abc import Callable
from dataclasses import dataclass
from statistics import median

import numpy as np
import torch

from fourfold.cli.machine import cores_at_hand, processor
from fourfold.networks import generator_from_weights, to_tensor
from fourfold.upscaling.torch_engine import TorchEngine
from fourfold.weights import fold, load_weights

FLOP_A_PIXEL = 2 * 2_218_176  # multiplications and additions, x4, for each pixel of the input
PRODUCT_SIDE = 2048

Clock = Callable[[], float]


@dataclass(frozen=True)
class Contender:
    """Something to time: `prepare(height, width)` gives the call that is timed."""

    name: str
    prepare: Callable[[int, int], Callable[[], object]]


def product(*_: int) -> Callable[[], object]:
    """The yardstick, into memory that is there already."""
    left, right = torch.rand(2, PRODUCT_SIDE, PRODUCT_SIDE)
    out = torch.empty_like(left)
    return lambda: torch.mm(left, right, out=out)


def eager(height: int, width: int) -> Callable[[], object]:
    """The network as it trains, whole, without folding."""
    generator = generator_from_weights(load_weights("srresnet"))
    lr = to_tensor(picture(height, width)).contiguous()

    def run() -> torch.Tensor:
        with torch.inference_mode():
            return generator(lr)

    return run


def torch_engine(height: int, width: int) -> Callable[[], object]:
    """The folded layers by PyTorch's operators, uint8 rows in, uint8 rows out."""
    engine = TorchEngine(fold(load_weights("srresnet")), device=torch.device("cpu"))
    lr = picture(height, width)
    return lambda: engine.open(width).push(lr, last=True)


YARDSTICK = Contender("fp32 product", product)
NETWORKS = [Contender("plain eager network", eager), Contender("torch engine", torch_engine)]


def picture(height: int, width: int) -> np.ndarray:
    """Smooth colour with some noise, uint8."""
    rng = np.random.default_rng(0)
    rows, columns = np.mgrid[:height, :width]
    smooth = 128 + 80 * np.sin(rows / 17)[:, :, None] * np.cos(columns[:, :, None] / [23, 29, 31])
    return np.clip(smooth + rng.normal(0, 8, (height, width, 3)), 0, 255).astype(np.uint8)


def measure(calls: list[Callable[[], object]], clock: Clock, rounds: int) -> list[list[float]]:
    """Seconds of each call in each round, after one round that does not count."""
    seconds: list[list[float]] = [[] for _ in calls]
    for counted in range(-1, rounds):
        for call, times in zip(calls, seconds, strict=True):
            start = clock()
            call()
            if counted >= 0:
                times.append(clock() - start)
    return seconds


def report(height: int, width: int, seconds: list[list[float]]) -> None:
    """Print the table of one size."""
    pixels = height * width
    print(f"{'':<22}{'ms':>9}{'spread':>9}{'MP/s':>8}{'GFLOP/s':>9}{'ratio':>7}")
    rate = 2 * PRODUCT_SIDE**3 / median(seconds[0])
    print(f"{YARDSTICK.name:<22}{line(seconds[0])}{'':>8}{rate / 1e9:>9.0f}{1:>7.2f}")
    for contender, times in zip(NETWORKS, seconds[1:], strict=True):
        flops = FLOP_A_PIXEL * pixels / median(times)
        megapixels = 16 * pixels / median(times) / 1e6
        row = f"{megapixels:>8.2f}{flops / 1e9:>9.0f}{flops / rate:>7.2f}"
        print(f"{contender.name:<22}{line(times)}{row}")


def line(times: list[float]) -> str:
    """Median in milliseconds, and how far the rounds lie apart in percent of it."""
    spread = 100 * (max(times) - min(times)) / median(times)
    return f"{1e3 * median(times):>9.0f}{spread:>8.0f}%"


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description="How fast the network runs here.")
    parser.add_argument("--sizes", default="180x320", help="HEIGHTxWIDTH of the input, by commas")
    parser.add_argument("--rounds", type=int, default=5)
    arguments = parser.parse_args()
    print(f"{processor()}; PyTorch {torch.__version__}")
    print(
        "MP/s: megapixels of the result a second; ratio: to the product; work as counted directly"
    )
    for size in arguments.sizes.split(","):
        height, width = map(int, size.split("x"))
        calls = [contender.prepare(height, width) for contender in (YARDSTICK, *NETWORKS)]
        for threads, clock, name in (
            (1, time.process_time, "one thread, CPU time"),
            (cores_at_hand(), time.perf_counter, f"{cores_at_hand()} threads, wall time"),
        ):
            torch.set_num_threads(threads)
            print(f"\n{height}x{width} to {4 * height}x{4 * width}, {name}")
            report(height, width, measure(calls, clock, arguments.rounds))


if __name__ == "__main__":
    main()
