"""Small tables of ratings, written out, and the paper's study, simulated."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache

import numpy as np

from fourfold.study.analysis import Analysis, analyse
from fourfold.study.ratings import Choice, Rating, RatingTable
from fourfold.study.simulation import SimulatedRaters, simulate_ratings

NOON = datetime(2026, 11, 26, 12, tzinfo=UTC)

METHODS = (
    *("nearest", "bicubic", "SRCNN", "SelfExSR", "DRCN", "ESPCN"),
    *("SRResNet", "SRResNet-VGG22", "SRGAN-MSE", "SRGAN-VGG22", "SRGAN", "original"),
)
# Mean opinion scores of tables 1 and 2; four methods' BSD100 was not rated.
SET5 = (1.28, 1.97, 2.57, 2.65, 3.26, 2.89, 3.37, 3.46, 3.77, 3.78, 3.58, 4.32)
SET14 = (1.20, 1.80, 2.26, 2.34, 2.84, 2.52, 2.98, 3.15, 3.43, 3.57, 3.72, 4.32)
BSD100 = (1.11, 1.47, 1.87, 1.89, 2.12, 2.01, 2.29, None, None, None, 3.56, 4.46)
PUBLISHED: dict[str, dict[str, float]] = {
    "Set5": dict(zip(METHODS, SET5, strict=True)),
    "Set14": dict(zip(METHODS, SET14, strict=True)),
    "BSD100": {m: mos for m, mos in zip(METHODS, BSD100, strict=True) if mos is not None},
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
