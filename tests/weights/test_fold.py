"""Folding: each rewriting computes the same, seen on its own (all together: test_torch_engine)."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from fourfold.weights import BATCH_NORM_EPSILON, GeneratorConfig, fold
from tests.generators import configs, random_weights


@given(configs(), st.integers(0, 99))
def test_layers_have_the_shapes_that_engines_expect(config: GeneratorConfig, seed: int):
    network, width = fold(random_weights(config, seed)), config.width
    assert (network.scale, network.width, network.skips) == (config.scale, width, config.skips)
    assert network.head.weight.shape == (width, 3, 9, 9)
    assert len(network.blocks) == config.depth
    for first, second in network.blocks:
        assert first.weight.shape == second.weight.shape == (width, width, 3, 3)
        assert first.slopes is not None and first.slopes.shape == (width,)
        assert second.slopes is None
    assert network.trunk.weight.shape == (width, width, 3, 3) and network.trunk.slopes is None
    assert len(network.upsample) == config.doublings
    for layer in network.upsample:
        assert layer.weight.shape == (4 * width, width, 3, 3)
        assert layer.slopes is not None and layer.slopes.shape == (4 * width,)
    assert network.tail.weight.shape == (12, 4 * width, 5, 5) and network.tail.slopes is None
    assert network.tail.bias.shape == (12,)
    assert network.head.weight.dtype == network.tail.bias.dtype == np.float64


def test_batch_normalisation_goes_into_weight_and_bias():
    weights = random_weights(GeneratorConfig(depth=1, width=2), seed=5)
    tensors = {name: tensor.astype(np.float64) for name, tensor in weights.tensors.items()}
    layer = fold(weights).trunk
    for channel in range(2):
        gain = tensors["trunk.norm.weight"][channel] / np.sqrt(
            tensors["trunk.norm.running_var"][channel] + BATCH_NORM_EPSILON
        )
        centred = tensors["trunk.conv.bias"][channel] - tensors["trunk.norm.running_mean"][channel]
        np.testing.assert_allclose(
            layer.weight[channel], tensors["trunk.conv.weight"][channel] * gain, rtol=1e-14
        )
        np.testing.assert_allclose(
            layer.bias[channel], centred * gain + tensors["trunk.norm.bias"][channel], rtol=1e-14
        )


def test_sub_pixel_channels_go_from_pixelshuffles_order_to_phases_first():
    config = GeneratorConfig(scale=2, depth=1, width=2, slopes="channel")
    weights = random_weights(config, seed=6)
    bias = weights.tensors["upsample.0.conv.bias"]  # channel 0 at phases 00 01 10 11, then 1
    slopes = weights.tensors["upsample.0.prelu.weight"]
    layer = fold(weights).upsample[0]
    np.testing.assert_array_equal(layer.bias, bias[[0, 4, 1, 5, 2, 6, 3, 7]])
    assert layer.slopes is not None
    np.testing.assert_array_equal(layer.slopes, np.tile(slopes, 4))


def test_each_tap_of_the_tail_goes_to_one_place_for_each_phase():
    config = GeneratorConfig(depth=1, width=1)
    weights = random_weights(config, seed=7)
    tail = fold(weights).tail.weight.reshape(2, 2, 3, 2, 2, 1, 5, 5)
    original = weights.tensors["tail.weight"]
    # output phase (0, 0), tap (4, 4): the middle tap reads its own pixel
    assert tail[0, 0, 1, 0, 0, 0, 2, 2] == original[1, 0, 4, 4]
    # output phase (1, 0), tap (8, 3): row 1 + 8 - 4 = 5 is phase 1 two below; column -1, phase 1
    assert tail[1, 0, 2, 1, 1, 0, 4, 1] == original[2, 0, 8, 3]
    assert np.count_nonzero(tail) == 4 * np.count_nonzero(original)
