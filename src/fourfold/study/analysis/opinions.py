"""Mean opinion scores, their distributions, ranks, and which methods differ."""

from itertools import combinations

import numpy as np

from fourfold.errors import InvalidTable
from fourfold.statistics import (
    Interval,
    average_ranks,
    crossed_mean_interval,
    holm,
    more_raters,
    remove_bias,
    wilcoxon,
)
from fourfold.study.analysis.results import Comparison, Group, MethodResult
from fourfold.study.analysis.tables import ScoreTable

_RESAMPLES = 2000
_NOWHERE = Interval(np.nan, np.nan, np.nan)


def opinions(
    table: ScoreTable, name: str, *, qualities: np.ndarray, rng: np.random.Generator
) -> Group:
    """The results of a group of images.

    Args:
        table: of the group's images and of the raters who count.
        name: of the group.
        qualities: by the subject model, shape (methods, images) as in the table.
        rng: gives the resamples.

    Raises:
        InvalidTable: no scores.
    """
    if not len(table.methods) or np.isnan(table.scores).all():
        raise InvalidTable(f"There are no ratings of {name} yet.")
    unbiased, ranks = _without_bias(table.scores), _ranks(table.scores)
    methods = tuple(
        MethodResult(
            method=method,
            mos=_interval(table.scores[:, number], rng),
            unbiased=_interval(unbiased[:, number], rng),
            model_quality=_mean(qualities[number]),
            rank=_interval(ranks[:, number], rng),
            shares=_shares(table.scores[:, number]),
            ratings=int((~np.isnan(table.scores[:, number])).sum()),
        )
        for number, method in enumerate(table.methods)
    )
    return Group(name=name, images=len(table.images), methods=methods, comparisons=compare(table))


def compare(table: ScoreTable) -> tuple[Comparison, ...]:
    """Every two methods: paired tests over what one rater said of one image, Holm's correction."""
    flat = table.scores.transpose(1, 0, 2).reshape(len(table.methods), -1)
    tests = []
    for a, b in combinations(range(len(table.methods)), 2):
        both = ~np.isnan(flat[a]) & ~np.isnan(flat[b])
        if both.any():
            raters = int(both.reshape(len(table.raters), -1).any(axis=1).sum())
            tests.append((a, b, wilcoxon(flat[a, both], flat[b, both]), raters))
    corrected = holm(np.array([test.p_value for _, _, test, _ in tests]))
    return tuple(
        Comparison(
            a=table.methods[a],
            b=table.methods[b],
            difference=test.difference,
            pairs=test.pairs + test.equal,
            p_value=test.p_value,
            p_corrected=float(p),
            more_raters=0 if p < 0.05 else _more(test.p_value, raters, len(tests)),
        )
        for (a, b, test, raters), p in zip(tests, corrected, strict=True)
    )


def _more(p_value: float, raters: int, tests: int) -> int | None:
    """By the level that the correction asks of the first of so many tests: rather too many."""
    return more_raters(p_value, raters, alpha=0.05 / tests) or None


def _without_bias(scores: np.ndarray) -> np.ndarray:
    """The same table, each rater's bias on the group's pictures taken off."""
    flat = scores.reshape(len(scores), -1)
    raters, pictures = ~np.isnan(flat).all(axis=1), ~np.isnan(flat).all(axis=0)
    corrected = flat.copy()
    corrected[np.ix_(raters, pictures)] = remove_bias(flat[np.ix_(raters, pictures)])
    return corrected.reshape(scores.shape)


def _ranks(scores: np.ndarray) -> np.ndarray:
    """Ranks of the methods in each rater's scores of each image."""
    by_image = scores.transpose(0, 2, 1)
    ranks = average_ranks(by_image.reshape(-1, by_image.shape[2]))
    return ranks.reshape(by_image.shape).transpose(0, 2, 1)


def _interval(scores: np.ndarray, rng: np.random.Generator) -> Interval:
    if np.isnan(scores).all():
        return _NOWHERE
    return crossed_mean_interval(scores, rng=rng, resamples=_RESAMPLES)


def _shares(scores: np.ndarray) -> tuple[float, ...]:
    there = scores[~np.isnan(scores)]
    return tuple(float(np.mean(there == score)) for score in range(1, 6)) if there.size else ()


def _mean(values: np.ndarray) -> float:
    there = values[~np.isnan(values)]
    return float(there.mean()) if there.size else float("nan")
