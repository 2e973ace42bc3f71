"""The control rows of the field: nearest and bicubic of every test picture, both protocols."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from fourfold.imaging import enlarge, read_image, reduce
from fourfold.metrics import LITERATURE, PAPER, Protocol, psnr_y, ssim_daala_y, ssim_y
from tests.conftest import skip_or_fail

MEASURES: dict[str, Callable[..., float]] = {
    "psnr": psnr_y,
    "ssim": ssim_y,
    "ssim_daala": ssim_daala_y,
}
TOLERANCE = {"psnr": 0.0005, "ssim": 0.0001, "ssim_daala": 0.0001}
SUFFIX = {"paper": "", "literature": "_rounded_y"}


def control(data: Path, test_set: str) -> dict[str, Any]:
    path = data / "test" / "control.json"
    if not path.is_file():
        skip_or_fail("data", f"there are no recomputed control rows {path}")
    return json.loads(path.read_text())["sets"][test_set]["mod4"]


def enlarged(lr: np.ndarray, method: str) -> np.ndarray:
    if method == "bicubic":
        return enlarge(lr, 4)
    return lr.repeat(4, axis=0).repeat(4, axis=1)


def expected(rows: dict[str, Any], picture: str, protocol: Protocol, is_grey: bool) -> Any:
    if is_grey and protocol.grey == "rgb":
        return rows["bridge_grey_as_rgb"]
    return rows["images"][picture]


@pytest.mark.parametrize("method", ["nearest", "bicubic"])
@pytest.mark.parametrize(
    ("test_set", "pictures"),
    [
        ("Set5", 5),
        *(pytest.param(*kind, marks=pytest.mark.slow) for kind in (("Set14", 14), ("BSD100", 100))),
    ],
)
def test_every_picture_of_the_control_rows_is_reproduced(
    data: Path, test_set: str, pictures: int, method: str
):
    rows = control(data, test_set)[method]
    files = sorted((data / "test" / test_set / "HR").glob("*.png"))
    assert len(files) == pictures
    for path in files:
        hr = read_image(path)
        sr = enlarged(reduce(hr, 4), method)
        for protocol in (PAPER, LITERATURE):
            row = expected(rows, path.stem, protocol, is_grey=hr.ndim == 2)
            for name, measure in MEASURES.items():
                score = measure(sr, hr, scale=4, protocol=protocol)
                known = row[name + SUFFIX[protocol.name]]
                assert abs(score - known) <= TOLERANCE[name], (path.stem, protocol.name, name)


def test_another_protocol_border_or_edge_of_the_lr_is_told_apart(data: Path):
    hr = read_image(data / "test/Set5/HR/butterfly.png")
    row = control(data, "Set5")["bicubic"]["images"]["butterfly"]
    sr = enlarge(reduce(hr, 4), 4)
    mirrored = enlarge(reduce(hr, 4, boundary="symmetric"), 4)
    for name, measure in MEASURES.items():
        known, tolerance = row[name], TOLERANCE[name]
        assert abs(measure(sr, hr, scale=4, protocol=PAPER) - known) <= tolerance
        assert abs(measure(sr, hr, scale=4, protocol=LITERATURE) - known) > tolerance
        assert abs(measure(sr, hr, scale=5, protocol=PAPER) - known) > tolerance
    # Only the outermost LR pixels differ, most of it inside the border: SSIM moves by 4e-5.
    assert abs(psnr_y(mirrored, hr, scale=4, protocol=PAPER) - row["psnr"]) > TOLERANCE["psnr"]
