"""PSNR, by values worked out by hand (the control rows: test_control)."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fourfold.errors import InvalidImage, ShapeMismatch
from fourfold.imaging import reduce
from fourfold.metrics import LITERATURE, PAPER, consistency, psnr, psnr_rgb, psnr_y


@given(st.integers(1, 255))
def test_a_uniform_shift_has_the_psnr_worked_out_by_hand(shift: int):
    hr = np.zeros((9, 9))
    assert psnr(hr + shift, hr, border=0) == pytest.approx(20 * math.log10(255 / shift))


def test_pixels_inside_the_border_do_not_count():
    hr = np.zeros((12, 12))
    sr = hr.copy()
    sr[:4] = 255
    sr[:, -4:] = 255
    assert psnr(sr, hr, border=4) == math.inf
    assert psnr(sr, hr, border=3) < math.inf


def test_two_shapes_are_refused():
    with pytest.raises(ShapeMismatch, match=r"sr has shape \(4, 4\), hr has \(4, 5\)"):
        psnr(np.zeros((4, 4)), np.zeros((4, 5)), border=0)


def test_nothing_inside_the_border_is_refused():
    with pytest.raises(ShapeMismatch, match="nothing inside a border of 4"):
        psnr(np.zeros((8, 20)), np.zeros((8, 20)), border=4)


def test_scores_are_of_opaque_bytes():
    with pytest.raises(InvalidImage, match="uint8"):
        psnr_y(np.zeros((9, 9, 3)), np.zeros((9, 9, 3)), scale=2, protocol=PAPER)
    rgba = np.zeros((9, 9, 4), np.uint8)
    with pytest.raises(InvalidImage, match="opaque"):
        psnr_y(rgba, rgba, scale=2, protocol=PAPER)


def test_protocols_differ_in_rounding_and_in_grey():
    picture = np.full((1, 1, 3), 100, np.uint8)
    assert PAPER.y(picture)[0, 0] == pytest.approx(16 + 219 * 100 / 255)  # 101.88
    assert LITERATURE.y(picture)[0, 0] == 102
    assert PAPER.y(picture[:, :, 0])[0, 0] == 100
    assert LITERATURE.y(picture[:, :, 0])[0, 0] == 102
    assert PAPER.sha256 != LITERATURE.sha256


def test_rgb_counts_the_samples_of_all_three_channels():
    hr = np.zeros((2, 2, 3), np.uint8)
    sr = hr.copy()
    sr[0, 0] = (6, 0, 0)  # mean squared difference: 36 over 12 samples
    assert psnr_rgb(sr, hr, scale=0) == pytest.approx(10 * math.log10(255**2 / 3))
    assert psnr_rgb(sr[:, :, 0], hr[:, :, 0], scale=0) == pytest.approx(10 * math.log10(255**2 / 9))


def test_consistency_compares_what_the_result_was_made_from(photograph: np.ndarray):
    lr = photograph[:12, :16]
    sr = np.full((48, 64, 3), 100, np.uint8)
    assert consistency(sr, np.full_like(lr, 100), scale=4) == math.inf
    assert consistency(sr, np.full_like(lr, 103), scale=4) == pytest.approx(
        20 * math.log10(255 / 3)
    )
    assert consistency(photograph, reduce(photograph, 4), scale=4) == math.inf
    with pytest.raises(ShapeMismatch):
        consistency(sr, lr, scale=2)


def test_scores_of_all_channels_are_of_opaque_bytes():
    rgba = np.zeros((8, 8, 4), np.uint8)
    for measure in (psnr_rgb, consistency):
        with pytest.raises(InvalidImage, match="opaque"):
            measure(rgba, rgba, scale=1)
