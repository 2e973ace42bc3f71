"""The generator as it trains."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from fourfold.networks import Generator, generator_from_weights, generator_tensors
from fourfold.weights import GeneratorConfig, tensor_shapes
from tests.generators import configs, random_weights


def parameters(**config: object) -> int:
    generator = Generator(GeneratorConfig(**config))  # type: ignore[arg-type]
    return sum(parameter.numel() for parameter in generator.parameters())


@pytest.mark.parametrize(
    ("scale", "normalisation", "shared", "channel"),
    [
        (2, "batch", 1_401_749, 1_402_883),
        (4, "batch", 1_549_462, 1_550_659),
        (8, "batch", 1_697_175, 1_698_435),
        (2, "none", 1_397_525, 1_398_659),
        (4, "none", 1_545_238, 1_546_435),
        (8, "none", 1_692_951, 1_694_211),
    ],
)
def test_parameters_are_those_counted_by_hand(
    scale: int, normalisation: str, shared: int, channel: int
):
    # Layer by layer: 9x9x3x64 + 64, and so on through figure 4 of the paper.
    assert parameters(scale=scale, normalisation=normalisation, slopes="shared") == shared
    assert parameters(scale=scale, normalisation=normalisation, slopes="channel") == channel


@given(configs())
def test_its_tensors_are_those_of_a_weights_file_in_the_same_order(config: GeneratorConfig):
    tensors = generator_tensors(Generator(config))
    assert {name: tensor.shape for name, tensor in tensors.items()} == tensor_shapes(config)


@given(configs(), st.integers(0, 99))
def test_it_gives_back_the_weights_that_it_was_built_from(config: GeneratorConfig, seed: int):
    weights = random_weights(config, seed)
    generator = generator_from_weights(weights)
    assert not generator.training
    for name, tensor in generator_tensors(generator).items():
        np.testing.assert_array_equal(tensor, weights.tensors[name])


@given(configs(), st.integers(1, 5), st.integers(1, 5))
def test_the_sr_side_is_scale_times_the_lr_side(config: GeneratorConfig, height: int, width: int):
    generator = Generator(config).eval()
    sr = generator(torch.zeros(2, 3, height, width))
    assert sr.shape == (2, 3, config.scale * height, config.scale * width)


def test_without_skips_a_block_is_its_residual_alone():
    config = GeneratorConfig(depth=1, width=2, normalisation="none", skips=False)
    generator = generator_from_weights(random_weights(config, seed=1))
    with torch.no_grad():
        for parameter in generator.get_submodule("blocks.0.conv2").parameters():
            parameter.zero_()
        black, white = generator(torch.zeros(1, 3, 4, 4)), generator(torch.ones(1, 3, 4, 4))
    # Nothing of the input passes the zeroed convolution; with skips it would pass around it.
    torch.testing.assert_close(black, white)
