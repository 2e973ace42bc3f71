"""`fourfold train`: photographs in, weights out; cut short at any time and gone on with."""

import os
import signal
import sys
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING

import click

from fourfold.errors import InvalidData

if TYPE_CHECKING:
    from fourfold.training import Recipe
    from fourfold.training.precision import PrecisionName


_IN = "    "


@click.command(no_args_is_help=True)
@click.argument("recipe", required=False)
@click.option(
    "--data", multiple=True, metavar="PATH", help="Folder of photographs, packed set, or shards."
)
@click.option("--run", metavar="RUN", help="The run's folder; a bare name is ./runs/NAME.")
@click.option(
    "--set",
    "settings",
    multiple=True,
    metavar="KEY=VALUE",
    help="Change the recipe; RECIPE --list shows its keys.",
)
@click.option("--init", metavar="MODEL", help="Weights to start from: a name, a file or a run.")
@click.option("--validate", metavar="FOLDER", help="Held-out photographs [a few of --data].")
@click.option("--vgg", metavar="FILE", help="VGG19's weights, for vgg22 and vgg54 recipes.")
@click.option("--device", default="cpu", show_default=True, help="cpu, cuda, cuda:N or mps.")
@click.option(
    "--precision",
    type=click.Choice(["auto", "fp32", "fp16", "bf16"]),
    default="auto",
    show_default=True,
    help="What networks compute in; auto: fp16 on a GPU, fp32 on a CPU.",
)
@click.option(
    "--threads",
    type=click.IntRange(min=1),
    metavar="N",
    help="CPU threads [all cores]; 1 is faster where others use the machine.",
)
@click.option(
    "--devices", type=click.IntRange(min=1), metavar="N", help="Processes: N GPUs, or N parts."
)
@click.option("--dry-run", is_flag=True, help="Say what it would take; write nothing.")
@click.option("--check-data", is_flag=True, help="Say which photographs it would leave out.")
@click.option(
    "--list", "is_list", is_flag=True, help="List the recipes; with RECIPE, its keys for --set."
)
def train(
    recipe: str | None,
    data: tuple[str, ...],
    run: str | None,
    settings: tuple[str, ...],
    init: str | None,
    validate: str | None,
    vgg: str | None,
    device: str,
    precision: "PrecisionName",
    threads: int | None,
    devices: int | None,
    dry_run: bool,
    check_data: bool,
    is_list: bool,
) -> None:
    """Train a network by RECIPE on your own photographs.

    The same command again goes on with a run that was cut short, bit for bit on a CPU; Ctrl-C
    saves first. `fourfold upscale --model runs/NAME` uses what came out.

    \b
    fourfold train srresnet-mse-cpu --data album/ --run first
    fourfold train srresnet-mse-cpu --data album/ --run small --set depth=8
    fourfold train --list
    """
    # Before PyTorch loads: its threads are to spin a while less after each of its operations, for
    # they take a core from our kernels' (docs/reproduce.md).
    os.environ.setdefault("GOMP_SPINCOUNT", "10000")
    from fourfold.training import check_data as check
    from fourfold.training import (
        find_device,
        find_recipe,
        is_packed,
        is_shards,
        plan,
        shard_names,
        with_settings,
    )
    from fourfold.training.processes import check_parts

    if is_list:
        _print_keys(with_settings(find_recipe(recipe), settings)) if recipe else _print_recipes()
        return
    if recipe is None or not data or (run is None and not (dry_run or check_data)):
        raise click.UsageError("RECIPE, --data and --run are needed; --list shows the recipes.")
    chosen = with_settings(find_recipe(recipe), settings)
    shards = [name for source in data if is_shards(source) for name in shard_names(source)]
    sources = [Path(path) for path in data if not is_shards(path)]
    if shards and sources:
        raise InvalidData("Shards stand for themselves; name them without folders.")
    for path in [*sources, *([Path(validate)] if validate else [])]:
        # A run that is there holds its photographs, and goes on without where they came from.
        if not path.is_dir() and (run is None or not _run_folder(run).exists()):
            raise InvalidData(f"{path} is no folder; name the folder that holds the photographs.")
    if threads:
        import torch

        torch.set_num_threads(threads)
    if not check_data:
        find_device(device, processes=devices or 1)
        check_parts(chosen, devices or 1)
    held_out = Path(validate) if validate else None
    features = Path(vgg) if vgg else None
    place = _run_folder(run) if run and not (check_data or dry_run) else None
    if shards or not is_packed(place, sources, held_out):
        from fourfold.imaging import allow_known_loaders_only

        allow_known_loaders_only()
    if check_data:
        check(chosen, sources, held_out, shards=shards, say=click.echo)
        return
    if dry_run:
        lines = plan(
            chosen,
            sources,
            held_out,
            shards=shards,
            init=init,
            vgg=features,
            device=device,
            precision=precision,
        )
        click.echo("\n".join(lines))
        return
    assert run is not None
    if devices and devices > 1 and "RANK" not in os.environ:
        from fourfold.cli.processes import launch

        sys.exit(launch(devices, sys.argv[sys.argv.index("train") + 1 :]))
    _train(
        chosen,
        _run_folder(run),
        data=sources,
        shards=shards,
        held_out=held_out,
        init=init,
        vgg=features,
        device=device,
        precision=precision,
    )


