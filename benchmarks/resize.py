"""How long the exact bicubic takes for twelve megapixels, beside copying them.

python benchmarks/resize.py [--rounds 5]
"""

import argparse
import time
from collections.abc import Callable
from statistics import median

import numpy as np

from fourfold.cli.machine import processor
from fourfold.imaging import enlarge, reduce


def main() -> None:
    """Run the benchmark: medians of wall time."""
    parser = argparse.ArgumentParser(description="How long the exact bicubic takes.")
    parser.add_argument("--rounds", type=int, default=5)
    rounds = parser.parse_args().rounds
    rng = np.random.default_rng(0)
    large = rng.integers(0, 256, (3000, 4000, 3), dtype=np.uint8)
    odd, small = large[:-1, :-1], large[:750, :1000]
    calls: dict[str, Callable[[], object]] = {
        "copy": large.copy,
        "reduce by 2": lambda: reduce(large, 2),
        "reduce by 4": lambda: reduce(large, 4),
        "reduce by 8": lambda: reduce(large, 8),
        "reduce by 4, odd sides": lambda: reduce(odd, 4),
        "enlarge to it by 4": lambda: enlarge(small, 4),
    }
    print(f"{processor()}\n12 megapixels of R'G'B', uint8")
    for name, call in calls.items():
        seconds = []
        for _ in range(rounds + 1):
            start = time.perf_counter()
            call()
            seconds.append(time.perf_counter() - start)
        print(f"{name:<24}{1e3 * median(seconds[1:]):>7.0f} ms")


if __name__ == "__main__":
    main()
