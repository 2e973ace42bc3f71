"""The learning rate of each step."""

import math

from fourfold.training.recipe import Recipe


def rate_at(recipe: Recipe, step: int) -> float:
    """The generator's rate at a step, counted from 0."""
    return recipe.learning_rate * share_at(recipe, step)


def where_it_goes_on(recipe: Recipe, step: int) -> str:
    """What a run that was begun is told of where it stands; a sentence."""
    if step < recipe.steps:
        return f"Going on after step {step:,} of {recipe.steps:,}."
    done = (
        f"all its {step:,}" if step == recipe.steps else f"{step:,} and was to do {recipe.steps:,}"
    )
    return f"The run has done {done} steps; with more it goes on."


def share_at(recipe: Recipe, step: int) -> float:
    """What share of its rate a network learns with: a warm-up, a plain, a decay leg at the end.

    It depends on nothing but the recipe and the step. So a run that is lengthened, or given its
    decay leg from any step on, needs no more than other values of `steps` and `decay`.
    """
    warm = min(1.0, (step + 1) / (recipe.warm_up + 1))
    tenth = 0.1 if step >= recipe.steps - recipe.tenth else 1.0
    return warm * tenth * _decay_at(recipe, step)


def _decay_at(recipe: Recipe, step: int) -> float:
    """1, then along half a cosine to nearly 0: the last step still moves."""
    into = step - (recipe.steps - recipe.decay_steps)
    if into < 0 or not recipe.decay_steps:  # rates are measured beyond a short run's end, too
        return 1.0
    return 0.5 * (1 + math.cos(math.pi * into / recipe.decay_steps))
