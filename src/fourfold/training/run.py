"""A run's folder: whose recipe it follows, its log, its weights."""

import json
import platform
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

from fourfold.atomic import written_whole
from fourfold.errors import InvalidRun
from fourfold.imaging import prepare_folder
from fourfold.networks import generator_tensors
from fourfold.training.board import Board
from fourfold.training.native import kernels_for
from fourfold.training.precision import has_amx, has_bfloat16
from fourfold.training.recipe import Recipe
from fourfold.training.state import State
from fourfold.training.steps import STEPS
from fourfold.training.validation import PROTOCOL, Scores
from fourfold.weights import (
    Card,
    Partner,
    Weights,
    tensors_sha256,
    write_weights,
)

_MAY_CHANGE = (
    "steps",
    "minutes",
    "decay",
    "tenth",
    "validate_every",
    "snapshots",
    "kernels",
    "recalibrate",
    "learning_rate",
    "discriminator_learning_rate",
    "muon_rate",
    "adversarial",
    "adversarial_most",
    "clean",
)  # between two parts of one run


@dataclass(frozen=True)
class Origin:
    """The weights that a run started from."""

    name: str
    sha256: str
    """Of their tensors."""
    crops: int
    """What they had seen."""


def origin_of(model: str | Path, weights: Weights) -> Origin:
    """What a run remembers of the weights that it starts from."""
    return Origin(Path(model).name, tensors_sha256(weights.tensors), weights.card.crops or 0)


def open_run(
    run: Path, recipe: Recipe, origin: Origin | None, *, say: Callable[[str], None]
) -> Origin | None:
    """Make a run's folder, or check that the one that is there follows this recipe.

    Returns:
        What the run started from, if it started from weights.

    Raises:
        InvalidRun: it follows another recipe, or is no run; the message names what differs.
        UnwritableImage: it cannot be made.
    """
    path = run / "recipe.json"
    if path.exists():
        theirs = _read_json(path)
        kept = theirs.get("origin")
        origin = origin or (Origin(**kept) if kept else None)
        began = theirs.get("recipe", {})
        if origin:  # it began from weights: a recipe's own start had no part in it
            began = began | {"start": recipe.start}
        _check_same_recipe(run, asdict(recipe), began, say)
        if theirs.get("machine") != _machine(recipe):
            say("This is another machine or library than before: the last bits may differ.")
    elif run.is_dir() and any(run.iterdir()):
        raise InvalidRun(f"{run} is no run, and not empty; name another folder.")
    prepare_folder(run)
    content = {
        "recipe": asdict(recipe),
        "origin": asdict(origin) if origin else None,
        "machine": _machine(recipe),
    }
    with written_whole(path) as temporary:
        temporary.write_text(json.dumps(content, indent=2))
    return origin


def snapshot(run: Path, step: int) -> Path:
    """Where the weights after a step are kept."""
    return run / "snapshots" / f"step-{step}.safetensors"


def write_weights_of(
    state: State,
    path: Path,
    recipe: Recipe,
    origin: Origin | None,
    data: str,
    *,
    scores: Scores | None = None,
) -> None:
    """Write the average as weights, which `fourfold upscale` takes; float32.

    Raises:
        InvalidRun: the disk is full, or the folder cannot be written.
    """
    card = Card(
        purpose=f"trained by the recipe {recipe.name}, step {state.step:,} of {recipe.steps:,}",
        recipe=recipe.name,
        crops=(origin.crops if origin else 0) + recipe.crops_until(state.step),
        data=data,
        scores={PROTOCOL.name: {"held-out": asdict(scores)}} if scores else {},
        partner=Partner(name=origin.name, sha256=origin.sha256) if origin else None,
    )
    tensors = {
        name: np.ascontiguousarray(array)
        for name, array in generator_tensors(state.average).items()
    }
    try:
        path.parent.mkdir(exist_ok=True)
        write_weights(path, Weights(config=recipe.generator, tensors=tensors, card=card))
    except OSError as error:
        raise InvalidRun(f"{path} cannot be written: {error.strerror}.") from error


class Log:
    """log.jsonl: one line of JSON for each entry; entries after `step` are dropped on resuming.

    TensorBoard is told the same.
    """

    def __init__(self, run: Path, *, step: int) -> None:
        self.board = Board(run, step=step)
        self._path = run / "log.jsonl"
        lines = self._path.read_text().splitlines() if self._path.exists() else []
        kept = [line for line in lines if _step_of(line) <= step]
        with written_whole(self._path) as temporary:
            temporary.write_text("".join(f"{line}\n" for line in kept))

    def write(self, step: int, **entry: object) -> None:
        """Add what was seen at a step.

        Raises:
            InvalidRun: the disk is full, or the file cannot be written.
        """
        try:
            with self._path.open("a") as file:
                file.write(json.dumps({"step": step, **entry}) + "\n")
        except OSError as error:
            raise InvalidRun(f"{self._path} cannot be written: {error.strerror}.") from error
        self.board.numbers(step, entry)


def _step_of(line: str) -> float:
    """The step of a line of the log; one cut short by a crash belongs to none."""
    try:
        return json.loads(line)["step"]
    except (ValueError, KeyError, TypeError):
        return float("inf")


def _read_json(path: Path) -> dict[str, Any]:
    try:
        return json.loads(path.read_text())
    except (OSError, ValueError) as error:
        raise InvalidRun(f"{path} cannot be read: {error}.") from error


def _check_same_recipe(
    run: Path, ours: dict[str, Any], theirs: dict[str, Any], say: Callable[[str], None]
) -> None:
    ours = _by_key(ours)
    # What a run's recipe does not name, it had as it is by default: it is older than that key.
    theirs = _by_key(asdict(Recipe(name="", reference=""))) | _by_key(theirs)
    for name in ours:
        if ours[name] == theirs.get(name):
            continue
        # a discriminator neither comes nor goes on the way
        comes_or_goes = name == "adversarial" and not (ours[name] and theirs.get(name))
        if name not in _MAY_CHANGE or comes_or_goes:
            raise InvalidRun(
                f"{run} is a run with {name} {theirs.get(name)!r}, not {ours[name]!r}; "
                "give its own recipe and settings, or name another folder."
            )
        rate = " The rate goes on as if it had been so from the start."
        hint = rate if name in ("steps", "decay", "tenth") else ""
        say(f"{name} was {theirs.get(name)} in this run and is {ours[name]} from here on.{hint}")


def _by_key(recipe: dict[str, Any]) -> dict[str, Any]:
    """A recipe's values by the keys that a user sets, those of its generator among them."""
    content: dict[str, Any] = json.loads(json.dumps(recipe))
    generator = content.pop("generator", {})
    return content | generator


def _machine(recipe: Recipe) -> dict[str, Any]:
    """What decides the last bits of a result."""
    kernels = kernels_for(recipe, torch.device("cpu"))
    return {
        "kernels": kernels.name if kernels else "torch",
        "processor": f"{platform.machine()} {torch.backends.cpu.get_cpu_capability()}",
        "bf16": has_bfloat16(torch.device("cpu")),
        "amx": has_amx(),
        "steps": STEPS,
        "torch": torch.__version__,
        "threads": torch.get_num_threads(),
    }
