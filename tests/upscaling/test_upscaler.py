"""What Python users call."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from fourfold import Upscaler
from fourfold.errors import InvalidConfig, InvalidImage, UnknownModel
from fourfold.imaging import enlarge, grey, reduce


@pytest.fixture(scope="module", params=["native", "torch"])
def srresnet(request: pytest.FixtureRequest) -> Upscaler:
    return Upscaler("srresnet", engine=request.param, device="cpu")


def test_the_default_is_srgan_and_sharper_than_srresnet(srresnet: Upscaler, photograph: np.ndarray):
    def sharpness(sr: np.ndarray) -> float:
        return float(np.abs(np.diff(sr.astype(float), axis=0)).mean())

    assert sharpness(Upscaler()(photograph)) > 1.1 * sharpness(srresnet(photograph))


def test_the_result_reduced_is_nearly_the_picture_again(srresnet: Upscaler, photograph: np.ndarray):
    back = reduce(srresnet(photograph), 4).astype(float)
    assert np.sqrt(np.mean((back - photograph) ** 2)) < 2


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.float32, np.float64, np.float16])
def test_every_type_stays_what_it_is_and_shows_the_same(
    srresnet: Upscaler, photograph: np.ndarray, dtype: type
):
    peak = np.iinfo(dtype).max if np.dtype(dtype).kind == "u" else 1
    image: np.ndarray = (photograph / 255 * peak).astype(dtype)
    sr = srresnet(image)
    assert sr.dtype == dtype and sr.shape == (192, 256, 3)
    assert np.abs(sr / peak - srresnet(photograph) / 255).max() < 0.01


def test_grey_stays_grey(srresnet: Upscaler, photograph: np.ndarray):
    for image in (photograph[:, :, 1], photograph[:, :, 1] / 255):
        sr = srresnet(image)
        assert sr.shape == (192, 256) and sr.dtype == image.dtype
    replicated = srresnet(np.stack([photograph[:, :, 1]] * 3, axis=2))
    assert np.abs(srresnet(photograph[:, :, 1]) - grey(replicated)).max() <= 1


def test_alpha_is_enlarged_by_the_bicubic(srresnet: Upscaler, photograph: np.ndarray):
    alpha = np.tile(np.arange(64, dtype=np.uint8) * 4 + 1, (48, 1))
    sr = srresnet(np.dstack([photograph, alpha]))
    np.testing.assert_array_equal(sr[:, :, :3], srresnet(photograph))
    np.testing.assert_array_equal(sr[:, :, 3], enlarge(alpha, 4))
    as_float = srresnet(np.dstack([photograph, alpha]) / 255)
    assert as_float.min() >= 0 and as_float.max() <= 1


def test_grey_with_alpha_stays_grey(srresnet: Upscaler, photograph: np.ndarray):
    image = photograph[:, :, :2]  # its red as grey, its green as alpha
    sr = srresnet(image)
    np.testing.assert_array_equal(sr[:, :, 0], srresnet(image[:, :, 0]))
    np.testing.assert_array_equal(sr[:, :, 1], enlarge(image[:, :, 1], 4))


def test_floats_are_clamped_to_the_range(srresnet: Upscaler):
    checkers = np.kron(np.indices((6, 6)).sum(axis=0) % 2, np.ones((4, 4)))
    sr = srresnet(np.stack([checkers] * 3, axis=2))
    assert sr.min() == 0 and sr.max() == 1


def test_one_pixel_is_a_picture(srresnet: Upscaler):
    assert srresnet(np.full((1, 1, 3), 128, np.uint8)).shape == (4, 4, 3)


def test_progress_goes_up_to_all_rows(srresnet: Upscaler, photograph: np.ndarray):
    told: list[tuple[int, int]] = []
    srresnet(photograph, progress=lambda done, rows: told.append((done, rows)))
    assert told[-1] == (48, 48) and told == sorted(told)
    told.clear()
    srresnet(np.tile(photograph[:, :8], (30, 1, 1)), progress=lambda *now: told.append(now))
    assert told[0][0] < told[-1][0] == 1440


def test_memory_changes_the_strips_and_not_the_picture(photograph: np.ndarray):
    tall = np.concatenate([photograph, photograph[::-1], photograph])[:, :24]
    little = Upscaler("srresnet", engine="torch", device="cpu", memory=1)(tall)
    much = Upscaler("srresnet", engine="torch", device="cpu")(tall)
    assert (little != much).mean() < 1 / 4000
    assert np.abs(little.astype(int) - much).max() <= 1


def test_the_number_of_threads_changes_nothing(photograph: np.ndarray):
    one, three = (Upscaler(engine="native", threads=count)(photograph) for count in (1, 3))
    np.testing.assert_array_equal(one, three)


def test_several_threads_may_use_one(srresnet: Upscaler, photograph: np.ndarray):
    pictures = [photograph, photograph[::-1], photograph[:, ::-1], photograph[:20]]
    alone = [srresnet(picture) for picture in pictures]
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(srresnet, pictures))
    for one, other in zip(alone, together, strict=True):
        np.testing.assert_array_equal(one, other)


def test_the_estimate_grows_with_the_picture(srresnet: Upscaler):
    small, large = srresnet.estimate_seconds(100, 100), srresnet.estimate_seconds(200, 300)
    assert large == pytest.approx(6 * small)


@pytest.mark.parametrize(
    "image",
    [
        np.zeros((4, 4, 5), np.uint8),
        np.zeros((0, 4, 3), np.uint8),
        np.zeros((1, 4, 4, 3), np.uint8),
        np.zeros(5, np.uint8),
    ],
)
def test_what_has_no_pictures_shape_is_refused(srresnet: Upscaler, image: np.ndarray):
    with pytest.raises(InvalidImage, match=r"is no picture; \(H, W\)"):
        srresnet(image)


@pytest.mark.parametrize("dtype", [np.uint16, np.float32])
def test_the_order_of_bytes_does_not_matter(srresnet: Upscaler, dtype: type):
    picture = (np.random.default_rng(0).random((5, 6, 3)) * 0.9).astype(np.float32)
    picture = (picture * 65_535).astype(dtype) if dtype == np.uint16 else picture
    swapped = picture.astype(picture.dtype.newbyteorder())
    result = srresnet(swapped)
    np.testing.assert_array_equal(result, srresnet(picture))
    assert result.dtype == dtype


def test_other_types_and_ranges_are_refused(srresnet: Upscaler):
    with pytest.raises(InvalidImage, match="Pixels are int64"):
        srresnet(np.zeros((4, 4, 3), int))
    with pytest.raises(InvalidImage, match=r"from 0 to 255; floats in \[0, 1\]"):
        srresnet(np.array([[[0.0, 9.0, 255.0]]]))
    with pytest.raises(InvalidImage, match="nan"):
        srresnet(np.full((4, 4, 3), np.nan))


def test_whatever_gives_an_array_is_a_picture(srresnet: Upscaler, photograph: np.ndarray):
    class Holder:
        def __array__(self, dtype=None, copy=None) -> np.ndarray:
            return photograph

    np.testing.assert_array_equal(srresnet(Holder()), srresnet(photograph))
    pictures: list[Any] = [Image.fromarray(photograph), memoryview(photograph)]  # type: ignore[arg-type]
    for picture in pictures:
        np.testing.assert_array_equal(srresnet(picture), srresnet(photograph))


@pytest.mark.parametrize("mode", ["P", "PA", "1", "CMYK", "YCbCr", "HSV", "LAB", "RGBX", "I"])
def test_pillows_images_of_other_samples_are_refused(srresnet: Upscaler, mode: str):
    picture: Any = Image.new(mode, (4, 4))
    with pytest.raises(InvalidImage, match=f"mode {mode} is not R'G'B': .convert"):
        srresnet(picture)


@pytest.mark.parametrize("mode", ["L", "LA", "RGB", "RGBA", "I;16"])
def test_pillows_images_are_what_their_arrays_are(srresnet: Upscaler, mode: str):
    picture: Any = Image.linear_gradient("L").resize((6, 5)).convert(mode)
    np.testing.assert_array_equal(srresnet(picture), srresnet(np.asarray(picture)))


@pytest.mark.parametrize("name", ["photo.jpg", Path("photo.jpg")])
def test_the_name_of_a_file_is_no_picture(srresnet: Upscaler, name: Any):
    with pytest.raises(InvalidImage, match=r"photo.jpg'\)? is no array: take .file"):
        srresnet(name)


def test_an_unknown_model_is_named():
    with pytest.raises(UnknownModel, match="Did you mean 'srresnet'"):
        Upscaler("srresnt")


@pytest.mark.parametrize("memory", [0, -1, "2GB", 1.5e9])
def test_memory_is_a_number_of_bytes(memory: Any):
    with pytest.raises(InvalidConfig, match=r"memory is .*; it must be a whole number of bytes"):
        Upscaler(memory=memory)
