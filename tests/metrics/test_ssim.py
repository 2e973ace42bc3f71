"""SSIM, by windows worked out by hand, by scikit-image, and by the reference of daala's rule."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from skimage.metrics import structural_similarity

from fourfold.errors import ShapeMismatch
from fourfold.imaging import read_image, y_channel
from fourfold.metrics import ssim, ssim_daala

C1, C2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2


def planes(smallest: int, largest: int) -> st.SearchStrategy[tuple[np.ndarray, np.ndarray]]:
    """Two planes of one shape, whole numbers from 0 to 255."""
    side = st.integers(smallest, largest)
    plane = st.tuples(side, side).flatmap(
        lambda shape: st.tuples(arrays(np.uint8, shape), arrays(np.uint8, shape))
    )
    return plane.map(lambda pair: (pair[0].astype(float), pair[1].astype(float)))


@given(planes(11, 24))
def test_the_usual_one_is_that_of_scikit_image(pair: tuple[np.ndarray, np.ndarray]):
    expected = structural_similarity(  # type: ignore[no-untyped-call]
        *pair, gaussian_weights=True, sigma=1.5, use_sample_covariance=False, data_range=255
    )
    assert ssim(*pair, border=0) == pytest.approx(expected, abs=1e-9)


@given(planes(1, 24))
def test_daalas_is_that_of_the_reference(
    reference_ssim_daala: Callable[[np.ndarray, np.ndarray], float],
    pair: tuple[np.ndarray, np.ndarray],
):
    assert ssim_daala(*pair, border=0) == pytest.approx(reference_ssim_daala(*pair), abs=1e-9)


def test_daalas_window_grows_with_the_picture_as_the_references_does(
    data: Path, reference_ssim_daala: Callable[[np.ndarray, np.ndarray], float]
):
    hr = y_channel(read_image(data / "test/Set5/HR/woman.png"))  # 344 rows: sigma 2.02
    sr = np.clip(hr + 20 * np.sin(np.arange(hr.shape[1])), 16, 235)
    assert ssim_daala(sr, hr, border=0) == pytest.approx(reference_ssim_daala(sr, hr), abs=1e-9)


def test_daalas_of_two_by_two_pixels_compares_each_pixel_alone():
    # sigma is .01: the window is one pixel, variances are 0, and only the means' term is left.
    sr, hr = np.array([[0.0, 255.0], [10.0, 100.0]]), np.array([[0.0, 255.0], [30.0, 0.0]])
    third = (2 * 10 * 30 + C1) / (100 + 900 + C1)
    fourth = C1 / (100**2 + C1)
    expected = (1 + 1 + third + fourth) / 4
    assert ssim_daala(sr, hr, border=0) == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("measure", [ssim, ssim_daala])
def test_two_flat_planes_differ_by_their_means_alone(measure: Callable[..., float]):
    sr, hr = np.full((16, 16), 60.0), np.full((16, 16), 90.0)
    expected = (2 * 60 * 90 + C1) / (60**2 + 90**2 + C1)
    assert measure(sr, hr, border=0) == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize("measure", [ssim, ssim_daala])
@given(pair=planes(19, 24))
def test_equal_planes_score_one_and_order_does_not_matter(
    measure: Callable[..., float], pair: tuple[np.ndarray, np.ndarray]
):
    assert measure(pair[0], pair[0], border=4) == pytest.approx(1, abs=1e-9)
    forward, backward = measure(*pair, border=4), measure(*pair[::-1], border=4)
    assert forward == pytest.approx(backward, abs=1e-9)


@pytest.mark.parametrize("measure", [ssim, ssim_daala])
def test_pixels_in_the_border_do_not_count(measure: Callable[..., float]):
    rng = np.random.default_rng(3)
    hr = rng.integers(0, 256, (24, 24)).astype(float)
    sr = hr.copy()
    sr[:4], sr[:, -4:] = 0, 255
    assert measure(sr, hr, border=4) == pytest.approx(1, abs=1e-12)
    assert measure(sr, hr, border=3) < 0.9999


def test_a_picture_below_the_window_is_refused():
    plane = np.zeros((18, 40))
    with pytest.raises(ShapeMismatch, match="Inside the border the picture is 32x10"):
        ssim(plane, plane, border=4)
    with pytest.raises(ShapeMismatch, match="must be equal"):
        ssim(plane, plane.T, border=0)
