"""Ranks, by hand."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from fourfold.statistics import average_ranks


def test_the_highest_comes_first_and_ties_share_their_mean_rank():
    ranks = average_ranks(np.array([[5.0, 3, 3, 1], [2, 2, 2, 2], [1, 2, 3, 4]]))
    np.testing.assert_array_equal(ranks, [[1, 2.5, 2.5, 4], [2.5] * 4, [4, 3, 2, 1]])


def test_a_row_with_a_hole_has_no_ranks():
    ranks = average_ranks(np.array([[5.0, np.nan], [1, 2]]))
    np.testing.assert_array_equal(ranks, [[np.nan, np.nan], [2, 1]])


def test_a_table_without_rows_has_ranks_of_its_shape():
    assert average_ranks(np.empty((0, 3))).shape == (0, 3)


@given(st.lists(st.integers(1, 5), min_size=2, max_size=12))
def test_ranks_add_up_to_the_same_however_many_ties(scores: list[int]):
    assert average_ranks(np.array([scores])).sum() == len(scores) * (len(scores) + 1) / 2
