"""The paper's study with raters who do not exist: its tables and figures beside published means.

python benchmarks/paper_study.py [--raters 26] [--seed 1] [--out DIR]

26 raters score 1,128 pictures each, whose means are set to those of tables 1 and 2. The published
ranks exist only as a picture: the ranks printed here are those of the simulated ratings.
"""

import argparse
import time
from pathlib import Path

import numpy as np

from fourfold.cli.machine import processor
from fourfold.evaluation.published import TABLE_1, TABLE_2
from fourfold.study.analysis import Analysis, analyse, report_text, write_report
from fourfold.study.simulation import SimulatedRaters, simulate_ratings

ORDER = (
    *("nearest", "bicubic", "SRCNN", "SelfExSR", "DRCN", "ESPCN", "SRResNet"),
    *("SRResNet-VGG22", "SRGAN-MSE", "SRGAN-VGG22", "SRGAN", "original"),
)
IMAGES = {"Set5": 5, "Set14": 14, "BSD100": 100}


def published() -> dict[str, dict[str, float]]:
    """Set -> method -> the printed mean opinion score; SRGAN-VGG54 is SRGAN."""
    rows = TABLE_1.rows | TABLE_2.rows
    return {
        test_set: {
            method: mos
            for method in ORDER
            if test_set in rows[method] and (mos := rows[method][test_set].mos) is not None
        }
        for test_set in IMAGES
    }


def print_tables(analysis: Analysis, means: dict[str, dict[str, float]]) -> None:
    """A line a set and method: published, simulated with its interval, rank."""
    for group in analysis.groups:
        print(f"{group.name:<16}published  simulated, 95 % interval   rank, 95 % interval")
        for result in group.methods:
            mos, rank = result.mos, result.rank
            print(
                f"{result.method:<16}{means[group.name][result.method]:9.2f}"
                f"  {mos.mean:9.2f} [{mos.low:.2f}, {mos.high:.2f}]"
                f"     {rank.mean:6.2f} [{rank.low:5.2f}, {rank.high:5.2f}]"
            )
        print()


def main() -> None:
    """Simulate, analyse, print; write the report where asked."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--raters", type=int, default=26)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", type=Path, help="for the report with the figures")
    arguments = parser.parse_args()
    means = published()
    images = {name: [f"{name}/{n:03}" for n in range(count)] for name, count in IMAGES.items()}
    table = simulate_ratings(
        means,
        images,
        raters=SimulatedRaters(count=arguments.raters),
        rng=np.random.default_rng(arguments.seed),
        repeats=10,
        study="the paper's study, simulated",
    )
    start = time.perf_counter()
    analysis = analyse(table, seed=arguments.seed)
    seconds = time.perf_counter() - start
    print_tables(analysis, means)
    print(report_text(analysis).rpartition("\n\n")[2])
    print(f"\n{len(table.ratings):,} ratings analysed in {seconds:.1f} s on {processor()}")
    if arguments.out is not None:
        print(write_report(arguments.out, analysis)[0])


if __name__ == "__main__":
    main()
