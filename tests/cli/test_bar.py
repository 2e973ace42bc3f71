"""The progress bar, on a terminal as the system makes them."""

import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from fourfold.imaging import write_image

pty = pytest.importorskip("pty", reason="needs POSIX terminals")
termios = pytest.importorskip("termios", reason="needs POSIX terminals")


def on_a_terminal(*arguments: str, code: int = 0) -> str:
    """What the command writes to standard error where that is a terminal of 80 columns."""
    ours, its = pty.openpty()
    termios.tcsetwinsize(its, (24, 80))
    command = [sys.executable, "-m", "fourfold", *arguments]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=its)
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
    assert process.stdout is not None
    process.stdout.close()
    assert process.wait() == code, shown.decode()
    return shown.decode()


def lines_of(shown: str) -> list[str]:
    """What is drawn, each time anew: bars begin with a return, and move up and down."""
    return [line for line in re.split(r"[\r\n]|\x1b\[A", shown) if line.strip()]


def test_a_terminal_shows_name_rate_and_remaining_time(tmp_path: Path, photograph: np.ndarray):
    write_image(np.tile(photograph, (8, 3, 1)), tmp_path / "a.png")
    shown = on_a_terminal("upscale", str(tmp_path / "a.png"))
    bars = [line for line in lines_of(shown) if "MP/s" in line]
    assert any(re.fullmatch(r"1/1 a\.png .* +[0-9.]+ MP/s 00:\d\d *", bar) for bar in bars)
    assert all(len(bar) <= 80 for bar in bars)
    quiet = ["upscale", str(tmp_path / "a.png"), "--overwrite", "--quiet"]
    assert "MP/s" not in on_a_terminal(*quiet)


def test_lines_of_a_batch_begin_at_the_left(tmp_path: Path, photograph: np.ndarray):
    for name in ("a", "b", "c"):
        write_image(np.tile(photograph, (2, 2, 1)), tmp_path / f"{name}{'-long' * 8}.png")
    (tmp_path / "broken.png").write_bytes(b"no picture")
    shown = on_a_terminal("upscale", str(tmp_path), code=1)
    assert re.search(r"\rError: .*broken\.png", shown) and "1 of 4 failed." in shown
    assert "…" in shown and "c-long-long-long-long-long-long-long-long.png " not in shown


def test_a_training_run_shows_steps_loss_rate_and_remaining_time(tmp_path: Path):
    generator = np.random.default_rng(1)
    (tmp_path / "data").mkdir()
    for i in range(6):
        noise = generator.integers(0, 256, (12, 12, 3), np.uint8).repeat(8, 0).repeat(8, 1)
        write_image(noise, tmp_path / "data" / f"{i}.png")
    settings = ["steps=6", "warm_up=2", "batch=2", "depth=1", "validate_every=3"]
    arguments = [part for setting in settings for part in ("--set", setting)]
    run = ["--run", str(tmp_path / "run"), "--data", str(tmp_path / "data")]
    shown = on_a_terminal("train", "srresnet-mse-cpu", *run, *arguments)
    last = [line for line in lines_of(shown) if line.startswith("step 6/6")][-1]
    assert re.search(r"loss \d\.\d{4}, \d+\.\d crops/s 00:00", last)
    assert re.search(r"\rStep 3, 6 crops: held-out photographs", shown)


def test_elsewhere_it_is_silent(tmp_path: Path, photograph: np.ndarray):
    write_image(photograph, tmp_path / "a.png")
    command = [sys.executable, "-m", "fourfold", "upscale", str(tmp_path / "a.png")]
    assert subprocess.run(command, check=True, capture_output=True).stderr == b""
