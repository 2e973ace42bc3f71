"""PSNR, by values worked out by hand and by the field's control rows."""

import json
import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fourfold.errors import InvalidImage, ShapeMismatch
from fourfold.imaging import enlarge, read_image, reduce
from fourfold.metrics import LITERATURE, PAPER, Protocol, psnr, psnr_y


@given(st.integers(1, 255))
def test_a_uniform_shift_has_the_psnr_worked_out_by_hand(shift: int):
    hr = np.zeros((9, 9))
    assert psnr(hr + shift, hr, border=0) == pytest.approx(20 * math.log10(255 / shift))


def test_pixels_inside_the_border_do_not_count():
    hr = np.zeros((12, 12))
    sr = hr.copy()
    sr[:4] = 255
    sr[:, -4:] = 255
    assert psnr(sr, hr, border=4) == math.inf
    assert psnr(sr, hr, border=3) < math.inf


def test_two_shapes_are_refused():
    with pytest.raises(ShapeMismatch, match=r"sr has shape \(4, 4\), hr has \(4, 5\)"):
        psnr(np.zeros((4, 4)), np.zeros((4, 5)), border=0)


def test_nothing_inside_the_border_is_refused():
    with pytest.raises(ShapeMismatch, match="nothing inside a border of 4"):
        psnr(np.zeros((8, 20)), np.zeros((8, 20)), border=4)


def test_scores_are_of_opaque_bytes():
    with pytest.raises(InvalidImage, match="uint8"):
        psnr_y(np.zeros((9, 9, 3)), np.zeros((9, 9, 3)), scale=2, protocol=PAPER)
    rgba = np.zeros((9, 9, 4), np.uint8)
    with pytest.raises(InvalidImage, match="opaque"):
        psnr_y(rgba, rgba, scale=2, protocol=PAPER)


def test_protocols_differ_in_rounding_and_in_grey():
    picture = np.full((1, 1, 3), 100, np.uint8)
    assert PAPER.y(picture)[0, 0] == pytest.approx(16 + 219 * 100 / 255)  # 101.88
    assert LITERATURE.y(picture)[0, 0] == 102
    assert PAPER.y(picture[:, :, 0])[0, 0] == 100
    assert LITERATURE.y(picture[:, :, 0])[0, 0] == 102
    assert PAPER.sha256 != LITERATURE.sha256


def _mean_of_bicubic(folder: Path, protocol: Protocol, *, border: int = 4) -> float:
    scores = []
    for path in sorted(folder.glob("*.png")):
        hr = read_image(path)
        scores.append(psnr_y(enlarge(reduce(hr, 4), 4), hr, scale=border, protocol=protocol))
    return sum(scores) / len(scores)


def test_the_bicubic_control_row_of_set5_is_reproduced(data: Path):
    folder = data / "test/Set5/HR"
    control = json.loads((data / "test/control.json").read_text())["sets"]["Set5"]["mod4"][
        "bicubic"
    ]
    assert _mean_of_bicubic(folder, PAPER) == pytest.approx(control["mean"]["psnr"], abs=0.0005)
    assert _mean_of_bicubic(folder, LITERATURE) == pytest.approx(
        control["mean"]["psnr_rounded_y"], abs=0.0005
    )
    assert _mean_of_bicubic(folder, PAPER, border=8) != pytest.approx(
        control["mean"]["psnr"], abs=0.0005
    )


@pytest.mark.parametrize("test_set", ["Set14", "BSD100"])
def test_every_picture_of_the_bicubic_control_row_is_reproduced(data: Path, test_set: str):
    control = json.loads((data / "test/control.json").read_text())["sets"][test_set]["mod4"]
    compared = 0
    for path in sorted((data / "test" / test_set / "HR").glob("*.png")):
        hr = read_image(path)
        score = psnr_y(enlarge(reduce(hr, 4), 4), hr, scale=4, protocol=PAPER)
        expected = control["bicubic"]["images"][path.stem]["psnr"]
        assert score == pytest.approx(expected, abs=0.0005), path.stem
        compared += 1
    assert compared == {"Set14": 14, "BSD100": 100}[test_set]
