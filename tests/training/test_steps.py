"""Updates, on one fixed batch and seed."""

import copy
import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from fourfold.errors import DivergedTraining
from fourfold.training import RECIPES, Recipe
from fourfold.training.degradation import Degradation
from fourfold.training.losses import ContentLoss, tones_loss
from fourfold.training.reduction import reduce_differentiably
from fourfold.training.seen import Seen, mean_of, settle
from fourfold.training.start import new_generator
from fourfold.training.state import State, begin
from fourfold.training.steps import adversarial_step, content_step
from fourfold.weights import GeneratorConfig
from tests.photographs import TINY, TINY_GAN, random_vgg

CPU = torch.device("cpu")
Pair = tuple[torch.Tensor, torch.Tensor]
PLAIN = [name for name, recipe in RECIPES.items() if not recipe.adversarial]
ADVERSARIAL = [name for name, recipe in RECIPES.items() if recipe.adversarial]


def batch(photograph: np.ndarray, scale: int) -> Pair:
    """Four crops of 16x16 with their means over scale x scale pixels for LR."""
    pixels = torch.from_numpy(photograph.copy()).permute(2, 0, 1)[None] / 255
    hr = torch.cat([pixels[:, :, :16, start : start + 16] for start in (0, 16, 32, 48)])
    return torch.nn.functional.avg_pool2d(hr, scale), hr


def tiny(recipe: Recipe) -> Recipe:
    """The recipe with small networks and rates for a few steps; features of VGG's first layers."""
    small = replace(recipe, generator=replace(recipe.generator, depth=1, width=4), tones=0)
    small = replace(small, hr_crop=16, discriminator_width=2, discriminator_dense=8)
    small = replace(small, learning_rate=2e-3, discriminator_learning_rate=2e-3, warm_up=0, decay=0)
    small = replace(small, discriminator_alone=0, tones=recipe.tones if small.lr_crop > 4 else 0)
    return replace(small, content="vgg22") if recipe.content == "vgg54" else small


def started(recipe: Recipe) -> State:
    return begin(recipe, new_generator(recipe), device=CPU)


