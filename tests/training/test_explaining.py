"""What the keys of a recipe are said to be."""

import pytest

from fourfold.training import RECIPES, Recipe, with_settings
from fourfold.training.explaining import as_set, explained


@pytest.mark.parametrize("name", ["srresnet-mse", "srgan-vgg54", "srresnet-mse-cpu"])
def test_a_recipe_set_to_what_it_is_said_to_be_is_itself(name: str):
    recipe = RECIPES[name]
    settings = [setting for setting, _ in explained(recipe)]
    assert with_settings(recipe, settings) == recipe
    blank = Recipe(name=recipe.name, reference=recipe.reference)
    assert with_settings(blank, settings) == recipe


def test_nearly_every_key_says_what_it_means():
    said = dict(explained(RECIPES["srgan-vgg54"]))
    assert said["batch=16"] == "Crops in a step."
    assert said["skips=on"].startswith("The skips around blocks and trunk")
    assert said["judges=fp32"].endswith(" One of fp32, bf16, auto.")
    silent = {setting.partition("=")[0] for setting, meaning in said.items() if not meaning}
    assert silent == set()


def test_values_are_written_as_they_are_set():
    assert [as_set(value) for value in (None, True, False, (20, 40), 1e-3, 7)] == [
        "none",
        "on",
        "off",
        "20,40",
        "0.001",
        "7",
    ]
