"""Holm's correction, by values worked out by hand."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from fourfold.statistics import holm

P_VALUES = st.lists(st.floats(0, 1), min_size=1, max_size=20).map(np.array)


def test_holms_correction_is_that_worked_out_by_hand():
    # 0.01 x 4; 0.02 x 3; 0.03 x 2 = 0.06, not below the one before; 0.9 x 1
    np.testing.assert_allclose(holm(np.array([0.03, 0.9, 0.01, 0.02])), [0.06, 0.9, 0.04, 0.06])


def test_none_exceeds_one():
    np.testing.assert_array_equal(holm(np.array([0.6, 0.7])), [1, 1])


def test_tests_that_were_not_made_do_not_count():
    corrected = holm(np.array([[np.nan, 0.02], [0.04, np.nan]]))
    np.testing.assert_allclose(corrected, [[np.nan, 0.04], [0.04, np.nan]])


@given(P_VALUES)
def test_a_correction_never_makes_a_finding_stronger_nor_changes_their_order(p_values: np.ndarray):
    corrected = holm(p_values)
    assert (corrected >= p_values).all()
    order = np.argsort(p_values)
    assert (np.diff(corrected[order]) >= 0).all()
    assert corrected.max() <= max(1, p_values.max())


@given(P_VALUES)
def test_it_lies_between_none_and_bonferronis(p_values: np.ndarray):
    assert (holm(p_values) <= np.minimum(1, len(p_values) * p_values)).all()


def test_one_false_alarm_in_twenty_tables():
    draws = np.random.default_rng(1).uniform(size=(2000, 28))
    alarms = np.mean([(holm(row) < 0.05).any() for row in draws])
    assert 0.035 < alarms < 0.065
