"""The demonstration, and its photographs."""

import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from fourfold.imaging import read_image, reduce
from tests.conftest import ROOT

PHOTOGRAPHS = ROOT / "demo/photographs"
NAMES = sorted(path.stem for path in (PHOTOGRAPHS / "lr").glob("*.png"))


def test_there_are_five_and_they_are_small():
    assert len(NAMES) == 5
    assert sum(file.stat().st_size for file in PHOTOGRAPHS.rglob("*") if file.is_file()) < 2_500_000


@pytest.mark.parametrize("name", NAMES)
def test_each_lr_picture_is_the_exact_reduction_of_its_original(name: str):
    lr = read_image(PHOTOGRAPHS / "lr" / f"{name}.png")
    hr = read_image(PHOTOGRAPHS / "hr" / f"{name}.jpg")
    height, width = (side // 4 * 4 for side in hr.shape[:2])
    np.testing.assert_array_equal(lr, reduce(hr[:height, :width], 4))


@pytest.mark.parametrize("name", NAMES)
def test_each_has_an_author_and_a_licence(name: str):
    row = re.search(rf"\| {name}\.jpg \|.*", (PHOTOGRAPHS / "SOURCES.md").read_text())
    assert row is not None and ("CC0" in row[0] or "public domain" in row[0])


@pytest.mark.slow
def test_it_prints_scores_that_make_the_papers_point(tmp_path: Path):
    strip = tmp_path / "strip.png"
    command = [sys.executable, "demo/demo.py", "--only", "kingfisher", "--strip", str(strip)]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    bicubic, srresnet, srgan = map(float, re.findall(r"(\d+\.\d+) dB", result.stdout))
    assert srresnet > bicubic > srgan > 25
    lines = [line for line in result.stdout.splitlines() if str(tmp_path) not in line]
    assert max(map(len, lines)) <= 80
    assert read_image(strip).shape[1] > 4 * 300
