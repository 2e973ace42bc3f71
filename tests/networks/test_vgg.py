"""VGG19's features."""

from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.numpy import load_file, save_file

from fourfold.errors import InvalidWeights
from fourfold.networks import VggFeatures, VggLayer, keep_convolutions, read_vgg
from tests.photographs import random_vgg

STD = "0.229,0.224,0.225"


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


def rewritten_for_torchvision(tensors: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Oxford's weights for input from 0 to 1, less torchvision's mean, over its deviation."""
    mean, deviation = (255 * np.array(v) for v in ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225)))
    weight = tensors["conv1_1.weight"].astype(np.float64)
    moved = mean - np.array([123.68, 116.779, 103.939])
    bias = tensors["conv1_1.bias"] + (weight * moved[:, None, None]).sum(axis=(1, 2, 3))
    first = {"conv1_1.weight": weight * deviation[:, None, None], "conv1_1.bias": bias}
    return tensors | {name: array.astype(np.float32) for name, array in first.items()}


@pytest.mark.parametrize("layer", ["2_2", "5_4"])
def test_oxfords_weights_rewritten_for_other_input_give_the_same_loss(
    tmp_path: Path, feature_weights: Path, layer: VggLayer
):
    source = feature_weights / "vgg19_oxford_fp16.safetensors"
    tensors = {name: array.astype(np.float32) for name, array in load_file(source).items()}
    rewritten = rewritten_for_torchvision(tensors)
    save_file(rewritten, tmp_path / "said", {"mean_rgb": "0.485,0.456,0.406", "std": STD})
    save_file(rewritten, tmp_path / "unsaid")  # told by the size of its features
    save_file(tensors, tmp_path / "oxford")
    image = torch.rand(2, 3, 48, 48, generator=torch.Generator().manual_seed(1))
    with torch.no_grad():
        expected = read_vgg(source, layer)(image)
        for name in ("said", "unsaid", "oxford"):
            features = read_vgg(tmp_path / name, layer)(image)
            error = (features - expected).norm() / expected.norm()
            assert error < 0.01, name


def test_other_weights_come_out_at_the_size_of_oxfords(tmp_path: Path, feature_weights: Path):
    tensors = load_file(feature_weights / "vgg19_oxford_fp16.safetensors")
    tensors = {name: array.astype(np.float32) for name, array in tensors.items()}
    louder = {name: array * (7 if "conv1_1" in name else 1) for name, array in tensors.items()}
    for name in louder:  # seven times as large all through, for an input of its own
        if name.endswith("bias") and "conv1_1" not in name:
            louder[name] = 7 * louder[name]
    save_file(louder, tmp_path / "louder", {"mean_rgb": "123.68,116.779,103.939", "std": "1,1,2"})
    network = read_vgg(tmp_path / "louder", "2_2")
    from fourfold.networks.vgg_files import _OXFORD, _bicubic_loss

    assert _bicubic_loss(network) == pytest.approx(_OXFORD["2_2"], rel=1e-3)


def test_weights_that_do_not_say_what_they_want_are_refused(tmp_path: Path):
    save_file(random_vgg(tmp_path / "said"), tmp_path / "unsaid")
    with pytest.raises(InvalidWeights, match="does not say what input its VGG19 wants"):
        read_vgg(tmp_path / "unsaid", "2_2")
    save_file(random_vgg(tmp_path / "said"), tmp_path / "odd", {"mean_rgb": "1,2", "std": "1"})
    with pytest.raises(InvalidWeights, match="mean_rgb and std must be three numbers each"):
        read_vgg(tmp_path / "odd", "2_2")


def torchvision_file(path: Path) -> None:
    """A file as torchvision's is, its sixteen convolutions of random weights."""
    rng, state = torch.Generator().manual_seed(1), {}
    places = [0, 2, 5, 7, 10, 12, 14, 16, 19, 21, 23, 25, 28, 30, 32, 34]
    inputs = 3
    for place, maps in zip(places, [64] * 2 + [128] * 2 + [256] * 4 + [512] * 8, strict=True):
        weight = torch.randn(maps, inputs, 3, 3, generator=rng) * (2 / (9 * inputs)) ** 0.5
        state[f"features.{place}.weight"] = weight
        state[f"features.{place}.bias"] = torch.zeros(maps)
        inputs = maps
    state["classifier.0.weight"] = torch.zeros(4, 4)
    torch.save(state, path)


def test_torchvisions_file_is_read_and_its_convolutions_kept(tmp_path: Path):
    torchvision_file(tmp_path / "vgg19.pth")
    keep_convolutions(tmp_path / "vgg19.pth", tmp_path / "kept")
    content = torch.load(tmp_path / "vgg19.pth", weights_only=True)
    kept = load_file(tmp_path / "kept")
    np.testing.assert_array_equal(kept["conv2_1.weight"], content["features.5.weight"].numpy())
    np.testing.assert_array_equal(kept["conv5_4.weight"], content["features.34.weight"].numpy())
    assert len(kept) == 32
    assert read_vgg(tmp_path / "kept", "2_2")(torch.rand(1, 3, 8, 8)).shape == (1, 128, 4, 4)
    with pytest.raises(InvalidWeights, match="does not say what input"):
        read_vgg(tmp_path / "vgg19.pth", "2_2")  # torchvision's by its layout, not by its content
    torch.save({"features.0.weight": torch.zeros(1)}, tmp_path / "other.pth")
    (tmp_path / "text.pth").write_text("no weights")
    for name in ("other.pth", "text.pth"):
        with pytest.raises(InvalidWeights, match="VGG19"):
            read_vgg(tmp_path / name, "2_2")
