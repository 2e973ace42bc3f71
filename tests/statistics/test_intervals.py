"""Intervals: they hold the true mean as often as they say, and the same seed gives the same."""

import numpy as np
import pytest

from fourfold.errors import InvalidTable
from fourfold.statistics import crossed_mean_interval, mean_interval


def rng(seed: int = 1) -> np.random.Generator:
    return np.random.default_rng(seed)


def test_values_without_spread_leave_no_doubt():
    interval = mean_interval(np.full(7, 3.5), rng=rng())
    assert (interval.mean, interval.low, interval.high) == (3.5, 3.5, 3.5)


def test_the_interval_is_about_two_standard_errors_to_each_side():
    values = np.tile([0.0, 1.0], 200)  # standard error 0.5 / 20
    interval = mean_interval(values, rng=rng())
    assert interval.mean == 0.5
    assert interval.low == pytest.approx(0.5 - 1.96 * 0.025, abs=0.003)
    assert interval.high == pytest.approx(0.5 + 1.96 * 0.025, abs=0.003)


def test_the_same_seed_gives_the_same_interval_and_another_another():
    values = rng().normal(size=50)
    assert mean_interval(values, rng=rng(2)) == mean_interval(values, rng=rng(2))
    assert mean_interval(values, rng=rng(2)) != mean_interval(values, rng=rng(3))


def test_the_interval_holds_the_true_mean_about_95_times_in_100():
    samples = rng().normal(10, 3, (400, 60))
    intervals = [mean_interval(sample, rng=rng(), resamples=1000) for sample in samples]
    held = np.mean([interval.low <= 10 <= interval.high for interval in intervals])
    assert 0.92 <= held <= 0.97


def test_a_lower_level_is_a_narrower_interval():
    values = rng().normal(size=50)
    narrow = mean_interval(values, rng=rng(), level=0.5)
    wide = mean_interval(values, rng=rng())
    assert wide.low < narrow.low < narrow.high < wide.high


def test_equal_pictures_have_an_infinite_mean_and_no_interval_that_is_no_number():
    interval = mean_interval(np.full(5, np.inf), rng=rng())
    assert (interval.mean, interval.low, interval.high) == (np.inf, np.inf, np.inf)
    some = mean_interval(np.array([30.0, 31, 32, np.inf]), rng=rng())
    assert some.mean == np.inf and np.isfinite(some.low) and some.high == np.inf


def test_many_values_are_drawn_in_parts_that_change_nothing():
    values = rng().normal(size=3000)
    interval = mean_interval(values, rng=rng(), resamples=500)
    drawn = values[rng().integers(0, 3000, (500, 3000))].mean(axis=1)
    assert interval.low == np.quantile(drawn, 0.025, method="inverted_cdf")


@pytest.mark.parametrize("values", [[], [1.0, np.nan], [[1.0, 2.0]]])
def test_what_has_no_mean_is_refused(values: list[float]):
    with pytest.raises(InvalidTable, match="A mean needs numbers"):
        mean_interval(np.array(values), rng=rng())


def test_raters_who_differ_widen_the_interval_however_many_images_there_are():
    biases = np.linspace(-1, 1, 10)
    table = np.broadcast_to(3 + biases[:, None], (10, 500))
    interval = crossed_mean_interval(table, rng=rng())
    error = biases.std() / np.sqrt(10)
    assert interval.mean == pytest.approx(3)
    assert interval.high - interval.low == pytest.approx(2 * 1.96 * error, rel=0.05)
    as_if_independent = mean_interval(table.ravel(), rng=rng(), resamples=500)
    assert as_if_independent.high - as_if_independent.low < 0.1


def test_images_that_differ_widen_the_interval_however_many_raters_there_are():
    table = np.broadcast_to(np.linspace(2, 4, 10), (500, 10))
    interval = crossed_mean_interval(table, rng=rng())
    error = table[0].std() / np.sqrt(10)
    assert interval.high - interval.low == pytest.approx(2 * 1.96 * error, rel=0.05)


def test_a_crossed_interval_holds_the_true_mean_at_least_as_often_as_it_says():
    def table(seed: int) -> np.ndarray:
        draw = rng(seed)
        return (
            draw.normal(0, 0.4, (26, 1))
            + draw.normal(0, 0.4, (1, 40))
            + draw.normal(0, 0.7, (26, 40))
        )

    intervals = [
        crossed_mean_interval(table(seed), rng=rng(), resamples=500) for seed in range(300)
    ]
    held = np.mean([interval.low <= 0 <= interval.high for interval in intervals])
    assert 0.92 <= held <= 1


def test_cells_without_a_rating_do_not_count():
    table = np.array([[1.0, np.nan], [3.0, 5.0]])
    assert crossed_mean_interval(table, rng=rng()).mean == 3
    alone = np.full((3, 3), np.nan)
    alone[0, 0] = 4
    interval = crossed_mean_interval(alone, rng=rng())
    assert (interval.mean, interval.low, interval.high) == (4, 4, 4)


def test_a_table_without_ratings_is_refused():
    with pytest.raises(InvalidTable, match=r"got shape \(2, 3\)"):
        crossed_mean_interval(np.full((2, 3), np.nan), rng=rng())