@pytest.fixture(scope="module")
def vgg(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("vgg") / "vgg.safetensors"
    random_vgg(path)
    return path


def step(state: State, recipe: Recipe, pair: Pair, vgg: Path | None = None) -> Seen:
    """One step as the loop takes it."""
    content = ContentLoss(recipe.content, vgg, device=CPU)
    take = adversarial_step if recipe.adversarial else content_step
    return take(state, *pair, recipe=recipe, content=content)


@pytest.mark.parametrize("name", PLAIN)
def test_a_few_steps_of_every_plain_recipe_lower_its_loss(
    name: str, photograph: np.ndarray, vgg: Path
):
    recipe = tiny(RECIPES[name])
    state, pair = started(recipe), batch(photograph, recipe.generator.scale)
    losses = [step(state, recipe, pair, vgg)["loss"] for _ in range(30)]
    assert losses[-1] < 0.9 * losses[0]
    assert state.step == 30


@pytest.mark.parametrize("name", RECIPES)
def test_every_parameter_moves(name: str, photograph: np.ndarray, vgg: Path):
    recipe = tiny(RECIPES[name])
    state = started(recipe)
    before = copy.deepcopy(state)
    step(state, recipe, batch(photograph, recipe.generator.scale), vgg)
    for network in ("generator", "discriminator"):
        if (trained := getattr(state, network)) is not None:
            for name, value in trained.named_parameters():
                old = getattr(before, network).get_parameter(name)
                assert not torch.equal(value, old), f"{network} {name}"


@pytest.mark.parametrize("name", ADVERSARIAL)
def test_the_discriminators_loss_falls_with_the_generator_held(
    name: str, photograph: np.ndarray, vgg: Path
):
    recipe = replace(tiny(RECIPES[name]), discriminator_alone=40)
    state, pair = started(recipe), batch(photograph, recipe.generator.scale)
    before = copy.deepcopy(state.generator.state_dict())
    seen = [step(state, recipe, pair, vgg) for _ in range(40)]
    assert seen[-1]["discriminator"] < 0.7 * seen[0]["discriminator"]
    assert seen[-1]["d_hr"] > seen[-1]["d_sr"] + 0.2
    for name, value in state.generator.state_dict().items():
        if not name.endswith(("running_mean", "running_var", "num_batches_tracked")):
            assert torch.equal(value, before[name]), name


@pytest.mark.parametrize("name", ADVERSARIAL)
def test_the_generators_loss_falls_with_the_discriminator_held(
    name: str, photograph: np.ndarray, vgg: Path
):
    recipe = replace(tiny(RECIPES[name]), discriminator_learning_rate=1e-12, adversarial=0.5)
    state, pair = started(recipe), batch(photograph, recipe.generator.scale)
    seen = [step(state, recipe, pair, vgg) for _ in range(40)]
    assert seen[-1]["loss"] < 0.9 * seen[0]["loss"]


def test_the_generators_gradient_is_that_of_the_perceptual_loss(photograph: np.ndarray):
    recipe = replace(TINY_GAN, clip=0, adversarial=0.3, discriminator_learning_rate=1e-30)
    state, pair = started(recipe), batch(photograph, 2)
    assert state.discriminator is not None
    sr = state.generator(pair[0])
    content, tones = (
        (2 * (sr - pair[1])).square().mean(),
        tones_loss(sr, pair[0][..., 2:-2, 2:-2], scale=2),
    )
    adversarial = -state.discriminator(sr).sigmoid().log().mean()
    expected = torch.autograd.grad(
        content + tones + 0.3 * adversarial, list(state.generator.parameters())
    )
    seen = step(state, recipe, pair)
    assert seen["loss"] == pytest.approx((content + tones + 0.3 * adversarial).item(), rel=1e-5)
    for parameter, gradient in zip(state.generator.parameters(), expected, strict=True):
        torch.testing.assert_close(parameter.grad, gradient, rtol=1e-4, atol=1e-6)


def test_the_generators_part_asks_nothing_of_the_discriminators_weights(
    photograph: np.ndarray, vgg: Path
):
    recipe = tiny(RECIPES["srgan-vgg54-cpu"])
    state = started(recipe)
    assert state.discriminator is not None
    asked: list[bool] = []
    parameters = list(state.discriminator.parameters())
    state.discriminator.register_forward_hook(
        lambda *_: asked.append(any(value.requires_grad for value in parameters))
    )
    step(state, recipe, batch(photograph, recipe.generator.scale), vgg)
    assert asked == [True, False]  # originals beside results, and for the generator's sake
    assert all(value.requires_grad for value in parameters)


def test_the_papers_recipes_have_no_tones_and_their_twins_do():
    for name, recipe in RECIPES.items():
        is_twin = name.endswith(("-cpu", "-photo", "-fast")) and name != "srgan-mse-fast"
        assert (recipe.tones > 0) == (is_twin and recipe.adversarial > 0), name


def test_tones_are_those_of_the_original_where_the_input_is_degraded(photograph: np.ndarray):
    recipe = replace(TINY_GAN, degradation=Degradation())
    lr, hr = batch(photograph, 2)
    seen = step(started(recipe), recipe, (lr.flip(0), hr))  # inputs of other photographs
    state = started(recipe)
    small = reduce_differentiably(hr, 2)
    expected = tones_loss(state.generator(lr.flip(0)), small, scale=2)
    assert seen["tones"] == pytest.approx(expected.item(), rel=1e-5)


def test_means_are_over_the_steps_that_have_a_value():
    assert mean_of([{"a": 1.0}, {"a": 3.0, "b": 5.0}]) == {"a": 2.0, "b": 5.0}


def test_a_tiny_network_overfits_four_crops(photograph: np.ndarray):
    recipe = replace(
        tiny(TINY), generator=GeneratorConfig(scale=2, depth=1, width=8, normalisation="none")
    )
    recipe = replace(recipe, content="mse", steps=600, decay=300, learning_rate=4e-3)
    state = started(recipe)
    pair = batch(photograph, 2)
    for _ in range(recipe.steps):
        loss = step(state, recipe, pair)["loss"]
    assert 10 * math.log10(4 / loss) > 35  # the loss is 4 times the error on [0, 1]


def test_the_rate_of_the_schedule_is_used(photograph: np.ndarray):
    recipe = replace(TINY, learning_rate=0.01, warm_up=1, clip=0)
    state = started(recipe)
    before = state.generator.tail.weight.detach().clone()
    step(state, recipe, batch(photograph, 2))
    moved = (state.generator.tail.weight.detach() - before).abs().flatten()[:3]
    torch.testing.assert_close(moved, torch.full((3,), 0.005), rtol=1e-3, atol=0)  # Adam's first


def test_the_average_follows_and_without_one_it_is_the_generator(photograph: np.ndarray):
    for keep, expected in ((0.0, 1.0), (0.9, 0.9), (0.05, 0.95)):  # at first 1 - 1/10 at most
        state = started(replace(TINY, average=keep))
        before = state.generator.tail.weight.detach().clone()
        step(state, replace(TINY, average=keep), batch(photograph, 2))
        after = state.generator.tail.weight.detach()
        torch.testing.assert_close(
            state.average.tail.weight, before + expected * (after - before), rtol=1e-4, atol=1e-7
        )


def test_statistics_of_batch_normalisation_reach_the_average(photograph: np.ndarray):
    recipe = tiny(RECIPES["srresnet-mse"])
    state = started(recipe)
    step(state, recipe, batch(photograph, 4))
    for name, buffer in state.generator.named_buffers():
        assert torch.equal(buffer, state.average.get_buffer(name)), name
    assert not state.average.training


def test_a_large_gradient_is_clipped(photograph: np.ndarray):
    state = started(TINY)
    step(state, replace(TINY, clip=1e-3), batch(photograph, 2))
    gradients = [p.grad for p in state.generator.parameters() if p.grad is not None]
    norm = torch.linalg.vector_norm(torch.cat([gradient.flatten() for gradient in gradients]))
    assert norm.item() == pytest.approx(1e-3, rel=1e-3)


def test_a_loss_that_is_not_finite_stops_and_changes_nothing(photograph: np.ndarray):
    state = started(TINY)
    pair = batch(photograph, 2)
    step(state, TINY, pair)
    before = {name: value.clone() for name, value in state.generator.named_parameters()}
    with pytest.raises(DivergedTraining, match="The loss is nan at step 2"):
        step(state, TINY, (pair[0], pair[1] * math.nan))
    assert state.step == 1
    for name, value in state.generator.named_parameters():
        assert torch.equal(value, before[name])


def first_gradients(recipe: Recipe, photograph: np.ndarray) -> list[torch.Tensor]:
    """Of the generator's parameters, in the first step."""
    state, pair = started(recipe), batch(photograph, recipe.generator.scale)
    step(state, recipe, pair)
    return [value.grad for value in state.generator.parameters() if value.grad is not None]


def test_the_adversarial_gradient_is_held_to_a_multiple_of_the_contents(photograph: np.ndarray):
    recipe = replace(TINY_GAN, adversarial=10.0)
    free = first_gradients(recipe, photograph)
    content = first_gradients(replace(recipe, adversarial=1e-12), photograph)
    held, hardly = (
        first_gradients(replace(recipe, adversarial_most=most), photograph) for most in (1e-6, 1e6)
    )
    for ours, alone, whole, other in zip(held, content, free, hardly, strict=True):
        assert torch.allclose(ours, alone, rtol=1e-3, atol=1e-5 * alone.abs().max().item())
        assert torch.equal(other, whole)
    assert any(not torch.allclose(a, b, rtol=0.5) for a, b in zip(held, free, strict=True))


def read_late(recipe: Recipe) -> State:
    """A state whose steps are read when the next is on its way, as on a GPU."""
    state = started(recipe)
    state.graphs = lambda _kind, compute, lr, hr: compute(lr, hr)  # type: ignore[assignment]
    return state


@pytest.mark.parametrize("recipe", [TINY, TINY_GAN], ids=["content", "adversarial"])
def test_steps_that_are_read_late_come_to_the_same_bits(recipe: Recipe, photograph: np.ndarray):
    pair = batch(photograph, recipe.generator.scale)
    at_once, late = started(recipe), read_late(recipe)
    expected = [step(at_once, recipe, pair) for _ in range(4)]
    seen = [step(late, recipe, pair) for _ in range(4)]
    assert [{}, *expected] == [*seen, settle(late)]
    assert settle(late) == {}
    assert late.step == at_once.step == 4
    for ours, theirs in ((late.generator, at_once.generator), (late.average, at_once.average)):
        for value, other in zip(ours.parameters(), theirs.parameters(), strict=True):
            assert torch.equal(value, other)


def test_a_loss_that_is_not_finite_stops_one_step_later_where_steps_are_read_late(
    photograph: np.ndarray,
):
    state, pair = read_late(TINY), batch(photograph, 2)
    step(state, TINY, pair)
    before = {name: value.clone() for name, value in state.generator.named_parameters()}
    step(state, TINY, (pair[0], pair[1] * math.nan))
    with pytest.raises(DivergedTraining, match="The loss is nan at step 2"):
        settle(state)
    for name, value in state.generator.named_parameters():
        assert torch.equal(value, before[name])


def test_a_discriminators_loss_that_is_not_finite_stops_too(photograph: np.ndarray):
    state, (lr, hr) = started(TINY_GAN), batch(photograph, 2)
    with pytest.raises(DivergedTraining, match="The discriminator's loss is nan at step 1"):
        step(state, TINY_GAN, (lr, hr * math.nan))
