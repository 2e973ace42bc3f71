"""Means with the interval that chance alone could have moved them in: the bootstrap's.

Sources: Efron 1979, Bootstrap methods: another look at the jackknife; Owen 2007, The pigeonhole
bootstrap.
"""

from dataclasses import dataclass

import numpy as np

from fourfold.errors import InvalidTable

_DRAWS_AT_ONCE = 1_000_000  # values held in memory while resampling


@dataclass(frozen=True)
class Interval:
    """A mean and the interval around it."""

    mean: float
    low: float
    high: float
    level: float = 0.95
    """The share of such intervals that hold the true mean, if the sample is not too small."""

    def __str__(self) -> str:
        return f"{self.mean:.2f} [{self.low:.2f}, {self.high:.2f}]"


def mean_interval(
    values: np.ndarray,
    *,
    rng: np.random.Generator,
    level: float = 0.95,
    resamples: int = 10_000,
) -> Interval:
    """The mean of a sample and its bootstrap percentile interval.

    With fewer than about ten values the interval is too narrow: 5 images of Set5 give 84 % rather
    than 95 % for normal values.

    Args:
        values: shape (N,); infinities may be among them (the PSNR of equal pictures).
        rng: gives the resamples; the same seed gives the same interval.
        level: share of the resamples' means that the interval holds.
        resamples: how many times as many values are drawn from the sample.

    Raises:
        InvalidTable: no values, or one that is no number.
    """
    values = np.asarray(values, np.float64)
    if values.ndim != 1 or not values.size or np.isnan(values).any():
        raise InvalidTable(f"A mean needs numbers in one row; got shape {values.shape}.")
    means = np.empty(resamples)
    rows = max(1, _DRAWS_AT_ONCE // len(values))
    for start in range(0, resamples, rows):
        count = min(rows, resamples - start)
        drawn = rng.integers(0, len(values), (count, len(values)))
        means[start : start + count] = values[drawn].mean(axis=1)
    return _percentile_interval(float(values.mean()), means, level)


def crossed_mean_interval(
    table: np.ndarray,
    *,
    rng: np.random.Generator,
    level: float = 0.95,
    resamples: int = 10_000,
) -> Interval:
    """The mean of a table whose rows and columns are both samples: raters and images.

    Rows and columns are drawn independently, so that the interval speaks of other raters and
    other images. Where neither matters and all is noise it is up to 1.7 times too wide; never
    too narrow, but for very few rows or columns.

    Args:
        table: shape (R, C), not a number where there is no value.
        rng: gives the resamples; the same seed gives the same interval.
        level: share of the resamples' means that the interval holds.
        resamples: how many tables are drawn.

    Raises:
        InvalidTable: no values, or an infinite one.
    """
    table = np.asarray(table, np.float64)
    if table.ndim != 2 or np.isnan(table).all() or np.isinf(table).any():
        raise InvalidTable(f"A mean needs finite numbers in a table; got shape {table.shape}.")
    is_there = ~np.isnan(table)
    values = np.where(is_there, table, 0)
    rows, columns = (rng.multinomial(n, np.full(n, 1 / n), resamples) for n in table.shape)
    sums = ((rows @ values) * columns).sum(axis=1)
    counts = ((rows @ is_there) * columns).sum(axis=1)
    # A table with holes can be drawn empty; such a draw says nothing.
    means = sums[counts > 0] / counts[counts > 0]
    return _percentile_interval(float(table[is_there].mean()), means, level)


def _percentile_interval(mean: float, means: np.ndarray, level: float) -> Interval:
    # A value that was drawn, not one between two: between infinities nothing is.
    tail = (1 - level) / 2
    low, high = np.quantile(means, [tail, 1 - tail], method="inverted_cdf")
    return Interval(mean, float(low), float(high), level)
