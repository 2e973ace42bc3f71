"""What many tests at once do to their p-values.

Source: Holm 1979, A simple sequentially rejective multiple test procedure.
"""

import numpy as np


def holm(p_values: np.ndarray) -> np.ndarray:
    """Holm's adjusted p-values: compare each with 0.05 and one false alarm in 20 tables is left.

    The smallest of m is multiplied by m, the next by m - 1 and so on; none falls below the one
    before it, none exceeds 1.

    Args:
        p_values: any shape; not a number where no test was made, which does not count.

    Returns:
        The same shape.
    """
    p_values = np.asarray(p_values, np.float64)
    adjusted = np.full(p_values.shape, np.nan)
    made = ~np.isnan(p_values)
    order = np.argsort(p_values[made])
    factors = np.arange(len(order), 0, -1)
    stepped = np.minimum(np.maximum.accumulate(p_values[made][order] * factors), 1)
    in_place = np.empty_like(stepped)
    in_place[order] = stepped
    adjusted[made] = in_place
    return adjusted
