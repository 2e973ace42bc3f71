"""How many steps fit into the minutes that a run is given: measured, then written down."""

import json
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import torch

from fourfold.errors import InvalidRecipe
from fourfold.networks import VggFeatures
from fourfold.training.losses import ContentLoss
from fourfold.training.native import kernels_for
from fourfold.training.precision import PrecisionName, choose_precision
from fourfold.training.recipe import Recipe
from fourfold.training.seen import settle
from fourfold.training.start import new_generator
from fourfold.training.state import begin
from fourfold.training.steps import adversarial_step, content_step

_WARM, _TIMED = 1, 2  # steps; on a GPU a step is captured after three
_WARM_CUDA, _TIMED_CUDA = 5, 30
_ASIDE = 0.95  # of the minutes; the rest is looks and checkpoints


def sized(
    recipe: Recipe,
    run: Path,
    *,
    vgg: Path | None,
    device: torch.device,
    precision: PrecisionName,
    say: Callable[[str], None],
) -> Recipe:
    """A recipe whose length is given in minutes, with the steps that fit into them here.

    A run that was begun keeps the steps that it was begun with, wherever it goes on.

    Raises:
        InvalidRecipe: too few steps fit to warm up.
    """
    if not recipe.minutes:
        return recipe
    kept = _kept(run)
    if kept.get("minutes") == recipe.minutes:
        return replace(recipe, steps=int(kept["steps"]))
    early, late = (
        seconds_a_step(phase, vgg, device, precision) if share else 0.0
        for phase, share in ((recipe, 1), (recipe.late, recipe.late_share))
    )
    seconds = early * (1 - recipe.late_share) + late * recipe.late_share
    steps = int(_ASIDE * 60 * recipe.minutes / seconds)
    if steps <= recipe.warm_up:
        raise InvalidRecipe(
            f"{max(steps, 0)} steps fit into {recipe.minutes:g} minutes here, and the warm-up "
            f"alone takes {recipe.warm_up}: set more minutes, or a smaller warm_up."
        )
    say(f"{steps:,} steps fit into {recipe.minutes:g} minutes.")
    return replace(recipe, steps=steps)


def seconds_a_step(
    recipe: Recipe, vgg: Path | VggFeatures | None, device: torch.device, precision: PrecisionName
) -> float:
    """How long a step takes here, on random crops; until the last one's values are there."""
    recipe = replace(recipe, discriminator_alone=0, late_share=0.0)
    chosen = choose_precision(precision, recipe, device)
    state = begin(recipe, new_generator(recipe), device=device, precision=chosen)
    rng = torch.Generator().manual_seed(recipe.seed)
    lr, hr = (
        torch.rand(recipe.batch, 3, side, side, generator=rng).to(device)
        for side in (recipe.lr_crop, recipe.hr_crop)
    )
    kernels = kernels_for(recipe, device)
    content = ContentLoss(recipe.content, vgg, device=device, dtype=chosen.judges, kernels=kernels)
    step = adversarial_step if recipe.adversarial else content_step
    warm, timed = (_WARM_CUDA, _TIMED_CUDA) if state.graphs else (_WARM, _TIMED)
    for _ in range(warm):
        step(state, lr, hr, recipe=recipe, content=content)
    settle(state)
    start = time.perf_counter()
    for _ in range(timed):
        step(state, lr, hr, recipe=recipe, content=content)
    settle(state)
    return (time.perf_counter() - start) / timed


def _kept(run: Path) -> dict[str, float]:
    """The recipe of a run that was begun; whether it is one is asked elsewhere."""
    try:
        kept: dict[str, float] = json.loads((run / "recipe.json").read_text())["recipe"]
    except (OSError, ValueError, KeyError, TypeError):
        return {}
    return kept
