"""Updates, on one fixed batch and seed."""

import math
from dataclasses import replace

import numpy as np
import pytest
import torch

from fourfold.errors import DivergedTraining
from fourfold.training import RECIPES, Recipe
from fourfold.training.start import new_generator
from fourfold.training.state import State, begin
from fourfold.training.steps import mse_step
from fourfold.weights import GeneratorConfig
from tests.photographs import TINY

CPU = torch.device("cpu")


def batch(photograph: np.ndarray, scale: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Four crops of 16x16 with their means over scale x scale pixels for LR."""
    pixels = torch.from_numpy(photograph.copy()).permute(2, 0, 1)[None] / 255
    hr = torch.cat([pixels[:, :, :16, start : start + 16] for start in (0, 16, 32, 48)])
    return torch.nn.functional.avg_pool2d(hr, scale), hr


def tiny(recipe: Recipe) -> Recipe:
    """The recipe with a small network and a rate for a few steps."""
    small = replace(recipe.generator, depth=1, width=4)
    return replace(recipe, generator=small, learning_rate=2e-3, warm_up=0, decay=0)


def started(recipe: Recipe) -> State:
    return begin(recipe, new_generator(recipe), device=CPU)


@pytest.mark.parametrize("name", RECIPES)
def test_a_few_steps_of_every_recipe_lower_its_loss(name: str, photograph: np.ndarray):
    recipe = tiny(RECIPES[name])
    state = started(recipe)
    pair = batch(photograph, recipe.generator.scale)
    losses = [mse_step(state, recipe, *pair)["loss"] for _ in range(30)]
    assert losses[-1] < 0.9 * losses[0]
    assert state.step == 30


@pytest.mark.parametrize("name", RECIPES)
def test_every_parameter_moves(name: str, photograph: np.ndarray):
    recipe = tiny(RECIPES[name])
    state = started(recipe)
    before = {name: value.clone() for name, value in state.generator.named_parameters()}
    mse_step(state, recipe, *batch(photograph, recipe.generator.scale))
    for name, value in state.generator.named_parameters():
        assert not torch.equal(value, before[name]), name


def test_a_tiny_network_overfits_four_crops(photograph: np.ndarray):
    recipe = replace(
        tiny(TINY), generator=GeneratorConfig(scale=2, depth=1, width=8, normalisation="none")
    )
    recipe = replace(recipe, loss="mse", steps=600, decay=300, learning_rate=4e-3)
    state = started(recipe)
    pair = batch(photograph, 2)
    for _ in range(recipe.steps):
        loss = mse_step(state, recipe, *pair)["loss"]
    assert 10 * math.log10(4 / loss) > 35  # the loss is 4 times the error on [0, 1]


def test_the_rate_of_the_schedule_is_used(photograph: np.ndarray):
    recipe = replace(TINY, learning_rate=0.01, warm_up=1, clip=0)
    state = started(recipe)
    before = state.generator.tail.weight.detach().clone()
    mse_step(state, recipe, *batch(photograph, 2))
    moved = (state.generator.tail.weight.detach() - before).abs().flatten()[:3]
    torch.testing.assert_close(moved, torch.full((3,), 0.005), rtol=1e-3, atol=0)  # Adam's first


def test_the_average_follows_and_without_one_it_is_the_generator(photograph: np.ndarray):
    for keep, expected in ((0.0, 1.0), (0.9, 0.9), (0.05, 0.95)):  # at first 1 - 1/10 at most
        state = started(replace(TINY, average=keep))
        before = state.generator.tail.weight.detach().clone()
        mse_step(state, replace(TINY, average=keep), *batch(photograph, 2))
        after = state.generator.tail.weight.detach()
        torch.testing.assert_close(
            state.average.tail.weight, before + expected * (after - before), rtol=1e-4, atol=1e-7
        )


def test_statistics_of_batch_normalisation_reach_the_average(photograph: np.ndarray):
    recipe = tiny(RECIPES["srresnet-mse"])
    state = started(recipe)
    mse_step(state, recipe, *batch(photograph, 4))
    for name, buffer in state.generator.named_buffers():
        assert torch.equal(buffer, state.average.get_buffer(name)), name
    assert not state.average.training


def test_a_large_gradient_is_clipped(photograph: np.ndarray):
    state = started(TINY)
    mse_step(state, replace(TINY, clip=1e-3), *batch(photograph, 2))
    gradients = [p.grad for p in state.generator.parameters() if p.grad is not None]
    norm = torch.linalg.vector_norm(torch.cat([gradient.flatten() for gradient in gradients]))
    assert norm.item() == pytest.approx(1e-3, rel=1e-3)


def test_a_loss_that_is_not_finite_stops_and_changes_nothing(photograph: np.ndarray):
    state = started(TINY)
    pair = batch(photograph, 2)
    mse_step(state, TINY, *pair)
    before = {name: value.clone() for name, value in state.generator.named_parameters()}
    with pytest.raises(DivergedTraining, match="The loss is nan at step 2"):
        mse_step(state, TINY, pair[0], pair[1] * math.nan)
    assert state.step == 1
    for name, value in state.generator.named_parameters():
        assert torch.equal(value, before[name])
