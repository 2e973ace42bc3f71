"""Files with VGG19's weights, of two kinds: the Oxford group's own, and torchvision's.

Oxford's take R'G'B' from 0 to 255 less a mean; torchvision's from 0 to 1 less a mean, divided by a
deviation. Which a file holds is said by its metadata, or found out from the size of its features.
"""

import hashlib
import pickle
from pathlib import Path

import numpy as np
import torch
from safetensors import safe_open
from safetensors.numpy import save_file
from torch import Tensor

from fourfold.atomic import written_whole
from fourfold.errors import InvalidWeights
from fourfold.networks.vgg import BLOCKS, OXFORD_MEAN, RESCALING, Colour, VggFeatures, VggLayer
from fourfold.weights import read_tensors

TORCHVISION_SHA256 = "dcbb9e9d"
"""How the sha256 of torchvision's `vgg19-dcbb9e9d.pth` begins."""
TORCHVISION_METADATA = {"mean_rgb": "0.485,0.456,0.406", "std": "0.229,0.224,0.225"}

_CROPS = Path(__file__).parent / "shipped" / "vgg_crops.safetensors"
# Mean squared difference of Oxford's features over 12.75 between those crops and their bicubic,
# which the features of another VGG19 are brought to.
_OXFORD: dict[VggLayer, float] = {"2_2": 221.9, "5_4": 0.2482}
_OXFORDS: tuple[Colour, Colour] = (OXFORD_MEAN, (1.0, 1.0, 1.0))
_LIKE = 1.5  # a factor either way, in which two such values are of the same weights
_NAMES = [f"conv{b}_{i}" for b, (count, _) in enumerate(BLOCKS, 1) for i in range(1, count + 1)]


def read_vgg(path: Path, layer: VggLayer) -> VggFeatures:
    """VGG19 up to a layer, in evaluation mode; its features are of the size of Oxford's.

    Args:
        path: safetensors with `conv1_1.weight`, `conv1_1.bias` and so on, or torchvision's own
            `.pth`; metadata `mean_rgb` and `std` say what input it wants.
        layer: "2_2" or "5_4".

    Raises:
        InvalidWeights: the file is no VGG19, or does not say what input it wants.
    """
    shapes = {
        name: tuple(tensor.shape) for name, tensor in VggFeatures(layer).layers.state_dict().items()
    }
    is_pickled = path.suffix in (".pth", ".pt")
    tensors = _read_pickled(path, shapes) if is_pickled else read_tensors(path, shapes)
    said = _said_by_metadata(path, is_pickled=is_pickled)
    kinds = [said] if said else [_OXFORDS, _torchvision()]
    for mean, deviation in kinds:
        network = _build(layer, tensors, mean, deviation)
        is_oxfords = (mean, deviation) == _OXFORDS
        if said and is_oxfords:
            return network
        of_oxford = _OXFORD[layer] / _bicubic_loss(network)
        if said or 1 / _LIKE < of_oxford < _LIKE:
            network.multiply(1.0 if is_oxfords else of_oxford**0.5)
            return network
    raise InvalidWeights(
        f"{path} does not say what input its VGG19 wants, and its features are not of the size "
        "that tells; write mean_rgb and std into its metadata (see docs/training.md)."
    )


def keep_convolutions(source: Path, target: Path) -> None:
    """Write the convolutions of torchvision's file, a seventh of it, as safetensors.

    Raises:
        InvalidWeights: it is no such file.
    """
    shapes = {
        name: tuple(tensor.shape) for name, tensor in VggFeatures("5_4").layers.state_dict().items()
    }
    tensors = _read_pickled(source, shapes)
    with written_whole(target) as temporary:
        save_file(tensors, temporary, TORCHVISION_METADATA)


def _build(
    layer: VggLayer, tensors: dict[str, np.ndarray], mean: Colour, deviation: Colour
) -> VggFeatures:
    network = VggFeatures(layer, mean, deviation)
    network.layers.load_state_dict(
        {
            name: torch.from_numpy(array) / (RESCALING if name.endswith("bias") else 1)
            for name, array in tensors.items()
        }
    )
    return network.eval().requires_grad_(False).to(memory_format=torch.channels_last)  # type: ignore[call-overload]


@torch.no_grad()
def _bicubic_loss(network: VggFeatures) -> float:
    """The loss of the bicubic against originals, on the shipped crops."""
    with safe_open(_CROPS, framework="numpy") as file:
        hr, bicubic = (_as_input(file.get_tensor(name)) for name in ("hr", "bicubic"))
    return (network(hr) - network(bicubic)).square().mean().item()


def _as_input(crops: np.ndarray) -> Tensor:
    return torch.from_numpy(crops).permute(0, 3, 1, 2).float() / 255


def _torchvision() -> tuple[Colour, Colour]:
    mean, deviation = (_colour(TORCHVISION_METADATA[key]) for key in ("mean_rgb", "std"))
    return _in_levels(mean), _in_levels(deviation)


def _said_by_metadata(path: Path, *, is_pickled: bool) -> tuple[Colour, Colour] | None:
    """Mean and deviation in levels of 255, if the file says them."""
    if is_pickled:
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        return _torchvision() if digest.startswith(TORCHVISION_SHA256) else None
    with safe_open(path, framework="numpy") as file:
        said = file.metadata() or {}
    if "mean_rgb" not in said or "std" not in said:
        return None
    try:
        mean, deviation = _colour(said["mean_rgb"]), _colour(said["std"])
    except ValueError as error:
        raise InvalidWeights(f"{path}: mean_rgb and std must be three numbers each.") from error
    if max(mean) <= 1:  # of colours from 0 to 1
        return _in_levels(mean), _in_levels(deviation)
    return mean, deviation


def _colour(text: str) -> Colour:
    red, green, blue = (float(part) for part in text.split(","))
    return red, green, blue


def _in_levels(colour: Colour) -> Colour:
    red, green, blue = (255 * value for value in colour)
    return red, green, blue


def _read_pickled(path: Path, shapes: dict[str, tuple[int, ...]]) -> dict[str, np.ndarray]:
    """The convolutions of torchvision's file, under the names that safetensors have them."""
    if not path.exists():
        raise InvalidWeights(f"{path} is not there.")
    try:
        content = torch.load(path, map_location="cpu", weights_only=True)
        found = [key for key in content if key.startswith("features.") and key.endswith(".weight")]
        tensors = {}
        for key, name in zip(sorted(found, key=_place), _NAMES, strict=False):
            tensors[f"{name}.weight"] = content[key].float().numpy()
            tensors[f"{name}.bias"] = content[key.replace("weight", "bias")].float().numpy()
    except (OSError, RuntimeError, pickle.UnpicklingError, KeyError, AttributeError) as error:
        raise InvalidWeights(f"{path} is no file of torchvision's VGG19: {error}") from error
    for name, shape in shapes.items():
        if name not in tensors or tensors[name].shape != shape:
            raise InvalidWeights(f"{path} is no VGG19: {name} is missing or of another shape.")
    return {name: tensors[name] for name in shapes}


def _place(key: str) -> int:
    return int(key.split(".")[1])
