"""A network as an ONNX file, for every other runtime: the folded layers, checked before it is kept.

The network that runs, not the one that trains: no batch normalisation, the tail before the last
shuffle. Batch, height and width are free. Built with the onnx package alone, no PyTorch.
"""

import json
from pathlib import Path
from typing import Any

import numpy as np

from fourfold import __version__
from fourfold.atomic import written_whole
from fourfold.errors import BrokenResult, MissingExtra, UnwritableImage, install_line
from fourfold.upscaling.engines import Engine, open_engine
from fourfold.weights import (
    DEFAULT_MODEL,
    FoldedGenerator,
    Layer,
    fold,
    interpolate,
    load_partner,
    load_weights,
    tensors_sha256,
)

TOLERANCE = 1e-4
"""How far, of values in [0, 1], ONNX Runtime may be from the engine here."""

_OPSET, _IR_VERSION = 17, 8
_CHECKED = [(1, 24, 24), (2, 17, 31), (3, 1, 1)]  # batch, height, width


def export_onnx(
    path: Path,
    model: str | Path = DEFAULT_MODEL,
    *,
    realism: float = 1.0,
    overwrite: bool = False,
) -> None:
    """Write a network as an ONNX file, whole and checked, or not at all.

    Its input `lr` is (batch, 3, height, width), its output `sr` (batch, 3, scale * height, scale *
    width): float32 R'G'B' in [0, 1], the output to be clamped there.

    Args:
        path: of the file.
        model: a name, a weights file or a run.
        realism: from 0 to 1, as `Upscaler` takes it.
        overwrite: whether a file that is there is replaced.

    Raises:
        MissingExtra: the packages onnx and onnxruntime are not installed.
        UnwritableImage: the file is there already, does not end in .onnx, or its place cannot be
            written.
        BrokenResult: ONNX Runtime computes something else than the engine here.
        UnknownModel, InvalidWeights: as `Upscaler`.
    """
    if path.suffix.lower() != ".onnx":
        raise UnwritableImage(
            f"{path} is no name for a network that is exported: end it with .onnx."
        )
    onnx = _import("onnx")
    _import("onnxruntime")
    if path.exists() and not overwrite:
        raise UnwritableImage(f"{path} is there already; --overwrite replaces it.")
    weights = load_weights(model)
    network = fold(weights)
    if realism != 1:
        network = interpolate(network, fold(load_partner(model)), realism)
    facts = {
        "model": Path(model).stem,
        "purpose": weights.card.purpose,
        "scale": network.scale,
        "realism": realism,
        "pixels": "R'G'B', float32 in [0, 1]; clamp the output to it",
        "weights_sha256": tensors_sha256(weights.tensors),
        "fourfold": __version__,
    }
    graph = to_onnx(network, facts)
    onnx.checker.check_model(graph, full_check=True)
    data = graph.SerializeToString()
    _verify(data, network)
    try:
        with written_whole(path) as temporary:
            temporary.write_bytes(data)
    except OSError as error:
        raise UnwritableImage(f"{path} cannot be written: {error.strerror}.") from error


def to_onnx(network: FoldedGenerator, facts: dict[str, object]) -> Any:
    """The folded layers as an ONNX model, with `facts` as its metadata."""
    graph = _Graph()
    head = maps = graph.convolve("lr", network.head)
    for first, second in network.blocks:
        inner = graph.convolve(graph.convolve(maps, first), second)
        maps = graph.add("Add", [maps, inner]) if network.skips else inner
    maps = graph.convolve(maps, network.trunk)
    if network.skips:
        maps = graph.add("Add", [head, maps])
    for index, layer in enumerate(network.upsample):
        maps = graph.shuffle(maps) if index else maps
        maps = graph.convolve(maps, layer)
    graph.shuffle(graph.convolve(maps, network.tail), output="sr")
    return graph.model(network.scale, facts)


class _Graph:
    """An ONNX graph as it grows, node by node."""

    def __init__(self) -> None:
        self._onnx = _import("onnx")
        self._nodes: list[Any] = []
        self._constants: list[Any] = []

    def add(self, kind: str, inputs: list[str], *, output: str = "", **attributes: Any) -> str:
        """Add a node; the name of what it gives."""
        output = output or f"{kind}_{len(self._nodes)}".lower()
        self._nodes.append(self._onnx.helper.make_node(kind, inputs, [output], **attributes))
        return output

    def convolve(self, maps: str, layer: Layer) -> str:
        """A layer: the convolution, and PReLU where it has slopes."""
        inputs = [maps, self._constant(layer.weight), self._constant(layer.bias)]
        maps = self.add("Conv", inputs, pads=[layer.weight.shape[2] // 2] * 4)
        if layer.slopes is None:
            return maps
        return self.add("PRelu", [maps, self._constant(layer.slopes.reshape(-1, 1, 1))])

    def shuffle(self, maps: str, *, output: str = "") -> str:
        """Channels in the order (row phase, column phase, channel) to places."""
        return self.add("DepthToSpace", [maps], output=output, blocksize=2, mode="DCR")

    def model(self, scale: int, facts: dict[str, object]) -> Any:
        """The whole: inputs and outputs of free batch, height and width."""
        helper, floats = self._onnx.helper, self._onnx.TensorProto.FLOAT
        sides = ["height", "width"], [f"{scale}*height", f"{scale}*width"]
        lr, sr = (
            helper.make_tensor_value_info(name, floats, ["batch", 3, *free])
            for name, free in zip(("lr", "sr"), sides, strict=True)
        )
        graph = helper.make_graph(self._nodes, "fourfold", [lr], [sr], self._constants)
        model = helper.make_model(
            graph,
            opset_imports=[helper.make_opsetid("", _OPSET)],
            ir_version=_IR_VERSION,
            producer_name="fourfold",
            producer_version=__version__,
        )
        helper.set_model_props(model, {key: _text(value) for key, value in facts.items()})
        return model

    def _constant(self, values: np.ndarray) -> str:
        name = f"constant_{len(self._constants)}"
        array = np.ascontiguousarray(values, np.float32)
        self._constants.append(self._onnx.numpy_helper.from_array(array, name))
        return name


def _verify(data: bytes, network: FoldedGenerator) -> None:
    """Refuse what ONNX Runtime computes otherwise, for pictures of several sizes."""
    session = _import("onnxruntime").InferenceSession(data, providers=["CPUExecutionProvider"])
    engine = open_engine(network, engine="auto", device="cpu", memory=1 << 30)
    rng = np.random.default_rng(0)
    for batch, height, width in _CHECKED:
        lr = rng.random((batch, 3, height, width), np.float32)
        (sr,) = session.run(None, {"lr": lr})
        difference = max(
            float(np.abs(_planes(engine, picture) - result).max())
            for picture, result in zip(lr, sr, strict=True)
        )
        if not difference <= TOLERANCE:
            raise BrokenResult(
                f"ONNX Runtime's result is {difference:.2g} from the engine's, and {TOLERANCE:g} "
                "is allowed: the file was not kept."
            )


def _planes(engine: Engine, lr: np.ndarray) -> np.ndarray:
    """(3, H, W) through the engine: (3, scale H, scale W)."""
    rows = np.ascontiguousarray(np.moveaxis(lr, 0, 2))
    return np.moveaxis(engine.open(rows.shape[1]).push(rows, last=True), 2, 0)


def _text(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _import(name: str) -> Any:
    """A package of the extra `export`, loaded when it is needed."""
    from importlib import import_module

    try:
        return import_module(name)
    except ImportError as error:
        raise MissingExtra(
            f"Exporting needs the package {name}: {install_line('export')}."
        ) from error
