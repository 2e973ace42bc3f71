"""Which raters did something else than rate: the rules of BT.500 and P.913.

A table of scores has a row a rater and a column a stimulus; not a number where there is none.
"""

from dataclasses import dataclass

import numpy as np

from fourfold.statistics.correlation import correlate

_FEWEST = 10  # ratings by which a rater can be judged
_MOST_OUTLYING = 0.05
_MOST_ONE_SIDED = 0.3
_LEAST_BY_STIMULUS = 0.75
_LEAST_BY_METHOD = 0.8
_MOST_REJECTED = 0.25
_LEAST_OF_MEDIAN = 0.5


@dataclass(frozen=True, kw_only=True)
class KurtosisScreening:
    """What BT.500's rule says of each rater; all of shape (R,)."""

    outlying: np.ndarray
    """Share of the rater's scores that lie far from the others' on the same stimulus."""
    one_sided: np.ndarray
    """0 where as many lie above as below, 1 where all lie on one side; 0 where none is outlying."""
    is_rejected: np.ndarray


@dataclass(frozen=True, kw_only=True)
class CorrelationScreening:
    """What P.913's rule says of each rater; all of shape (R,)."""

    by_stimulus: np.ndarray
    """Pearson's correlation with the mean of the other raters, over stimuli."""
    by_method: np.ndarray
    """The same over the methods' means."""
    is_rejected: np.ndarray


def screen_by_kurtosis(scores: np.ndarray) -> KurtosisScreening:
    """The rule of BT.500 for raters who are outliers now above, now below the others.

    A score is outlying where it lies two standard deviations or more from the stimulus' mean, or
    root 20 where the scores' kurtosis is not between 2 and 4. Who has more than 5 % of them, about
    as many above as below (a difference under 30 % of their sum), is rejected. Meant for tests with
    some twenty raters, and to be applied once.

    A stimulus on which all agree has no kurtosis (0 / 0), and nobody is outlying on it; nor has
    who is never outlying a balance (0 / 0).

    Args:
        scores: shape (R, S).

    Source: ITU-R BT.500, on the post-screening of observers.
    """
    scores = np.asarray(scores, np.float64)
    above, below = np.zeros(len(scores)), np.zeros(len(scores))
    for column in scores.T:
        there = column[~np.isnan(column)]
        if there.size < 2 or np.ptp(there) == 0:
            continue
        far = _far(there)
        above += column >= there.mean() + far  # false where it is not a number
        below += column <= there.mean() - far
    rated = (~np.isnan(scores)).sum(axis=1)
    outlying = (above + below) / np.maximum(rated, 1)
    one_sided = np.abs(above - below) / np.maximum(above + below, 1)
    is_rejected = (outlying > _MOST_OUTLYING) & (one_sided < _MOST_ONE_SIDED) & (rated >= _FEWEST)
    return KurtosisScreening(outlying=outlying, one_sided=one_sided, is_rejected=is_rejected)


def screen_by_correlation(scores: np.ndarray, methods: np.ndarray) -> CorrelationScreening:
    """The rule of P.913 for raters whose scores do not follow those of the others.

    Rejected is who correlates below .75 over stimuli and below .8 over methods. The others' mean
    leaves the rater out, which P.913 does not: among few raters everybody follows a mean of which
    he is a large part. Who gives one score throughout follows nobody.

    The two numbers are made for pictures of all qualities. Among methods that look nearly alike
    honest raters fall below them as well: where more than a quarter of all would be rejected, only
    those are who correlate less than half as well as the median rater.

    Args:
        scores: shape (R, S).
        methods: shape (S,); the method's number of each stimulus.

    Source: ITU-T P.913, on post-experiment screening; the VQEG's multimedia test plan, annex VI.
    """
    scores, methods = np.asarray(scores, np.float64), np.asarray(methods)
    by_stimulus, by_method = np.full(len(scores), np.nan), np.full(len(scores), np.nan)
    rated = ~np.isnan(scores)
    for rater in range(len(scores)):
        others = np.delete(scores, rater, axis=0)
        shared = rated[rater] & ~np.isnan(others).all(axis=0)
        own, mean = scores[rater, shared], _column_means(others[:, shared])
        by_stimulus[rater] = correlate(own, mean).pearson
        by_method[rater] = _over_methods(own, mean, methods[shared])
    is_rejected = (
        (np.nan_to_num(by_stimulus) < _LEAST_BY_STIMULUS)
        & (np.nan_to_num(by_method) < _LEAST_BY_METHOD)
        & (rated.sum(axis=1) >= _FEWEST)
        & (len(scores) > 2)  # of two who differ, nobody knows which to believe
    )
    if is_rejected.sum() > _MOST_REJECTED * len(scores):
        follows = np.nan_to_num(by_stimulus)
        is_rejected &= follows < _LEAST_OF_MEDIAN * np.median(follows)
    return CorrelationScreening(
        by_stimulus=by_stimulus, by_method=by_method, is_rejected=is_rejected
    )


def _far(scores: np.ndarray) -> float:
    """The distance from the mean at which a score of this stimulus is outlying."""
    deviations = scores - scores.mean()
    kurtosis = np.mean(deviations**4) / np.mean(deviations**2) ** 2
    return float((2 if 2 <= kurtosis <= 4 else np.sqrt(20)) * scores.std(ddof=1))


def _over_methods(own: np.ndarray, mean: np.ndarray, methods: np.ndarray) -> float:
    groups = [methods == method for method in np.unique(methods)]
    return correlate(
        np.array([own[group].mean() for group in groups]),
        np.array([mean[group].mean() for group in groups]),
    ).pearson


def _column_means(scores: np.ndarray) -> np.ndarray:
    return np.nanmean(scores, axis=0) if scores.size else np.zeros(scores.shape[1])
