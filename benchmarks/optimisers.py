"""What makes most of few crops on a CPU: optimisers, averages, losses, crops and batches, paired.

    python benchmarks/optimisers.py --data FOLDER --validate FOLDER --runs FOLDER [--crops 8000]

Each row is one run of `srresnet-mse-cpu` by Adam, or with a few values changed, from the same start
and seed, on the same photographs, and of equal cost: all see as many pixels. The second row is the
first with another seed, whose distance from it says what distance means nothing. Printed are the
averaged weights' scores at the end on the centres of the held-out photographs, and the distance to
the first row. Cut short, the same command goes on; `--rows` takes some rows alone.
"""

import argparse
import json
import time
from dataclasses import replace
from pathlib import Path

import torch

from fourfold.cli.machine import processor
from fourfold.imaging import allow_known_loaders_only
from fourfold.training import Recipe, find_recipe, train, with_settings

BASE = replace(find_recipe("srresnet-mse-cpu"), optimiser="adam")
ROWS: dict[str, list[str]] = {
    "adam": [],
    "adam-seed-2": ["seed=2"],
    "muon-1e-3": ["optimiser=muon", "muon_rate=1e-3"],
    "muon-4e-4": ["optimiser=muon", "muon_rate=4e-4"],
    "batch-4": ["batch=4"],
    "batch-16": ["batch=16"],
    "mse": ["content=mse"],
    "crop-64": ["hr_crop=64", "batch=18"],
    "crop-128": ["hr_crop=128", "batch=4"],
    "decay-no-average": ["average=0"],
    "average-no-decay": ["decay=0"],
    "long-decay": ["decay_share=1"],
    "rate-2e-4": ["learning_rate=2e-4"],
    "rate-8e-4": ["learning_rate=8e-4"],
}


def recipe_of(row: str, crops: int) -> Recipe:
    """The recipe of a row, as long as `crops` of the base recipe's size cost."""
    recipe = with_settings(BASE, ["warm_up=0", *ROWS[row]])
    steps = round(crops * (BASE.hr_crop / recipe.hr_crop) ** 2 / recipe.batch)
    return replace(recipe, steps=steps, warm_up=steps // 8, validate_every=steps)


def last_look(run: Path) -> dict[str, float]:
    """The scores of the last look at the held-out photographs."""
    entries = [json.loads(line) for line in (run / "log.jsonl").read_text().splitlines()]
    looks: list[dict[str, float]] = [each["held_out"] for each in entries if "held_out" in each]
    return looks[-1]


def measured(row: str, arguments: argparse.Namespace, crops: int) -> dict[str, float | None]:
    """Run a row, if it was not yet: its scores, and processor seconds if it ran in one go."""
    run: Path = arguments.runs / f"{row}-{crops}"
    result = run / "result.json"
    if not result.exists():
        is_whole, start = not run.exists(), time.process_time()
        train(recipe_of(row, crops), run, data=[arguments.data], held_out=arguments.validate)
        seconds = time.process_time() - start if is_whole else None
        result.write_text(json.dumps({**last_look(run), "seconds": seconds}))
    found: dict[str, float | None] = json.loads(result.read_text())
    return found


def main() -> None:
    """Run what is not there yet, printing each row as it is known."""
    parser = argparse.ArgumentParser(description="Short paired runs of equal cost.")
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--validate", type=Path, required=True)
    parser.add_argument("--runs", type=Path, required=True, help="where the runs lie")
    parser.add_argument("--crops", type=int, default=8_000)
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    parser.add_argument("--rows", nargs="*", choices=ROWS, default=list(ROWS))
    arguments = parser.parse_args()
    allow_known_loaders_only()
    torch.set_num_threads(arguments.threads)
    print(f"{processor()}; PyTorch {torch.__version__}; {arguments.threads} threads", flush=True)
    print(f"{'':<18}{'steps':>7}{'PSNR-y':>9}{'':>9}{'LPIPS':>8}{'CPU s':>8}")
    base = None
    for row in arguments.rows:
        found = measured(row, arguments, arguments.crops)
        psnr, seconds = found["psnr_y"], found["seconds"]
        assert psnr is not None
        base = psnr if base is None else base
        print(
            f"{row:<18}{recipe_of(row, arguments.crops).steps:>7,}{psnr:>9.3f}{psnr - base:>+9.3f}"
            f"{found['lpips_alex']:>8.4f}" + (f"{seconds:>8.0f}" if seconds else f"{'–':>8}"),
            flush=True,
        )


if __name__ == "__main__":
    main()
