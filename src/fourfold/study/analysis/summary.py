"""First glances at a study that still runs: cheap enough to be made anew at every look."""

from dataclasses import dataclass
from datetime import datetime

import numpy as np

from fourfold.study.analysis.reliability import UNFINISHED, count_raters, judge, retest
from fourfold.study.analysis.results import RaterResult
from fourfold.study.analysis.tables import score_table
from fourfold.study.ratings import RatingTable


@dataclass(frozen=True)
class MethodGlance:
    """A method so far."""

    method: str
    ratings: int
    """In `pair`: choices in which it was one of the two."""
    mean: float | None
    """Mean opinion score; in `pair` the share of choices that it won. None before the first."""
    margin: float | None
    """1.96 standard errors over raters; None for fewer than two of them."""


@dataclass(frozen=True)
class Summary:
    """How a study stands. Scores seen before the end invite stopping early: look, do not decide."""

    ratings: int
    """Calibration and repeats included."""
    raters: int
    """Who rated anything."""
    finished: int
    last_at: datetime | None
    methods: tuple[MethodGlance, ...]
    retest: float | None
    """Correlation of first and second scores."""
    doubtful: tuple[RaterResult, ...]
    """Raters whom screening would leave out now."""


def summarise(table: RatingTable) -> Summary:
    """How a study stands; unlike `analyse` it needs no rating at all, and draws no resamples."""
    rows = table.choices if table.mode == "pair" else table.ratings
    again = None if table.mode == "pair" else retest(table.ratings)
    pearson = float("nan") if again is None else again.correlation.pearson
    return Summary(
        ratings=len(rows),
        raters=len({row.rater for row in rows}),
        finished=len(table.finished),
        last_at=max((row.rated_at for row in rows), default=None),
        methods=_choices(table) if table.mode == "pair" else _scores(table),
        retest=None if np.isnan(pearson) else pearson,
        doubtful=_doubtful(table),
    )


def _scores(table: RatingTable) -> tuple[MethodGlance, ...]:
    scores = score_table(table)
    return tuple(
        _glance(method, [own[~np.isnan(own)] for own in scores.scores[:, number]])
        for number, method in enumerate(table.methods)
    )


def _choices(table: RatingTable) -> tuple[MethodGlance, ...]:
    first = [c for c in table.choices if not c.is_calibration and not c.repeat]
    raters = dict.fromkeys(choice.rater for choice in first)
    return tuple(
        _glance(
            method,
            [
                np.array(
                    [
                        (c.method_a if c.choice == "a" else c.method_b) == method
                        for c in first
                        if c.rater == rater and method in (c.method_a, c.method_b)
                    ],
                    np.float64,
                )
                for rater in raters
            ],
        )
        for method in table.methods
    )


def _glance(method: str, by_rater: list[np.ndarray]) -> MethodGlance:
    given = [own for own in by_rater if own.size]
    means = np.array([own.mean() for own in given])
    return MethodGlance(
        method,
        ratings=sum(own.size for own in given),
        mean=float(np.concatenate(given).mean()) if given else None,
        margin=float(1.96 * means.std(ddof=1) / np.sqrt(len(means))) if len(means) > 1 else None,
    )


def _doubtful(table: RatingTable) -> tuple[RaterResult, ...]:
    if table.mode == "pair":
        judged = count_raters(table, with_unfinished=True)
    else:
        judged = judge(table, score_table(table), with_unfinished=True)
    return tuple(rater for rater in judged if rater.left_out and rater.left_out != UNFINISHED)
