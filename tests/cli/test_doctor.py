"""`fourfold doctor`."""

import os
import subprocess
import sys

from click.testing import CliRunner

from fourfold.cli.machine import cores_at_hand, processor
from fourfold.cli.main import commands


def test_a_sound_installation_is_called_so():
    result = CliRunner().invoke(commands, ["doctor"])
    assert result.exit_code == 0, result.output
    for fact in ("fourfold", "processor", "torch", "libvips", "srgan sound", "megapixels a second"):
        assert fact in result.output
    assert result.output.endswith("All is well.\n")


WITHOUT_TORCH = """
import sys
sys.modules["torch"] = None
from fourfold.cli.main import commands
commands(["doctor"])
"""


def test_what_is_missing_is_named_with_its_mend():
    result = subprocess.run([sys.executable, "-c", WITHOUT_TORCH], capture_output=True, text=True)
    assert result.returncode == 1
    assert "To mend: PyTorch does not load" in result.stdout
    assert "pip install 'fourfold[torch]'" in result.stdout
    assert "Traceback" not in result.stderr


def test_the_processor_is_named_with_its_cores():
    assert 1 <= cores_at_hand() <= (os.cpu_count() or 1)
    assert f"{cores_at_hand()} core" in processor()
