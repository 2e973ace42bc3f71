"""A part of a picture, with the pixels that it has in the whole."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fourfold import Upscaler
from fourfold.errors import ImageTooLarge, InvalidSize
from fourfold.imaging import read_image, write_image
from fourfold.upscaling import Region
from fourfold.weights import GeneratorConfig, write_weights
from tests.generators import random_weights


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A network that sees few pixels, so that a small picture has parts that it does not."""
    path = tmp_path_factory.mktemp("weights") / "small.safetensors"
    config = GeneratorConfig(depth=1, width=64, normalisation="none")
    write_weights(path, random_weights(config, seed=3))
    return path


def fraction(draw: float, count: int) -> int:
    return int(draw * count)


@settings(max_examples=12)
@given(
    st.floats(0, 1, exclude_max=True),
    st.floats(0, 1, exclude_max=True),
    st.integers(1, 20),
    st.integers(1, 20),
    st.sampled_from([None, 1.0, 1.7, 3.0]),
    st.sampled_from([(70, 66), (9, 81), (64, 5)]),
    st.booleans(),
)
def test_it_has_the_pixels_of_the_whole_within_one_level(
    model: Path, across, down, width, height, scale, sides, consistent: bool
):
    rows, columns = sides
    lr = np.random.default_rng(rows).integers(100, 140, (rows, columns, 3), dtype=np.uint8)
    x, y = fraction(across, columns), fraction(down, rows)
    region = Region(x, y, min(width, columns - x), min(height, rows - y))
    upscaler = Upscaler(model, scale=scale, consistent=consistent)
    whole = upscaler(lr)
    outputs = region.outputs(rows, columns, whole.shape[:2])
    part = upscaler(lr, region=region)
    assert part.shape == whole[outputs].shape
    assert np.abs(part.astype(int) - whole[outputs]).max() <= 1


@pytest.mark.parametrize("region", [(0, 0, 5), (0, 0, 5.0, 5), "0,0,5,5", 5, (0, 0, 5, None)])
def test_four_whole_numbers_make_a_region(model: Path, tmp_path: Path, region: object):
    lr = np.zeros((8, 8, 3), np.uint8)
    write_image(lr, tmp_path / "a.png")
    upscaler = Upscaler(model)
    with pytest.raises(InvalidSize, match="A region is four whole numbers"):
        upscaler(lr, region=region)  # type: ignore[arg-type]
    with pytest.raises(InvalidSize, match="A region is four whole numbers"):
        upscaler.file(tmp_path / "a.png", tmp_path / "b.png", region=region)  # type: ignore[arg-type]
    assert not (tmp_path / "b.png").exists()


def test_a_file_takes_its_region_as_numbers_too(model: Path, tmp_path: Path):
    write_image(np.zeros((8, 8, 3), np.uint8), tmp_path / "a.png")
    Upscaler(model).file(tmp_path / "a.png", tmp_path / "b.png", region=(1, 2, 3, 4))
    assert read_image(tmp_path / "b.png").shape == (16, 12, 3)


def test_the_paper_s_network_needs_the_margin_that_it_gets(photograph: np.ndarray):
    tall = np.concatenate([photograph, photograph[::-1], photograph, photograph[::-1]])[:, :8]
    upscaler = Upscaler("srgan", consistent=True)
    whole, region = upscaler(tall), Region(2, 90, 4, 10)
    assert np.abs(upscaler(tall, region=region).astype(int) - whole[360:400, 8:24]).max() <= 1


def test_files_grey_and_alpha_have_regions_too(tmp_path: Path, model: Path, photograph: np.ndarray):
    upscaler = Upscaler(model, consistent=False)
    for image in (photograph[:, :, 0], np.dstack([photograph, photograph[:, :, 0]])):
        whole = upscaler(image)
        part = upscaler(image, region=(10, 20, 16, 8))
        assert np.abs(part.astype(int) - whole[80:112, 40:104]).max() <= 1
        write_image(image, tmp_path / "lr.png")
        upscaler.file(
            tmp_path / "lr.png", tmp_path / "sr.png", region=Region(10, 20, 16, 8), overwrite=True
        )
        np.testing.assert_array_equal(read_image(tmp_path / "sr.png"), part)


def test_rows_below_it_are_not_read(photograph: np.ndarray):
    from fourfold.upscaling.region import cut_rows

    asked: list[int] = []

    def parts() -> Iterator[np.ndarray]:
        for top in range(0, 48, 8):
            asked.append(top)
            yield photograph[top : top + 8]

    rows = np.concatenate(list(cut_rows(parts(), Region(3, 10, 7, 9))))
    np.testing.assert_array_equal(rows, photograph[10:19, 3:10])
    assert asked == [0, 8, 16]


def test_neighbouring_regions_meet_without_gap_or_overlap():
    for to in (40, 17, 23):
        first = Region(0, 0, 10, 6).outputs(10, 10, (to, to))[0]
        second = Region(0, 6, 10, 4).outputs(10, 10, (to, to))[0]
        assert first.start == 0 and first.stop == second.start and second.stop == to


@pytest.mark.parametrize(
    "region", [(0, 0, 0, 5), (60, 0, 5, 5), (-1, 0, 5, 5), (0, 44, 5, 5), (10**9, 0, 1, 1)]
)
def test_what_is_not_inside_the_picture_is_refused(model: Path, photograph: np.ndarray, region):
    with pytest.raises(InvalidSize, match="is not inside the picture of 64x48 pixels"):
        Upscaler(model)(photograph, region=region)


def test_a_region_that_takes_more_memory_than_allowed_is_refused():
    upscaler = Upscaler("srresnet", memory=50_000)
    picture = np.zeros((40, 40, 3), np.uint8)
    with pytest.raises(ImageTooLarge, match=r"A region of 40x40 pixels is held whole"):
        upscaler(picture, region=(0, 0, 40, 40))
    assert upscaler(picture, region=(0, 0, 30, 30)).shape == (120, 120, 3)
