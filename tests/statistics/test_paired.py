"""Wilcoxon's signed-rank test: by hand, by trying every sign, and against SciPy."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from fourfold.errors import InvalidTable
from fourfold.statistics import wilcoxon


def by_trying_every_sign(differences: np.ndarray) -> float:
    """The share of all choices of signs whose smaller sum of ranks is at most the one seen."""
    ranks = stats.rankdata(np.abs(differences))
    signs = np.array(list(product([0, 1], repeat=len(ranks))))
    sums = signs @ ranks
    smaller = np.minimum(sums, ranks.sum() - sums)
    seen = min(ranks[differences > 0].sum(), ranks[differences < 0].sum())
    return float(np.mean(smaller <= seen))


def test_five_pairs_all_better_are_not_significant():
    result = wilcoxon(np.array([1.0, 2, 3, 4, 5]), np.zeros(5))
    assert result.p_value == pytest.approx(2 / 2**5)
    assert result.statistic == 0 and result.difference == 3 and result.pairs == 5


def test_pairs_that_do_not_differ_are_left_out():
    a, b = np.array([3.0, 4, 5, 2, 2]), np.array([1.0, 1, 1, 2, 2])
    result = wilcoxon(a, b)
    assert (result.pairs, result.equal) == (3, 2)
    assert result.p_value == pytest.approx(2 / 2**3)
    assert result.difference == pytest.approx(9 / 5)


def test_where_no_pair_differs_nothing_is_found():
    result = wilcoxon(np.arange(4.0), np.arange(4.0))
    assert result.p_value == 1 and result.pairs == 0 and result.equal == 4


@given(st.lists(st.integers(-4, 4).filter(bool), min_size=1, max_size=10))
def test_with_ties_the_p_value_counts_every_choice_of_signs(differences: list[int]):
    values = np.array(differences, np.float64)
    expected = min(1.0, by_trying_every_sign(values))
    assert wilcoxon(values, np.zeros(len(values))).p_value == pytest.approx(expected)


@given(st.integers(2, 50), st.integers(0, 99))
def test_without_ties_it_is_scipys_exact_test(count: int, seed: int):
    differences = np.random.default_rng(seed).normal(0.3, 1, count)
    expected = stats.wilcoxon(differences, method="exact")
    result = wilcoxon(differences, np.zeros(count))
    assert result.p_value == pytest.approx(expected.pvalue)
    assert result.statistic == expected.statistic


def test_fifty_pairs_and_fifty_one_are_tested_alike():
    draws = np.random.default_rng(1).integers(1, 6, (51, 2)).astype(np.float64)
    unequal = draws[draws[:, 0] != draws[:, 1]]
    many = np.vstack([unequal, unequal])[:51]
    exact, normal = wilcoxon(*many[:50].T), wilcoxon(*many.T)
    assert (exact.pairs, normal.pairs) == (50, 51)
    assert exact.p_value == pytest.approx(
        stats.wilcoxon(many[:50, 0] - many[:50, 1], method="asymptotic").pvalue, abs=0.01
    )


def test_the_test_does_not_care_which_comes_first():
    a, b = np.random.default_rng(1).integers(1, 6, (2, 80)).astype(np.float64)
    forward, back = wilcoxon(a, b), wilcoxon(b, a)
    assert forward.p_value == back.p_value and forward.difference == -back.difference


def test_one_false_alarm_in_twenty_between_methods_that_are_alike():
    draws = np.random.default_rng(1).integers(1, 6, (1000, 2, 40)).astype(np.float64)
    alarms = np.mean([wilcoxon(a, b).p_value < 0.05 for a, b in draws])
    assert 0.03 < alarms < 0.06


def test_equal_pictures_are_equal_though_their_psnr_is_infinite():
    result = wilcoxon(np.array([np.inf, np.inf, np.inf]), np.array([np.inf, 30, 31]))
    assert (result.pairs, result.equal) == (2, 1)
    assert result.p_value == pytest.approx(0.5)


@pytest.mark.parametrize(
    ("a", "b"), [([], []), ([1.0], [1.0, 2.0]), ([np.nan, 1.0], [1.0, 2.0]), ([[1.0]], [[2.0]])]
)
def test_what_is_no_row_of_pairs_is_refused(a: list[float], b: list[float]):
    with pytest.raises(InvalidTable, match="two rows of as many numbers"):
        wilcoxon(np.array(a), np.array(b))
