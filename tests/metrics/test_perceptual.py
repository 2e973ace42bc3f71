"""LPIPS, by its authors' published example and by what a distance must be."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from fourfold.errors import InvalidImage, InvalidWeights, ShapeMismatch
from fourfold.imaging import read_image
from fourfold.metrics import lpips
from fourfold.networks import lpips as network


def test_the_published_example_values_come_out(feature_weights: Path):
    folder = feature_weights / "lpips_example"
    pictures = {name: read_image(folder / f"ex_{name}.png") for name in ("ref", "p0", "p1")}
    exact = json.loads((folder / "values.json").read_text())["alex"]
    for name, published in (("p0", 0.722), ("p1", 0.138)):
        distance = lpips(pictures[name], pictures["ref"])
        assert distance == pytest.approx(published, abs=0.0006)  # printed with three digits
        assert distance == pytest.approx(exact[f"ref_{name}"], abs=5e-4)  # float32 weights
    assert lpips(pictures["ref"], pictures["ref"]) == 0


def test_order_does_not_matter_and_grey_stands_for_equal_channels(photograph: np.ndarray):
    red, green = photograph[:, :, 0], photograph[:, :, 1]
    distance = lpips(red, green)
    assert 0 < distance == pytest.approx(lpips(green, red), abs=1e-7)
    as_rgb = lpips(np.stack([red] * 3, axis=2), np.stack([green] * 3, axis=2))
    assert distance == pytest.approx(as_rgb, abs=1e-7)


def test_thirty_one_pixels_are_enough_and_thirty_are_refused():
    white = np.full((40, 31, 3), 255, np.uint8)
    assert lpips(white, white // 2) > 0
    with pytest.raises(ShapeMismatch, match="31 pixels a side are needed"):
        lpips(white[:, :30], white[:, :30])


def test_what_cannot_be_compared_is_refused(photograph: np.ndarray):
    with pytest.raises(ShapeMismatch, match="must be equal"):
        lpips(photograph, photograph[:-1])
    with pytest.raises(InvalidImage, match="uint8"):
        lpips(photograph / 255, photograph / 255)


def test_a_missing_file_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(network, "_FILE", tmp_path / "none.safetensors")
    with pytest.raises(InvalidWeights, match=r"none\.safetensors is not there"):
        network.shipped_lpips()


WITHOUT_TORCH = """
import sys
sys.modules["torch"] = None
from fourfold.errors import MissingExtra
from fourfold import metrics
try:
    metrics.lpips
except MissingExtra as error:
    print(error)
"""


def test_without_pytorch_one_sentence_says_what_to_install():
    result = subprocess.run(
        [sys.executable, "-c", WITHOUT_TORCH], capture_output=True, text=True, check=True
    )
    assert "LPIPS needs PyTorch: in fourfold's checkout, pip install '.[torch]'" in result.stdout
