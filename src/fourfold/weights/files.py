"""Weights files: safetensors that carry their own config and card, read with numpy alone."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

import numpy as np
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save

from fourfold.atomic import written_whole
from fourfold.errors import FourfoldError, InvalidWeights
from fourfold.weights.config import GeneratorConfig, tensor_shapes

_KEY = "fourfold"  # the one metadata key; its value is JSON
_FORMAT = 1


@dataclass(frozen=True, kw_only=True)
class Partner:
    """The weights that these started from; realism interpolates between the two."""

    name: str
    sha256: str
    """`tensors_sha256` of the partner's tensors as its file stores them."""


@dataclass(frozen=True, kw_only=True)
class Card:
    """What a weights file says of itself; the readable half lies beside it as NAME.md."""

    purpose: str
    """One line: what the network is for, and what not."""
    recipe: str
    crops: int | None = None
    """Training crops seen, those of the weights that it started from included."""
    data: str
    """The photographs and, where used, feature networks that it was trained on."""
    scores: Mapping[str, Mapping[str, Mapping[str, float]]] = field(default_factory=dict)
    """protocol -> test set -> metric -> mean over the set's pictures; PSNR in decibels."""
    consistent: bool = False
    """Whether results are made consistent with their inputs where nothing else is asked: so for
    networks that gain by it on held-out photographs, and whose inputs are clean."""
    consistent_scores: Mapping[str, Mapping[str, Mapping[str, float]]] = field(default_factory=dict)
    """`scores`, which are the network's alone, with consistency."""
    partner: Partner | None = None


@dataclass(frozen=True, kw_only=True)
class Weights:
    """A generator's config, its tensors as the file stores them, and its card."""

    config: GeneratorConfig
    tensors: Mapping[str, np.ndarray]
    """Named and shaped as `tensor_shapes(config)` says; float16 or float32."""
    card: Card


def read_weights(path: Path) -> Weights:
    """Read a weights file, and check it: format, names, shapes, checksum, finite values.

    Raises:
        InvalidWeights: the file is missing, is not a weights file of fourfold, or is damaged.
    """
    try:
        with safe_open(path, framework="numpy") as file:
            metadata = (file.metadata() or {}).get(_KEY)
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 - no mapping
    except FileNotFoundError as error:
        raise InvalidWeights(f"{path} is not there.") from error
    except (OSError, SafetensorError) as error:
        if _is_pickled(path):
            raise InvalidWeights(
                f"{path} is a pickled file, which can run any code when it is opened: "
                f"`fourfold convert {path} OUT.safetensors` reads its tensors alone."
            ) from error
        raise InvalidWeights(f"{path} is not a readable safetensors file: {error}.") from error
    if metadata is None:
        raise InvalidWeights(f"{path} has no fourfold metadata; it is not a fourfold weights file.")
    config, card, sha256 = _parse(path, metadata)
    check_tensors(path, config, tensors)
    if tensors_sha256(tensors) != sha256:
        raise InvalidWeights(f"{path} is damaged: its tensors do not have the sha256 it names.")
    return Weights(config=config, tensors=tensors, card=card)


def write_weights(path: Path, weights: Weights) -> None:
    """Write a weights file whole or not at all; the tensors keep their type.

    Raises:
        InvalidWeights: the tensors are not those of the config, or are not finite.
        OSError: the file cannot be written.
    """
    check_tensors(path, weights.config, weights.tensors)
    metadata = {
        "format": _FORMAT,
        "config": asdict(weights.config),
        "card": asdict(weights.card),
        "tensors_sha256": tensors_sha256(weights.tensors),
    }
    data = save(
        {name: np.ascontiguousarray(tensor) for name, tensor in weights.tensors.items()},
        metadata={_KEY: json.dumps(metadata, sort_keys=True)},
    )
    with written_whole(path) as temporary:
        temporary.write_bytes(data)


def tensors_sha256(tensors: Mapping[str, np.ndarray]) -> str:
    """sha256 over name, type, shape and little-endian bytes of every tensor, in name order."""
    digest = hashlib.sha256()
    for name in sorted(tensors):
        tensor = tensors[name]
        little_endian = np.ascontiguousarray(tensor, tensor.dtype.newbyteorder("<"))
        digest.update(f"{name} {tensor.dtype.name} {tensor.shape}\n".encode())
        digest.update(little_endian.tobytes())
    return digest.hexdigest()


def _parse(path: Path, metadata: str) -> tuple[GeneratorConfig, Card, str]:
    try:
        content = json.loads(metadata)
        if content["format"] != _FORMAT:
            raise InvalidWeights(
                f"{path} has weights format {content['format']!r}; this fourfold reads {_FORMAT}. "
                "A newer fourfold may read it."
            )
        partner = content["card"].pop("partner", None)
        card = Card(
            **_known(Card, content["card"]), partner=Partner(**partner) if partner else None
        )
        return GeneratorConfig(**content["config"]), card, content["tensors_sha256"]
    except InvalidWeights:
        raise
    except (ValueError, KeyError, TypeError, AttributeError, FourfoldError) as error:
        raise InvalidWeights(
            f"{path} has fourfold metadata that cannot be used: {error}"
        ) from error


def _is_pickled(path: Path) -> bool:
    """Whether a file begins as PyTorch's do: a zip archive, or a bare pickle."""
    try:
        with path.open("rb") as file:
            return file.read(4).startswith((b"PK\x03\x04", b"\x80\x02", b"\x80\x04"))
    except OSError:
        return False


def _known(kind: type, content: dict[str, Any]) -> dict[str, Any]:
    """The entries that `kind` has fields for: a later card may say more than this one reads."""
    names = {entry.name for entry in fields(kind)}
    return {name: value for name, value in content.items() if name in names}


def check_tensors(path: Path, config: GeneratorConfig, tensors: Mapping[str, np.ndarray]) -> None:
    """Say whether these are the tensors of `config`, in a type that weights have, and finite.

    Raises:
        InvalidWeights: they are not; `path` is named.
    """
    expected = tensor_shapes(config)
    if missing := expected.keys() - tensors.keys():
        raise InvalidWeights(f"{path} lacks the tensor {min(missing)} that its config asks for.")
    if surplus := tensors.keys() - expected.keys():
        raise InvalidWeights(f"{path} has a tensor {min(surplus)} that its config has no use for.")
    for name, shape in expected.items():
        tensor = tensors[name]
        if tensor.shape != shape:
            raise InvalidWeights(
                f"{path}: {name} has shape {tensor.shape}, its config has {shape}."
            )
        if tensor.dtype not in (np.float16, np.float32):
            raise InvalidWeights(f"{path}: {name} is {tensor.dtype}; float16 or float32 is needed.")
        if not np.isfinite(tensor).all():
            raise InvalidWeights(f"{path}: {name} holds a value that is not finite.")
