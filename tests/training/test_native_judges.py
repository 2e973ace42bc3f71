"""The discriminator on the native kernels beside PyTorch's."""

import copy
from collections.abc import Callable

import torch
from torch import Tensor, nn

from fourfold.engine import load_training_kernels
from fourfold.networks import Discriminator, DiscriminatorConfig
from fourfold.training.native_judges import NativeConvolution, discriminator_on

SMALL = DiscriminatorConfig(side=24, dense=16)
KERNELS = load_training_kernels()


def picture(side: int, count: int = 2) -> Tensor:
    return torch.rand(count, 3, side, side, generator=torch.Generator().manual_seed(1))


def gradients(network: Callable[[Tensor], Tensor], image: Tensor, *, parameters) -> list[Tensor]:
    """The result, and the gradients of the picture and of the parameters."""
    image = image.clone().requires_grad_()
    result = network(image)
    rng = torch.Generator().manual_seed(2)
    along = torch.randn(result.shape, generator=rng).to(result.dtype)
    return [result.detach(), *torch.autograd.grad(result, [image, *parameters], along)]


def error(result: Tensor, exact: Tensor) -> float:
    return ((result - exact).square().mean() / exact.square().mean()).sqrt().item()


def native_layers(network: nn.Module) -> int:
    return sum(isinstance(module, NativeConvolution) for module in network.modules())


def test_a_discriminators_judgement_and_gradients_are_those_of_float64():
    torch.manual_seed(3)
    plain = Discriminator(SMALL)
    native = discriminator_on(copy.deepcopy(plain), KERNELS)
    assert native_layers(native) == 7  # all but the first, of 3 channels
    exact = copy.deepcopy(plain).double()
    image = picture(24, count=4)
    expected = gradients(exact, image.double(), parameters=list(exact.parameters()))
    ours = gradients(native, image, parameters=list(native.parameters()))
    theirs = gradients(plain, image, parameters=list(plain.parameters()))
    for index, value in enumerate(expected):
        if value.square().mean() < 1e-20:  # a bias before a normalisation has no gradient
            continue
        assert error(ours[index], value) < max(1e-5, 5 * error(theirs[index], value)), index


def test_a_discriminators_state_is_that_of_the_plain_one():
    plain = Discriminator(SMALL)
    native = discriminator_on(copy.deepcopy(plain), KERNELS)
    assert native.state_dict().keys() == plain.state_dict().keys()
    Discriminator(SMALL).load_state_dict(native.state_dict())


def test_under_autocast_a_discriminator_is_pytorchs_own():
    torch.manual_seed(3)
    plain = Discriminator(SMALL)
    native = discriminator_on(copy.deepcopy(plain), KERNELS)
    with torch.autocast("cpu", torch.bfloat16):
        assert torch.equal(native(picture(24)), plain(picture(24)))
