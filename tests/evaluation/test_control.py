"""The table of control rows is that of the recomputed figures, and pictures are recognised."""

import json
from pathlib import Path

import numpy as np
import pytest

from fourfold.evaluation.control import SET_SIZES, is_known_name, pixels_sha256, recognise
from fourfold.imaging import read_image
from tests.conftest import skip_or_fail

COLUMNS = {"psnr_y": "psnr", "ssim_y": "ssim", "ssim_daala_y": "ssim_daala"}


@pytest.mark.parametrize("test_set", SET_SIZES)
def test_the_table_holds_the_recomputed_figures_of_every_picture(data: Path, test_set: str):
    path = data / "test" / "control.json"
    if not path.is_file():
        skip_or_fail("data", f"there are no recomputed control rows {path}")
    rows = json.loads(path.read_text())["sets"][test_set]["mod4"]
    files = sorted((data / "test" / test_set / "HR").glob("*.png"))
    assert len(files) == SET_SIZES[test_set]
    for file in files:
        hr = read_image(file)
        for protocol, suffix in (("paper", ""), ("literature", "_rounded_y")):
            known = recognise(hr, protocol=protocol, scale=4)
            assert known is not None and (known.test_set, known.picture) == (test_set, file.stem)
            for method in ("nearest", "bicubic"):
                row = rows[method]["images"][file.stem]
                if hr.ndim == 2 and protocol == "literature":
                    row = rows[method]["bridge_grey_as_rgb"]
                theirs = {ours: row[column + suffix] for ours, column in COLUMNS.items()}
                assert known.scores[method] == theirs


def test_one_other_sample_makes_a_stranger(data: Path):
    hr = np.array(read_image(data / "test/Set5/HR/woman.png"))
    assert recognise(hr, protocol="paper", scale=4) is not None
    assert recognise(hr, protocol="paper", scale=2) is None
    hr[0, 0, 0] ^= 1
    assert recognise(hr, protocol="paper", scale=4) is None


def test_the_hash_tells_shapes_apart():
    samples = np.zeros(24, np.uint8)
    assert pixels_sha256(samples.reshape(4, 6)) != pixels_sha256(samples.reshape(6, 4))
    assert pixels_sha256(samples) == pixels_sha256(samples.copy())


def test_names_are_known_by_set():
    assert is_known_name("Set5", "baby") and not is_known_name("Set14", "baby")
