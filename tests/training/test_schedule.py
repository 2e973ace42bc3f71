"""The learning rate."""

from dataclasses import replace

import pytest

from fourfold.training import find_recipe
from fourfold.training.schedule import rate_at, where_it_goes_on
from tests.photographs import TINY


def test_the_papers_rate_never_moves():
    recipe = find_recipe("srresnet-mse")
    assert {rate_at(recipe, step) for step in (0, 1, 500_000, 999_999)} == {1e-4}


def test_it_warms_up_stays_and_falls_along_a_cosine():
    recipe = replace(TINY, learning_rate=0.8, warm_up=3, steps=12, decay=4)
    rates = [rate_at(recipe, step) for step in range(12)]
    half = 0.8 * 0.5 * (1 + 0.5**0.5)  # a quarter into half a cosine: cos 45 degrees
    expected = [0.2, 0.4, 0.6, 0.8, 0.8, 0.8, 0.8, 0.8, 0.8, half, 0.4, 0.8 - half]
    assert rates == pytest.approx(expected)


def test_a_decay_leg_can_begin_at_any_step_reached():
    running = replace(TINY, steps=1_000, decay=0)
    leg = replace(running, steps=110, decay=10)  # the run stands at step 100
    assert rate_at(running, 99) == rate_at(leg, 99) == rate_at(leg, 100)
    assert 0 < rate_at(leg, 109) < 0.1 * rate_at(leg, 100)


def test_srgans_second_half_has_a_tenth_of_the_rate():
    recipe = find_recipe("srgan-vgg54")
    rates = [rate_at(recipe, step) for step in (0, 99_999, 100_000, 199_999)]
    assert rates == pytest.approx([1e-4, 1e-4, 1e-5, 1e-5])


def test_beyond_the_end_of_a_run_without_decay_there_is_a_rate_to_measure_steps_with():
    recipe = replace(TINY, decay=0)
    assert 0 < rate_at(recipe, recipe.steps + 2) <= recipe.learning_rate


def test_where_a_run_stands_is_said():
    assert where_it_goes_on(TINY, 3) == "Going on after step 3 of 6."
    assert where_it_goes_on(TINY, 6) == "The run has done all its 6 steps; with more it goes on."
    beyond = "The run has done 1,200 and was to do 6 steps; with more it goes on."
    assert where_it_goes_on(TINY, 1_200) == beyond
