"""How much memory the native engine takes for pictures of any width and height.

    python benchmarks/engine_memory.py

Each picture is pushed in a process of its own, sixteen rows at a time, results thrown away, so
that the peak is that of Python, numpy, the weights and the engine. At a height of 80 the last push
gives the most rows that one can: two strips, and what lagged behind them.
"""

import subprocess
import sys

from fourfold.cli.machine import processor

SIZES = [(80, 320), (80, 1000), (80, 1920), (1280, 320), (80, 1921), (80, 4000), (80, 5900)]
SIZES += [(240, 6000), (150, 20_000), (80, 65_536)]  # too wide to keep rows: see native/columns.h

CHILD = """
import resource, sys
import numpy as np
from fourfold.engine import NativeEngine
from fourfold.weights import fold, load_weights
height, width = map(int, sys.argv[1:])
stream = NativeEngine(fold(load_weights("srgan"))).open(width)
for top in range(0, height, 16):
    stream.push(np.zeros((min(16, height - top), width, 3), np.uint8), last=top + 16 >= height)
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)
"""


def main() -> None:
    """Run the benchmark: peak resident memory of each process."""
    print(processor())
    for height, width in SIZES:
        command = [sys.executable, "-c", CHILD, str(height), str(width)]
        result = subprocess.run(command, check=True, capture_output=True, text=True)
        print(f"{f'{height}x{width}':<12}{int(result.stdout):>6} MiB", flush=True)


if __name__ == "__main__":
    main()
