"""How many more raters: by the rule's own arithmetic, and by asking them."""

import numpy as np
import pytest

from fourfold.statistics import more_raters, wilcoxon


def test_what_is_found_needs_nobody_more():
    assert more_raters(0.049, 20) == 0
    assert more_raters(0.049, 20, alpha=0.01) not in (0, None)


def test_where_nothing_hints_at_a_difference_no_number_is_given():
    assert more_raters(0.6, 20) is None


def test_at_the_verge_a_good_half_as_many_again_are_needed_twice_over():
    # z 1.645 is seen, 1.960 + 0.842 is needed: (2.802 / 1.645)^2 = 2.90 times 20 raters
    assert more_raters(0.1, 20) == 59 - 20


def test_so_many_raters_find_it_about_as_often_as_asked():
    rng = np.random.default_rng(1)

    def study(raters: int) -> float:
        return wilcoxon(rng.normal(0.15, 1, 10 * raters), np.zeros(10 * raters)).p_value

    # Of 10 pairs each, 9 raters see an effect of 0.15 with z = 0.15 sqrt(90) 0.977 = 1.39.
    more = more_raters(0.1645, 9)
    assert more is not None
    found = np.mean([study(9 + more) < 0.05 for _ in range(400)])
    assert found == pytest.approx(0.8, abs=0.08)
