"""Choices between two: strengths, sign tests, and what cannot be told."""

from itertools import combinations

import numpy as np
import pytest

from fourfold.errors import InvalidTable
from fourfold.study.analysis import analyse
from fourfold.study.ratings import Choice
from tests.study.analysis.tables import choice, table_of_choices

STRENGTH = {"bicubic": -1.5, "srgan": 1.0, "srresnet": 0.5}


def simulated() -> list[Choice]:
    rng = np.random.default_rng(1)
    rows = []
    for rater, image in np.ndindex(20, 10):
        for a, b in combinations(STRENGTH, 2):
            is_a = rng.uniform() < 1 / (1 + np.exp(STRENGTH[b] - STRENGTH[a]))
            better, worse = (a, b) if is_a else (b, a)
            rows.append(choice(f"r{rater}", better, worse, f"image {image}"))
    return rows


def test_known_strengths_are_found():
    analysis = analyse(table_of_choices(simulated()))
    group = analysis.groups[0]
    for result in group.strengths:
        assert result.strength.mean == pytest.approx(STRENGTH[result.method], abs=0.35)
        assert result.strength.low < STRENGTH[result.method] < result.strength.high
        assert result.choices == 400
    assert group.is_bounded and group.images == 10 and len(analysis.counted) == 20


def test_the_side_on_which_a_method_stood_does_not_matter():
    rows = [
        choice("ann", "a", "b"),
        choice("ben", "b", "a", choice="b"),  # b at the left, a chosen
    ]
    group = analyse(table_of_choices(rows)).groups[0]
    assert {s.method: s.wins for s in group.strengths} == {"a": 2, "b": 0}
    assert group.comparisons[0].difference == 1 and not group.is_bounded


def test_the_test_is_a_sign_test():
    rows = [choice("ann", "a", "b", f"{n}") for n in range(9)] + [choice("ann", "b", "a", "9")]
    comparison = analyse(table_of_choices(rows)).groups[0].comparisons[0]
    assert comparison.p_value == pytest.approx(2 * (1 + 10) / 2**10)
    assert comparison.pairs == 10 and comparison.difference == pytest.approx(0.8)


def test_methods_that_nothing_links_have_no_strengths():
    rows = [choice("ann", "a", "b"), choice("ann", "c", "d")]
    group = analyse(table_of_choices(rows)).groups[0]
    assert group.strengths == () and len(group.comparisons) == 2


def test_second_choices_are_compared_and_counted_once():
    rows = [
        choice("ann", "a", "b", "1"),
        choice("ann", "b", "a", "1", choice="b", repeat=1),  # sides changed, the same method
        choice("ann", "a", "b", "2"),
        choice("ann", "b", "a", "2", repeat=1),
    ]
    analysis = analyse(table_of_choices(rows))
    assert analysis.retest is not None and analysis.retest.same == 0.5
    assert analysis.groups[0].strengths[0].choices == 2 and analysis.repeats == 2


def test_who_did_not_finish_is_left_out():
    rows = [choice("ann", "a", "b"), choice("ben", "b", "a")]
    analysis = analyse(table_of_choices(rows, finished=frozenset({"ann"})))
    assert [r.left_out for r in analysis.raters] == ["", "did not finish"]
    assert analysis.groups[0].strengths[0].wins == 1


def test_a_study_without_choices_has_no_results():
    with pytest.raises(InvalidTable, match="Nothing has been rated"):
        analyse(table_of_choices([choice("ann", "a", "b", is_calibration=True)]))
