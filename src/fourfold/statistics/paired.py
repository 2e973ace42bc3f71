"""Whether two columns of paired figures differ: Wilcoxon's signed-rank test.

Source: Wilcoxon 1945, Individual comparisons by ranking methods.
"""

from dataclasses import dataclass

import numpy as np
from scipy import stats

from fourfold.errors import InvalidTable

_EXACT_UP_TO = 50  # pairs; beyond, the normal distribution is as good


@dataclass(frozen=True, kw_only=True)
class PairedTest:
    """The outcome of a two-sided signed-rank test of a against b."""

    pairs: int
    """Pairs that differ; the others say nothing and are left out (Wilcoxon's rule)."""
    equal: int
    """Pairs that do not."""
    difference: float
    """Mean of a - b over all pairs."""
    statistic: float
    """The smaller of the two sums of ranks."""
    p_value: float
    """1 where no pair differs. Five pairs cannot fall below .0625, six not below .031."""


def wilcoxon(a: np.ndarray, b: np.ndarray) -> PairedTest:
    """Paired two-sided Wilcoxon signed-rank test, the paper's.

    Pairs without a difference are left out before ranking (Wilcoxon's zero rule, that of R and of
    MATLAB); equal differences share the mean of their ranks. Up to 50 pairs the distribution is
    exact, given the ties; beyond, normal with the variance corrected for ties and no continuity
    correction (SciPy's).

    Args:
        a: shape (N,); infinities may be among them (the PSNR of equal pictures).
        b: same shape; paired with `a`.

    Raises:
        InvalidTable: shapes that differ, no pairs, or a value that is no number.

    Source: Ledig et al. 2017, section 3.4 (which names no rule for zeros or ties).
    """
    a, b = np.asarray(a, np.float64), np.asarray(b, np.float64)
    if a.shape != b.shape or a.ndim != 1 or not a.size or np.isnan(a).any() or np.isnan(b).any():
        raise InvalidTable(
            f"A paired test needs two rows of as many numbers; got {a.shape} and {b.shape}."
        )
    # Two infinities are equal, though their difference is no number.
    differences = np.subtract(a, b, out=np.zeros(a.shape), where=a != b)
    unequal = differences[differences != 0]
    statistic, p_value = _signed_rank(unequal) if unequal.size else (0.0, 1.0)
    return PairedTest(
        pairs=len(unequal),
        equal=len(a) - len(unequal),
        difference=float(differences.mean()),
        statistic=statistic,
        p_value=p_value,
    )


def _signed_rank(differences: np.ndarray) -> tuple[float, float]:
    """Smaller sum of ranks and p-value for differences of which none is zero."""
    if len(differences) > _EXACT_UP_TO:
        result = stats.wilcoxon(differences, method="asymptotic", correction=False)
        return float(result.statistic), float(result.pvalue)
    ranks = stats.rankdata(np.abs(differences))
    statistic = float(min(ranks[differences > 0].sum(), ranks[differences < 0].sum()))
    return statistic, min(1.0, 2 * _at_most(statistic, ranks))


def _at_most(statistic: float, ranks: np.ndarray) -> float:
    """How likely the ranks with a plus sum to at most this, if all signs are equally likely.

    Ranks are whole or half numbers, so sums are counted in halves.
    """
    halves = np.rint(2 * ranks).astype(int)
    likelihood = np.zeros(halves.sum() + 1)
    likelihood[0] = 1
    for rank in halves:
        with_plus = np.zeros_like(likelihood)
        with_plus[rank:] = likelihood[:-rank]
        likelihood = (likelihood + with_plus) / 2
    return float(likelihood[: round(2 * statistic) + 1].sum())
