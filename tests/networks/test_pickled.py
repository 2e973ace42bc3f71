"""Pickled weights: their tensors alone are read, and nothing in them is run."""

import pickle
from collections import OrderedDict
from pathlib import Path

import numpy as np
import pytest
import torch

from fourfold.errors import InvalidWeights
from fourfold.networks import Generator, generator_from_weights
from fourfold.networks.pickled import read_pickled
from fourfold.weights import GeneratorConfig, load_weights
from tests.generators import random_weights

CONFIGS = [
    GeneratorConfig(scale=2, depth=2, width=3, slopes="channel"),
    GeneratorConfig(scale=4, depth=1, width=4, normalisation="none"),
    GeneratorConfig(scale=8, depth=3, width=2),
]


@pytest.mark.parametrize("config", CONFIGS)
@pytest.mark.parametrize("wrapped", ["bare", "state_dict", "module."])
def test_a_generators_state_dict_becomes_its_weights(
    tmp_path: Path, config: GeneratorConfig, wrapped: str
):
    weights = random_weights(config, seed=7)
    state = generator_from_weights(weights).state_dict()
    if wrapped == "state_dict":
        state = {"state_dict": state, "epoch": 3}
    if wrapped == "module.":
        state = OrderedDict((f"module.{name}", tensor) for name, tensor in state.items())
    torch.save(state, tmp_path / "generator.pth")
    read = read_pickled(tmp_path / "generator.pth")
    assert read.config == config and read.tensors.keys() == weights.tensors.keys()
    for name, tensor in weights.tensors.items():
        np.testing.assert_array_equal(read.tensors[name], tensor)


class Harmful:
    """Writes a file when it is unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self):
        return Path.touch, (self.path,)


@pytest.mark.parametrize("how", ["torch", "pickle"])
def test_what_would_run_code_runs_none(tmp_path: Path, how: str):
    file, trace = tmp_path / "harmful.pth", tmp_path / "trace"
    if how == "torch":
        torch.save({"head.conv.weight": torch.zeros(1), "more": Harmful(trace)}, file)
    else:
        file.write_bytes(pickle.dumps(Harmful(trace), protocol=2))
    with pytest.raises(InvalidWeights, match="more than tensors, or is damaged"):
        read_pickled(file)
    assert not trace.exists()


def test_other_networks_and_damage_are_named(tmp_path: Path):
    torch.save({"conv_first.weight": torch.zeros(64, 3, 3, 3)}, tmp_path / "other.pth")
    with pytest.raises(InvalidWeights, match=r"another network.* first tensor is conv_first"):
        read_pickled(tmp_path / "other.pth")
    state = Generator(CONFIGS[1]).state_dict()
    state["tail.bias"] = torch.full((3,), torch.nan)
    torch.save(state, tmp_path / "nan.pth")
    with pytest.raises(InvalidWeights, match=r"tail\.bias holds a value that is not finite"):
        read_pickled(tmp_path / "nan.pth")
    del state["tail.bias"]
    torch.save(state, tmp_path / "less.pth")
    with pytest.raises(InvalidWeights, match=r"lacks the tensor tail\.bias"):
        read_pickled(tmp_path / "less.pth")
    torch.save([1, 2], tmp_path / "list.pth")
    with pytest.raises(InvalidWeights, match="no tensors under names"):
        read_pickled(tmp_path / "list.pth")
    whole = (tmp_path / "nan.pth").read_bytes()
    (tmp_path / "cut.pth").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(InvalidWeights, match="is damaged"):
        read_pickled(tmp_path / "cut.pth")
    with pytest.raises(InvalidWeights, match="There is no file"):
        read_pickled(tmp_path / "none.pth")


def test_where_weights_are_named_a_pickled_file_is_not_opened_but_to_be_converted(tmp_path: Path):
    torch.save(Generator(CONFIGS[1]).state_dict(), tmp_path / "generator.pth")
    (tmp_path / "old.pkl").write_bytes(pickle.dumps({"a": 1}, protocol=4))
    for name in ("generator.pth", "old.pkl"):
        with pytest.raises(InvalidWeights, match=r"can run any code .* `fourfold convert .*"):
            load_weights(tmp_path / name)
