"""How large a result is to be."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from fourfold import Upscaler
from fourfold.errors import InvalidSize
from fourfold.imaging import read_image, write_image
from fourfold.upscaling import fitting_size
from fourfold.upscaling.size import scaled_size


@pytest.mark.parametrize(
    ("height", "width", "scale", "size"),
    [(3, 5, 4, (12, 20)), (3, 5, 1.5, (5, 8)), (10, 11, 2.25, (23, 25)), (1, 1, 1, (1, 1))],
)
def test_sides_are_scaled_and_rounded_half_up(height, width, scale, size):
    assert scaled_size(height, width, scale, largest=4) == size


def test_a_result_fits_inside_what_is_given():
    assert fitting_size(30, 40, fit_height=None, fit_width=100, largest=4) == (75, 100)
    assert fitting_size(30, 40, fit_height=60, fit_width=None, largest=4) == (60, 80)
    assert fitting_size(30, 40, fit_height=60, fit_width=100, largest=4) == (60, 80)
    assert fitting_size(30, 40, fit_height=90, fit_width=100, largest=4) == (75, 100)


def test_sizes_out_of_reach_are_refused_with_what_to_do():
    with pytest.raises(InvalidSize, match=r"5 times the picture.*enlarge the result once more"):
        fitting_size(30, 40, fit_height=None, fit_width=200, largest=4)
    with pytest.raises(InvalidSize, match=r"0\.5 times the picture; it can only be enlarged"):
        fitting_size(30, 40, fit_height=None, fit_width=20, largest=4)
    for scale in (4.01, 0.99, float("nan")):
        with pytest.raises(InvalidSize):
            Upscaler(scale=scale)


@pytest.mark.parametrize("size", [(0, 10), (10, 0), (193, 256), (192, 257), (-1, 5)])
def test_a_size_that_no_result_has_is_refused(
    tmp_path: Path, photograph: np.ndarray, size: tuple[int, int]
):
    write_image(photograph, tmp_path / "small.png")
    with pytest.raises(InvalidSize, match="of a picture of 64x48, 1x1 to 256x192 are"):
        Upscaler("srresnet").file(tmp_path / "small.png", tmp_path / "large.png", size=size)
    assert not (tmp_path / "large.png").exists()


@pytest.mark.parametrize("scale", [1, 2, 2.7])
def test_less_than_four_is_the_result_reduced_by_the_exact_bicubic(
    matlab_imresize: Callable[..., np.ndarray],
    tmp_path: Path,
    photograph: np.ndarray,
    scale: float,
):
    for picture in (photograph, photograph[:, :, 0]):
        size = scaled_size(picture.shape[0], picture.shape[1], scale, largest=4)
        expected = matlab_imresize(Upscaler("srresnet")(picture), size=size)
        upscaler = Upscaler("srresnet", scale=scale)
        np.testing.assert_array_equal(upscaler(picture), expected)
        write_image(picture, tmp_path / "small.png")
        upscaler.file(tmp_path / "small.png", tmp_path / "large.png", overwrite=True)
        np.testing.assert_array_equal(read_image(tmp_path / "large.png"), expected)
