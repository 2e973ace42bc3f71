"""Safetensors files of networks that are not ours: feature networks, read with numpy alone."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
from safetensors import SafetensorError, safe_open

from fourfold.errors import InvalidWeights


def read_tensors(path: Path, shapes: Mapping[str, tuple[int, ...]]) -> dict[str, np.ndarray]:
    """Read the tensors named in `shapes` as float32; others in the file are left alone.

    Raises:
        InvalidWeights: the file is missing, is no safetensors file, lacks one of the tensors, or
            has it in another shape or with values that are not finite.
    """
    try:
        with safe_open(path, framework="numpy") as file:
            names = set(file.keys())
            if missing := sorted(shapes.keys() - names):
                raise InvalidWeights(f"{path} lacks the tensor {missing[0]}.")
            tensors = {name: file.get_tensor(name).astype(np.float32) for name in shapes}
    except FileNotFoundError as error:
        raise InvalidWeights(f"{path} is not there.") from error
    except (OSError, SafetensorError) as error:
        if path.is_dir():  # of which the libraries say that no such device is there
            raise InvalidWeights(f"{path} is a folder; name a safetensors file.") from error
        raise InvalidWeights(f"{path} is not a readable safetensors file: {error}.") from error
    for name, shape in shapes.items():
        if tensors[name].shape != shape:
            raise InvalidWeights(f"{path}: {name} has shape {tensors[name].shape}, not {shape}.")
        if not np.isfinite(tensors[name]).all():
            raise InvalidWeights(f"{path}: {name} holds a value that is not finite.")
    return tensors
