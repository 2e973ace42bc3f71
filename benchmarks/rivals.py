"""The paper's network in the runtimes that a user would pick instead, each as its manual says.

The network is exported as it stands in the paper: 9x9 head and tail, PixelShuffle
(DepthToSpace, CRD), PReLU; float32 in, float32 out, of one fixed size.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
import onnx
import onnxruntime
import openvino
from onnx import TensorProto, helper, numpy_helper

from fourfold.weights import Weights


def export(weights: Weights, height: int, width: int) -> bytes:
    """The generator as an ONNX model, for one picture of (1, 3, height, width)."""
    assert weights.config.normalisation == "none" and weights.config.skips
    tensors = {name: tensor.astype(np.float32) for name, tensor in weights.tensors.items()}
    nodes: list[onnx.NodeProto] = []
    initialisers: list[onnx.TensorProto] = []

    def constant(name: str, values: np.ndarray) -> str:
        initialisers.append(numpy_helper.from_array(values, name))
        return name

    def add(kind: str, inputs: list[str], **attributes: Any) -> str:
        output = f"{kind}_{len(nodes)}"
        nodes.append(helper.make_node(kind, inputs, [output], **attributes))
        return output

    def convolve(maps: str, name: str) -> str:
        kernel = tensors[f"{name}.weight"]
        inputs = [maps, constant(f"{name}.weight", kernel)]
        inputs.append(constant(f"{name}.bias", tensors[f"{name}.bias"]))
        return add("Conv", inputs, pads=[kernel.shape[2] // 2] * 4)

    def prelu(maps: str, name: str) -> str:
        slopes = tensors[f"{name}.weight"].reshape(-1, 1, 1)
        return add("PRelu", [maps, constant(f"{name}.weight", slopes)])

    head = prelu(convolve("lr", "head.conv"), "head.prelu")
    maps = head
    for block in (f"blocks.{index}" for index in range(weights.config.depth)):
        inner = prelu(convolve(maps, f"{block}.conv1"), f"{block}.prelu")
        maps = add("Add", [maps, convolve(inner, f"{block}.conv2")])
    maps = add("Add", [head, convolve(maps, "trunk.conv")])
    for stage in (f"upsample.{index}" for index in range(weights.config.doublings)):
        maps = add("DepthToSpace", [convolve(maps, f"{stage}.conv")], blocksize=2, mode="CRD")
        maps = prelu(maps, f"{stage}.prelu")
    sr = convolve(maps, "tail")
    scale = weights.config.scale
    graph = helper.make_graph(
        nodes,
        "generator",
        [helper.make_tensor_value_info("lr", TensorProto.FLOAT, [1, 3, height, width])],
        [
            helper.make_tensor_value_info(
                sr, TensorProto.FLOAT, [1, 3, scale * height, scale * width]
            )
        ],
        initialisers,
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.checker.check_model(model)
    return model.SerializeToString()


def onnx_runtime(weights: Weights, lr: np.ndarray, threads: int) -> Callable[[], np.ndarray]:
    """ONNX Runtime's CPU provider on `lr` (1, 3, H, W), float32."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    session = onnxruntime.InferenceSession(
        export(weights, *lr.shape[2:]), options, providers=["CPUExecutionProvider"]
    )
    return lambda: session.run(None, {"lr": lr})[0]


def open_vino(
    weights: Weights, lr: np.ndarray, threads: int, *, precision: str = "f32"
) -> Callable[[], np.ndarray]:
    """OpenVINO's CPU plugin on `lr` (1, 3, H, W): float32 throughout, or "bf16" inside."""
    core = openvino.Core()
    # Without the hint it computes in bf16 where the processor can, which is another picture.
    settings = {"INFERENCE_PRECISION_HINT": precision, "INFERENCE_NUM_THREADS": threads}
    settings |= {"PERFORMANCE_HINT": "LATENCY"}
    model = core.compile_model(core.read_model(export(weights, *lr.shape[2:])), "CPU", settings)
    return lambda: model([lr])[0]
