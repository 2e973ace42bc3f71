"""What is built installs into an empty environment and enlarges a picture there."""

import os
import subprocess
import sys
import venv
from pathlib import Path
from zipfile import ZipFile

import numpy as np
import pytest

from fourfold import Upscaler
from fourfold.imaging import read_image, write_image
from tests.conftest import ROOT


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    constraints = ["--constraint", "constraints.txt", "--build-constraint", "constraints.txt"]
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", *constraints, "."]
    subprocess.run([*command, "--wheel-dir", str(folder)], cwd=ROOT, check=True)
    return next(folder.glob("fourfold-*.whl"))


@pytest.mark.slow
def test_the_wheel_holds_the_weights_and_nothing_of_the_checkout(wheel: Path):
    names = ZipFile(wheel).namelist()
    assert "fourfold/weights/shipped/srgan.safetensors" in names
    assert "fourfold/weights/shipped/srgan.md" in names
    assert "fourfold/py.typed" in names
    assert {name.split("/")[0].split("-")[0] for name in names} == {"fourfold"}


@pytest.mark.slow
def test_the_wheel_upscales_in_an_empty_environment(
    wheel: Path, tmp_path: Path, photograph: np.ndarray
):
    venv.create(tmp_path / "empty", with_pip=True)
    programs = tmp_path / "empty" / ("Scripts" if os.name == "nt" else "bin")
    pip = [str(programs / "python"), "-m", "pip", "install", "--quiet"]
    pip += ["--disable-pip-version-check", "--constraint", str(ROOT / "constraints.txt")]
    subprocess.run([*pip, f"{wheel}[torch]"], check=True)
    write_image(photograph, tmp_path / "small.png")
    command = [str(programs / "fourfold"), "upscale", "small.png"]
    subprocess.run(command, cwd=tmp_path, check=True)
    np.testing.assert_array_equal(read_image(tmp_path / "small_x4.png"), Upscaler()(photograph))
