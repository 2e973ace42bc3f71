"""Batches that go on where they were cut: what earlier calls have done."""

from pathlib import Path
from typing import TYPE_CHECKING

from fourfold.errors import UnreadableImage

if TYPE_CHECKING:
    from fourfold.upscaling import Job, Ledger


class DoneBefore:
    """What earlier calls with the same settings have done, by a ledger in each folder.

    Args:
        model: whose weights the results depend on.
        scale: factor per side, as it was asked for.
        asked: the options that change results, as they were asked for: `auto` stays so, for a batch
            that goes on another machine is not done again.
    """

    def __init__(self, model: str, scale: float | None, asked: dict[str, object]) -> None:
        from fourfold.weights import load_partner, load_weights, model_at, tensors_sha256

        self._settings = dict(asked)
        weights = load_weights(model_at(model, scale))
        self._settings["weights"] = tensors_sha256(weights.tensors)
        self._settings["consistent by default"] = weights.card.consistent
        if asked["realism"] != 1:
            self._settings["partner"] = tensors_sha256(load_partner(model).tensors)
        self._ledgers: dict[Path, Ledger] = {}
        self._fingerprints: dict[Job, str] = {}

    def is_done(self, job: "Job") -> bool:
        """Whether the job's result is there, made of the same input with the same settings."""
        try:
            return self._ledger(job).is_done(job.target, self._fingerprint(job))
        except UnreadableImage:
            return False  # its own turn says so, and the others go on

    def record(self, job: "Job") -> None:
        """Note that the job's result is whole."""
        self._ledger(job).record(job.target, self._fingerprint(job))

    def _fingerprint(self, job: "Job") -> str:
        from fourfold.upscaling import fingerprint

        if job not in self._fingerprints:  # a hash of the whole file
            self._fingerprints[job] = fingerprint(job.source, self._settings)
        return self._fingerprints[job]

    def _ledger(self, job: "Job") -> "Ledger":
        from fourfold.upscaling import Ledger

        folder = job.target.parent
        if folder not in self._ledgers:
            self._ledgers[folder] = Ledger(folder)
        return self._ledgers[folder]
