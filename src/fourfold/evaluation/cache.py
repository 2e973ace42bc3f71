"""What has been computed, by the hash of its content: one more method computes only itself."""

import hashlib
import json
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import numpy as np

from fourfold import __version__
from fourfold.atomic import written_whole
from fourfold.errors import FourfoldError
from fourfold.evaluation.control import pixels_sha256
from fourfold.evaluation.measures import Compared, Measure, measure_all
from fourfold.evaluation.methods import Method
from fourfold.imaging import read_image, write_image


class Cache:
    """Results of networks as PNG, and scores as JSON, in a folder that may be deleted any time.

    Args:
        folder: made when the first entry is written; None keeps nothing.
    """

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder
        self._memory: dict[str, dict[str, float]] = {}

    def picture(self, method: Method, lr: np.ndarray) -> np.ndarray | None:
        """What `method` made of `lr` before, if that is known."""
        path = self._picture_path(method, lr)
        if path is None or not path.is_file():
            return None
        try:
            return read_image(path)
        except FourfoldError:
            return None  # damaged: it is made again

    def keep_picture(self, method: Method, lr: np.ndarray, sr: np.ndarray) -> None:
        """Remember what `method` made of `lr`."""
        path = self._picture_path(method, lr)
        if path is not None:
            with suppress(OSError, FourfoldError):  # a full disk costs time, no result
                path.parent.mkdir(parents=True, exist_ok=True)
                write_image(sr, path)

    def measure(self, measures: Sequence[Measure], pictures: Compared) -> dict[str, float]:
        """Each metric of a result: what is known of these very samples, the rest computed."""
        known = self._known(pictures)
        wanted = [measure for measure in measures if measure.name not in known]
        if wanted:
            known |= measure_all(wanted, pictures)
            self.remember(pictures, known)
        return {measure.name: known[measure.name] for measure in measures}

    def remember(self, pictures: Compared, scores: dict[str, float]) -> None:
        """Remember scores of a result, in place of what was known of it."""
        key = _scores_key(pictures)
        self._memory[key] = self._known(pictures) | scores
        if self._folder is not None:
            path = self._scores_path(key)
            with suppress(OSError):
                path.parent.mkdir(parents=True, exist_ok=True)
                with written_whole(path) as temporary:
                    temporary.write_text(json.dumps(self._memory[key]))

    def _known(self, pictures: Compared) -> dict[str, float]:
        key = _scores_key(pictures)
        if key not in self._memory and self._folder is not None:
            self._memory[key] = _read(self._scores_path(key))
        return dict(self._memory.get(key, {}))

    def _scores_path(self, key: str) -> Path:
        return Path(self._folder or "") / "scores" / f"{key}.json"

    def _picture_path(self, method: Method, lr: np.ndarray) -> Path | None:
        if self._folder is None or method.key is None:
            return None
        name = hashlib.sha256(f"{__version__} {method.key} {pixels_sha256(lr)}".encode())
        return self._folder / "pictures" / f"{name.hexdigest()}.png"


def _scores_key(pictures: Compared) -> str:
    parts = [__version__, pictures.protocol.sha256, str(pictures.scale)]
    parts += [pixels_sha256(image) for image in (pictures.sr, pictures.hr, pictures.lr)]
    return hashlib.sha256(" ".join(parts).encode()).hexdigest()


def _read(path: Path) -> dict[str, float]:
    try:
        known = json.loads(path.read_text())
        return {str(name): float(value) for name, value in known.items()}
    except (OSError, ValueError, AttributeError, TypeError):
        return {}
