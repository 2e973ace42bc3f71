"""How long it takes until something is said, or drawn, beside a bare interpreter and numpy.

python benchmarks/start_up.py [--rounds 11]
"""

import argparse
import subprocess
import sys
import time
from statistics import median

from fourfold.cli.machine import processor

FIRST_ROWS = """
import numpy as np
from fourfold.engine import NativeEngine
from fourfold.weights import fold, load_weights
NativeEngine(fold(load_weights("srgan"))).open(8).push(np.zeros((8, 8, 3), np.uint8), last=True)
"""

COMMANDS = {
    "bare interpreter": [sys.executable, "-c", ""],
    "import numpy": [sys.executable, "-c", "import numpy"],
    "fourfold --help": [sys.executable, "-m", "fourfold", "--help"],
    "engine's first rows": [sys.executable, "-c", FIRST_ROWS],
    "fourfold models": [sys.executable, "-m", "fourfold", "models"],
}


def main() -> None:
    """Run the benchmark: every command once in each round, medians of wall time."""
    parser = argparse.ArgumentParser(description="How long the command takes to start.")
    parser.add_argument("--rounds", type=int, default=11)
    rounds = parser.parse_args().rounds
    seconds: dict[str, list[float]] = {name: [] for name in COMMANDS}
    for counted in range(-1, rounds):
        for name, command in COMMANDS.items():
            start = time.perf_counter()
            subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
            if counted >= 0:
                seconds[name].append(time.perf_counter() - start)
    bare, numpy = median(seconds["bare interpreter"]), median(seconds["import numpy"])
    print(processor())
    for name, times in seconds.items():
        line = f"{name:<20}{1e3 * median(times):>7.0f} ms{median(times) / bare:>7.1f} x bare"
        print(f"{line}{median(times) / numpy:>7.1f} x numpy")


if __name__ == "__main__":
    main()
