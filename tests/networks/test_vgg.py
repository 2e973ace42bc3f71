"""VGG19's features."""

from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.numpy import save_file

from fourfold.errors import InvalidWeights
from fourfold.networks import VggFeatures, VggLayer, read_vgg
from tests.photographs import random_vgg


@pytest.mark.parametrize(
    ("layer", "convolutions", "last"), [("2_2", 4, "relu2_2"), ("5_4", 16, "relu5_4")]
)
def test_nothing_is_built_beyond_the_layer(layer: VggLayer, convolutions: int, last: str):
    with torch.device("meta"):
        names = [name for name, _ in VggFeatures(layer).layers.named_children()]
    assert sum(name.startswith("conv") for name in names) == convolutions
    assert names[-1] == last  # after the activation, before the pooling


def test_features_are_those_of_the_layers_by_hand_over_12_75(tmp_path: Path):
    tensors = random_vgg(tmp_path / "vgg")
    image = torch.rand(2, 3, 8, 8, generator=torch.Generator().manual_seed(1))
    maps = 255 * image - torch.tensor([123.68, 116.779, 103.939]).view(1, 3, 1, 1)
    for name in ("1_1", "1_2", "2_1", "2_2"):
        if name == "2_1":
            maps = torch.nn.functional.max_pool2d(maps, 2)
        weight, bias = (torch.from_numpy(tensors[f"conv{name}.{k}"]) for k in ("weight", "bias"))
        maps = torch.nn.functional.conv2d(maps, weight, bias, padding=1).relu()
    features = read_vgg(tmp_path / "vgg", "2_2")(image)
    assert features.shape == (2, 128, 4, 4)
    torch.testing.assert_close(features, maps / 12.75, rtol=1e-4, atol=1e-4)


def test_the_oxford_weights_give_the_features_that_were_measured(feature_weights: Path):
    from skimage.data import astronaut

    network = read_vgg(feature_weights / "vgg19_oxford_fp16.safetensors", "2_2")
    picture = astronaut()  # type: ignore[no-untyped-call]
    image = torch.from_numpy(picture[:288, :288].copy()).permute(2, 0, 1)[None] / 255
    with torch.no_grad():
        features = network(image)
    # From the weights' own notes, of another implementation: mean 7.98, deviation 18.4
    assert features.mean().item() == pytest.approx(7.98, rel=0.002)
    assert features.std().item() == pytest.approx(18.4, rel=0.003)


def test_what_is_no_vgg19_is_named(tmp_path: Path):
    save_file({"conv1_1.weight": np.zeros((64, 3, 3, 3), np.float32)}, tmp_path / "f")
    with pytest.raises(InvalidWeights, match=r"f lacks the tensor conv1_1\.bias"):
        read_vgg(tmp_path / "f", "2_2")
