"""Raters who do not exist: to try an analysis, or plan a study, before people are asked."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np

from fourfold.study.ratings import Rating, RatingTable

_START = datetime(2017, 5, 25, 9, tzinfo=UTC)


@dataclass(frozen=True, kw_only=True)
class SimulatedRaters:
    """How unlike each other simulated raters are, in points of the scale."""

    count: int = 26
    bias: float = 0.3
    """Standard deviation of the raters' kindness."""
    inconsistency: tuple[float, float] = (0.4, 0.9)
    """Range of the standard deviation of a rater's own noise."""
    image: float = 0.35
    """Standard deviation of how well images suit a method."""


def simulate_ratings(
    means: Mapping[str, Mapping[str, float]],
    images: Mapping[str, Sequence[str]],
    *,
    raters: SimulatedRaters,
    rng: np.random.Generator,
    repeats: int = 0,
    study: str = "simulated",
) -> RatingTable:
    """A study in which every rater scores every picture, in an order of his own.

    A score is the mean of the method on the set, plus how well the image suits the method, plus
    the rater's bias and noise, rounded and held within 1 to 5. What is held within would pull the
    mean off; the hidden mean is set so that it comes out as asked.

    Args:
        means: set -> method -> the mean opinion score that shall come out, above 1 and below 5.
        images: set -> its images' names.
        raters: how many, and how unlike.
        rng: gives all that is random.
        repeats: pictures that each rater scores a second time.
        study: its name.
    """
    pictures = [
        (test_set, method, image)
        for test_set, methods in means.items()
        for method in methods
        for image in images[test_set]
    ]
    bias = rng.normal(0, raters.bias, raters.count)
    noise = rng.uniform(*raters.inconsistency, raters.count)
    asked = np.array([means[test_set][method] for test_set, method, _ in pictures])
    hidden = np.array([_hidden_mean(mean, raters) for mean in np.unique(asked)])
    quality = hidden[np.searchsorted(np.unique(asked), asked)] + rng.normal(
        0, raters.image, len(pictures)
    )
    ratings: list[Rating] = []
    for rater in range(raters.count):
        order = rng.permutation(len(pictures))
        order = np.concatenate(
            [order, rng.choice(order[: len(order) // 2], repeats, replace=False)]
        )
        felt = quality[order] + bias[rater] + noise[rater] * rng.normal(size=len(order))
        seconds = 1 + rng.gamma(4, 0.6, len(order))
        for place, number in enumerate(order):
            ratings.append(
                _rating(
                    f"r{rater + 1:02}",
                    pictures[number],
                    place=place,
                    repeat=int(place >= len(pictures)),
                    score=int(np.clip(np.floor(felt[place] + 0.5), 1, 5)),
                    seconds=float(seconds[place]),
                )
            )
    return RatingTable(
        study=study,
        mode="acr",
        methods=tuple(dict.fromkeys(method for methods in means.values() for method in methods)),
        images=tuple(dict.fromkeys(image for _, _, image in pictures)),
        finished=frozenset(rating.rater for rating in ratings),
        ratings=tuple(ratings),
    )


def _rating(
    rater: str,
    picture: tuple[str, str, str],
    *,
    place: int,
    repeat: int,
    score: int,
    seconds: float,
) -> Rating:
    test_set, method, image = picture
    shown = _START + timedelta(seconds=6 * place)
    return Rating(
        rater=rater,
        method=method,
        image=image,
        set=test_set,
        presentation=place,
        repeat=repeat,
        score=score,
        look_seconds=seconds,
        is_calibration=False,
        anchor=None,
        shown_at=shown,
        rated_at=shown + timedelta(seconds=seconds),
    )


def _hidden_mean(asked: float, raters: SimulatedRaters) -> float:
    """The mean before rounding and holding within 1 to 5 of which `asked` comes out."""
    noise = np.mean(raters.inconsistency)
    spread = float(np.sqrt(raters.bias**2 + raters.image**2 + noise**2))
    draws = spread * np.random.default_rng(1).normal(size=20_000)
    low, high = -3.0, 9.0
    for _ in range(30):
        middle = (low + high) / 2
        comes_out = np.clip(np.floor(middle + draws + 0.5), 1, 5).mean()
        low, high = (middle, high) if comes_out < asked else (low, middle)
    return (low + high) / 2
