"""The bar of a training run, on what stands for a terminal."""

import io
import re
import time

import pytest

from fourfold.cli.training_bar import TrainingBar
from tests.photographs import TINY


class Terminal(io.StringIO):
    """Keeps what is drawn on it."""

    def isatty(self) -> bool:
        return True


def test_a_step_that_tells_no_loss_leaves_the_last_one_there(monkeypatch: pytest.MonkeyPatch):
    terminal = Terminal()
    monkeypatch.setattr("sys.stderr", terminal)
    with TrainingBar(TINY) as bar:
        for step, seen in enumerate([{"loss": 0.5}, {}, {"norm": 1.0}, {"loss": 0.25}], start=1):
            time.sleep(0.11)  # tqdm draws ten times a second at most
            bar(step, seen)
    losses = re.findall(r"step (\d)/6, loss ([0-9.]+),", terminal.getvalue())
    assert dict(losses) == {"1": "0.5000", "2": "0.5000", "3": "0.5000", "4": "0.2500"}
