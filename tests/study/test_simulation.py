"""Simulated raters give the means that they are asked for, and what is asked only once."""

from collections import Counter

import numpy as np
import pytest

from fourfold.study.simulation import SimulatedRaters, simulate_ratings


def simulated(seed: int = 1, **raters: float):
    return simulate_ratings(
        {"": {"low": 1.2, "middle": 3.0, "high": 4.6}},
        {"": [f"{number}" for number in range(60)]},
        raters=SimulatedRaters(count=30, **raters),  # type: ignore[arg-type]
        rng=np.random.default_rng(seed),
        repeats=5,
    )


def test_means_come_out_as_asked_at_the_ends_of_the_scale_too():
    table = simulated()
    for method, asked in (("low", 1.2), ("middle", 3.0), ("high", 4.6)):
        scores = [row.score for row in table.ratings if row.method == method]
        assert np.mean(scores) == pytest.approx(asked, abs=0.12)


def test_every_rater_scores_every_picture_once_and_some_twice():
    table = simulated()
    counts = Counter((row.rater, row.method, row.image, row.repeat) for row in table.ratings)
    assert set(counts.values()) == {1}
    assert sum(row.repeat == 0 for row in table.ratings) == 30 * 180
    assert sum(row.repeat == 1 for row in table.ratings) == 30 * 5
    assert {row.score for row in table.ratings} == {1, 2, 3, 4, 5}


def test_the_same_seed_gives_the_same_ratings():
    assert simulated(2) == simulated(2) and simulated(2) != simulated(3)
