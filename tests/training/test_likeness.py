"""Whether two photographs are nearly the same."""

from pathlib import Path

import numpy as np

from fourfold.imaging import read_image, reduce, write_image
from fourfold.training.likeness import fingerprint, nearly_the_same
from tests.photographs import DEMO


def test_another_size_brightness_or_compression_is_nearly_the_same(tmp_path: Path):
    for path in DEMO.glob("*.jpg"):
        original = read_image(path)
        write_image(original, tmp_path / "again.jpg")
        changed = [
            reduce(original, 2),
            reduce(original, 3.3),
            (original * 0.7 + 20).astype(np.uint8),
            read_image(tmp_path / "again.jpg"),
        ]
        assert all(nearly_the_same(list(map(fingerprint, changed)), [fingerprint(original)]))


def test_other_photographs_are_not():
    prints = [fingerprint(read_image(path)) for path in sorted(DEMO.glob("*.jpg"))]
    assert len(prints) == 5
    for index, each in enumerate(prints):
        assert nearly_the_same(prints, [each]) == [index == other for other in range(5)]


def test_brightness_rising_to_the_right_sets_every_bit():
    ramp = np.repeat(np.arange(0, 180, 2, dtype=np.uint8)[None, :, None], 40, axis=0)
    ramp = np.repeat(ramp, 3, axis=2)
    assert fingerprint(ramp) == 2**64 - 1
    assert fingerprint(ramp[:, ::-1]) == 0


def test_six_bits_are_near_and_seven_are_not():
    assert nearly_the_same([0b0111111, 0b1111111], [0]) == [True, False]


def test_a_picture_of_few_pixels_has_a_fingerprint_too():
    assert fingerprint(np.zeros((1, 2, 3), np.uint8)) == 0
