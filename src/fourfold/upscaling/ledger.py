"""What a batch has done already, so that it can go on where it was cut."""

import hashlib
import json
import os
from pathlib import Path

from fourfold.errors import UnreadableImage, UnwritableImage

_NAME = "fourfold.jsonl"


class Ledger:
    """The file `fourfold.jsonl` in a folder of results: a line for each result that is whole.

    A line is appended after the result has its name. A line that is missing or torn, as a crash may
    leave it, means that the result is made again.

    Args:
        folder: where the results lie.
    """

    def __init__(self, folder: Path) -> None:
        self._path = folder / _NAME
        self._fingerprints = _read(self._path)

    def is_done(self, target: Path, fingerprint: str) -> bool:
        """Whether `target` is there and was made of what `fingerprint` stands for."""
        return self._fingerprints.get(target.name) == fingerprint and target.exists()

    def record(self, target: Path, fingerprint: str) -> None:
        """Append that `target` is whole; on the disk when this returns.

        Raises:
            UnwritableImage: the ledger cannot be written.
        """
        line = json.dumps({"result": target.name, "fingerprint": fingerprint}) + "\n"
        try:
            with self._path.open("ab") as file:
                if file.tell() and not _ends_with_newline(self._path):
                    file.write(b"\n")  # close a torn line, or this one would be lost in it
                file.write(line.encode())
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            raise UnwritableImage(f"{self._path} cannot be written: {error.strerror}.") from error
        self._fingerprints[target.name] = fingerprint


def fingerprint(source: Path, settings: dict[str, object]) -> str:
    """What a result depends on: the source's bytes, and the settings as they were asked for.

    Raises:
        UnreadableImage: the source cannot be read.
    """
    digest = hashlib.sha256(json.dumps(settings, sort_keys=True).encode())
    try:
        with source.open("rb") as file:
            digest.update(hashlib.file_digest(file, "sha256").digest())
    except OSError as error:
        raise UnreadableImage(f"{source} cannot be read: {error.strerror}.") from error
    return digest.hexdigest()


def _read(path: Path) -> dict[str, str]:
    fingerprints: dict[str, str] = {}
    try:
        content = path.read_bytes()
    except OSError:
        return fingerprints
    for line in content.splitlines():
        try:
            entry = json.loads(line)
            fingerprints[str(entry["result"])] = str(entry["fingerprint"])
        except (ValueError, KeyError, TypeError):
            continue
    return fingerprints


def _ends_with_newline(path: Path) -> bool:
    with path.open("rb") as file:
        file.seek(-1, os.SEEK_END)
        return file.read(1) == b"\n"
