"""The exact bicubic on batches of crops."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from fourfold.imaging import reduce
from fourfold.training.reduction import (
    Kernel,
    _gaussian,
    _multiply_rows,
    _reduce_rows,
    margin,
    reduce_batch,
)


@pytest.mark.parametrize("scale", [2, 4, 8])
@given(data=st.data())
def test_a_whole_picture_with_its_edge_repeated_is_that_of_imaging(scale: int, data: st.DataObject):
    height, width = data.draw(st.integers(1, 5)), data.draw(st.integers(1, 5))
    extremes = st.sampled_from([0, 1, 127, 128, 254, 255])
    hr = data.draw(arrays(np.uint8, (scale * height, scale * width, 3), elements=extremes))
    around = margin(scale)
    padded = np.pad(hr, ((around, around), (around, around), (0, 0)), mode="edge")
    lr = reduce_batch(torch.from_numpy(padded)[None], scale)[0].numpy()
    np.testing.assert_array_equal(lr, reduce(hr, scale))


def test_the_pictures_of_a_batch_do_not_touch_each_other(photograph: np.ndarray):
    one = torch.from_numpy(photograph[:44, :44].copy())
    both = reduce_batch(torch.stack([one, 255 - one]), 4)
    assert torch.equal(both[0], reduce_batch(one[None], 4)[0])
    assert torch.equal(both[1], reduce_batch(255 - one[None], 4)[0])


@pytest.mark.parametrize("scale", [2, 4, 8])
def test_the_gaussian_has_its_width_and_keeps_the_mean(scale: int):
    around = margin(scale)
    dot = torch.zeros(1, 16 * scale + 2 * around, 16 * scale + 2 * around, 1, dtype=torch.uint8)
    flat = torch.full_like(dot, 93)
    assert (reduce_batch(flat, scale, "gaussian") == 93).all()
    weights = _gaussian(scale)
    place = torch.arange(4 * scale, dtype=torch.float64) - (2 * scale - 0.5)
    assert weights.sum() == 1 and (weights * 4096 == (weights * 4096).round()).all()
    assert (weights * place).sum().abs() < 1e-9
    sigma = (weights * place**2).sum().sqrt().item()
    assert sigma == pytest.approx(0.4 * scale, rel=0.02)


def test_the_gaussian_and_the_cubic_differ(photograph: np.ndarray):
    crops = torch.from_numpy(photograph[:44, :44].copy())[None]
    difference = (reduce_batch(crops, 4).int() - reduce_batch(crops, 4, "gaussian")).abs().float()
    assert 0.5 < difference.mean() < 20


@pytest.mark.parametrize("kernel", ["bicubic", "gaussian"])
@pytest.mark.parametrize("scale", [2, 4, 8])
@given(seed=st.integers(0, 2**20), height=st.integers(1, 4))
def test_a_product_of_matrices_gives_the_same_bits(
    scale: int, kernel: Kernel, seed: int, height: int
):
    rows, generator = scale * height + 2 * margin(scale), torch.Generator().manual_seed(seed)
    shape = (2, rows, 5, 3)
    noise = torch.randint(0, 256, shape, generator=generator).to(torch.uint8)
    for hr in (noise, 255 * (noise > 127), noise.transpose(2, 3)):
        hr = hr.to(torch.uint8)
        expected = _reduce_rows(hr, scale, kernel)
        assert expected.shape[1] == height
        assert torch.equal(_multiply_rows(hr, scale, kernel), expected)
