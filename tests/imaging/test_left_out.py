"""What a file holds besides its picture is not taken, and that is said."""

from pathlib import Path

import numpy as np
import pillow_heif
import pytest
import pyvips
from PIL import Image

from fourfold.imaging import PictureRows, read_image, write_image


def test_of_an_animated_png_the_first_frame_is_taken(tmp_path: Path, photograph: np.ndarray):
    frames = [Image.fromarray(photograph), Image.fromarray(photograph[::-1])]
    frames[0].save(tmp_path / "a.png", save_all=True, append_images=frames[1:])
    assert PictureRows(tmp_path / "a.png").notes == (
        f"{tmp_path / 'a.png'} is an animated PNG; its first frame alone is taken.",
    )
    np.testing.assert_array_equal(read_image(tmp_path / "a.png"), photograph)


def test_of_a_heic_with_several_pictures_the_main_one_is_taken(
    tmp_path: Path, photograph: np.ndarray
):
    file = pillow_heif.HeifFile()  # type: ignore[no-untyped-call]
    for pixels in (photograph[::-1], photograph):
        file.add_frombytes("RGB", (64, 48), np.ascontiguousarray(pixels).tobytes())
    file.save(tmp_path / "a.heic", primary_index=1, quality=95)
    assert PictureRows(tmp_path / "a.heic").notes == (
        f"{tmp_path / 'a.heic'} holds 2 pictures; its main one alone is taken.",
    )
    assert np.abs(read_image(tmp_path / "a.heic").astype(int) - photograph).mean() < 4


@pytest.mark.parametrize("bigtiff", [False, True])
def test_of_a_tiff_with_smaller_copies_the_picture_is_taken(
    tmp_path: Path, photograph: np.ndarray, bigtiff: bool
):
    path = tmp_path / "a.tif"
    pyvips.Image.new_from_array(photograph).tiffsave(
        str(path), pyramid=True, tile=True, tile_width=16, tile_height=16, bigtiff=bigtiff
    )
    picture = PictureRows(path, max_megapixels=64 * 48 / 1e6)  # the copies cost nothing
    assert picture.notes == (f"{path} holds smaller copies of its picture; they are left out.",)
    assert picture.pages.count == 1 and picture.metadata.profile_alone().fields == ()
    np.testing.assert_array_equal(read_image(path), photograph)


def test_pages_after_a_smaller_copy_are_taken(tmp_path: Path, photograph: np.ndarray):
    pages = photograph[::4, ::4].copy(), photograph, photograph[::-1].copy()
    frames = [Image.fromarray(page) for page in pages]
    for frame in frames:
        frame.encoderinfo = {"tiffinfo": {254: int(frame is frames[0])}}  # NewSubfileType
    frames[0].save(tmp_path / "a.tif", save_all=True, append_images=frames[1:])
    picture = PictureRows(tmp_path / "a.tif")
    assert (picture.height, picture.width, picture.pages.count) == (48, 64, 2)
    assert len(picture.notes) == 1
    rows = np.concatenate(list(picture.read(48)))
    np.testing.assert_array_equal(rows, np.concatenate([photograph, photograph[::-1]]))


@pytest.mark.parametrize("extension", ["png", "jpg", "heic", "avif", "gif", "tif"])
def test_of_a_plain_picture_nothing_is_left_out(
    tmp_path: Path, photograph: np.ndarray, extension: str
):
    write_image(photograph, tmp_path / f"a.{extension}")
    assert PictureRows(tmp_path / f"a.{extension}").notes == ()
