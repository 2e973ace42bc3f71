"""TensorBoard's events."""

from pathlib import Path

import numpy as np
import pytest
from tensorboard.backend.event_processing.event_accumulator import (  # type: ignore[import-untyped]
    EventAccumulator,
)

from fourfold.errors import InvalidRun
from fourfold.training.board import Board


def test_numbers_become_curves_and_pictures_stand_beside_each_other(tmp_path: Path):
    board = Board(tmp_path, step=0)
    board.numbers(1, {"loss": 0.5, "held_out": {"psnr_y": 30.0}, "words": "not a number"})
    board.numbers(2, {"loss": 0.25})
    board.pictures(2, "crab", [np.zeros((4, 6, 3), np.uint8), np.ones((4, 6, 3), np.uint8)])
    Board(tmp_path, step=1).pictures(1, "crab", [np.zeros((2, 2, 3), np.uint8)])
    events = EventAccumulator(str(tmp_path)).Reload()
    assert events.Tags()["scalars"] == ["loss", "held_out/psnr_y"]
    # what was written beyond step 1, before the run was cut, is gone
    assert [(e.step, e.value) for e in events.Scalars("loss")] == [(1, 0.5)]
    (picture,) = (e for e in events.Images("lr, bicubic, sr, hr/crab"))
    assert (picture.width, picture.height) == (2, 2)


def test_a_full_disk_is_one_sentence(tmp_path: Path):
    board = Board(tmp_path, step=0)
    (events,) = tmp_path.iterdir()
    events.unlink()
    try:
        events.symlink_to("/dev/full")
    except OSError:
        pytest.skip("no symbolic links here")
    if not Path("/dev/full").exists():
        pytest.skip("there is no /dev/full here")
    with pytest.raises(InvalidRun, match=r"cannot be written: No space left on device\.$"):
        board.numbers(1, {"loss": 0.5})
