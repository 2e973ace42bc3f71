"""A result that cannot be right is an error, not a picture."""

from pathlib import Path

import numpy as np
import pytest

from fourfold import Upscaler
from fourfold.errors import BrokenResult
from fourfold.imaging import write_image
from fourfold.weights import GeneratorConfig, Weights, write_weights
from tests.generators import CARD, random_weights

CONFIG = GeneratorConfig(depth=1, width=64, normalisation="none")


@pytest.fixture
def silent(tmp_path: Path) -> Path:
    """Weights that make every picture grey."""
    tensors = dict(random_weights(CONFIG, seed=1).tensors)
    tensors["tail.weight"] = tensors["tail.weight"] * 0
    tensors["tail.bias"] = np.full(3, 0.5, np.float32)
    path = tmp_path / "silent.safetensors"
    write_weights(path, Weights(config=CONFIG, tensors=tensors, card=CARD))
    return path


@pytest.mark.parametrize("engine", ["native", "torch"])
def test_a_constant_result_of_a_picture_that_is_not_is_refused(
    silent: Path, photograph: np.ndarray, engine, tmp_path: Path
):
    upscaler = Upscaler(silent, engine=engine, device="cpu")
    write_image(photograph, tmp_path / "lr.png")
    alpha = np.dstack([photograph, photograph[:, :, 0]])
    for picture in (photograph, photograph[:, :, 0], photograph / 255, alpha):
        with pytest.raises(BrokenResult, match="one even colour and the picture is not"):
            upscaler(picture)
    with pytest.raises(BrokenResult, match="nothing was written"):
        upscaler.file(tmp_path / "lr.png", tmp_path / "sr.png")
    assert not (tmp_path / "sr.png").exists()


def test_a_constant_picture_may_have_a_constant_result(silent: Path):
    upscaler = Upscaler(silent)
    for picture in (np.full((9, 8, 3), 200, np.uint8), np.zeros((5, 6)), np.ones((1, 1, 3))):
        assert np.ptp(upscaler(picture)) == 0


def test_a_white_page_with_a_grain_may_become_white(silent: Path):
    page = np.full((9, 8, 3), 255, np.uint8)
    page[4, 4] = 250
    assert np.ptp(Upscaler(silent)(page)) == 0


def test_what_is_hidden_under_a_white_shape_is_no_second_colour(silent: Path):
    shape = np.zeros((9, 8, 4), np.uint8)  # black where nothing is seen
    shape[2:7, 2:6] = 255
    assert np.ptp(Upscaler(silent)(shape)[:, :, :3]) == 0


def test_a_region_of_one_colour_may_lie_beside_another():
    page = np.full((60, 60, 3), 255, np.uint8)
    page[40:, 40:] = 40
    upscaler = Upscaler("srresnet", consistent=False)
    part = upscaler(page, region=(20, 20, 3, 3))
    assert np.ptp(part) == 0, "else this tests nothing"
    assert np.abs(part.astype(int) - upscaler(page)[80:92, 80:92]).max() <= 1
