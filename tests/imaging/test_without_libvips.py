"""Arrays do without libvips, whether pyvips is missing or only the library that it loads."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ABSENT = {
    "pyvips": "raise ModuleNotFoundError(\"No module named 'pyvips'\", name='pyvips')",
    "libvips": "raise OSError(\"cannot load library 'libvips.so.42'\")",
}


@pytest.fixture(params=list(ABSENT.values()), ids=list(ABSENT))
def environment(request: pytest.FixtureRequest, tmp_path: Path) -> dict[str, str]:
    """In which `import pyvips` fails, as it does where one of the two is not installed."""
    (tmp_path / "pyvips.py").write_text(request.param)
    return os.environ | {"PYTHONPATH": str(tmp_path)}


def said_by(code: str, environment: dict[str, str]) -> str:
    result = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True
    )
    assert result.returncode == 0, result.stderr
    return result.stdout.strip()


def test_reading_and_writing_say_what_to_install(environment: dict[str, str]):
    code = """
from fourfold.errors import MissingExtra
try:
    from fourfold.imaging import read_image
except MissingExtra as error:
    print(error)
"""
    assert said_by(code, environment).endswith("pip install 'pyvips[binary]'.")


def test_a_picture_is_reduced_all_the_same(environment: dict[str, str]):
    code = """
import numpy as np
from fourfold.imaging import reduce
print(reduce(np.full((8, 16, 3), 7, np.uint8), 4).tolist())
"""
    assert said_by(code, environment) == str([[[7, 7, 7]] * 4] * 2)
