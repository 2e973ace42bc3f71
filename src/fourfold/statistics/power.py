"""How many more raters it takes until a difference can be told from chance."""

import math

from scipy import stats


def more_raters(
    p_value: float, raters: int, *, alpha: float = 0.05, power: float = 0.8
) -> int | None:
    """About how many raters more would find the difference that these raters hint at.

    The test's z grows with the square root of the number of raters, if the difference is as large
    as it looks. A guess from a guess: twice or half as many is no surprise.

    Args:
        p_value: of the two-sided test with the raters so far.
        raters: how many they are.
        alpha: the p-value to get below; divide it by the number of tests that are made.
        power: how likely it shall be to get there.

    Returns:
        0 where the difference is found already; None where nothing hints at one (p above 0.5).
    """
    if p_value < alpha:
        return 0
    if p_value > 0.5 or raters < 1:
        return None
    seen = stats.norm.isf(p_value / 2)
    needed = stats.norm.isf(alpha / 2) + stats.norm.ppf(power)
    return max(1, math.ceil(raters * (needed / seen) ** 2) - raters)
