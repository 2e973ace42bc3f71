"""Small tables of ratings, written out, and the paper's study, simulated."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache

import numpy as np

from fourfold.evaluation.published import TABLE_1, TABLE_2
from fourfold.study.analysis import Analysis, analyse
from fourfold.study.ratings import Choice, Rating, RatingTable
from fourfold.study.simulation import SimulatedRaters, simulate_ratings

NOON = datetime(2026, 11, 26, 12, tzinfo=UTC)

METHODS = (
    *("nearest", "bicubic", "SRCNN", "SelfExSR", "DRCN", "ESPCN"),
    *("SRResNet", "SRResNet-VGG22", "SRGAN-MSE", "SRGAN-VGG22", "SRGAN", "original"),
)
PUBLISHED: dict[str, dict[str, float]] = {
    test_set: {
        method: mos
        for method in METHODS
        if (entry := (TABLE_1.rows | TABLE_2.rows)[method].get(test_set)) is not None
        and (mos := entry.mos) is not None
    }
    for test_set in ("Set5", "Set14", "BSD100")
}
IMAGES = {
    test_set: [f"{test_set}/{number:03}" for number in range(count)]
    for test_set, count in (("Set5", 5), ("Set14", 14), ("BSD100", 100))
}


@cache
def the_papers_study() -> RatingTable:
    """26 raters of 1,128 pictures, ten of them twice."""
    return simulate_ratings(
        PUBLISHED,
        IMAGES,
        raters=SimulatedRaters(),
        rng=np.random.default_rng(1),
        repeats=10,
        study="paper",
    )


@cache
def the_papers_analysis() -> Analysis:
    """Computed once for all tests: it takes seconds."""
    return analyse(the_papers_study())


@cache
def small_study(raters: int = 8) -> RatingTable:
    """Three methods and the original on two sets of four images."""
    means = dict(
        zip(("nearest", "srresnet", "srgan", "original"), (1.3, 2.8, 3.4, 4.5), strict=True)
    )
    return simulate_ratings(
        {"faces": means, "streets": means},
        {name: [f"{name}/{number}" for number in range(4)] for name in ("faces", "streets")},
        raters=SimulatedRaters(count=raters),
        rng=np.random.default_rng(1),
        repeats=4,
        study="small",
    )


def rating(rater: str, method: str, image: str, score: int, **changed: object) -> Rating:
    given = Rating(
        rater=rater,
        method=method,
        image=image,
        set=image.rpartition("/")[0],
        presentation=0,
        repeat=0,
        score=score,
        look_seconds=2.0,
        is_calibration=False,
        anchor=None,
        shown_at=NOON,
        rated_at=NOON + timedelta(seconds=2),
    )
    return replace(given, **changed)  # type: ignore[arg-type]


def choice(rater: str, better: str, worse: str, image: str = "crab", **changed: object) -> Choice:
    given = Choice(
        rater=rater,
        method_a=better,
        method_b=worse,
        choice="a",
        image=image,
        set="",
        presentation=0,
        repeat=0,
        look_seconds=2.0,
        is_calibration=False,
        shown_at=NOON,
        rated_at=NOON + timedelta(seconds=2),
    )
    return replace(given, **changed)  # type: ignore[arg-type]


def table_of(rows: Iterable[Rating], **changed: object) -> RatingTable:
    ratings = tuple(rows)
    table = RatingTable(
        study="by hand",
        mode="acr",
        methods=tuple(dict.fromkeys(row.method for row in ratings)),
        images=tuple(dict.fromkeys(row.image for row in ratings)),
        finished=frozenset(row.rater for row in ratings),
        ratings=ratings,
    )
    return replace(table, **changed)  # type: ignore[arg-type]


def table_of_choices(rows: Iterable[Choice], **changed: object) -> RatingTable:
    choices = tuple(rows)
    names = [name for row in choices for name in (row.method_a, row.method_b)]
    table = RatingTable(
        study="pairs by hand",
        mode="pair",
        methods=tuple(sorted(set(names))),
        images=tuple(dict.fromkeys(row.image for row in choices)),
        finished=frozenset(row.rater for row in choices),
        choices=choices,
    )
    return replace(table, **changed)  # type: ignore[arg-type]


def by_hand(scores: Mapping[str, Mapping[str, list[int]]]) -> RatingTable:
    """Rater -> method -> scores of the images 0, 1, 2 and so on."""
    return table_of(
        rating(rater, method, str(number), score)
        for rater, methods in scores.items()
        for method, given in methods.items()
        for number, score in enumerate(given)
    )
