"""The training loop: the story of a run, on one screen."""

import time
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from statistics import fmean

import torch

from fourfold.training.checkpoint import load_checkpoint, save_checkpoint
from fourfold.training.crops import Crops
from fourfold.training.memory import keep_freed_memory
from fourfold.training.recipe import Recipe
from fourfold.training.run import Log, open_photographs, open_run, write_run_weights
from fourfold.training.schedule import rate_at
from fourfold.training.start import continued_generator, new_generator
from fourfold.training.state import begin
from fourfold.training.steps import mse_step
from fourfold.training.validation import validate, validate_whole
from fourfold.weights import Weights, run_weights

_SAVE_EVERY = 600  # seconds
_LOG_EVERY = 50  # steps


def train(
    recipe: Recipe,
    run: Path,
    *,
    data: Sequence[Path],
    held_out: Path | None = None,
    init: Weights | None = None,
    device: str = "cpu",
    say: Callable[[str], None] = lambda _: None,
    progress: Callable[[int, float], None] = lambda _step, _loss: None,
    stop: Callable[[], bool] = lambda: False,
) -> Path:
    """Train a network, or go on with a run where it was left.

    On a CPU a run that was cut and resumed gives the same bits as one that was not.

    Args:
        recipe: what is trained, and how.
        run: the run's folder: recipe, photographs, log, checkpoints and weights.
        data: folders of photographs, or one packed set.
        held_out: a folder of other photographs to look at; without it a few of `data` are.
        init: weights to start from; without them the recipe's own start.
        device: where it runs.
        say: is told in sentences what happens.
        progress: is told the steps done and the loss, after each step.
        stop: asked after each step whether to save and leave.

    Returns:
        The weights file: the average at the best look at the held-out photographs.

    Raises:
        InvalidRun: the folder belongs to another recipe, is damaged or cannot be written.
        InvalidData: the photographs cannot be trained on.
        InvalidRecipe: `init` does not fit the recipe.
        DivergedTraining: the loss is no longer finite.
    """
    keep_freed_memory()
    open_run(run, recipe, say=say)
    photographs = open_photographs(run, data, held_out, recipe=recipe, say=say)
    crops = Crops(photographs.pack, photographs.places, recipe, device=torch.device(device))
    generator = continued_generator(recipe, init) if init else new_generator(recipe)
    state = begin(recipe, generator, device=torch.device(device))
    if load_checkpoint(run, state, say=say):
        say(f"Going on after step {state.step:,} of {recipe.steps:,}.")
    log = Log(run, step=state.step)
    crops_before = (init.card.crops or 0) if init else 0
    losses: list[float] = []
    saved = logged = time.monotonic()

    while state.step < recipe.steps and not stop():
        # Crops: the same for a step whenever it is taken.
        lr, hr = crops.batch(state.step)

        # Generator, loss, update.
        losses.append(mse_step(state, recipe, lr, hr)["loss"])
        progress(state.step, losses[-1])

        # Log.
        if state.step % _LOG_EVERY == 0:
            seen, rate = state.step * recipe.batch, rate_at(recipe, state.step - 1)
            seconds = time.monotonic() - logged
            speed = len(losses) * recipe.batch / seconds
            log.write(state.step, crops=seen, loss=fmean(losses), rate=rate, crops_per_second=speed)
            losses.clear()
            logged = time.monotonic()

        # A look at the held-out photographs: the best so far becomes the run's weights.
        if is_time_to_look := state.step % recipe.validate_every == 0 or state.step == recipe.steps:
            scores = validate(state.average, photographs.held_out_pack, photographs.held_out)
            log.write(state.step, held_out=asdict(scores))
            say(f"Step {state.step:,}, {state.step * recipe.batch:,} crops: {scores}.")
            if scores.psnr_y > state.best:
                state.best = scores.psnr_y
                write_run_weights(
                    run_weights(run),
                    state,
                    recipe,
                    crops_before=crops_before,
                    data=photographs.names,
                    scores=scores,
                )

        # Save.
        if is_time_to_look or time.monotonic() - saved > _SAVE_EVERY:
            save_checkpoint(run, state)
            saved = time.monotonic()

    save_checkpoint(run, state)
    if state.step >= recipe.steps:
        whole = validate_whole(
            run_weights(run), photographs.held_out_pack, photographs.held_out, device=device
        )
        say(f"Whole: {whole}.")
    return run_weights(run)
