"""Realism: from a network's partner to the network."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fourfold.errors import InvalidConfig, InvalidWeights, UnknownModel
from fourfold.weights import (
    FoldedGenerator,
    GeneratorConfig,
    Layer,
    Partner,
    fold,
    interpolate,
    load_partner,
    load_weights,
    tensors_sha256,
    write_weights,
)
from tests.generators import configs, random_weights


def layers(network: FoldedGenerator) -> list[Layer]:
    blocks = [layer for block in network.blocks for layer in block]
    return [network.head, *blocks, network.trunk, *network.upsample, network.tail]


def parameters(network: FoldedGenerator) -> np.ndarray:
    arrays = [
        array.ravel()
        for layer in layers(network)
        for array in (layer.weight, layer.bias, layer.slopes)
        if array is not None
    ]
    return np.concatenate(arrays)


@given(configs(), st.floats(0, 1))
def test_every_parameter_lies_on_the_line_between_the_two(config: GeneratorConfig, realism: float):
    network, partner = (fold(random_weights(config, seed)) for seed in (1, 2))
    between = parameters(interpolate(network, partner, realism))
    expected = realism * parameters(network) + (1 - realism) * parameters(partner)
    np.testing.assert_allclose(between, expected, rtol=1e-14, atol=1e-14)


def test_the_ends_are_the_shipped_pair_to_the_last_bit():
    srgan, srresnet = fold(load_weights("srgan")), fold(load_partner("srgan"))
    for realism, end in ((1, srgan), (0, srresnet)):
        between = parameters(interpolate(srgan, srresnet, realism))
        np.testing.assert_array_equal(between, parameters(end))


def test_realism_outside_its_range_is_refused():
    network = fold(random_weights(GeneratorConfig(depth=1, width=2), 1))
    for realism in (-0.1, 1.1, float("nan")):
        with pytest.raises(InvalidConfig, match="must be from 0 to 1"):
            interpolate(network, network, realism)


def test_networks_of_two_shapes_are_refused():
    one, other = (fold(random_weights(GeneratorConfig(depth=d, width=2), 1)) for d in (1, 2))
    with pytest.raises(InvalidConfig, match="must have one config"):
        interpolate(one, other, 0.5)


def test_a_partner_lies_beside_its_model_and_must_be_the_one_that_it_started_from(tmp_path: Path):
    config = GeneratorConfig(depth=1, width=2)
    start, model = random_weights(config, 1), random_weights(config, 2)
    partner = Partner(name="start", sha256=tensors_sha256(start.tensors))
    write_weights(
        tmp_path / "m.safetensors", replace(model, card=replace(model.card, partner=partner))
    )
    with pytest.raises(UnknownModel, match="'start'"):
        load_partner(tmp_path / "m.safetensors")
    write_weights(tmp_path / "start.safetensors", start)
    assert tensors_sha256(load_partner(tmp_path / "m.safetensors").tensors) == partner.sha256
    write_weights(tmp_path / "start.safetensors", random_weights(config, 3))
    with pytest.raises(InvalidWeights, match="another 'start' than the one that is here"):
        load_partner(tmp_path / "m.safetensors")


def test_a_model_without_partner_is_named():
    with pytest.raises(UnknownModel, match="'srresnet' has no partner"):
        load_partner("srresnet")
