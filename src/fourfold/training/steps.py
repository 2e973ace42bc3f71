"""One update of the networks, for each of the two ways of training."""

from collections.abc import Callable
from functools import partial

import torch
from torch import Tensor, nn

from fourfold.training.losses import (
    ContentLoss,
    adversarial_loss,
    discriminator_loss,
    tones_loss,
    total_variation,
)
from fourfold.training.precision import compute_in
from fourfold.training.processes import average_over_all
from fourfold.training.recipe import Recipe
from fourfold.training.reduction import reduce_differentiably
from fourfold.training.schedule import share_at
from fourfold.training.seen import Seen, look_at, on_its_way, settle
from fourfold.training.state import State, Unread, update_average

STEPS = 2
"""Their version, a part of the run's state: raise it where a step's result changes in any bit."""

Values = dict[str, Tensor]
"""What a step saw, still on the device."""

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
        `loss`, the weighted sum of this batch before the update, each loss by its name, and
        `norm`, that of the gradient. In fp16 also `skipped`: 1 where the gradient was not finite
        and the update was left out; the scale is then half. On a GPU those of the step before, and
        nothing after the first: `settle` gives the last one's.

    Raises:
        DivergedTraining: the loss is not finite, or the gradient: in fp32 at once, in fp16 ten
            times in a row. The parameters were not changed.
    """
    return _take(_content_update, state, lr, hr, recipe=recipe, content=content)


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
    return _take(_adversarial_update, state, lr, hr, recipe=recipe, content=content)


def _content_update(
    state: State, lr: Tensor, hr: Tensor, *, recipe: Recipe, content: ContentLoss
) -> Values:
    sr = compute_in(state.precision.generator, state.generator, lr)
    return _move_generator(state, sr, _losses(sr, lr, hr, recipe=recipe, content=content), recipe)


def _adversarial_update(
    state: State, lr: Tensor, hr: Tensor, *, recipe: Recipe, content: ContentLoss
) -> Values:
    assert state.discriminator is not None
    with torch.set_grad_enabled(not _is_alone(state, recipe)):
        sr = compute_in(state.precision.generator, state.generator, lr)
    seen = _move_discriminator(state, sr.detach(), hr)
    if _is_alone(state, recipe):
        return seen
    losses = _losses(sr, lr, hr, recipe=recipe, content=content)
    # The generator alone moves: without this, the native kernels compute its judge's gradients too.
    state.discriminator.requires_grad_(False)
    judged = compute_in(state.precision.judges, state.discriminator, sr)
    state.discriminator.requires_grad_(True)
    losses["adversarial"] = recipe.adversarial * adversarial_loss(judged)
    return seen | _move_generator(state, sr, losses, recipe)


def _take(
    update: Callable[..., Values],
    state: State,
    lr: Tensor,
    hr: Tensor,
    *,
    recipe: Recipe,
    content: ContentLoss,
) -> Seen:
    """Set the rates, compute all of the step, and only then look at what came of it."""
    _set_rates(state, recipe)
    compute = partial(update, state, recipe=recipe, content=content)
    is_alone = _is_alone(state, recipe)
    if state.graphs:
        kind = (update, is_alone, recipe.content, lr.shape)
        values = state.graphs(kind, compute, lr, hr)
    else:
        values = compute(lr, hr)
    numbers = torch.stack(list(values.values()))
    average_over_all([numbers])  # so that all processes stop or skip together
    unread = Unread(state.step, is_alone, tuple(values), numbers)
    if state.graphs:  # it has more to do before anyone waits for it
        seen = settle(state)
        state.unread = on_its_way(unread)
    else:
        seen = look_at(state, unread)
    if not is_alone:
        update_average(state, recipe.average)
    state.step += 1
    return seen


def _losses(
    sr: Tensor, lr: Tensor, hr: Tensor, *, recipe: Recipe, content: ContentLoss
) -> dict[str, Tensor]:
    """The weighted losses of a result that need no discriminator."""
    losses = {"content": content(sr, hr)}
    if recipe.tones:
        scale = recipe.generator.scale
        # The tones of another input are not the original's.
        small = lr[..., 2:-2, 2:-2] if recipe.is_plain else reduce_differentiably(hr, scale)
        losses["tones"] = recipe.tones * tones_loss(sr, small, scale=scale)
    if recipe.total_variation:
        losses["total_variation"] = recipe.total_variation * total_variation(sr)
    return losses


def _move_discriminator(state: State, sr: Tensor, hr: Tensor) -> Values:
    assert state.discriminator is not None and state.discriminator_optimiser is not None
    judged = compute_in(state.precision.judges, state.discriminator, hr, sr)
    judged_hr, judged_sr = judged[: len(hr)], judged[len(hr) :]
    loss = discriminator_loss(judged_hr, judged_sr)
    state.discriminator_optimiser.zero_grad()
    torch.autograd.backward(loss)
    average_over_all([v.grad for v in state.discriminator.parameters() if v.grad is not None])
    _step(state.discriminator_optimiser, is_sound=loss.isfinite())
    with torch.no_grad():
        d_hr, d_sr = judged_hr.sigmoid(), judged_sr.sigmoid()
        sure = torch.cat([d_hr > _SURE, d_sr < 1 - _SURE]).float().mean()
    means = {"d_hr": d_hr.mean(), "d_sr": d_sr.mean(), "saturated": sure}
    return {"discriminator": loss.detach()} | means


def _move_generator(state: State, sr: Tensor, losses: dict[str, Tensor], recipe: Recipe) -> Values:
    """Move the generator against the sum of its losses, if that and its gradient are finite."""
    # Each loss's gradient at the result, so that their norms can be told apart for nothing.
    gradients = {name: torch.autograd.grad(loss, sr)[0] for name, loss in losses.items()}
    ratio = _adversarial_to_content(gradients) if "adversarial" in gradients else None
    if ratio is not None and recipe.adversarial_most:
        gradients["adversarial"] *= (recipe.adversarial_most / ratio).clamp(max=1)
    # What half precision could not hold is scaled up on its way through the network.
    scale = state.loss_scale * sr.numel() if state.is_scaled else torch.ones_like(state.loss_scale)
    for optimiser in state.optimisers:
        optimiser.zero_grad()
    torch.autograd.backward(sr, scale * torch.stack(list(gradients.values())).sum(dim=0))
    parameters = list(state.generator.parameters())
    gradient = [value.grad for value in parameters if value.grad is not None]
    if state.is_scaled:
        torch._foreach_div_(gradient, scale)
    average_over_all(gradient)
    norm = nn.utils.get_total_norm(gradient)
    if recipe.clip:
        nn.utils.clip_grads_with_norm_(parameters, recipe.clip, norm)
    loss = torch.stack(list(losses.values())).sum().detach()
    for optimiser in state.optimisers:
        _step(optimiser, is_sound=loss.isfinite() & norm.isfinite())
    if state.is_scaled:  # not once it is read: a step that is on its way would be counted again
        state.loss_scale.mul_(0.5 + 0.5 * norm.isfinite())
    seen = {"loss": loss, "norm": norm} | {name: each.detach() for name, each in losses.items()}
    if ratio is not None:
        seen["ratio"] = ratio
    return seen


def _adversarial_to_content(gradients: dict[str, Tensor]) -> Tensor:
    """The norm of the one gradient at the results of all processes over that of the other."""
    squares = [gradients[name].square().sum() for name in ("content", "adversarial")]
    average_over_all(squares)
    content, adversarial = (square.sqrt().clamp(min=1e-30) for square in squares)
    return adversarial / content


def _step(optimiser: torch.optim.Optimizer, *, is_sound: Tensor) -> None:
    """Let an optimiser step where `is_sound`; it asks that itself, so that nobody waits."""
    optimiser.found_inf = (~is_sound).float()  # type: ignore[attr-defined]
    optimiser.step()


def _set_rates(state: State, recipe: Recipe) -> None:
    share = share_at(recipe, state.step)
    _set_rate(state.optimiser, recipe.learning_rate * share)
    if state.muon:
        _set_rate(state.muon, recipe.muon_rate * share)
    if state.discriminator_optimiser:
        # Alone it neither waits for the generator's warm-up nor shares it.
        share = 1.0 if _is_alone(state, recipe) else share
        _set_rate(state.discriminator_optimiser, recipe.discriminator_learning_rate * share)


def _set_rate(optimiser: torch.optim.Optimizer, rate: float) -> None:
    for group in optimiser.param_groups:
        if isinstance(group["lr"], Tensor):  # a captured graph reads it where it lies
            group["lr"].fill_(rate)
        else:
            group["lr"] = rate


def _is_alone(state: State, recipe: Recipe) -> bool:
    """Whether the discriminator trains alone at this step."""
    return bool(recipe.adversarial) and state.step < recipe.discriminator_alone
