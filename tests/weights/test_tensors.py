"""Safetensors files of feature networks."""

from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save_file

from fourfold.errors import InvalidWeights
from fourfold.weights import read_tensors

SHAPES = {"a": (2, 3), "b": (1,)}


def test_tensors_come_as_float32_and_others_are_left_alone(tmp_path: Path):
    held: dict[str, np.ndarray] = {
        "a": np.full((2, 3), 0.5, np.float16),
        "b": np.ones(1, np.float32),
        "c": np.zeros(4, np.int64),
    }
    save_file(held, tmp_path / "f")
    tensors = read_tensors(tmp_path / "f", SHAPES)
    assert set(tensors) == {"a", "b"} and tensors["a"].dtype == np.float32
    np.testing.assert_array_equal(tensors["a"], np.full((2, 3), 0.5))


@pytest.mark.parametrize(
    ("held", "complaint"),
    [
        ({"a": np.zeros((2, 3))}, "f lacks the tensor b"),
        ({"a": np.zeros((3, 2)), "b": np.zeros(1)}, r"a has shape \(3, 2\), not \(2, 3\)"),
        ({"a": np.zeros((2, 3)), "b": np.array([np.inf])}, "b holds a value that is not finite"),
    ],
)
def test_a_file_of_another_network_is_named(
    tmp_path: Path, held: dict[str, np.ndarray], complaint: str
):
    save_file(held, tmp_path / "f")
    with pytest.raises(InvalidWeights, match=complaint):
        read_tensors(tmp_path / "f", SHAPES)


def test_what_is_no_safetensors_file_is_named(tmp_path: Path):
    (tmp_path / "f").write_bytes(b"PK\x03\x04 a pickled network of another library")
    with pytest.raises(InvalidWeights, match="f is not a readable safetensors file"):
        read_tensors(tmp_path / "f", SHAPES)
    with pytest.raises(InvalidWeights, match=r"none is not there\.$"):
        read_tensors(tmp_path / "none", SHAPES)
