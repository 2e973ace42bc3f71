"""Who comes first: ranks within each row, as in the paper's figure 10."""

import numpy as np
from scipy import stats


def average_ranks(scores: np.ndarray) -> np.ndarray:
    """The rank of each column within its row: 1 for the highest, ties share the mean rank.

    Args:
        scores: shape (N, M); a row with a hole has no ranks, for they would not compare.

    Returns:
        The same shape; not a number throughout a row with a hole.

    Source: Ledig et al. 2017, supplement, figure 10.
    """
    scores = np.asarray(scores, np.float64)
    ranks = stats.rankdata(-scores, axis=1) if scores.size else np.zeros(scores.shape)
    return np.where(np.isnan(scores).any(axis=1, keepdims=True), np.nan, ranks)
