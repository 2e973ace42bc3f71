"""What makes inputs worse: each part as strong as it says, and off where it is off."""

import math
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import pytest
import torch

from fourfold.imaging import reduce
from fourfold.networks import generator_from_weights, generator_tensors
from fourfold.training import RECIPES, Pack, pack, train
from fourfold.training.crops import Crops
from fourfold.training.degradation import (
    Degradation,
    _blurred,
    _kernels,
    degrade_batch,
    reach,
)
from fourfold.training.inputs import lr_of
from fourfold.training.jpeg import compress
from fourfold.training.start import new_generator
from fourfold.training.validation import validate, validate_whole
from fourfold.weights import Weights, load_weights, write_weights
from tests.generators import CARD
from tests.photographs import TINY, TINY_X4, write_photographs

OFF = Degradation(blurred=0, noisy=0, compressed=0)
CPU = torch.device("cpu")


def degraded(hr: np.ndarray, degradation: Degradation, *, scale: int = 4, seed: int = 0):
    """Whole pictures (N, H, W, 3), their edge pixels repeated beyond the edge."""
    around = (reach(scale), reach(scale))
    padded = torch.from_numpy(np.pad(hr, ((0, 0), around, around, (0, 0)), mode="edge"))
    rng = torch.Generator().manual_seed(seed)
    return degrade_batch(padded, scale, degradation, rng=rng).numpy()


@pytest.mark.parametrize("scale", [2, 4, 8])
def test_with_all_parts_off_it_is_the_exact_bicubic(scale: int, photograph: np.ndarray):
    hr = photograph[: 8 * scale, : 6 * scale]
    lr = degraded(hr[None], OFF, scale=scale)
    np.testing.assert_array_equal(lr[0], reduce(np.ascontiguousarray(hr), scale))


def test_the_blur_is_as_wide_as_its_sigma_says():
    hr = np.zeros((64, 65, 65, 3), np.uint8)
    hr[:, 32, 32] = 255
    dot = Degradation(blur=(1.2, 1.2), blurred=1, noisy=0, compressed=0)
    rng = torch.Generator().manual_seed(0)
    spread = _blurred(torch.from_numpy(hr), _kernels(64, dot, rng)).double()[..., 0]
    along = torch.arange(-27.0, 28.0, dtype=torch.float64)  # the radius is gone at each side
    variance = (spread * along**2).sum(dim=(1, 2)) / spread.sum(dim=(1, 2))
    assert variance.sqrt().mean().item() == pytest.approx(1.2, rel=0.05)


def test_the_blur_differs_along_two_axes_that_are_turned_anyhow():
    rng = torch.Generator().manual_seed(0)
    kernels = _kernels(256, replace(OFF, blurred=1), rng).double()
    assert kernels.sum(dim=(1, 2)).sub(1).abs().max() < 1e-6
    side = torch.arange(-5.0, 6.0, dtype=torch.float64)
    down, right = (kernels * side[:, None] ** 2).sum((1, 2)), (kernels * side**2).sum((1, 2))
    across = (kernels * side[:, None] * side).sum((1, 2))
    tilt = across.abs() / (down * right).sqrt()
    assert (tilt > 0.3).float().mean() > 0.1 and (tilt < 0.1).float().mean() > 0.1
    assert ((down / right) > 2).any() and ((down / right) < 0.5).any()
    assert down.max() < 1.6**2


@pytest.mark.parametrize("coloured", [0.0, 1.0])
def test_the_noise_has_its_sigma_and_is_grey_or_coloured(coloured: float):
    noise = replace(OFF, noise=(6, 6), noisy=1, coloured=coloured)
    lr = degraded(np.full((4, 160, 160, 3), 128, np.uint8), noise).astype(float) - 128
    assert lr.std() == pytest.approx(math.sqrt(36 + 1 / 12), rel=0.05)
    red, green = lr[..., 0].ravel(), lr[..., 1].ravel()
    assert np.corrcoef(red, green)[0, 1] == pytest.approx(1 - coloured, abs=0.05)


def test_each_part_is_off_at_times(photograph: np.ndarray):
    hr = np.repeat(photograph[None, :64, :64], 200, axis=0)
    clean = reduce(np.ascontiguousarray(photograph[:64, :64]), 4)
    parts = {
        0.7: replace(OFF, blurred=0.7),
        0.5: replace(OFF, noisy=0.5),
        0.4: replace(OFF, compressed=0.4),
    }
    for share, part in parts.items():
        lr = degraded(hr, part)
        touched = (lr != clean).any(axis=(1, 2, 3)).mean()
        assert touched == pytest.approx(share, abs=0.12), part


