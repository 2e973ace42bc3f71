"""Strengths from choices between two: the Bradley–Terry model.

Sources: Bradley and Terry 1952, Rank analysis of incomplete block designs; Ford 1957, Solution of
a ranking problem from binary comparisons.
"""

from dataclasses import dataclass

import numpy as np

from fourfold.errors import InvalidTable

_MOST_ITERATIONS = 100
_SETTLED = 1e-10
_HALF_A_WIN = 0.5


@dataclass(frozen=True, kw_only=True)
class Strengths:
    """Log-strengths of the methods, each of shape (M,); they add up to 0.

    A method stronger by d is chosen with the probability 1 / (1 + exp(-d)): 1.1 is 3 to 1.
    """

    strength: np.ndarray
    low: np.ndarray
    high: np.ndarray
    is_bounded: bool
    """False where some methods never lost to the others: choices then set no upper bound, and half
    a win each way was added to every pair of methods that met."""


def count_wins(winners: np.ndarray, losers: np.ndarray, methods: int) -> np.ndarray:
    """How often each method won against each: shape (M, M), winner first."""
    return np.bincount(winners * methods + losers, minlength=methods**2).reshape(methods, methods)


def strengths(wins: np.ndarray, *, start: np.ndarray | None = None) -> tuple[np.ndarray, bool]:
    """The most likely log-strengths, and whether the wins bound them (else, see `Strengths`).

    Args:
        wins: shape (M, M); how often the row's method was chosen over the column's.
        start: where the search begins, shape (M,); it ends at the same place.

    Raises:
        InvalidTable: methods that nothing links: no comparison says how they compare.
    """
    wins = np.asarray(wins, np.float64)
    if not _links_all(wins + wins.T > 0):
        raise InvalidTable("Some methods were never compared with the others, not even indirectly.")
    is_bounded = _links_all(wins > 0)
    if not is_bounded:
        wins = wins + _HALF_A_WIN * ((wins + wins.T) > 0)
    return _most_likely(wins, np.zeros(len(wins)) if start is None else start), is_bounded


def bradley_terry(
    winners: np.ndarray,
    losers: np.ndarray,
    *,
    raters: np.ndarray,
    images: np.ndarray,
    methods: int,
    rng: np.random.Generator,
    resamples: int = 1000,
) -> Strengths:
    """Log-strengths with bootstrap 95 % intervals over raters and images.

    Args:
        winners: shape (N,); the number of the method that was chosen, from 0.
        losers: same shape; of the one that was not.
        raters: same shape; who chose.
        images: same shape; of which picture.
        methods: how many there are.
        rng: gives the resamples.
        resamples: how many times raters and images are drawn anew.

    Raises:
        InvalidTable: no choices, or methods that nothing links.
    """
    if not len(winners):
        raise InvalidTable("There are no choices to compare methods by.")
    strength, is_bounded = strengths(count_wins(winners, losers, methods))
    pairs = np.asarray(winners) * methods + losers
    rater_counts, rater = _drawn(raters, rng, resamples)
    image_counts, image = _drawn(images, rng, resamples)
    drawn = np.full((resamples, methods), np.nan)
    for row, of_raters, of_images in zip(drawn, rater_counts, image_counts, strict=True):
        counts = of_raters[rater] * of_images[image]
        wins = np.bincount(pairs, counts, minlength=methods**2).reshape(methods, methods)
        if _links_all(wins + wins.T > 0):
            row[:] = strengths(wins, start=strength)[0]
    drawn = drawn[~np.isnan(drawn[:, 0])]
    low, high = np.quantile(drawn, [0.025, 0.975], axis=0) if len(drawn) else (strength, strength)
    return Strengths(strength=strength, low=low, high=high, is_bounded=is_bounded)


def _drawn(
    labels: np.ndarray, rng: np.random.Generator, resamples: int
) -> tuple[np.ndarray, np.ndarray]:
    """How often each label is drawn, (resamples, labels), and the number of each choice's label."""
    names, numbers = np.unique(labels, return_inverse=True)
    return rng.multinomial(len(names), np.full(len(names), 1 / len(names)), resamples), numbers


def _links_all(is_linked: np.ndarray) -> bool:
    """Whether links, followed in their direction, lead from every method to every other."""
    reach = is_linked | np.eye(len(is_linked), dtype=bool)
    for _ in range(len(is_linked).bit_length()):  # each time twice as far
        reach = reach @ reach
    return bool(reach.all())


def _most_likely(wins: np.ndarray, strength: np.ndarray) -> np.ndarray:
    """Newton's iteration; the step is shortened far from the summit."""
    games = wins + wins.T
    for _ in range(_MOST_ITERATIONS):
        chance = 1 / (1 + np.exp(strength[None] - strength[:, None]))  # of the row's method
        slope = (wins - games * chance).sum(axis=1)
        bend = games * chance * (1 - chance)
        # Strengths are known up to a common amount: a matrix of ones settles it at a sum of 0.
        curvature = np.diag(bend.sum(axis=1)) - bend + 1
        step = np.linalg.solve(curvature, slope)
        strength = strength + step * min(1, 1 / max(np.abs(step).max(), 1e-300))
        if np.abs(step).max() < _SETTLED:
            break
    return strength - strength.mean()
