"""The twenty lines that a user would write instead, for the same network from file to file."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnxruntime
import openvino
from PIL import Image

Script = Callable[[Path, Path], None]
"""From a picture's path to its result's."""


def with_onnx_runtime(model: Path, threads: int) -> Script:
    """Pillow, and ONNX Runtime's CPU provider on the file that `fourfold export` writes."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])

    def upscale(source: Path, target: Path) -> None:
        lr = np.asarray(Image.open(source).convert("RGB"), np.float32) / 255
        (sr,) = session.run(None, {"lr": lr.transpose(2, 0, 1)[None]})
        _save(sr, target)

    return upscale


def with_open_vino(model: Path, threads: int) -> Script:
    """Pillow, and OpenVINO's CPU plugin on the same file, fp32 throughout."""
    settings = {"INFERENCE_PRECISION_HINT": "f32", "INFERENCE_NUM_THREADS": threads}
    settings |= {"PERFORMANCE_HINT": "LATENCY"}
    compiled = openvino.Core().compile_model(str(model), "CPU", settings)

    def upscale(source: Path, target: Path) -> None:
        lr = np.asarray(Image.open(source).convert("RGB"), np.float32) / 255
        _save(compiled([lr.transpose(2, 0, 1)[None].copy()])[0], target)

    return upscale


def _save(sr: np.ndarray, target: Path) -> None:
    pixels = (sr[0].transpose(1, 2, 0).clip(0, 1) * 255 + 0.5).astype(np.uint8)
    Image.fromarray(pixels).save(target, quality=95)