def test_a_photographs_degraded_copy_is_fixed_by_its_name(photograph: np.ndarray):
    hr = np.ascontiguousarray(photograph[:64, :64])
    make = replace(TINY_X4, degradation=Degradation(blurred=1, noisy=1, compressed=1))
    first, again, other = (lr_of(make, hr, name) for name in "aab")
    assert first.shape == (12, 16, 3)
    np.testing.assert_array_equal(first, again)
    assert (first != other).any()


@pytest.fixture(scope="module")
def packed(tmp_path_factory: pytest.TempPathFactory) -> Pack:
    folder = tmp_path_factory.mktemp("degraded")
    return pack([write_photographs(folder / "in", 1)], folder / "out")


def test_crops_are_cut_out_of_the_whole_photographs_jpeg(packed: Pack):
    jpeg = Degradation(
        blurred=0, noisy=0, quality=(50, 50), compressed=1, halved=0
    )  # whole chroma: nothing reaches across the blocks that a crop lies in
    recipe = replace(TINY, degradation=jpeg, turned=False, batch=16)
    hr = np.array(packed.read(packed.places[0]))
    hr = hr[: len(hr) // 2 * 2, : hr.shape[1] // 2 * 2]
    whole = torch.from_numpy(reduce(np.ascontiguousarray(hr), 2))[None]
    expected = compress(whole, torch.tensor([50]), torch.tensor([False]))[0].numpy()
    inner = expected[:16, :16]  # the blocks that end before the picture does
    lr = Crops(packed, packed.places, recipe, device=CPU).batch(0)[0]
    cuts = (255 * lr).round().byte().permute(0, 2, 3, 1).numpy()
    windows = np.lib.stride_tricks.sliding_window_view(inner, (8, 8), axis=(0, 1))
    found = [(windows == np.moveaxis(cut, 2, 0)).all(axis=(2, 3, 4)).any() for cut in cuts]
    assert sum(found) >= 3


def test_degraded_crops_come_again_and_have_their_clean_originals(packed: Pack):
    recipe = replace(TINY, degradation=Degradation(), batch=4)
    clean = Crops(packed, packed.places, replace(TINY, batch=4), device=CPU)
    worse, again = (Crops(packed, packed.places, recipe, device=CPU) for _ in range(2))
    for step in range(3):
        (lr, hr), (same, _) = worse.batch(step), again.batch(step)
        assert torch.equal(lr, same)
        assert lr.shape == (4, 3, 8, 8) and lr.is_contiguous(memory_format=torch.channels_last)
        assert hr.shape == clean.batch(step)[1].shape
    assert not torch.equal(lr, clean.batch(2)[0])


def test_a_share_of_the_crops_is_left_as_the_bicubic_makes_them(packed: Pack):
    part = Degradation(blurred=1, noisy=1, compressed=1, noise=(5, 10))
    recipe = replace(TINY, batch=200, turned=False)
    recipes = (replace(recipe, degradation=part, clean=share) for share in (0.0, 0.4, 1.0))
    batches = [
        Crops(packed, packed.places, each, device=CPU).batch(0)
        for each in (*recipes, replace(recipe, degradation=None))
    ]
    assert all(torch.equal(hr, batches[0][1]) for _, hr in batches)
    degraded, some, clean, reduced = (lr for lr, _ in batches)
    assert torch.equal(clean, reduced)
    are_clean = (some == clean).flatten(start_dim=1).all(dim=1)
    assert 60 < are_clean.sum() < 100
    assert torch.equal(some[~are_clean], degraded[~are_clean])


def test_the_photo_recipes_alone_degrade():
    for name, recipe in RECIPES.items():
        assert (recipe.degradation is not None) == ("photo" in name)


def test_a_run_is_looked_at_with_degraded_photographs(tmp_path: Path):
    packed = pack([write_photographs(tmp_path / "in")], tmp_path / "packed")
    others = pack([write_photographs(tmp_path / "others", 3, left=200)], tmp_path / "held-out")
    weights = Weights(
        config=TINY.generator, tensors=generator_tensors(new_generator(TINY)), card=CARD
    )
    write_weights(tmp_path / "start", weights)
    said: list[str] = []
    result = train(
        replace(TINY, degradation=Degradation(), steps=1, warm_up=0, decay=0, learning_rate=1e-9),
        tmp_path / "run",
        data=[packed.pixels.parent],
        held_out=others.pixels.parent,
        init=tmp_path / "start",
        say=said.append,
    )
    clean = validate_whole(result, others, others.places, device="cpu")
    shrink = partial(lr_of, replace(TINY, degradation=Degradation()))
    worse = validate_whole(result, others, others.places, device="cpu", shrink=shrink)
    assert worse.psnr_y < clean.psnr_y and worse.lpips_alex > clean.lpips_alex
    assert said[-1] == f"Whole: {worse}."
    seen = validate(generator_from_weights(load_weights(result)), others, others.places)
    assert not any(str(seen) in line for line in said)
