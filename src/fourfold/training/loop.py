"""The training loop: the story of a run, on one screen."""

import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from functools import partial
from pathlib import Path

from fourfold.training.ahead import Drawn, drawn_ahead
from fourfold.training.checkpoint import has_checkpoint, load_checkpoint, save_checkpoint
from fourfold.training.claim import alone_in_its_run
from fourfold.training.crops import Crops
from fourfold.training.devices import find_device, on_its_device
from fourfold.training.features import find_vgg
from fourfold.training.health import health_line
from fourfold.training.inputs import lr_of
from fourfold.training.losses import ContentLoss
from fourfold.training.memory import keep_freed_memory
from fourfold.training.native import kernels_for, why_not_native
from fourfold.training.normalisation import recalibrate_from
from fourfold.training.photographs import open_photographs
from fourfold.training.precision import PrecisionName, choose_precision
from fourfold.training.processes import (
    any_of,
    check_parts,
    count,
    first_before_others,
    is_first,
    of_first,
)
from fourfold.training.recipe import Recipe
from fourfold.training.run import (
    Log,
    open_run,
    origin_of,
    snapshot,
    write_weights_of,
)
from fourfold.training.schedule import rate_at, where_it_goes_on
from fourfold.training.seen import Seen, mean_of, settle
from fourfold.training.shards import ShardCrops
from fourfold.training.sizing import sized
from fourfold.training.start import (
    choose_start,
    continued_generator,
    new_generator,
    what_it_starts_from,
)
from fourfold.training.state import begin
from fourfold.training.steps import adversarial_step, content_step
from fourfold.training.validation import validate, validate_whole
from fourfold.training.watching import watch
from fourfold.weights import load_weights, run_weights

_SAVE_EVERY = 600  # seconds
_LOG_EVERY = 50  # steps


def _silent(*_: object) -> None:
    pass


