"""The field's test sets: what the native engine makes of them, beside PyTorch in fp32."""

import os
from pathlib import Path

import numpy as np
import pytest
import torch

from fourfold.engine import NativeEngine
from fourfold.imaging import read_image, reduce
from fourfold.metrics import LITERATURE, psnr_y
from fourfold.upscaling.torch_engine import TorchEngine
from fourfold.weights import fold, load_weights
from tests.engine.test_native import upscale

ALL = os.environ.get("HYPOTHESIS_PROFILE") == "soak"
SETS = {"Set5": None, "Set14": None, "BSD100": None} if ALL else {"Set5": None, "BSD100": 3}
"""Sets, and how many pictures of each; PyTorch takes a second for each."""


@pytest.mark.slow
@pytest.mark.parametrize("model", ["srgan", "srresnet"])
@pytest.mark.parametrize("name", SETS)
def test_psnr_and_pixels_are_those_of_pytorch(data: Path, name: str, model: str):
    network = fold(load_weights(model))
    native, by_torch = NativeEngine(network), TorchEngine(network, device=torch.device("cpu"))
    differing = values = 0
    for path in sorted((data / "test" / name / "HR").glob("*.png"))[: SETS[name]]:
        hr = in_colour(read_image(path))
        hr = hr[: len(hr) // 4 * 4, : hr.shape[1] // 4 * 4]
        lr = reduce(hr, 4)
        sr = upscale(native, lr)
        expected = by_torch.open(lr.shape[1]).push(lr, last=True)
        scores = [psnr_y(result, hr, scale=4, protocol=LITERATURE) for result in (sr, expected)]
        assert scores[0] == pytest.approx(scores[1], abs=0.0002), path.name
        difference = np.abs(sr.astype(int) - expected)
        assert difference.max() <= 1, path.name
        differing += int(np.count_nonzero(difference))
        values += difference.size
    assert values and differing < values / 4000


def in_colour(image: np.ndarray) -> np.ndarray:
    return np.repeat(image[:, :, None], 3, axis=2) if image.ndim == 2 else image
