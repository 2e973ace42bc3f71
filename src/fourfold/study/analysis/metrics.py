"""Measured scores beside what raters say: the `scores.json` of `fourfold evaluate`."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from fourfold.errors import InvalidScores
from fourfold.statistics import correlate
from fourfold.study.analysis.results import MetricResult, PictureResult
from fourfold.study.ratings import REFERENCE

MetricScores = Mapping[str, Mapping[tuple[str, str], float]]
"""Metric -> (method, image) -> value; an image of a set bears its name, `Set5/baby`."""


def read_scores(path: Path) -> MetricScores:
    """The scores of every picture in a file that `fourfold evaluate` wrote.

    Raises:
        InvalidScores: no such file, or one that holds something else.
    """
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise InvalidScores(f"{path} cannot be read: {error.strerror}.") from error
    except ValueError as error:
        raise InvalidScores(
            f"{path} is no JSON; name a scores.json of fourfold evaluate."
        ) from error
    try:
        return _by_metric(content["pictures"])
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise InvalidScores(
            f"{path} holds no scores of pictures; name a scores.json of fourfold evaluate."
        ) from error


def foretelling(
    pictures: Sequence[PictureResult], scores: MetricScores
) -> tuple[MetricResult, ...]:
    """How well each metric foretells the mean opinion scores of the pictures, originals left out.

    The original is what metrics compare with: its infinite PSNR is no finding.

    Raises:
        InvalidScores: not one picture of the study is among the scores.
    """
    results = tuple(
        result
        for metric, values in scores.items()
        if (result := _foretelling(metric, pictures, values)).pictures.pairs
    )
    if not results:
        raise InvalidScores(
            "The scores and the study share no picture: methods and images must bear one name in "
            f"both. The study has {_named(p.method for p in pictures)} and "
            f"{_named(p.image for p in pictures)}; the scores have "
            f"{_named(m for v in scores.values() for m, _ in v)} and "
            f"{_named(i for v in scores.values() for _, i in v)}."
        )
    return results


def _by_metric(pictures: Any) -> MetricScores:
    scores: dict[str, dict[tuple[str, str], float]] = {}
    for entry in pictures:
        image = "/".join(part for part in (entry["set"], entry["picture"]) if part)
        for method, values in entry["scores"].items():
            for metric, value in values.items():
                number = float("nan") if value is None else float(value)
                scores.setdefault(metric, {})[method, image] = number
    return scores


def _foretelling(
    metric: str, pictures: Sequence[PictureResult], values: Mapping[tuple[str, str], float]
) -> MetricResult:
    shared = [
        (picture.method, values[picture.method, picture.image], picture.mos)
        for picture in pictures
        if picture.method != REFERENCE
        and np.isfinite(values.get((picture.method, picture.image), np.nan))
    ]
    points = tuple(
        (method, *np.mean([entry[1:] for entry in shared if entry[0] == method], axis=0).tolist())
        for method in dict.fromkeys(method for method, _, _ in shared)
    )
    return MetricResult(
        metric=metric,
        pictures=correlate(*_columns(shared)),
        methods=correlate(*_columns(points)),
        points=points,
    )


def _columns(rows: Sequence[tuple[str, float, float]]) -> tuple[np.ndarray, np.ndarray]:
    return np.array([row[1] for row in rows]), np.array([row[2] for row in rows])


def _named(names: Any) -> str:
    few = list(dict.fromkeys(names))
    return ", ".join(few[:3]) + (", ..." if len(few) > 3 else "")
