"""Cuts and error maps, worked out by hand."""

import numpy as np
import pytest

from fourfold.evaluation.crops import Crop, by_difference, error_map, most_different

GREY = np.full((300, 400), 100, np.uint8)


def spotted(top: int, left: int, level: int = 140) -> np.ndarray:
    image = GREY.copy()
    image[top : top + 20, left : left + 20] = level
    return image


def test_the_cut_holds_the_place_where_two_results_differ():
    crop = most_different({"a": GREY, "b": spotted(250, 350)}, GREY)
    assert (crop.height, crop.width) == (224, 224)
    assert crop.of(spotted(250, 350)).max() == 140
    # Standard deviation of 100 and 140 is 20, in 400 of 224 x 224 pixels.
    assert crop.difference == pytest.approx(20 * 400 / 224**2)


def test_one_result_alone_is_compared_with_its_original():
    crop = most_different({"a": spotted(0, 0), "original": GREY}, GREY)
    assert (crop.top, crop.left) == (0, 0) and crop.difference > 0


def test_nearest_differs_everywhere_and_decides_nothing():
    blocks = np.random.default_rng(0).integers(0, 255, GREY.shape, dtype=np.uint8)
    crop = most_different({"nearest": blocks, "a": GREY, "b": spotted(0, 0)}, GREY)
    assert (crop.top, crop.left) == (0, 0)


def test_a_picture_smaller_than_a_cut_is_shown_whole():
    crop = most_different({"a": GREY[:9, :7], "b": GREY[:9, :7]}, GREY[:9, :7])
    assert crop == Crop(0, 0, 9, 7, 0)


def test_an_error_map_is_white_where_equal_and_black_from_128_levels_on():
    sr = np.array([[100, 110, 0, 255]], np.uint8)
    hr = np.array([[100, 100, 128, 0]], np.uint8)
    assert error_map(sr, hr).tolist() == [[255, 235, 0, 0]]


def test_the_largest_difference_comes_first():
    crops = [Crop(0, 0, 8, 8, difference) for difference in (1, 3, 2)]
    assert by_difference(crops) == [1, 2, 0]
