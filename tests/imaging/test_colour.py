"""Luma, grey and rounding, by values worked out from BT.601."""

import numpy as np
import pytest

from fourfold.imaging import grey, quantise, y_channel


@pytest.mark.parametrize(
    ("colour", "y"),
    [
        ((0, 0, 0), 16),
        ((255, 255, 255), 235),
        ((255, 0, 0), 16 + 65.481),
        ((0, 255, 0), 16 + 128.553),
        ((0, 0, 255), 16 + 24.966),
        ((51, 102, 204), 16 + (51 * 65.481 + 102 * 128.553 + 204 * 24.966) / 255),
    ],
)
def test_y_is_bt_601_in_studio_range(colour: tuple[int, int, int], y: float):
    assert y_channel(np.array([[colour]], np.uint8))[0, 0] == pytest.approx(y, abs=1e-12)


def test_grey_of_equal_channels_is_their_value():
    ramp = np.arange(256, dtype=np.uint8)
    np.testing.assert_allclose(grey(np.stack([ramp] * 3, axis=1)[None])[0], ramp)


def test_grey_weighs_red_green_and_blue():
    primaries = np.eye(3, dtype=np.float32)[None]
    np.testing.assert_allclose(grey(primaries)[0], [0.299, 0.587, 0.114], rtol=1e-6)


def test_rounding_is_half_up_after_clamping():
    values = np.array([-1.0, 0.0, 0.5 / 255, 0.4999 / 255, 254.5 / 255, 1.0, 7.0])
    np.testing.assert_array_equal(quantise(values, np.uint8), [0, 0, 1, 0, 255, 255, 255])
    np.testing.assert_array_equal(quantise(np.array([1.0]), np.uint16), [65535])
