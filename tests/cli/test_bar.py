"""The progress bar, on a terminal as the system makes them."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from fourfold.imaging import write_image

pty = pytest.importorskip("pty", reason="needs POSIX terminals")


def on_a_terminal(*arguments: str) -> str:
    """What the command writes to standard error where that is a terminal."""
    ours, its = pty.openpty()
    environment = {**os.environ, "TERM": "xterm", "COLUMNS": "100"}
    command = [sys.executable, "-m", "fourfold", "upscale", *arguments]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=its, env=environment)
    os.close(its)
    shown = b""
    while True:
        try:
            part = os.read(ours, 65_536)
        except OSError:  # Linux' word for the other side's end
            break
        if not part:
            break
        shown += part
    os.close(ours)
    assert process.wait() == 0
    assert process.stdout is not None
    process.stdout.close()
    return shown.decode()


def test_a_terminal_shows_name_rate_and_remaining_time(tmp_path: Path, photograph: np.ndarray):
    write_image(np.tile(photograph, (8, 3, 1)), tmp_path / "a.png")
    shown = on_a_terminal(str(tmp_path / "a.png"))
    assert "1/1 a.png" in shown and "MP/s" in shown and "0:" in shown
    assert "MP/s" not in on_a_terminal(str(tmp_path / "a.png"), "--overwrite", "--quiet")


def test_elsewhere_it_is_silent(tmp_path: Path, photograph: np.ndarray):
    write_image(photograph, tmp_path / "a.png")
    command = [sys.executable, "-m", "fourfold", "upscale", str(tmp_path / "a.png")]
    assert subprocess.run(command, check=True, capture_output=True).stderr == b""
