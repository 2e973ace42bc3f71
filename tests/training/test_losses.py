"""Losses, by values worked out by hand."""

import math
from pathlib import Path

import numpy as np
import pytest
import torch

from fourfold.errors import InvalidRecipe
from fourfold.imaging import reduce
from fourfold.training.losses import (
    ContentLoss,
    adversarial_loss,
    discriminator_loss,
    tones_loss,
    total_variation,
)
from fourfold.training.reduction import reduce_differentiably
from tests.photographs import random_vgg

CPU = torch.device("cpu")


def test_pixel_losses_are_means_on_minus_one_to_one():
    sr, hr = torch.full((2, 3, 4, 4), 0.75), torch.full((2, 3, 4, 4), 0.5)
    assert ContentLoss("mse", None, device=CPU)(sr, hr).item() == pytest.approx(4 * 0.25**2)
    assert ContentLoss("l1", None, device=CPU)(sr, hr).item() == pytest.approx(2 * 0.25)


def test_nothing_is_clamped():
    loss, white = ContentLoss("mse", None, device=CPU), torch.ones(1, 3, 2, 2)
    assert loss(3 * white, white) > loss(2 * white, white)


def test_the_vgg_loss_is_the_mean_square_of_features_and_reaches_the_result(tmp_path: Path):
    from fourfold.networks import read_vgg

    random_vgg(tmp_path / "vgg")
    rng = torch.Generator().manual_seed(1)
    sr, hr = (torch.rand(2, 3, 16, 16, generator=rng) for _ in range(2))
    sr.requires_grad_()
    loss = ContentLoss("vgg22", tmp_path / "vgg", device=CPU)(sr, hr)
    features = read_vgg(tmp_path / "vgg", "2_2")
    expected = (features(sr) - features(hr)).square().mean()
    torch.testing.assert_close(loss, expected)
    (gradient,) = torch.autograd.grad(loss, sr)
    assert (gradient != 0).float().mean() > 0.99


def test_without_a_vgg_the_recipe_says_what_it_needs():
    with pytest.raises(InvalidRecipe, match="vgg54 looks through VGG19: name the file"):
        ContentLoss("vgg54", None, device=CPU)


def test_the_real_vgg54_prefers_the_original(feature_weights: Path, photograph: np.ndarray):
    loss = ContentLoss("vgg54", feature_weights / "vgg19_oxford_fp16.safetensors", device=CPU)
    hr = torch.from_numpy(photograph[:32, :32].copy()).permute(2, 0, 1)[None] / 255
    blurred = torch.nn.functional.avg_pool2d(hr, 3, stride=1, padding=1)
    half = (hr + blurred) / 2
    assert 0 == loss(hr, hr) < loss(half, hr) < loss(blurred, hr)


def test_adversarial_losses_are_minus_logarithms_of_judgements():
    logits = torch.tensor([0.0, math.log(3.0)])  # D = 1/2 and 3/4
    expected = -(math.log(1 / 2) + math.log(3 / 4)) / 2
    assert adversarial_loss(logits).item() == pytest.approx(expected)
    # D(hr) = 3/4, D(sr) = 1/2 and 3/4
    expected = -math.log(3 / 4) - (math.log(1 / 2) + math.log(1 / 4)) / 2
    assert discriminator_loss(logits[1:], logits).item() == pytest.approx(expected)


def test_they_stay_finite_where_a_sigmoid_would_not():
    sure = torch.tensor([-500.0, 500.0])
    assert adversarial_loss(sure).item() == 250
    assert discriminator_loss(sure, sure).item() == 500


@pytest.mark.parametrize("scale", [2, 4, 8])
def test_the_differentiable_reduction_is_that_of_imaging(scale: int, photograph: np.ndarray):
    image = photograph[: 6 * scale, : 8 * scale] / 255
    reduced = reduce_differentiably(torch.from_numpy(image).permute(2, 0, 1)[None], scale)
    expected = reduce(image, scale)[2:-2, 2:-2]
    np.testing.assert_allclose(reduced[0].permute(1, 2, 0).numpy(), expected, atol=1e-12)


def test_a_uniform_shift_costs_its_levels_in_tones(photograph: np.ndarray):
    hr = torch.from_numpy(photograph[:32, :32].copy()).permute(2, 0, 1)[None].double() / 255
    lr = torch.from_numpy(reduce(photograph[:32, :32] / 255, 4)).permute(2, 0, 1)[None]
    sr = (hr + 5 / 255).requires_grad_()
    loss = tones_loss(sr, lr[..., 2:-2, 2:-2], scale=4)
    assert loss.item() == pytest.approx(5 / 255)
    (gradient,) = torch.autograd.grad(loss, sr)
    inside = slice(8, -8)  # every pixel that the inner LR pixels sit on
    assert (gradient[:, :, inside, inside] != 0).all()


def test_total_variation_sums_the_steps_between_neighbours():
    sr = torch.zeros(2, 1, 2, 3)
    sr[0, 0, 0, 1] = 0.5  # three neighbours, 1 apart on [-1, 1]
    assert total_variation(sr).item() == pytest.approx(3 * 1.0 / 2)
