"""Each artefact is found where it was made by hand, and nowhere else."""

import math

import numpy as np
import pytest

from fourfold.errors import InvalidImage, ShapeMismatch
from fourfold.imaging import enlarge, reduce
from fourfold.metrics import colour_shift, lattice_energy, white_spots

FLAT = np.full((32, 32), 100, np.uint8)


def test_a_checkerboard_of_two_levels_has_the_energy_worked_out_by_hand():
    rows, columns = np.indices(FLAT.shape)
    checkerboard = np.where((rows + columns) % 2, 98, 102).astype(np.uint8)
    # +-2 about 100 is one frequency of amplitude 2, so its squared modulus is 4
    assert lattice_energy(checkerboard, FLAT) == pytest.approx(4)
    stripes = np.where(columns % 4 < 2, 98, 102).astype(np.uint8)
    assert lattice_energy(stripes, FLAT) == pytest.approx(4)


def test_an_even_step_and_a_lattice_on_texture_are_no_lattice_energy():
    assert lattice_energy(FLAT + 7, FLAT) == pytest.approx(0, abs=1e-9)
    texture = np.random.default_rng(1).integers(0, 256, FLAT.shape).astype(np.uint8)
    assert math.isnan(lattice_energy(texture, texture))


def test_a_colour_shift_of_three_levels_is_three(photograph: np.ndarray):
    tint = np.array([0, 3, 0])
    sr = np.clip(enlarge(photograph, 4) + tint, 0, 255).astype(np.uint8)
    unshifted = colour_shift(enlarge(photograph, 4), photograph, scale=4)
    assert unshifted < 0.1
    assert colour_shift(sr, photograph, scale=4) == pytest.approx(3, abs=0.1)


def test_one_white_pixel_on_grey_is_a_spot_and_a_bright_line_of_the_original_is_none():
    sr = FLAT.copy()
    sr[9, 20] = 165
    assert white_spots(sr, reduce(FLAT, 4), hr=FLAT) == 1 / FLAT.size
    assert white_spots(sr, reduce(FLAT, 4), hr=sr) == 0
    sr[9, 20] = 164
    assert white_spots(sr, reduce(FLAT, 4), hr=FLAT) == 0


def test_pictures_that_do_not_fit_are_refused():
    with pytest.raises(ShapeMismatch, match="divide"):
        white_spots(FLAT, FLAT[:7, :7], hr=FLAT)
    with pytest.raises(ShapeMismatch):
        lattice_energy(FLAT[:8], FLAT)
    with pytest.raises(ShapeMismatch):
        colour_shift(FLAT, FLAT, scale=4)
    with pytest.raises(InvalidImage):
        colour_shift(FLAT.astype(float), FLAT, scale=4)
