"""What a busy neighbour costs the native engine: another process that keeps one core busy.

    python benchmarks/neighbour.py [--rounds 5]

A pool whose threads wait for each other at every layer is as slow as its slowest thread; ours
claims small tasks one by one, so that it should lose no more than the neighbour's share.
"""

import argparse
import subprocess
import sys
import time
from statistics import median

import numpy as np

from fourfold.cli.machine import processor
from fourfold.engine import NativeEngine, cores_at_hand
from fourfold.weights import fold, load_weights

HEIGHT, WIDTH = 180, 320


def seconds(engine: NativeEngine) -> float:
    """Wall time of one picture."""
    lr = np.zeros((HEIGHT, WIDTH, 3), np.uint8)
    start = time.perf_counter()
    engine.open(WIDTH).push(lr, last=True)
    return time.perf_counter() - start


def main() -> None:
    """Run the benchmark: quiet and busy rounds in turn, medians."""
    parser = argparse.ArgumentParser(description="What a busy neighbour costs.")
    parser.add_argument("--rounds", type=int, default=5)
    rounds = parser.parse_args().rounds
    engine = NativeEngine(fold(load_weights("srgan")))
    seconds(engine)
    quiet, busy = [], []
    for _ in range(rounds):
        quiet.append(seconds(engine))
        neighbour = subprocess.Popen([sys.executable, "-c", "while True: pass"])
        try:
            time.sleep(0.2)
            busy.append(seconds(engine))
        finally:
            neighbour.kill()
            neighbour.wait()
    print(f"{processor()}; {HEIGHT}x{WIDTH}, {cores_at_hand()} threads, wall time")
    print(f"quiet            {1e3 * median(quiet):6.0f} ms")
    share = median(quiet) / median(busy)
    print(f"one core busy    {1e3 * median(busy):6.0f} ms, {share:.2f} of the rate")


if __name__ == "__main__":
    main()
