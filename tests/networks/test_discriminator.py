"""The discriminator."""

import pytest
import torch

from fourfold.errors import InvalidConfig
from fourfold.networks import Discriminator, DiscriminatorConfig


@pytest.mark.parametrize(("side", "parameters"), [(96, 23_565_505), (128, 38_245_569)])
def test_parameters_are_those_counted_by_hand(side: int, parameters: int):
    with torch.device("meta"):  # shapes alone
        discriminator = Discriminator(DiscriminatorConfig(side=side))
    assert sum(p.numel() for p in discriminator.parameters()) == parameters


@pytest.mark.parametrize("side", [16, 17, 40])
def test_each_picture_gets_one_logit_that_can_be_of_either_sign(side: int):
    torch.manual_seed(1)
    discriminator = Discriminator(DiscriminatorConfig(side=side, width=4, dense=8))
    logits = discriminator(torch.rand(20, 3, side, side))
    assert logits.shape == (20,)
    assert logits.min() != logits.max()


def test_the_first_convolution_has_no_normalisation_and_each_other_has():
    layers = list(Discriminator(DiscriminatorConfig(side=16, width=1, dense=1)).convolutions)
    kinds = [type(layer).__name__ for layer in layers]
    assert kinds == ["Conv2d", "LeakyReLU"] + 7 * ["Conv2d", "BatchNorm2d", "LeakyReLU"]
    strides = [layer.stride[0] for layer in layers if isinstance(layer, torch.nn.Conv2d)]
    assert strides == [1, 2] * 4
    slopes = {layer.negative_slope for layer in layers if isinstance(layer, torch.nn.LeakyReLU)}
    assert slopes == {0.2}


def test_batches_judged_together_are_each_normalised_alone():
    torch.manual_seed(1)
    discriminator = Discriminator(DiscriminatorConfig(side=16, width=4, dense=8)).double()
    dark, light = (
        torch.rand(2, 6, 3, 16, 16, dtype=torch.double)
        * torch.tensor([0.2, 1])[:, None, None, None, None]
    )
    alone = torch.cat([discriminator(dark), discriminator(light)])
    together = discriminator(dark, light)
    torch.testing.assert_close(together, alone)
    parameters = list(discriminator.parameters())
    gradients = (torch.autograd.grad(each.square().sum(), parameters) for each in (together, alone))
    torch.testing.assert_close(*gradients)
    assert not torch.allclose(discriminator(torch.cat([dark, light])), alone)


def test_what_no_discriminator_can_have_is_named():
    with pytest.raises(InvalidConfig, match="width is 0; it must be 1 or more"):
        DiscriminatorConfig(width=0)
