"""Crops: pairs of one place, exact, drawn as the recipe says."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from fourfold.errors import InvalidData
from fourfold.imaging import reduce, write_image
from fourfold.training import Pack, Recipe, pack
from fourfold.training.crops import Crops
from fourfold.training.reduction import Kernel
from tests.photographs import TINY, TINY_X4, TINY_X8, write_photographs

CPU = torch.device("cpu")


@pytest.fixture(scope="module")
def packed(tmp_path_factory: pytest.TempPathFactory) -> Pack:
    folder = tmp_path_factory.mktemp("crops")
    return pack([write_photographs(folder / "in")], folder / "out")


def draw(pack: Pack, recipe: Recipe, step: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """A batch as bytes, channels last."""
    lr, hr = Crops(pack, pack.places, recipe, device=CPU).batch(step)
    return tuple((255 * t).round().byte().permute(0, 2, 3, 1).numpy() for t in (lr, hr))  # type: ignore[return-value]


def find(cut: np.ndarray, images: list[np.ndarray]) -> tuple[int, int, int] | None:
    """Which image holds the cut, and where."""
    side = len(cut)
    for index, image in enumerate(images):
        windows = np.lib.stride_tricks.sliding_window_view(image, (side, side), axis=(0, 1))
        equal = (windows == np.moveaxis(cut, 2, 0)).all(axis=(2, 3, 4))
        if equal.any():
            row, column = np.argwhere(equal)[0]
            return index, int(row), int(column)
    return None


@pytest.mark.parametrize("recipe", [TINY, TINY_X4, TINY_X8], ids=["x2", "x4", "x8"])
def test_each_lr_pixel_is_that_of_the_whole_photographs_reduction(packed: Pack, recipe: Recipe):
    plain = replace(recipe, turned=False, batch=6)
    scale = plain.generator.scale
    hr_images = [np.array(packed.read(place)) for place in packed.places]
    lr_images = [reduce(image, scale) for image in hr_images]
    at_an_edge = 0
    for step in range(12):
        lr, hr = draw(packed, plain, step)
        assert lr.shape == (6, plain.lr_crop, plain.lr_crop, 3)
        assert hr.shape == (6, plain.hr_crop, plain.hr_crop, 3)
        for lr_cut, hr_cut in zip(lr, hr, strict=True):
            place = find(hr_cut, hr_images)
            assert place is not None
            index, row, column = place
            rows = slice(row // scale, row // scale + plain.lr_crop)
            columns = slice(column // scale, column // scale + plain.lr_crop)
            np.testing.assert_array_equal(lr_cut, lr_images[index][rows, columns])
            at_an_edge += row == 0 or column == 0
    assert at_an_edge  # where the repeated edge pixel counts


def test_turned_crops_are_the_plain_ones_turned_both_alike(packed: Pack):
    plain = draw(packed, replace(TINY, turned=False, batch=32))
    turned = draw(packed, replace(TINY, turned=True, batch=32))
    kinds = set()
    for index in range(32):
        for kind in range(8):

            def turn(image: np.ndarray, kind: int = kind) -> np.ndarray:
                image = image[:, ::-1] if kind & 1 else image
                image = image[::-1] if kind & 2 else image
                return image.swapaxes(0, 1) if kind & 4 else image

            if all(np.array_equal(turn(plain[k][index]), turned[k][index]) for k in (0, 1)):
                kinds.add(kind)
                break
        else:
            pytest.fail("lr and hr were not turned alike")
    assert len(kinds) == 8


def test_a_step_has_its_crops_and_another_has_others(packed: Pack):
    first, again, other = (draw(packed, TINY, step)[1] for step in (5, 5, 6))
    assert np.array_equal(first, again) and not np.array_equal(first, other)
    assert not np.array_equal(first, draw(packed, replace(TINY, seed=2), 5)[1])


def flat_pack(folder: Path, sides: list[int]) -> Pack:
    """Squares, each of one grey of its own: 0, 1, 2 and so on."""
    (folder / "in").mkdir()
    for index, side in enumerate(sides):
        write_image(np.full((side, side, 3), index, np.uint8), folder / f"in/{index}.png")
    return pack([folder / "in"], folder / "out")


def test_distinct_means_that_no_photograph_comes_twice_and_none_is_preferred(tmp_path: Path):
    packed = flat_pack(tmp_path, [16, 16, 200])
    recipe = replace(TINY, crops_from="distinct", batch=2)
    counts = np.zeros(3, int)
    for step in range(150):
        pictures = draw(packed, recipe, step)[1][:, 0, 0, 0]
        assert len(set(pictures)) == 2
        counts[pictures] += 1
    assert counts.min() > 70  # 100 expected of each, deviation 6


def test_by_area_a_photograph_comes_as_often_as_it_has_places(tmp_path: Path):
    packed = flat_pack(tmp_path, [16, 18, 22])  # 1, 4 and 16 places for an LR crop of 8
    recipe = replace(TINY, batch=2_100, turned=False)
    counts = np.bincount(draw(packed, recipe)[1][:, 0, 0, 0], minlength=3)
    np.testing.assert_allclose(counts, [100, 400, 1_600], atol=60)


def test_too_few_or_too_small_photographs_are_one_sentence(packed: Pack):
    with pytest.raises(InvalidData, match="There are 6 photographs to train on; batches of 7"):
        draw(packed, replace(TINY, crops_from="distinct", batch=7))
    with pytest.raises(InvalidData, match=r"0\.png is 50x37, too small for crops of 38 pixels"):
        draw(packed, replace(TINY, hr_crop=38))


def test_no_photographs_are_one_sentence(packed: Pack):
    with pytest.raises(InvalidData, match="No photograph is left to train on"):
        Crops(packed, [], TINY, device=CPU)


def test_tensors_are_as_networks_like_them(packed: Pack):
    lr, hr = Crops(packed, packed.places, TINY, device=CPU).batch(0)
    for tensor in (lr, hr):
        assert tensor.dtype == torch.float32 and tensor.shape[:2] == (2, 3)
        assert tensor.is_contiguous(memory_format=torch.channels_last)
        assert tensor.min() >= 0 and tensor.max() <= 1


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA GPU")
@pytest.mark.parametrize("reduction", ["bicubic", "gaussian"])
@pytest.mark.parametrize("recipe", [TINY, TINY_X4, TINY_X8], ids=["x2", "x4", "x8"])
def test_a_gpus_crops_are_those_of_a_cpu(packed: Pack, recipe: Recipe, reduction: Kernel):
    recipe = replace(recipe, reduction=reduction)
    here, there = (
        Crops(packed, packed.places, recipe, device=device)
        for device in (CPU, torch.device("cuda"))
    )
    for step in range(6):
        for ours, theirs in zip(there.batch(step), here.batch(step), strict=True):
            assert ours.stride() == theirs.stride()
            torch.testing.assert_close(ours.cpu(), theirs, rtol=0, atol=0)
