"""Recipes, and the settings that change them."""

from dataclasses import replace

import pytest

from fourfold.errors import FourfoldError, InvalidRecipe
from fourfold.training import RECIPES, Recipe, find_recipe, with_settings
from fourfold.weights import GeneratorConfig
from tests.photographs import TINY


def test_the_paper_recipe_has_the_papers_values():
    recipe = find_recipe("srresnet-mse")
    assert recipe.generator == GeneratorConfig()
    assert (recipe.batch, recipe.hr_crop, recipe.lr_crop) == (16, 96, 24)
    assert (recipe.learning_rate, recipe.steps, recipe.content) == (1e-4, 10**6, "mse")
    assert (recipe.crops_from, recipe.turned, recipe.decay_steps) == ("distinct", False, 0)
    assert (recipe.average, recipe.clip, recipe.warm_up) == (0, 0, 0)


def test_the_papers_srgan_has_the_papers_values():
    recipe = find_recipe("srgan-vgg54")
    assert (recipe.content, recipe.adversarial) == ("vgg54", 1e-3)
    assert (recipe.steps, recipe.tenth, recipe.learning_rate) == (200_000, 100_000, 1e-4)
    assert (recipe.discriminator_learning_rate, recipe.discriminator_alone) == (1e-4, 0)
    assert find_recipe("srresnet-vgg22").total_variation == 2e-8


def test_every_recipe_has_its_name_and_one_line():
    for name, recipe in RECIPES.items():
        assert recipe.name == name
        assert recipe.reference and "\n" not in recipe.reference


def test_settings_reach_recipe_and_generator():
    recipe = with_settings(
        find_recipe("srresnet-mse-cpu"),
        [
            "depth=8",
            "skips=off",
            "steps=20k",
            "decay=1000",
            "clip=0.5",
            "content=mse",
            "turned=false",
        ],
    )
    assert (recipe.generator.depth, recipe.generator.skips) == (8, False)
    assert (recipe.steps, recipe.decay, recipe.clip) == (20_000, 1_000, 0.5)
    assert (recipe.content, recipe.turned) == ("mse", False)
    assert with_settings(recipe, ["decay=none"]).decay_steps == 3_000


def test_crops_stand_for_the_steps_that_see_them():
    for settings in (["crops=1001", "batch=10"], ["batch=10", "crops=1001"]):
        assert with_settings(TINY, settings).steps == 101
    assert with_settings(TINY, ["steps=9", "crops=30"]).steps == 15
    assert with_settings(TINY, ["crops=30", "steps=9"]).steps == 9
    assert with_settings(TINY, ["crops=2k"]).crops == 2_000


def test_near_the_end_a_recipe_may_have_larger_crops_and_another_loss():
    recipe = replace(TINY, steps=10, late_share=0.3, late_hr_crop=32, late_batch=1, content="l1")
    assert [recipe.at(step).hr_crop for step in (0, 6, 7, 9)] == [16, 16, 32, 32]
    assert [recipe.at(step).content for step in (6, 7)] == ["l1", "mse"]
    assert (recipe.crops, recipe.crops_until(8)) == (7 * 2 + 3 * 1, 7 * 2 + 1)
    assert recipe.largest_hr_crop == 32
    assert with_settings(recipe, ["crops=170"]).steps == 100
    with pytest.raises(InvalidRecipe, match="late_hr_crop is 32; it must be 16, as hr_crop is"):
        replace(recipe, adversarial=1e-3)


def test_steps_that_are_set_outweigh_the_minutes_of_a_recipe():
    fast = find_recipe("srresnet-mse-fast")
    assert fast.minutes > 0
    assert with_settings(fast, ["steps=1000"]).minutes == 0
    assert with_settings(fast, ["crops=100k"]).minutes == 0
    assert with_settings(fast, ["minutes=2.5"]).minutes == 2.5


def test_snapshots_are_steps_with_commas_between():
    assert with_settings(TINY, ["snapshots=20k,40k,100"]).snapshots == (20_000, 40_000, 100)
    with pytest.raises(InvalidRecipe, match="must be whole numbers above 0"):
        with_settings(TINY, ["snapshots=20,-5"])
    with pytest.raises(InvalidRecipe, match="snapshots is 'often'; it must be a whole number"):
        with_settings(TINY, ["snapshots=often"])


def test_the_decay_leaves_room_for_the_warm_up():
    recipe = replace(TINY, steps=10, warm_up=4, decay=None, decay_share=1.0)
    assert recipe.decay_steps == 6


@pytest.mark.parametrize(
    ("setting", "complaint"),
    [
        ("depht=8", "has no key 'depht'. Did you mean 'depth'?"),
        ("reference=mine", "has no key 'reference'"),
        ("depth", "'depth' is no setting; write key=value"),
        ("steps=many", "steps is 'many'; it must be a whole number"),
        ("steps=xk", "steps is 'xk'; it must be a whole number"),
        ("skips=maybe", "skips is 'maybe'; it must be on or off"),
        ("learning_rate=fast", "learning_rate is 'fast'; it must be a number"),
        ("learning_rate=nan", "learning_rate is nan; it must lie between 0 and 1"),
        ("content=l2", "content is 'l2'. Known are: l1, mse, vgg22, vgg54."),
        ("steps=0", "steps is 0; it must be a whole number above 0"),
        ("hr_crop=17", "hr_crop is 17; it must be a multiple of scale 2"),
        ("warm_up=-1", "warm_up is -1; it must be a whole number, 0 or more"),
        ("warm_up=7", "warm_up is 7; it must be at most the 6 steps"),
        ("decay=6", "decay is 6; it must fit into the 5 steps after warm_up"),
        ("tenth=6", "tenth is 6; it must be below the 6 steps, or all of them have a tenth"),
        ("start=nearst", "start is 'nearst'. Did you mean 'nearest'?"),
        ("average=1", "average is 1.0; it must be at least 0 and below 1"),
        ("clip=-1", "clip is -1.0; it must be 0 or more"),
        ("tones=-1", "tones is -1.0; it must be 0 or more"),
        ("adversarial=inf", "adversarial is inf; it must be 0 or more, and finite"),
        ("clean=0.4", "clean is 0.4; it must be 0: this recipe degrades nothing"),
        ("clean=1.5", "clean is 1.5; it must be 0 to 1"),
        ("scale=3", "scale is 3; it must be 2, 4 or 8"),
        ("normalisation=batch", "normalisation is 'batch'; it must be 'none' for start 'nearest'"),
        ("width=2", "width is 2; it must be 3 or more for start 'nearest'"),
    ],
)
def test_what_cannot_be_set_is_one_sentence(setting: str, complaint: str):
    with pytest.raises(FourfoldError) as caught:
        with_settings(TINY, [setting])
    assert complaint in str(caught.value)


def test_an_unknown_recipe_suggests_the_nearest():
    with pytest.raises(InvalidRecipe, match="Did you mean 'srresnet-mse'"):
        find_recipe("srresnet-mes")


def test_a_recipe_is_checked_when_it_is_made():
    with pytest.raises(InvalidRecipe, match="batch is 0"):
        replace(TINY, batch=0)
    with pytest.raises(InvalidRecipe, match="beta2 is 1"):
        Recipe(name="r", reference="a test", beta2=1)
