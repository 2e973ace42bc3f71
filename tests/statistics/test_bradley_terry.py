"""Bradley–Terry: known strengths are found; methods that never lose have bounds all the same."""

import numpy as np
import pytest

from fourfold.errors import InvalidTable
from fourfold.statistics import Strengths, bradley_terry, count_wins, strengths

TRUTH = np.array([-1.2, -0.2, 0.4, 1.0])


def choices(seed: int, raters: int = 26, images: int = 12) -> dict[str, np.ndarray]:
    """Every rater chooses between every two of four methods on every image."""
    rng = np.random.default_rng(seed)
    rater, image, a, b = (
        axis.ravel()
        for axis in np.meshgrid(range(raters), range(images), range(4), range(4), indexing="ij")
    )
    rater, image, a, b = (axis[a < b] for axis in (rater, image, a, b))
    is_a = rng.uniform(size=len(a)) < 1 / (1 + np.exp(TRUTH[b] - TRUTH[a]))
    return {
        "winners": np.where(is_a, a, b),
        "losers": np.where(is_a, b, a),
        "raters": rater,
        "images": image,
    }


def fit(seed: int, **sizes: int) -> Strengths:
    rng = np.random.default_rng(1)
    return bradley_terry(**choices(seed, **sizes), methods=4, rng=rng, resamples=100)


def test_of_two_methods_the_strength_is_half_the_log_of_their_odds():
    strength, is_bounded = strengths(np.array([[0, 30], [10, 0]]))
    np.testing.assert_allclose(strength, [np.log(3) / 2, -np.log(3) / 2])
    assert is_bounded


def test_known_strengths_are_found_and_lie_in_their_intervals():
    held = []
    for seed in range(12):
        result = fit(seed)
        assert np.abs(result.strength - TRUTH).max() < 0.3
        held.append((result.low <= TRUTH) & (result.high >= TRUTH))
    assert np.mean(held) > 0.92


def test_more_raters_and_images_narrow_the_intervals():
    few, many = fit(1, raters=8, images=4), fit(1)
    assert (many.high - many.low < few.high - few.low).all()


def test_images_that_differ_widen_the_interval_however_many_raters_there_are():
    image, rater = (axis.ravel() for axis in np.meshgrid(range(10), range(50), indexing="ij"))
    winners = (image < 3).astype(int)  # on three of ten images all choose the second

    def width(images: np.ndarray) -> float:
        result = bradley_terry(
            winners,
            1 - winners,
            raters=rater,
            images=images,
            methods=2,
            rng=np.random.default_rng(1),
            resamples=200,
        )
        return float(result.high[0] - result.low[0])

    assert width(image) > 1 and width(np.zeros_like(image)) < 0.1


def test_the_same_seed_gives_the_same_interval():
    assert (fit(1).low == fit(1).low).all()


def test_a_method_that_never_loses_has_a_strength_all_the_same():
    wins = np.array([[0, 10, 10], [0, 0, 6], [0, 4, 0]])
    strength, is_bounded = strengths(wins)
    assert not is_bounded and np.isfinite(strength).all()
    assert strength[0] > strength[1] > strength[2]


def test_who_wins_as_often_as_he_loses_is_as_strong():
    strength, _ = strengths(np.array([[0, 5, 5], [5, 0, 5], [5, 5, 0]]))
    np.testing.assert_allclose(strength, 0, atol=1e-12)


def test_wins_of_most_extreme_odds_are_settled():
    strength, is_bounded = strengths(np.array([[0, 100_000], [1, 0]]))
    assert is_bounded and strength[0] - strength[1] == pytest.approx(np.log(100_000))


def test_methods_that_nothing_links_are_refused():
    wins = np.zeros((4, 4))
    wins[0, 1] = wins[2, 3] = 3
    with pytest.raises(InvalidTable, match="never compared with the others"):
        strengths(wins)


def test_no_choices_are_refused():
    nothing = np.empty(0, int)
    with pytest.raises(InvalidTable, match="no choices"):
        bradley_terry(
            nothing,
            nothing,
            raters=nothing,
            images=nothing,
            methods=2,
            rng=np.random.default_rng(1),
        )


def test_wins_are_counted_by_who_won():
    wins = count_wins(np.array([0, 0, 1]), np.array([1, 1, 0]), 2)
    np.testing.assert_array_equal(wins, [[0, 2], [1, 0]])
