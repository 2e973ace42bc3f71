"""The subject model finds again what simulated raters were made of."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fourfold.errors import InvalidTable
from fourfold.statistics import correlate, fit_subject_model, rater_bias, remove_bias
from tests.statistics.simulated import simulated, whole


def test_biases_and_noise_of_26_raters_are_found_from_200_whole_scores_each():
    errors = []
    for seed in range(20):
        scores, truth = simulated(26, 200, seed=seed)
        model = fit_subject_model(whole(scores))
        assert model.is_settled
        assert correlate(model.quality, truth.quality).spearman > 0.95
        assert correlate(model.bias, truth.bias).pearson > 0.95
        assert correlate(model.inconsistency, truth.inconsistency).spearman > 0.8
        errors.append(np.abs(model.bias - truth.bias))
    # One in 26 raters' own noise may add up to three standard errors of 0.05: no model undoes that.
    assert np.mean(np.array(errors) < 0.15) > 0.99
    assert np.sqrt(np.mean(np.square(errors))) < 0.06


@given(st.integers(0, 999), st.floats(-3, 3))
def test_a_kinder_study_moves_the_quality_and_nothing_else(seed: int, shift: float):
    scores, _ = simulated(8, 30, seed=seed)
    model, kinder = fit_subject_model(scores), fit_subject_model(scores + shift)
    np.testing.assert_allclose(kinder.quality, model.quality + shift, atol=1e-6)
    np.testing.assert_allclose(kinder.bias, model.bias, atol=1e-6)
    np.testing.assert_allclose(kinder.inconsistency, model.inconsistency, atol=1e-6)


def test_biases_without_noise_are_found_exactly():
    quality, bias = np.array([1.0, 2, 4]), np.array([-0.5, 0, 0.5])
    model = fit_subject_model(quality + bias[:, None])
    np.testing.assert_allclose(model.quality, quality, atol=1e-7)
    np.testing.assert_allclose(model.bias, bias, atol=1e-7)
    np.testing.assert_allclose(model.inconsistency, 0.1)  # as little as counts


def test_who_clicks_at_random_hardly_moves_the_quality():
    scores, truth = simulated(12, 200)
    clicks = np.random.default_rng(2).integers(1, 6, (6, 200))
    table = np.vstack([whole(scores), clicks])
    model = fit_subject_model(table)
    by_model = np.abs(model.quality - truth.quality).mean()
    by_mean = np.abs(table.mean(axis=0) - truth.quality).mean()
    assert by_model < 0.6 * by_mean
    assert (model.inconsistency[12:] > model.inconsistency[:12].max()).all()


def test_among_few_raters_no_single_one_becomes_the_truth():
    for seed in range(20):
        scores, truth = simulated(7, 32, seed=seed)
        model = fit_subject_model(whole(scores))
        by_model = np.mean((model.quality - truth.quality) ** 2)
        by_mean = np.mean((whole(scores).mean(axis=0) - truth.quality) ** 2)
        assert by_model < 1.3**2 * by_mean  # 2.6 squared without a bound
        assert model.is_settled and model.inconsistency.min() > 0.25


def test_scores_that_are_missing_are_no_obstacle():
    scores, truth = simulated(26, 200)
    table = whole(scores)
    table[np.random.default_rng(3).uniform(size=table.shape) < 0.5] = np.nan
    model = fit_subject_model(table)
    assert np.abs(model.bias - truth.bias).max() < 0.25
    assert correlate(model.quality, truth.quality).spearman > 0.95


def test_the_interval_of_a_quality_holds_it_as_often_as_it_says():
    held = []
    for seed in range(20):
        scores, truth = simulated(15, 60, seed=seed)
        model = fit_subject_model(scores)
        held.append(np.abs(model.quality - truth.quality) < 1.96 * model.quality_error)
    assert 0.90 < np.mean(held) < 0.97


def test_the_bias_is_the_mean_distance_from_all_raters():
    scores = np.array([[1.0, 2, np.nan], [3, 4, 5]])
    # means 2, 3, 5: the first lies 1 below on two, the second 1, 1 and 0 above
    np.testing.assert_allclose(rater_bias(scores), [-1, 2 / 3])
    np.testing.assert_allclose(remove_bias(scores), [[2, 3, np.nan], [7 / 3, 10 / 3, 13 / 3]])


@given(st.integers(0, 999))
def test_without_bias_means_stay_and_raters_agree_on_them(seed: int):
    scores, _ = simulated(8, 30, seed=seed)
    corrected = remove_bias(scores)
    np.testing.assert_allclose(corrected.mean(axis=0), scores.mean(axis=0))
    np.testing.assert_allclose(corrected.mean(axis=1), scores.mean())


@pytest.mark.parametrize(
    "scores",
    [np.empty((0, 4)), np.array([[1.0, np.nan], [2.0, np.nan]]), np.array([[np.nan], [2.0]])],
)
def test_a_stimulus_or_a_rater_without_scores_is_refused(scores: np.ndarray):
    with pytest.raises(InvalidTable, match="every rater gave a score"):
        fit_subject_model(scores)
