"""How long the command takes to say something, beside a bare interpreter and `import numpy`.

python benchmarks/start_up.py [--rounds 11]
"""

import argparse
import subprocess
import sys
import time
from statistics import median

from fourfold.cli.machine import processor

COMMANDS = {
    "bare interpreter": [sys.executable, "-c", ""],
    "import numpy": [sys.executable, "-c", "import numpy"],
    "fourfold --help": [sys.executable, "-m", "fourfold", "--help"],
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
    bare = median(seconds["bare interpreter"])
    print(processor())
    for name, times in seconds.items():
        print(f"{name:<18}{1e3 * median(times):>7.0f} ms{median(times) / bare:>7.1f} x bare")


if __name__ == "__main__":
    main()
