"""What a generator is before the first step."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from fourfold.errors import InvalidRecipe
from fourfold.networks import generator_tensors
from fourfold.training import RECIPES, find_recipe, with_settings
from fourfold.training.start import (
    choose_start,
    continued_generator,
    new_generator,
    what_is_taken,
    what_it_starts_from,
)
from fourfold.weights import GeneratorConfig
from tests.generators import random_weights
from tests.photographs import TINY


@pytest.mark.parametrize("scale", [2, 4, 8])
def test_the_nearest_start_enlarges_by_nearest_neighbour(scale: int, photograph: np.ndarray):
    recipe = replace(TINY, generator=GeneratorConfig(scale=scale, normalisation="none", depth=2))
    lr = torch.from_numpy(photograph[:12, :16].copy()).permute(2, 0, 1)[None] / 255
    with torch.no_grad():
        sr = new_generator(recipe)(lr)
    nearest = lr.repeat_interleave(scale, dim=2).repeat_interleave(scale, dim=3)
    assert (sr - nearest).square().mean().sqrt() < 0.08
    assert (sr - nearest.flip(3)).square().mean().sqrt() > 0.1  # what a wrong place would give


def test_the_same_seed_gives_the_same_start_and_another_another():
    first, again, other = (
        generator_tensors(new_generator(replace(TINY, seed=seed))) for seed in (1, 1, 2)
    )
    for name, tensor in first.items():
        np.testing.assert_array_equal(tensor, again[name])
    assert not np.array_equal(first["trunk.conv.weight"], other["trunk.conv.weight"])


def test_no_checkerboard_at_the_start():
    weight = new_generator(find_recipe("srresnet-mse")).upsample[0].get_submodule("conv").weight
    assert isinstance(weight, torch.Tensor)
    phases = weight.detach().view(64, 4, 64, 3, 3)
    assert torch.equal(phases, phases[:, :1].expand_as(phases))


def test_it_goes_on_from_weights():
    weights = random_weights(TINY.generator, seed=3)
    generator = continued_generator(TINY, weights)
    assert generator.training
    for name, tensor in generator_tensors(generator).items():
        np.testing.assert_array_equal(tensor, weights.tensors[name])


@pytest.mark.parametrize(
    ("ours", "theirs", "anew", "said"),
    [
        (2, 8, ("tail.",), "the first enlargement by 2"),
        (4, 8, ("tail.",), "the first two enlargements by 2"),
        (4, 2, ("upsample.1.", "tail."), "the first enlargement by 2"),
        (8, 4, ("upsample.2.", "tail."), "the first two enlargements by 2"),
    ],
)
@pytest.mark.parametrize("start", ["nearest", "kaiming"])
def test_from_another_scale_it_takes_all_that_both_have(
    start: str, ours: int, theirs: int, anew: tuple[str, ...], said: str
):
    recipe = with_settings(TINY, [f"scale={ours}", f"start={start}"])
    weights = random_weights(replace(TINY.generator, scale=theirs), seed=3)
    tensors = generator_tensors(continued_generator(recipe, weights))
    fresh = generator_tensors(new_generator(replace(recipe, start="nearest")))
    for name, tensor in tensors.items():
        is_anew = name.startswith(anew)
        np.testing.assert_array_equal(tensor, (fresh if is_anew else weights.tensors)[name])
    assert what_is_taken(recipe, weights) == (
        f"normalisation none: a x{theirs}, of which head, blocks, trunk and {said} go on; what "
        f"follows, for x{ours}, starts anew"
    )


def test_from_another_scale_a_network_too_narrow_for_colours_starts_anew_at_random():
    narrow = replace(TINY, start="kaiming", generator=replace(TINY.generator, width=2))
    weights = random_weights(replace(narrow.generator, scale=4), seed=3)
    tail = generator_tensors(continued_generator(narrow, weights))["tail.weight"]
    np.testing.assert_array_equal(tail, generator_tensors(new_generator(narrow))["tail.weight"])


def test_from_the_same_scale_all_is_taken():
    assert what_is_taken(TINY, random_weights(TINY.generator, seed=3)) == "normalisation none"


def test_recipes_for_the_eye_and_for_degraded_photographs_go_on_from_shipped_networks():
    models = {name: choose_start(recipe, None)[1] for name, recipe in RECIPES.items()}
    for name, model in models.items():
        is_for_photographs, is_gan = "photo" in name, name.startswith("srgan")
        shipped = "srgan" if is_gan and is_for_photographs else "srresnet"
        assert model == (shipped if is_gan or is_for_photographs else None), name


def test_what_a_run_starts_from_does_not_hang_on_the_weights_of_its_losses():
    content_alone = with_settings(find_recipe("srgan-vgg54"), ["adversarial=0"])
    recipe, model = choose_start(content_alone, None)
    assert model == "srresnet" and recipe.generator.normalisation == "none"
    assert choose_start(content_alone, "mine") == (content_alone, "mine")
    anew = replace(content_alone, start="kaiming")
    assert choose_start(anew, None) == (anew, None)


def test_a_generator_that_the_recipes_own_start_does_not_fit_is_told_what_to_do():
    flat = with_settings(find_recipe("srgan-mse"), ["skips=off"])
    with pytest.raises(InvalidRecipe) as caught:
        choose_start(flat, None)
    assert str(caught.value) == (
        "srresnet, which the recipe starts from, has skips on, its generator here has off. Set "
        "skips=on, name other weights with --init, or start anew with start=kaiming."
    )


def test_random_weights_are_called_so():
    anew = replace(TINY, start="kaiming")
    assert what_it_starts_from(anew, None, None) == "random weights"
    nearest = "random weights that enlarge by nearest neighbour"
    assert what_it_starts_from(TINY, None, None) == nearest
    weights = random_weights(TINY.generator, seed=3)
    assert what_it_starts_from(TINY, "mine", weights) == "mine, normalisation none"


@pytest.mark.parametrize(
    ("field", "value"),
    [("depth", 2), ("width", 5), ("normalisation", "batch"), ("slopes", "channel")],
)
def test_weights_of_another_network_are_named(field: str, value: object):
    other = replace(TINY.generator, **{field: value})  # type: ignore[arg-type]
    with pytest.raises(InvalidRecipe, match=f"have {field} {value}, .* Set {field}={value}"):
        continued_generator(TINY, random_weights(other, seed=1))
