"""Whether a run on the native kernels comes out as one on PyTorch's: a paired run.

    python benchmarks/paired.py --data FOLDER --validate FOLDER --runs FOLDER [--crops 20k]

Three runs from the nearest-neighbour start on the same photographs: on PyTorch's kernels and on
the native ones with the same seed, and on the native ones with another seed, whose distance says
what distance means nothing. Printed is the PSNR of the averaged weights on the held-out
photographs at each of five looks. Cut short, the same command goes on.
"""

import argparse
import json
import time
from dataclasses import replace
from pathlib import Path

import torch

from fourfold.cli.machine import processor
from fourfold.imaging import allow_known_loaders_only
from fourfold.training import find_recipe, train, with_settings

LOOKS = 5
RUNS = {
    "torch, seed 1": ("torch", 1),
    "native, seed 1": ("native", 1),
    "native, seed 2": ("native", 2),
}


def looks_of(run: Path) -> dict[int, float]:
    """PSNR in decibels at each look, by step."""
    entries = [json.loads(line) for line in (run / "log.jsonl").read_text().splitlines()]
    return {each["step"]: each["held_out"]["psnr_y"] for each in entries if "held_out" in each}


def main() -> None:
    """Run what is not there yet, then print the table."""
    parser = argparse.ArgumentParser(description="Runs on native kernels beside PyTorch's.")
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--validate", type=Path, required=True)
    parser.add_argument("--runs", type=Path, required=True, help="where the three runs lie")
    parser.add_argument("--crops", default="20k")
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    arguments = parser.parse_args()
    allow_known_loaders_only()
    torch.set_num_threads(arguments.threads)
    print(f"{processor()}; PyTorch {torch.__version__}; {arguments.threads} threads", flush=True)
    tables: dict[str, dict[int, float]] = {}
    for name, (kernels, seed) in RUNS.items():
        settings = ["warm_up=0", f"crops={arguments.crops}", f"kernels={kernels}", f"seed={seed}"]
        recipe = with_settings(find_recipe("srresnet-mse-cpu"), settings)
        looks, warm_up = recipe.steps // LOOKS, min(300, recipe.steps // 8)
        recipe = replace(recipe, validate_every=looks, warm_up=warm_up)
        run, start = arguments.runs / name.replace(", ", "-").replace(" ", ""), time.process_time()
        train(recipe, run, data=[arguments.data], held_out=arguments.validate)
        print(f"{name}: {time.process_time() - start:.0f} s of CPU time", flush=True)
        tables[name] = looks_of(run)
    print(f"\n{'crops':>8}" + "".join(f"{name:>16}" for name in tables))
    for step in next(iter(tables.values())):
        row = "".join(f"{table[step]:>13.3f} dB" for table in tables.values())
        print(f"{step * recipe.batch:>8,}{row}")


if __name__ == "__main__":
    main()
