"""First glances: at nothing, at a start, and at raters who do not rate."""

from dataclasses import replace

import numpy as np
import pytest

from fourfold.study.analysis import summarise
from tests.study.analysis.tables import (
    NOON,
    choice,
    rating,
    small_study,
    table_of,
    table_of_choices,
)


def test_a_study_without_ratings_stands_at_nothing():
    for mode in ("acr", "dcr", "pair"):
        empty = table_of([], mode=mode, methods=("a", "b"))
        summary = summarise(empty)
        assert (summary.ratings, summary.raters, summary.finished) == (0, 0, 0)
        assert summary.last_at is None and summary.retest is None and summary.doubtful == ()
        assert [(m.method, m.mean, m.margin) for m in summary.methods] == [
            ("a", None, None),
            ("b", None, None),
        ]


def test_a_study_at_its_start_is_summed_up_by_hand():
    rows = [
        rating("ann", "a", "1", 2),
        rating("ann", "a", "2", 4),
        rating("ben", "a", "1", 5),
        rating("ben", "b", "9", 1, is_calibration=True, anchor=1),
    ]
    summary = summarise(table_of(rows, finished=frozenset()))
    assert (summary.ratings, summary.raters, summary.finished) == (4, 2, 0)
    assert summary.last_at is not None and summary.last_at > NOON
    a, b = summary.methods
    assert a.mean == pytest.approx(11 / 3) and a.ratings == 3 and b.mean is None
    # raters' means 3 and 5: standard deviation root 2, error 1
    assert a.margin == pytest.approx(1.96)


def test_choices_are_summed_up_as_shares():
    rows = [
        choice("ann", "a", "b"),
        choice("ann", "b", "a", "2", choice="b"),
        choice("b", "b", "a"),
    ]
    summary = summarise(table_of_choices(rows))
    assert [m.mean for m in summary.methods] == pytest.approx([2 / 3, 1 / 3])
    assert [m.ratings for m in summary.methods] == [3, 3]


def test_who_does_not_rate_is_doubtful_before_anyone_has_finished():
    rng = np.random.default_rng(1)
    honest = small_study(12)
    first = [row for row in honest.ratings if row.rater == "r01"]
    clicks = [replace(row, rater="click", score=int(rng.integers(1, 6))) for row in first]
    summary = summarise(table_of([*honest.ratings, *clicks], finished=frozenset()))
    assert [rater.rater for rater in summary.doubtful] == ["click"]
    assert summary.retest is not None
