"""Scores on held-out photographs."""

from dataclasses import astuple, replace
from pathlib import Path

import numpy as np
import pytest

from fourfold.errors import InvalidData
from fourfold.imaging import enlarge, reduce
from fourfold.metrics import PAPER, consistency, lpips, psnr_y
from fourfold.training import Place, pack
from fourfold.training.start import new_generator
from fourfold.training.state import begin
from fourfold.training.validation import centre, hold_out, validate, validate_whole
from fourfold.upscaling import Upscaler
from fourfold.weights import write_weights
from tests.generators import random_weights
from tests.photographs import TINY, write_photographs
from tests.training.test_steps import CPU


def places(count: int) -> list[Place]:
    return [Place(f"{index}.jpg", index, 1, 1, 0) for index in range(count)]


def test_two_per_cent_are_held_out_and_at_least_four():
    for count, expected in ((5, 4), (200, 4), (500, 10)):
        training, held_out = hold_out(places(count))
        assert len(held_out) == expected
        assert sorted(p.start for p in [*training, *held_out]) == list(range(count))


def test_one_photograph_more_moves_at_most_one():
    before, after = (set(hold_out(places(count))[1]) for count in (500, 501))
    assert len(before - after) <= 1


def test_too_few_to_hold_any_out_is_one_sentence():
    with pytest.raises(InvalidData, match="There are 4 photographs, and 4 must be held out"):
        hold_out(places(4))


def test_scores_are_means_of_the_metrics_over_what_upscaling_gives(tmp_path: Path):
    packed = pack([write_photographs(tmp_path / "in", 2)], tmp_path / "out")
    weights = random_weights(TINY.generator, seed=4)
    write_weights(tmp_path / "w", weights)
    upscaler = Upscaler(tmp_path / "w", device="cpu")
    rows = []
    for place in packed.places:
        pixels = packed.read(place)
        hr = np.array(pixels[: place.height // 2 * 2, : place.width // 2 * 2])
        if place.height % 2:
            hr = np.array(pixels[: place.height - 1, : place.width // 2 * 2])
        lr = reduce(hr, 2)
        sr = upscaler(lr)
        psnr = psnr_y(sr, hr, scale=2, protocol=PAPER)
        gain = psnr - psnr_y(enlarge(lr, 2), hr, scale=2, protocol=PAPER)
        rows.append((psnr, lpips(sr, hr), consistency(sr, lr, scale=2), gain))
    scores = validate_whole(tmp_path / "w", packed, packed.places, device="cpu")
    expected = np.mean(rows, axis=0)
    assert list(astuple(scores)) == pytest.approx(list(expected))


def test_the_generator_scores_as_its_weights_do(tmp_path: Path):
    from fourfold.networks import generator_from_weights

    packed = pack([write_photographs(tmp_path / "in", 2)], tmp_path / "out")
    weights = random_weights(TINY.generator, seed=4)
    write_weights(tmp_path / "w", weights)
    whole = validate_whole(tmp_path / "w", packed, packed.places, device="cpu")
    average = begin(TINY, generator_from_weights(weights), device=CPU).average
    assert validate(average, packed, packed.places, side=99).psnr_y == pytest.approx(
        whole.psnr_y, abs=0.01
    )
    # and centres alone score otherwise
    assert validate(average, packed, packed.places, side=32) != whole


def test_flat_ground_that_comes_out_perfect_spoils_no_mean(tmp_path: Path):
    from fourfold.imaging import write_image

    (tmp_path / "in").mkdir()
    write_image(np.zeros((32, 32, 3), np.uint8), tmp_path / "in/black.png")
    packed = pack([tmp_path / "in"], tmp_path / "out")
    average = begin(TINY, new_generator(replace(TINY, seed=3)), device=CPU).average
    assert validate(average, packed, packed.places).psnr_y == 100


def test_the_centre_is_the_middle_in_whole_multiples():
    image = np.arange(11 * 9).reshape(11, 9)
    np.testing.assert_array_equal(centre(image, 4, 4), image[3:7, 2:6])
    np.testing.assert_array_equal(centre(image, None, 4), image[1:9, 0:8])