@alone_in_its_run
@on_its_device
def train(
    recipe: Recipe,
    run: Path,
    *,
    data: Sequence[Path] = (),
    shards: Sequence[str] = (),
    held_out: Path | None = None,
    init: str | Path | None = None,
    vgg: Path | None = None,
    device: str = "cpu",
    precision: PrecisionName = "auto",
    say: Callable[[str], None] = lambda _: None,
    progress: Callable[[int, Seen], None] = lambda _step, _seen: None,
    stop: Callable[[], bool] = lambda: False,
) -> Path:
    """Train a network, or go on with a run where it was left.

    On a CPU a run that was cut and resumed gives the same bits as one that was not.

    Args:
        recipe: what is trained, and how.
        run: the run's folder: recipe, photographs, log, checkpoints and weights.
        data: folders of photographs, or one packed set.
        shards: tar files of photographs, as WebDataset has them, instead of `data`; paths or URLs.
        held_out: a folder of other photographs to look at; without it a few of `data` are.
        init: a model to start from: a name, a weights file or a run; without it `recipe.start`.
        vgg: the file with VGG19's weights, for recipes that look through its features.
        device: where it runs.
        precision: what the networks compute in; see `precision.choose_precision`.
        say: is told in sentences what happens.
        progress: is told the steps done and what was seen, after each step.
        stop: asked after each step whether to save and leave.

    Returns:
        The weights file: the average at the best look at the held-out photographs.

    Raises:
        InvalidRun: the folder belongs to another recipe, is in use by another command, is damaged
            or cannot be written.
        InvalidData: the photographs cannot be trained on.
        UnknownModel: `init` is no model.
        InvalidRecipe: `init` does not fit the recipe, or it needs a VGG19.
        UnavailableDevice: there is no such device.
        DivergedTraining: the loss is no longer finite.
    """
    keep_freed_memory()
    place = find_device(device)
    if not is_first():
        say, progress = _silent, _silent
    if reason := why_not_native(recipe, place):
        say(reason)
    check_parts(recipe, count())
    recipe, model = choose_start(recipe, init)
    weights = load_weights(model) if model and not has_checkpoint(run) else None
    generator = continued_generator(recipe, weights) if weights else new_generator(recipe)
    chosen = choose_precision(precision, recipe, place)
    vgg = find_vgg(recipe, vgg, say=say)
    content = {
        kind: ContentLoss(
            kind, vgg, device=place, dtype=chosen.judges, kernels=kernels_for(recipe, place)
        )
        for kind in {recipe.content, recipe.at(recipe.steps).content}
    }
    recipe = sized(recipe, run, vgg=vgg, device=place, precision=precision, say=say)
    recipe = replace(recipe, steps=of_first(recipe.steps))
    step = adversarial_step if recipe.adversarial else content_step
    origin = origin_of(model, weights) if model and weights else None
    with first_before_others():
        if is_first():
            origin = open_run(run, recipe, origin, say=say)
        if not has_checkpoint(run):
            say(f"Starting from {what_it_starts_from(recipe, model, weights)}.")
        elif init and not (origin and origin.name == Path(init).name):
            say(f"The run goes on from its own weights; {init} is not looked at.")
        photographs = open_photographs(run, data, held_out, shards=shards, recipe=recipe, say=say)
    photographed: Drawn
    if shards:
        held = [each.fingerprint for each in photographs.held_out]
        photographed = ShardCrops(shards, recipe, device=place, held_out=held)
    else:
        photographed = Crops(photographs.pack, photographs.places, recipe, device=place)
    state = begin(recipe, generator, device=place, precision=chosen)
    if load_checkpoint(run, state, say=say):
        say(where_it_goes_on(recipe, state.step))
    log = Log(run, step=state.step) if is_first() else None
    description = photographs.names + (f"; VGG19 {vgg.name}" if vgg else "")
    shrink = partial(lr_of, recipe)
    seen: list[Seen] = []
    saved = logged = time.monotonic()

    with drawn_ahead(photographed, place, until=recipe.steps) as crops:
        while state.step < recipe.steps and not any_of(stop()):
            # Crops: the same for a step whenever it is taken.
            now = recipe.at(state.step)
            lr, hr = crops.batch(state.step)

            # Generator, losses, update.
            seen.append(step(state, lr, hr, recipe=now, content=content[now.content]))
            progress(state.step, seen[-1])
            if log is None:  # one process watches, looks and saves for all
                seen.clear()
                continue

            # Log.
            if state.step % _LOG_EVERY == 0:
                means = mean_of(seen)
                speed = sum(map(bool, seen)) * now.batch / (time.monotonic() - logged)
                log.write(state.step, **means, rate=rate_at(recipe, state.step - 1), speed=speed)
                if line := health_line(means):
                    say(f"Step {state.step:,}: {line}.")
                seen, logged = [], time.monotonic()

            # Weights on the way.
            is_time_to_look = state.step % recipe.validate_every == 0 or state.step == recipe.steps
            is_time_to_save = is_time_to_look or time.monotonic() - saved > _SAVE_EVERY
            if is_time_to_save or state.step in recipe.snapshots:
                seen.append(settle(state))  # a step that went wrong must not be kept
            if state.step in recipe.snapshots:
                write_weights_of(state, snapshot(run, state.step), recipe, origin, description)

            # A look at the held-out photographs: the best so far becomes the run's weights.
            if is_time_to_look:
                crops.rest()
                if state.step == recipe.steps and recipe.recalibrate:
                    recalibrate_from(
                        state.average, crops.batch, first=state.step, count=recipe.recalibrate
                    )
                look = partial(validate, state.average, shrink=shrink)
                scores = look(photographs.held_out_pack, photographs.looked_at)
                trained_on = look(photographs.pack, photographs.sample)
                log.write(state.step, held_out=asdict(scores), trained_on=asdict(trained_on))
                watch(state, log, photographs, lr, shrink=shrink, say=say)
                say(
                    f"Step {state.step:,}, {recipe.crops_until(state.step):,} crops: {scores}, "
                    f"{trained_on.gain:+.2f} where trained on."
                )
                merit = scores.merit(is_perceptual=recipe.is_perceptual)
                if merit > state.best:
                    state.best = merit
                    path = run_weights(run)
                    write_weights_of(state, path, recipe, origin, description, scores=scores)

            # Save.
            if is_time_to_save:
                save_checkpoint(run, state)
                saved = time.monotonic()

    settle(state)
    if log is None:
        return run_weights(run)
    save_checkpoint(run, state)
    if state.step >= recipe.steps:
        whole = validate_whole(
            run_weights(run),
            photographs.held_out_pack,
            photographs.held_out,
            device=device,
            shrink=shrink,
        )
        say(f"Whole: {whole}.")
    return run_weights(run)
