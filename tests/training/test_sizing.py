"""Runs whose length is given in minutes."""

from dataclasses import replace
from pathlib import Path

import pytest

from fourfold.errors import InvalidRecipe
from fourfold.training import Recipe, train
from fourfold.training.sizing import seconds_a_step, sized
from tests.photographs import TINY, write_photographs
from tests.training.test_steps import CPU

TIMED = replace(TINY, minutes=0.01, decay=None)


def size(recipe: Recipe, run: Path, said: list[str] | None = None) -> Recipe:
    say = (said if said is not None else []).append
    return sized(recipe, run, vgg=None, device=CPU, precision="auto", say=say)


def test_the_steps_fit_into_the_minutes_at_the_measured_rate(tmp_path: Path):
    said: list[str] = []
    recipe = size(TIMED, tmp_path, said)
    assert said == [f"{recipe.steps:,} steps fit into 0.01 minutes."]
    seconds = seconds_a_step(TINY, None, CPU, "auto")
    assert 0.02 < recipe.steps * seconds / 0.6 < 50  # a busy machine; minutes taken as hours: 60


def test_larger_late_crops_leave_fewer_steps(tmp_path: Path):
    minute = replace(TIMED, minutes=1)
    larger = replace(minute, late_share=0.9, late_hr_crop=128, late_batch=8)
    assert size(larger, tmp_path).steps < size(minute, tmp_path).steps / 2


def test_a_run_that_goes_on_keeps_its_steps(tmp_path: Path):
    photographs = write_photographs(tmp_path / "in")
    train(TIMED, tmp_path / "run", data=[photographs], stop=iter([False, True]).__next__)
    said: list[str] = []
    first, again = size(TIMED, tmp_path / "run", said), size(TIMED, tmp_path / "run", said)
    assert first == again and said == []
    assert size(replace(TIMED, minutes=0.1), tmp_path / "run", said) != first and said
    assert size(TINY, tmp_path / "run") is TINY


def test_minutes_that_do_not_even_warm_up_are_one_sentence(tmp_path: Path):
    with pytest.raises(InvalidRecipe, match="and the warm-up alone takes 5000: set more minutes"):
        size(replace(TIMED, minutes=1e-5, warm_up=5_000, steps=6_000), tmp_path)


def test_a_run_passes_from_small_crops_and_l1_to_large_ones_and_mse(tmp_path: Path):
    photographs = write_photographs(tmp_path / "in")
    late = replace(TINY, content="l1", late_share=0.5, late_hr_crop=32, late_batch=1)
    said: list[str] = []
    train(late, tmp_path / "run", data=[photographs], say=said.append)
    assert any(line.startswith("Step 6, 9 crops") for line in said)
