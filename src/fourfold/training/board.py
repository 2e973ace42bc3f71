"""A run as TensorBoard shows it: its numbers as curves, and pictures beside each other."""

import os
import socket
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from fourfold.errors import InvalidRun

try:
    from tensorboard.compat.proto.event_pb2 import Event, SessionLog  # type: ignore[import-untyped]
    from tensorboard.summary.writer.record_writer import (  # type: ignore[import-untyped]
        RecordWriter,
    )
    from torch.utils.tensorboard.summary import image, scalar

    IS_THERE = True
except ModuleNotFoundError:  # a run is watched by log.jsonl alone then
    IS_THERE = False

_PICTURES = "lr, bicubic, sr, hr"


class Board:
    """Writes TensorBoard's events into a run's folder, where TensorBoard is installed.

    At once: its own SummaryWriter has a thread for that, which a full disk ends with a traceback.

    Args:
        run: the run's folder.
        step: what was written beyond it, before a run was cut, is taken back.

    Raises:
        InvalidRun: the disk is full, or the folder cannot be written.
    """

    def __init__(self, run: Path, *, step: int) -> None:
        # TensorBoard reads files in the order of their names
        name = f"events.out.tfevents.{time.time():.3f}.{socket.gethostname()}.{os.getpid()}"
        self._path = run / name
        if IS_THERE:
            self._write(file_version="brain.Event:2")
            self._write(step=step + 1, session_log=SessionLog(status=SessionLog.START))

    def numbers(self, step: int, entry: Mapping[str, object], *, group: str = "") -> None:
        """Add the numbers of an entry of the log, those of a mapping in it as a group."""
        for name, value in entry.items():
            if isinstance(value, Mapping):
                self.numbers(step, value, group=f"{name}/")
            elif isinstance(value, int | float) and IS_THERE:
                curve = scalar(f"{group}{name}", value)  # type: ignore[no-untyped-call]
                self._write(step=step, summary=curve)

    def pictures(self, step: int, name: str, pictures: Sequence[np.ndarray]) -> None:
        """Add pictures of one size, (H, W, 3), uint8, beside each other."""
        if IS_THERE:
            row = np.concatenate(pictures, axis=1)
            shown = image(f"{_PICTURES}/{name}", row, dataformats="HWC")  # type: ignore[no-untyped-call]
            self._write(step=step, summary=shown)

    def _write(self, **event: Any) -> None:
        try:
            with self._path.open("ab") as file:
                RecordWriter(file).write(Event(wall_time=time.time(), **event).SerializeToString())
        except OSError as error:
            raise InvalidRun(f"{self._path} cannot be written: {error.strerror}.") from error
