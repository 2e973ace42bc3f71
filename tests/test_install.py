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
from fourfold.weights import shipped_names, weights_path
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
    assert wheel.stat().st_size <= 40e6
    assert "fourfold/weights/shipped/srgan.safetensors" in names
    assert "fourfold/weights/shipped/srgan.md" in names
    assert "fourfold/py.typed" in names
    assert {name.split("/")[0].split("-")[0] for name in names} == {"fourfold"}


@pytest.mark.slow
def test_the_wheel_upscales_in_an_empty_environment_without_pytorch(
    wheel: Path, tmp_path: Path, photograph: np.ndarray
):
    environment = tmp_path / "empty"
    venv.create(environment, with_pip=True)
    programs = environment / ("Scripts" if os.name == "nt" else "bin")
    python = str(programs / "python")
    pip = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*pip, "--constraint", ROOT / "constraints.txt", wheel], check=True)
    missing = [python, "-c", "import importlib.util as u; assert u.find_spec('torch') is None"]
    subprocess.run(missing, check=True)
    write_image(photograph, tmp_path / "small.png")
    subprocess.run([programs / "fourfold", "upscale", "small.png"], cwd=tmp_path, check=True)
    np.testing.assert_array_equal(read_image(tmp_path / "small_x4.png"), Upscaler()(photograph))
    assert installed_bytes(environment) <= 150e6


def test_the_networks_stay_small():
    assert sum(weights_path(name).stat().st_size for name in shipped_names()) <= 26e6


def installed_bytes(environment: Path) -> int:
    """What the install added: all of the environment but pip and what Python put there itself."""
    packages = next(environment.glob("[Ll]ib/**/site-packages"))
    tools = ("pip", "setuptools", "pkg_resources", "_distutils_hack", "distutils-precedence")
    return sum(
        file.stat().st_size
        for file in packages.rglob("*")
        if file.is_file() and not file.relative_to(packages).parts[0].startswith(tools)
    )


@pytest.mark.slow
def test_the_wheel_is_one_for_every_python_of_its_platform(wheel: Path):
    assert "-py3-none-" in wheel.name and not wheel.name.endswith("-any.whl")
    names = ZipFile(wheel).namelist()
    assert any(Path(name).name.startswith(("libfourfold", "fourfold.dll")) for name in names)


@pytest.mark.slow
def test_without_a_compiler_the_install_succeeds_and_says_what_is_missing(tmp_path: Path):
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "."]
    command += ["--constraint", "constraints.txt", "--build-constraint", "constraints.txt"]
    command += ["--wheel-dir", str(tmp_path), "--config-settings", f"build-dir={tmp_path}/build"]
    no_compiler = os.environ | {"CXX": str(tmp_path / "no-compiler")}
    subprocess.run(command, cwd=ROOT, env=no_compiler, check=True)
    pure = next(tmp_path.glob("fourfold-*.whl"))
    assert not any("libfourfold" in name for name in ZipFile(pure).namelist())
    install = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps"]
    subprocess.run([*install, "--target", tmp_path / "pure", pure], check=True)
    # -S: without the editable install, which would be found first
    code = f"import sys; sys.path[:0] = ['{tmp_path}/pure', '{Path(np.__file__).parent.parent}']\n"
    code += "from fourfold.engine import why_not; print(why_not())"
    result = subprocess.run(
        [sys.executable, "-S", "-c", code], capture_output=True, text=True, check=True
    )
    assert "install fourfold where there is a C++ compiler" in result.stdout
    assert "pip install '.[torch]'" in result.stdout
