"""Screening: who does not rate is found, who rates is kept, and 0 / 0 is nothing."""

import numpy as np
import pytest

from fourfold.statistics import screen_by_correlation, screen_by_kurtosis
from tests.statistics.simulated import simulated, whole

METHODS = np.repeat(np.arange(9), 20)


def study(seed: int) -> np.ndarray:
    """20 raters of 9 methods' pictures of 20 images: 24 with the four who do not rate."""
    rng = np.random.default_rng(seed)
    quality = np.linspace(1.3, 4.5, 9)[METHODS] + rng.normal(0, 0.3, 180)
    bias, noise = rng.normal(0, 0.3, (20, 1)), rng.normal(0, 0.7, (20, 180))
    honest = whole(quality + bias + noise)
    reversed_ones = 6 - whole(quality + rng.normal(0, 0.7, (2, 180)))
    clickers = rng.integers(1, 6, (2, 180))
    return np.vstack([honest, reversed_ones, clickers])


@pytest.mark.parametrize("seed", range(10))
def test_reversed_raters_and_random_clickers_are_screened_out_and_nobody_else(seed: int):
    result = screen_by_correlation(study(seed), METHODS)
    np.testing.assert_array_equal(result.is_rejected, np.arange(24) >= 20)
    assert (result.by_stimulus[20:22] < -0.5).all() and (result.by_method[:20] > 0.9).all()


def test_the_kurtosis_rule_finds_most_of_them_and_keeps_who_rates():
    rejected = np.array([screen_by_kurtosis(study(seed)).is_rejected for seed in range(10)])
    assert rejected[:, 20:].mean() > 0.5 and not rejected[:, :20].any()


def test_a_rater_of_outliers_to_both_sides_is_counted_by_hand():
    # 19 raters give 2, 3, 3, 4 in turn; the last gives 1 and 5 in turn.
    scores = np.tile(np.resize([2.0, 3, 3, 4], 19)[:, None], (1, 20))
    last = np.resize([1.0, 5], 20)
    result = screen_by_kurtosis(np.vstack([scores, last]))
    # mean 2.9 (or 3.1), standard deviation 0.85, kurtosis between 2 and 4: 1 and 5 lie beyond two
    assert result.outlying[19] == 1 and result.one_sided[19] == 0
    assert result.is_rejected.tolist() == [False] * 19 + [True]


def test_the_deviation_is_that_of_a_sample():
    # mean 1.67, kurtosis 3.4: the 4 lies 2.33 off; two deviations are 2.42, the population's 2.21
    column = np.array([1.0, 1, 1, 1, 2, 4])[:, None]
    assert (screen_by_kurtosis(np.tile(column, (1, 12))).outlying == 0).all()


def test_who_is_only_kinder_than_all_others_is_no_outlier():
    scores = np.tile(np.resize([2.0, 3, 3, 4], 19)[:, None], (1, 20))
    result = screen_by_kurtosis(np.vstack([scores, np.full(20, 5.0)]))
    assert result.outlying[19] == 1 and result.one_sided[19] == 1
    assert not result.is_rejected.any()


def test_a_stimulus_on_which_all_agree_makes_nobody_an_outlier():
    result = screen_by_kurtosis(np.full((5, 12), 3.0))
    assert not result.is_rejected.any()
    assert (result.outlying == 0).all() and (result.one_sided == 0).all()


def test_who_gives_one_score_throughout_follows_nobody():
    scores = study(1)[:10]
    scores[9] = 3
    assert screen_by_correlation(scores, METHODS).is_rejected.tolist() == [False] * 9 + [True]


def test_a_rater_is_compared_with_the_others_alone():
    scores = study(1)[:3]
    result = screen_by_correlation(scores, METHODS)
    assert result.by_stimulus[0] == pytest.approx(
        np.corrcoef(scores[0], scores[1:].mean(axis=0))[0, 1]
    )


def test_few_ratings_condemn_nobody():
    scores = study(1)
    scores[23, 9:] = np.nan
    assert not screen_by_correlation(scores, METHODS).is_rejected[23]
    assert not screen_by_kurtosis(scores).is_rejected[23]


def test_of_two_raters_who_differ_neither_is_rejected():
    scores, _ = simulated(1, 180)
    both = np.vstack([whole(scores), 6 - whole(scores)])
    assert not screen_by_correlation(both, METHODS).is_rejected.any()


def test_a_rater_alone_is_not_judged():
    alone = np.random.default_rng(1).integers(1, 6, (1, 180)).astype(float)
    assert not screen_by_correlation(alone, METHODS).is_rejected.any()
    assert not screen_by_kurtosis(alone).is_rejected.any()


@pytest.mark.parametrize("methods", [[3.4, 4.4], [3.3, 3.4, 3.6], [3.2, 3.8]])
def test_methods_that_look_nearly_alike_condemn_no_honest_raters(methods: list[float]):
    rejected = np.zeros((10, 16), bool)
    for seed in range(10):
        rng = np.random.default_rng(seed)
        quality = np.repeat(methods, 20) + rng.normal(0, 0.3, 20 * len(methods))
        honest = whole(quality + rng.normal(0, 0.7, (14, len(quality))))
        reversed_ones = 6 - whole(quality + rng.normal(0, 0.7, (2, len(quality))))
        table = np.vstack([honest, reversed_ones])
        numbers = np.repeat(np.arange(len(methods)), 20)
        result = screen_by_correlation(table, numbers)
        rejected[seed] = result.is_rejected
    assert rejected[:, :14].mean() < 0.1
    assert rejected[:, 14:].mean() > 0.75
