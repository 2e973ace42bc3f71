"""Weights files: what is written is read back, and a damaged file is named."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from safetensors.numpy import load_file, save_file

from fourfold.errors import InvalidWeights
from fourfold.weights import (
    Card,
    GeneratorConfig,
    Partner,
    Weights,
    read_weights,
    tensors_sha256,
    write_weights,
)
from tests.generators import configs, random_weights

SMALL = GeneratorConfig(depth=1, width=2)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(configs(), st.integers(0, 99), st.sampled_from([np.float16, np.float32]))
def test_a_file_gives_back_config_card_and_every_tensor(
    tmp_path: Path, config: GeneratorConfig, seed: int, dtype: type
):
    card = Card(
        purpose="a test",
        recipe="random",
        crops=7,
        data="none",
        scores={"paper": {"Set5": {"psnr_y": 31.5}}},
        partner=Partner(name="other", sha256="0" * 64),
    )
    tensors: dict[str, np.ndarray] = {
        name: tensor.astype(dtype) for name, tensor in random_weights(config, seed).tensors.items()
    }
    write_weights(tmp_path / "w", Weights(config=config, tensors=tensors, card=card))
    back = read_weights(tmp_path / "w")
    assert (back.config, back.card) == (config, card)
    assert back.tensors.keys() == tensors.keys()
    for name, tensor in tensors.items():
        assert back.tensors[name].dtype == dtype
        np.testing.assert_array_equal(back.tensors[name], tensor)


def test_the_checksum_covers_names_types_shapes_and_values():
    tensors: dict[str, np.ndarray] = {"a": np.zeros((2, 3), np.float32)}
    variants: list[dict[str, np.ndarray]] = [
        {"b": np.zeros((2, 3), np.float32)},
        {"a": np.zeros((2, 3), np.float16)},
        {"a": np.zeros((3, 2), np.float32)},
        {"a": np.ones((2, 3), np.float32)},
    ]
    digests = {tensors_sha256(variant) for variant in [tensors, *variants]}
    assert len(digests) == 5


def test_the_checksum_does_not_depend_on_order_or_layout():
    one = {"a": np.arange(6, dtype=np.float32).reshape(2, 3), "b": np.ones(1, np.float32)}
    other = {"b": np.ones(1, np.float32), "a": np.asfortranarray(one["a"].astype(">f4"))}
    assert tensors_sha256(one) == tensors_sha256(other)


def test_a_missing_file_is_named(tmp_path: Path):
    with pytest.raises(InvalidWeights, match="nothing is not there"):
        read_weights(tmp_path / "nothing")


def test_a_file_of_something_else_is_named(tmp_path: Path):
    (tmp_path / "w").write_bytes(b"not safetensors, and long enough to look at")
    with pytest.raises(InvalidWeights, match="not a readable safetensors file"):
        read_weights(tmp_path / "w")
    save_file({"a": np.zeros(1)}, tmp_path / "w")
    with pytest.raises(InvalidWeights, match="has no fourfold metadata"):
        read_weights(tmp_path / "w")


def _rewrite(path: Path, *, tensors: dict[str, np.ndarray] | None = None, **changes: object):
    """Write the small file anew with other tensors or metadata, checksum untouched."""
    weights = random_weights(SMALL, seed=1)
    write_weights(path, weights)
    from safetensors import safe_open

    with safe_open(path, framework="numpy") as file:
        metadata = json.loads(file.metadata()["fourfold"])
    metadata |= changes
    save_file(tensors or load_file(path), path, {"fourfold": json.dumps(metadata)})


def test_one_changed_value_is_noticed(tmp_path: Path):
    _rewrite(tmp_path / "w", tensors=dict(random_weights(SMALL, seed=2).tensors))
    with pytest.raises(InvalidWeights, match="damaged"):
        read_weights(tmp_path / "w")


@pytest.mark.parametrize("other", [0, 2])
def test_another_format_is_named(tmp_path: Path, other: int):
    _rewrite(tmp_path / "w", format=other)
    with pytest.raises(InvalidWeights, match=f"format {other}; this fourfold reads 1"):
        read_weights(tmp_path / "w")


def test_a_config_that_cannot_be_is_named(tmp_path: Path):
    _rewrite(tmp_path / "w", config={"scale": 5})
    with pytest.raises(InvalidWeights, match="scale is 5"):
        read_weights(tmp_path / "w")
    _rewrite(tmp_path / "w", config={"colour": "blue"})
    with pytest.raises(InvalidWeights, match="cannot be used"):
        read_weights(tmp_path / "w")


def test_a_card_may_say_more_than_is_read(tmp_path: Path):
    _rewrite(tmp_path / "w", card={"purpose": "p", "recipe": "r", "data": "d", "mood": "good"})
    assert read_weights(tmp_path / "w").card.purpose == "p"


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        (lambda t: t.pop("tail.bias"), "lacks the tensor tail.bias"),
        (lambda t: t.update(extra=np.zeros(1, np.float32)), "has a tensor extra"),
        (
            lambda t: t.update({"tail.bias": np.zeros(4, np.float32)}),
            r"tail\.bias has shape \(4,\)",
        ),
        (lambda t: t.update({"tail.bias": np.zeros(3)}), r"tail\.bias is float64"),
        (lambda t: t["tail.bias"].__setitem__(1, np.nan), r"tail\.bias holds a value that is not"),
    ],
)
def test_tensors_that_are_not_the_configs_are_named_and_nothing_is_written(
    tmp_path: Path, change, complaint: str
):
    weights = random_weights(SMALL, seed=1)
    tensors = dict(weights.tensors)
    change(tensors)
    with pytest.raises(InvalidWeights, match=complaint):
        write_weights(tmp_path / "w", replace(weights, tensors=tensors))
    assert list(tmp_path.iterdir()) == []
    _rewrite(tmp_path / "w", tensors=tensors)
    with pytest.raises(InvalidWeights, match=complaint):
        read_weights(tmp_path / "w")
