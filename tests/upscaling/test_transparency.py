"""Transparent pictures: colour is bled outwards first, so that edges get no fringes."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fourfold import Upscaler
from fourfold.upscaling.transparency import bled, bled_rows


def disc(*, colour: tuple[int, ...], hidden: int, dtype: type = np.uint8) -> np.ndarray:
    """A disc of one colour on a transparent ground, under which another colour hides."""
    y, x = np.mgrid[:48, :48]
    inside = (y - 24) ** 2 + (x - 20) ** 2 < 15**2
    peak = np.iinfo(dtype).max
    image: np.ndarray = np.full((48, 48, len(colour) + 1), hidden * (peak // 255), dtype)
    image[:, :, -1] = inside * peak
    for channel, value in enumerate(colour):
        image[inside, channel] = value * (peak // 255)
    return image


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
@pytest.mark.parametrize("colour", [(220, 60, 40), (200,)])
@pytest.mark.parametrize("hidden", [0, 255])
def test_an_edge_has_no_fringe(dtype: type, colour: tuple[int, ...], hidden: int):
    """Wherever the result can be seen it has the disc's colour, whatever hides under the ground."""
    image = disc(colour=colour, hidden=hidden, dtype=dtype)
    sr = Upscaler("srgan")(image)
    seen = sr[:, :, -1] > 0
    plain = Upscaler("srgan")(
        np.zeros((40, 40, 3), dtype) + np.array(colour, dtype) * (np.iinfo(dtype).max // 255)
    )
    expected = plain[80, 80, : len(colour)].astype(float)
    difference = np.abs(sr[:, :, :-1][seen] - expected) / np.iinfo(dtype).max
    assert difference.max() < 8 / 255


def test_colours_are_carried_eight_pixels_and_no_farther():
    image = np.zeros((1, 12, 4), np.uint8)
    image[0, 0] = (200, 100, 50, 255)
    image[0, 1:, :3] = 7
    result = bled(image)
    assert result[0, :9, :3].tolist() == [[200, 100, 50]] * 9
    assert result[0, 9:, :3].tolist() == [[7, 7, 7]] * 3
    np.testing.assert_array_equal(result[:, :, 3], image[:, :, 3])


def test_between_two_colours_lies_their_mean():
    image = np.zeros((1, 3, 2), np.uint8)
    image[0, 0], image[0, 2] = (100, 255), (201, 1)
    assert bled(image)[0, :, 0].tolist() == [100, 151, 201]


def test_what_is_seen_stays_as_it_is():
    rng = np.random.default_rng(3)
    image = rng.integers(0, 256, (20, 20, 4), dtype=np.uint8)
    image[:, :, 3] *= rng.integers(0, 2, (20, 20), dtype=np.uint8)
    seen = image[:, :, 3] > 0
    np.testing.assert_array_equal(bled(image)[seen], image[seen])
    opaque = image.copy()
    opaque[:, :, 3] = 9
    np.testing.assert_array_equal(bled(opaque), opaque)


@given(st.integers(1, 40), st.lists(st.integers(1, 12), max_size=8), st.integers(0, 2**32 - 1))
def test_any_portions_are_bled_as_the_whole(height: int, portions: list[int], seed: int):
    rng = np.random.default_rng(seed)
    image = rng.integers(0, 256, (height, 5, 4), dtype=np.uint8)
    image[:, :, 3] = 255 * (rng.random((height, 5)) < 0.03)
    cuts = [cut for cut in np.cumsum(portions) if cut < height]
    parts = np.split(image, cuts)
    marked = [(part, index == len(parts) - 1) for index, part in enumerate(parts)]
    given_out = list(bled_rows(iter(marked)))
    assert [last for _, last in given_out].count(True) == 1 and given_out[-1][1]
    np.testing.assert_array_equal(np.concatenate([rows for rows, _ in given_out]), bled(image))
