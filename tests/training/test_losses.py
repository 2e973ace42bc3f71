"""Losses, by values worked out by hand."""

import pytest
import torch

from fourfold.training.losses import pixel_loss


def test_losses_are_means_on_minus_one_to_one():
    sr, hr = torch.full((2, 3, 4, 4), 0.75), torch.full((2, 3, 4, 4), 0.5)
    assert pixel_loss(sr, hr, "mse").item() == pytest.approx(4 * 0.25**2)
    assert pixel_loss(sr, hr, "l1").item() == pytest.approx(2 * 0.25)


def test_nothing_is_clamped():
    far, near = torch.full((1, 3, 2, 2), 3.0), torch.full((1, 3, 2, 2), 2.0)
    white = torch.ones(1, 3, 2, 2)
    assert pixel_loss(far, white, "mse") > pixel_loss(near, white, "mse")