def _train(
    recipe: "Recipe",
    run: Path,
    *,
    data: list[Path],
    shards: list[str],
    held_out: Path | None,
    init: str | None,
    vgg: Path | None,
    device: str,
    precision: "PrecisionName",
) -> None:
    from fourfold.cli.processes import join_others, leave_others, speaks
    from fourfold.cli.training_bar import TrainingBar
    from fourfold.training import train as train_network

    device = join_others(device)
    asked_to_stop = _signals()
    with TrainingBar(recipe) as bar:
        result = train_network(
            recipe,
            run,
            data=data,
            shards=shards,
            held_out=held_out,
            init=init,
            vgg=vgg,
            device=device,
            precision=precision,
            say=bar.say,
            progress=bar,
            stop=lambda: bool(asked_to_stop),
        )
    leave_others()
    if not speaks():
        return
    if asked_to_stop:
        click.echo(f"Saved in {run}; the same command goes on.", err=True)
    if result.exists():
        click.echo(result)


def _signals() -> list[int]:
    """A list that fills when the process is asked to end: the loop then saves and leaves."""
    asked: list[int] = []

    def note(number: int, _frame: FrameType | None) -> None:
        if asked:  # asked twice: at once
            sys.exit(128 + number)
        asked.append(number)

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, note)
    return asked


def _run_folder(run: str) -> Path:
    """A bare name lies in ./runs, or where FOURFOLD_RUNS says; anything else is a path."""
    if Path(run).name == run:
        return Path(os.environ.get("FOURFOLD_RUNS", "runs")) / run
    return Path(run)


def _print_recipes() -> None:
    from fourfold.training import MEASURED, RECIPES

    for recipe in RECIPES.values():
        measured = MEASURED.get(recipe.name, "time and score not yet measured")
        click.echo(recipe.name)
        for text in (recipe.reference, _length(recipe), str(measured)):
            _print_indented(text)


def _print_keys(recipe: "Recipe") -> None:
    from fourfold.training.explaining import explained

    click.echo(recipe.name)
    _print_indented(recipe.reference)
    for key, meaning in explained(recipe):
        click.echo(key)
        if meaning:
            _print_indented(meaning)


def _print_indented(text: str) -> None:
    click.echo(click.wrap_text(text, 80, initial_indent=_IN, subsequent_indent=_IN))


def _length(recipe: "Recipe") -> str:
    crops = f"{recipe.hr_crop}x{recipe.hr_crop}"
    if recipe.minutes:
        return f"x{recipe.generator.scale}, {recipe.minutes:g} minutes of crops of {crops}"
    return f"x{recipe.generator.scale}, {recipe.steps:,} steps, {recipe.crops:,} crops of {crops}"
