"""A run as TensorBoard shows it: its numbers as curves, and pictures beside each other."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

try:
    from torch.utils.tensorboard import SummaryWriter

    IS_THERE = True
except ModuleNotFoundError:  # a run is watched by log.jsonl alone then
    IS_THERE = False

_PICTURES = "lr, bicubic, sr, hr"


class Board:
    """Writes TensorBoard's events into a run's folder, where TensorBoard is installed.

    Args:
        run: the run's folder.
        step: what was written beyond it, before a run was cut, is taken back.
    """

    def __init__(self, run: Path, *, step: int) -> None:
        self._writer = SummaryWriter(str(run), purge_step=step + 1) if IS_THERE else None

    def numbers(self, step: int, entry: Mapping[str, object], *, group: str = "") -> None:
        """Add the numbers of an entry of the log, those of a mapping in it as a group."""
        for name, value in entry.items():
            if isinstance(value, Mapping):
                self.numbers(step, value, group=f"{name}/")
            elif isinstance(value, int | float) and self._writer:
                self._writer.add_scalar(f"{group}{name}", value, step)

    def pictures(self, step: int, name: str, pictures: Sequence[np.ndarray]) -> None:
        """Add pictures of one size, (H, W, 3), uint8, beside each other."""
        if self._writer:
            row = np.concatenate(pictures, axis=1)
            self._writer.add_image(f"{_PICTURES}/{name}", row, step, dataformats="HWC")
            self._writer.flush()
