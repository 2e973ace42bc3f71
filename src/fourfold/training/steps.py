"""One update of the networks, for each of the two ways of training."""

import math
from collections.abc import Sequence
from statistics import fmean

import torch
from torch import Tensor, nn

from fourfold.errors import DivergedTraining
from fourfold.training.losses import (
    ContentLoss,
    adversarial_loss,
    discriminator_loss,
    tones_loss,
    total_variation,
)
from fourfold.training.precision import judge
from fourfold.training.recipe import Recipe
from fourfold.training.reduction import reduce_differentiably
from fourfold.training.schedule import share_at
from fourfold.training.state import State, update_average

Seen = dict[str, float]
"""What the log is told of a step: names and values."""

_SURE = 0.99  # a judgement that passes this is saturated


def content_step(
    state: State, lr: Tensor, hr: Tensor, *, recipe: Recipe, content: ContentLoss
) -> Seen:
    """Move the generator against its content loss alone.

    Args:
        state: is changed.
        lr: shape (N, 3, h, w), in [0, 1].
        hr: shape (N, 3, scale h, scale w), in [0, 1].
        recipe: weights, rate and average.
        content: the recipe's content loss.

    Returns:
        `loss`, the weighted sum of this batch before the update, and each loss by its name.

    Raises:
        DivergedTraining: the loss is not finite; nothing was changed.
    """
    sr = state.generator(lr)
    losses = _losses(sr, lr, hr, recipe=recipe, content=content)
    loss = torch.stack(list(losses.values())).sum()
    seen = {"loss": _finite(loss, "loss", state.step)}
    state.optimiser.zero_grad()
    torch.autograd.backward(loss)
    _update_generator(state, recipe)
    return seen | _values(losses)


def adversarial_step(
    state: State, lr: Tensor, hr: Tensor, *, recipe: Recipe, content: ContentLoss
) -> Seen:
    """Move the discriminator, then the generator against the perceptual loss.

    Arguments and errors as in `content_step`; in the first `discriminator_alone` steps the
    generator stays as it is.

    Returns:
        As `content_step`, and the health of the game: `d_hr` and `d_sr`, mean judgement of
        originals and results; `saturated`, the share of judgements beyond doubt; `ratio`, the
        norm of the adversarial gradient at the result over that of the content.

    Source: Ledig et al. 2017, equations 2 and 3; one update of each in turn.
    """
    assert state.discriminator is not None
    is_alone = state.step < recipe.discriminator_alone
    with torch.set_grad_enabled(not is_alone):
        sr = state.generator(lr)
    seen = _update_discriminator(state, sr.detach(), hr, recipe)
    if is_alone:
        state.step += 1
        return seen
    losses = _losses(sr, lr, hr, recipe=recipe, content=content)
    losses["adversarial"] = recipe.adversarial * adversarial_loss(
        judge(state.discriminator, sr, state.judging)
    )
    seen["loss"] = _finite(torch.stack(list(losses.values())).sum(), "loss", state.step)
    # Each loss's gradient at the result, so that their norms can be told apart for nothing.
    gradients = {name: torch.autograd.grad(loss, sr)[0] for name, loss in losses.items()}
    norms = {name: gradient.norm().item() for name, gradient in gradients.items()}
    seen["ratio"] = norms["adversarial"] / max(norms["content"], 1e-30)
    state.optimiser.zero_grad()
    torch.autograd.backward(sr, torch.stack(list(gradients.values())).sum(dim=0))
    _update_generator(state, recipe)
    return seen | _values(losses)


def mean_of(seen: Sequence[Seen]) -> Seen:
    """The mean of each value over the steps that have it."""
    names = {name for step in seen for name in step}
    return {name: fmean(step[name] for step in seen if name in step) for name in sorted(names)}


def _losses(
    sr: Tensor, lr: Tensor, hr: Tensor, *, recipe: Recipe, content: ContentLoss
) -> dict[str, Tensor]:
    """The weighted losses of a result that need no discriminator."""
    losses = {"content": content(sr, hr)}
    if recipe.tones:
        scale = recipe.generator.scale
        # A degraded input's tones are not the original's.
        small = reduce_differentiably(hr, scale) if recipe.degradation else lr[..., 2:-2, 2:-2]
        losses["tones"] = recipe.tones * tones_loss(sr, small, scale=scale)
    if recipe.total_variation:
        losses["total_variation"] = recipe.total_variation * total_variation(sr)
    return losses


def _update_discriminator(state: State, sr: Tensor, hr: Tensor, recipe: Recipe) -> Seen:
    assert state.discriminator is not None and state.discriminator_optimiser is not None
    judged_hr, judged_sr = (judge(state.discriminator, image, state.judging) for image in (hr, sr))
    loss = discriminator_loss(judged_hr, judged_sr)
    seen = {"discriminator": _finite(loss, "discriminator's loss", state.step)}
    optimiser = state.discriminator_optimiser
    optimiser.zero_grad()
    torch.autograd.backward(loss)
    rate = recipe.discriminator_learning_rate
    # Alone it neither waits for the generator's warm-up nor shares it.
    share = 1.0 if state.step < recipe.discriminator_alone else share_at(recipe, state.step)
    _step(optimiser, rate * share)
    with torch.no_grad():
        d_hr, d_sr = judged_hr.sigmoid(), judged_sr.sigmoid()
        sure = torch.cat([d_hr > _SURE, d_sr < 1 - _SURE]).float().mean()
    return seen | {"d_hr": d_hr.mean().item(), "d_sr": d_sr.mean().item(), "saturated": sure.item()}


def _update_generator(state: State, recipe: Recipe) -> None:
    """Take the step that the gradients tell, and count it."""
    if recipe.clip:
        nn.utils.clip_grad_norm_(state.generator.parameters(), recipe.clip)
    _step(state.optimiser, recipe.learning_rate * share_at(recipe, state.step))
    update_average(state, recipe.average)
    state.step += 1


def _step(optimiser: torch.optim.Optimizer, rate: float) -> None:
    for group in optimiser.param_groups:
        group["lr"] = rate
    optimiser.step()


def _values(losses: dict[str, Tensor]) -> Seen:
    return {name: loss.item() for name, loss in losses.items()}


def _finite(loss: Tensor, name: str, step: int) -> float:
    """The value of a loss; a run that goes on without one only burns time."""
    value = loss.item()
    if not math.isfinite(value):
        raise DivergedTraining(
            f"The {name} is {value} at step {step + 1}. The last checkpoint is sound: go on from "
            "it with a smaller learning_rate, or start anew."
        )
    return value
