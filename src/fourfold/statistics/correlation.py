"""How closely two columns of figures go together."""

from dataclasses import dataclass

import numpy as np
from scipy import stats

_FEWEST = 3  # pairs; two always lie on a line


@dataclass(frozen=True, kw_only=True)
class Correlation:
    """Pearson's and Spearman's coefficients; not a number where they mean nothing."""

    pairs: int
    pearson: float
    """Of the values: 1 on a rising line."""
    spearman: float
    """Of their ranks: 1 wherever both rise together."""


def correlate(a: np.ndarray, b: np.ndarray) -> Correlation:
    """The correlation of two columns, over the pairs of which both are finite.

    Args:
        a: shape (N,).
        b: same shape, paired with `a`.

    Returns:
        Coefficients that are not a number for fewer than three pairs, or for a column that is
        the same throughout.
    """
    a, b = np.asarray(a, np.float64), np.asarray(b, np.float64)
    both = np.isfinite(a) & np.isfinite(b)
    a, b = a[both], b[both]
    if len(a) < _FEWEST or np.ptp(a) == 0 or np.ptp(b) == 0:
        return Correlation(pairs=len(a), pearson=np.nan, spearman=np.nan)
    return Correlation(
        pairs=len(a),
        pearson=float(stats.pearsonr(a, b).statistic),
        spearman=float(stats.spearmanr(a, b).statistic),
    )
