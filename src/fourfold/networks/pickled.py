"""Weights in PyTorch's pickled files, which can run any code when opened: read as tensors alone."""

import pickle
import re
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import torch

from fourfold.errors import InvalidWeights
from fourfold.weights import Card, GeneratorConfig, Weights, check_tensors


def read_pickled(path: Path) -> Weights:
    """Read a generator's state_dict from a .pth or .pt file.

    Only tensors are unpickled (`weights_only=True`): nothing in the file is run. The config follows
    from names and shapes, which are those of our generator.

    Raises:
        InvalidWeights: the file cannot be read so, or holds another network.
    """
    try:
        content = torch.load(path, map_location="cpu", weights_only=True)
    except FileNotFoundError as error:
        raise InvalidWeights(f"There is no file {path}.") from error
    except (OSError, RuntimeError, EOFError, ValueError, pickle.UnpicklingError) as error:
        raise InvalidWeights(
            f"{path} holds more than tensors, or is damaged: it was not opened further."
        ) from error
    tensors = _tensors(content)
    if not tensors:
        raise InvalidWeights(f"{path} holds no tensors under names, such as a state_dict has.")
    config = _config(path, tensors)
    check_tensors(path, config, tensors)
    card = Card(
        purpose=f"converted from {path.name}",
        recipe="unknown: the pickled file does not say",
        data="unknown: the pickled file does not say",
    )
    return Weights(config=config, tensors=tensors, card=card)


def _tensors(content: object) -> dict[str, np.ndarray]:
    """The tensors by name, out of a state_dict or of one among other things."""
    if not isinstance(content, Mapping):
        return {}
    for key in ("state_dict", "generator", "params_ema", "params"):
        if isinstance(content.get(key), Mapping):
            return _tensors(content[key])
    return {
        str(name).removeprefix("module."): _array(tensor)
        for name, tensor in content.items()
        if isinstance(tensor, torch.Tensor) and not str(name).endswith("num_batches_tracked")
    }


def _array(tensor: torch.Tensor) -> np.ndarray:
    keep = tensor.dtype in (torch.float16, torch.float32)
    return tensor.detach().to(tensor.dtype if keep else torch.float32).numpy()


def _config(path: Path, tensors: Mapping[str, np.ndarray]) -> GeneratorConfig:
    """The generator that has such tensors; the check of names and shapes follows."""

    def count(pattern: str) -> int:
        found = (re.fullmatch(pattern, name) for name in tensors)
        return 1 + max((int(match[1]) for match in found if match), default=-1)

    depth, doublings = (
        count(r"blocks\.(\d{1,3})\.conv1\.weight"),
        count(r"upsample\.(\d)\.conv\.weight"),
    )
    head, slopes = tensors.get("head.conv.weight"), tensors.get("head.prelu.weight")
    if not depth or doublings not in (1, 2, 3) or head is None or slopes is None:
        raise InvalidWeights(
            f"{path} does not hold fourfold's generator but another network, or the same under "
            f"other names: its first tensor is {next(iter(tensors))}."
        )
    return GeneratorConfig(
        scale=2**doublings,
        depth=depth,
        width=len(head),
        normalisation="batch" if "trunk.norm.weight" in tensors else "none",
        slopes="shared" if slopes.size == 1 and len(head) > 1 else "channel",
    )
