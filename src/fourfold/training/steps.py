"""One update of the networks, for each way of training."""

import math

import torch
from torch import Tensor

from fourfold.errors import DivergedTraining
from fourfold.training.losses import pixel_loss
from fourfold.training.recipe import Recipe
from fourfold.training.schedule import rate_at
from fourfold.training.state import State, update_average


def mse_step(state: State, recipe: Recipe, lr: Tensor, hr: Tensor) -> dict[str, float]:
    """Move the generator against its pixel loss.

    Args:
        state: is changed.
        recipe: loss, rate and average.
        lr: shape (N, 3, h, w), in [0, 1].
        hr: shape (N, 3, scale h, scale w), in [0, 1].

    Returns:
        What the log is told: `loss`, of this batch before the update.

    Raises:
        DivergedTraining: the loss is not finite; nothing was changed.
    """
    loss = pixel_loss(state.generator(lr), hr, recipe.loss)
    value = _finite(loss, "loss", state.step)
    state.optimiser.zero_grad()
    torch.autograd.backward(loss)
    _update(state, recipe)
    return {"loss": value}


def _update(state: State, recipe: Recipe) -> None:
    """Take the step that the gradients tell, and count it."""
    if recipe.clip:
        torch.nn.utils.clip_grad_norm_(state.generator.parameters(), recipe.clip)
    for group in state.optimiser.param_groups:
        group["lr"] = rate_at(recipe, state.step)
    state.optimiser.step()
    update_average(state, recipe.average)
    state.step += 1


def _finite(loss: Tensor, name: str, step: int) -> float:
    """The value of a loss; a run that goes on without one only burns time."""
    value = loss.item()
    if not math.isfinite(value):
        raise DivergedTraining(
            f"The {name} is {value} at step {step + 1}. The last checkpoint is sound: go on from "
            "it with a smaller learning_rate, or start anew."
        )
    return value
