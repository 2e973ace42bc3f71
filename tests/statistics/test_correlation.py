"""Correlations, by hand."""

import numpy as np
import pytest

from fourfold.statistics import correlate


def test_on_a_line_both_are_one_and_on_a_falling_one_minus_one():
    rising = correlate(np.array([1.0, 2, 3, 4]), np.array([10.0, 20, 30, 40]))
    assert [rising.pearson, rising.spearman] == pytest.approx([1, 1])
    falling = correlate(np.array([1.0, 2, 3, 4]), np.array([8.0, 6, 4, 2]))
    assert [falling.pearson, falling.spearman] == pytest.approx([-1, -1])


def test_spearman_sees_the_order_alone():
    result = correlate(np.array([1.0, 2, 3]), np.array([1.0, 10, 100]))
    assert result.spearman == pytest.approx(1)
    # deviations -1, 0, 1 and -36, -27, 63: 99 / sqrt(2 * 5994)
    assert result.pearson == pytest.approx(99 / np.sqrt(2 * 5994))


def test_pairs_that_are_not_finite_do_not_count():
    result = correlate(np.array([1.0, 2, 3, np.nan, 5]), np.array([1.0, 2, 3, 4, np.inf]))
    assert result.pairs == 3 and result.pearson == pytest.approx(1)


@pytest.mark.parametrize(
    ("a", "b"), [([1.0, 2], [1.0, 2]), ([3.0, 3, 3], [1.0, 2, 3]), ([], []), ([1, 2, 3], [2, 2, 2])]
)
def test_where_a_correlation_means_nothing_there_is_none(a: list[float], b: list[float]):
    result = correlate(np.array(a), np.array(b))
    assert np.isnan(result.pearson) and np.isnan(result.spearman)
