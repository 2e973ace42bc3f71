"""Orders: complete, seeded, spread out, and balanced over the raters."""

from collections import Counter

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from fourfold.study.orders import Showing, images_of_rater, rater_order

treatments = st.integers(1, 12)
images = st.integers(1, 30)
repeats = st.integers(0, 12)
seeds = st.integers(0, 2**32)


def order(count: int, image_count: int, repeat_count: int, seed: int) -> list[Showing]:
    rng = np.random.default_rng(seed)
    return rater_order(count, range(image_count), repeats=repeat_count, rng=rng)


def distances(shown: list[int]) -> list[int]:
    """Places between each showing and the one before of the same."""
    last: dict[int, int] = {}
    found = []
    for place, key in enumerate(shown):
        if key in last:
            found.append(place - last[key])
        last[key] = place
    return found


@given(treatments, images, repeats, seeds)
def test_every_picture_comes_once_and_the_repeats_again(t: int, i: int, r: int, seed: int):
    showings = order(t, i, r, seed)
    pairs = Counter((one.treatment, one.image) for one in showings if one.repeat == 0)
    assert pairs == {(a, b): 1 for a in range(t) for b in range(i)}
    again = [(one.treatment, one.image) for one in showings if one.repeat == 1]
    assert len(again) == len(set(again)) == min(r, t * i // 2)


@given(treatments, images, seeds)
def test_no_image_comes_twice_within_half_the_number_of_images(t: int, i: int, seed: int):
    found = distances([one.image for one in order(t, i, 0, seed)])
    assert all(distance >= i // 2 for distance in found)


@given(treatments, images, repeats, seeds)
def test_with_repeats_no_image_comes_twice_within_a_quarter(t: int, i: int, r: int, seed: int):
    found = distances([one.image for one in order(t, i, r, seed)])
    assert all(distance >= i // 4 for distance in found)


@given(treatments, images, seeds)
def test_methods_are_spread_evenly_over_time(t: int, i: int, seed: int):
    shown = [one.treatment for one in order(t, i, 0, seed)]
    if i >= t:  # rounds in which each method comes once
        for start in range(0, len(shown), t):
            assert len(set(shown[start : start + t])) == t
    else:  # rounds in which each image comes once, and no method twice
        for start in range(0, len(shown), i):
            assert len(set(shown[start : start + i])) == i


@given(treatments, images, repeats, seeds)
def test_a_repeat_comes_after_its_first_showing_and_in_the_second_half(
    t: int, i: int, r: int, seed: int
):
    showings = order(t, i, r, seed)
    first = {(one.treatment, one.image): place for place, one in enumerate(showings)}
    for place, one in enumerate(showings):
        if one.repeat:
            firsts = [
                p for p, other in enumerate(showings) if other == Showing(one.treatment, one.image)
            ]
            assert firsts[0] < place and place >= t * i // 2
    assert len(first) == t * i


def test_the_same_seed_gives_the_same_order_and_another_another():
    assert order(9, 20, 5, 1) == order(9, 20, 5, 1)
    assert order(9, 20, 5, 1) != order(9, 20, 5, 2)


def test_repeats_fall_on_every_method_before_any_method_has_two():
    showings = order(5, 20, 5, 3)
    assert {one.treatment for one in showings if one.repeat} == set(range(5))


@given(st.integers(1, 40), st.integers(1, 40), seeds)
def test_raters_who_see_some_images_see_each_equally_often(total: int, shown: int, seed: int):
    shown = min(shown, total)
    seen = Counter(
        image
        for rater in range(total)
        for image in images_of_rater(total, shown, seed=seed, rater=rater)
    )
    assert seen == dict.fromkeys(range(total), shown)


def test_what_lies_too_near_is_seen():
    assert distances([1, 2, 1, 1]) == [2, 1]
