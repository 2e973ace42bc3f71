"""`fourfold doctor`."""

import os
import subprocess
import sys

from click.testing import CliRunner

from fourfold.cli.machine import processor
from fourfold.cli.main import commands
from fourfold.engine import cores_at_hand, why_not


def test_a_sound_installation_is_called_so():
    result = CliRunner().invoke(commands, ["doctor"])
    assert result.exit_code == 0, result.output
    for fact in (
        "fourfold",
        "processor",
        "self-test: ",
        "libvips",
        "srgan sound",
        "megapixels a second",
    ):
        assert fact in result.output
    assert result.output.endswith("All is well.\n")


def test_bf16_is_named_where_the_engine_has_it():
    report = CliRunner().invoke(commands, ["doctor"]).output
    assert ("amx_bf16 right" in report) == (why_not(precision="bf16") is None)


WITHOUT = """
import sys
if "torch" in sys.argv:
    sys.modules["torch"] = None
if "library" in sys.argv:
    from fourfold.engine import library
    library.find_library = lambda: None
from fourfold.cli.main import commands
import importlib.util
find_spec = importlib.util.find_spec
importlib.util.find_spec = lambda name, *rest: None if name == "torch" else find_spec(name, *rest)
import fourfold.cli.doctor
if "torch" in sys.argv:
    fourfold.cli.doctor.find_spec = importlib.util.find_spec
commands(["doctor"])
"""


def without(*missing: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-c", WITHOUT, *missing]
    return subprocess.run(command, capture_output=True, text=True)


def test_without_pytorch_all_is_well():
    result = without("torch")
    assert result.returncode == 0, result.stderr
    assert "PyTorch    not installed; only GPUs and training need it" in result.stdout
    assert "megapixels a second on native" in result.stdout


def test_what_is_missing_is_named_with_its_mend():
    result = without("torch", "library")
    assert result.returncode == 1
    assert "To mend: The native engine is not in this install" in result.stdout
    assert "in fourfold's checkout, pip install '.[torch]'" in result.stdout
    assert "Traceback" not in result.stderr


def test_the_processor_is_named_with_its_cores():
    assert 1 <= cores_at_hand() <= (os.cpu_count() or 1)
    assert f"{cores_at_hand()} core" in processor()
