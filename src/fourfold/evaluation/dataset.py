"""Test sets on the disk: which original belongs to which small picture, in the known layouts."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from fourfold.errors import FourfoldError, InvalidDataset, nearest
from fourfold.imaging import image_extensions, read_image, reduce

PAPERS_SETS = ("Set5", "Set14", "BSD100")


@dataclass(frozen=True, kw_only=True)
class Pair:
    """An original and the small picture that was made of it."""

    test_set: str
    name: str
    hr_path: Path
    lr_path: Path | None
    """None where the small picture is made by the exact bicubic."""
    scale: int

    @property
    def title(self) -> str:
        """The picture as messages and files name it: Set5/baby."""
        return f"{self.test_set}/{self.name}"

    def read(self) -> tuple[np.ndarray, np.ndarray]:
        """Read lr and hr, both uint8, (H, W) or (H, W, 3); hr is `scale` times as large.

        An original whose sides do not divide is cut at the right and bottom.

        Raises:
            InvalidDataset: a file that is no opaque 8-bit picture, or sizes that do not match.
        """
        hr = read_opaque(self.hr_path)
        height, width = (side // self.scale * self.scale for side in hr.shape[:2])
        if 0 in (height, width):
            raise InvalidDataset(f"{self.hr_path} has a side below {self.scale} pixels.")
        hr = hr[:height, :width]
        if self.lr_path is None:
            return reduce(hr, self.scale), hr
        lr = read_opaque(self.lr_path)
        if (lr.shape[0] * self.scale, lr.shape[1] * self.scale) != hr.shape[:2]:
            raise InvalidDataset(
                f"{self.lr_path} is {lr.shape[1]}x{lr.shape[0]}, and {self.hr_path.name} "
                f"{width}x{height}: it must be {self.scale} times as large."
            )
        if lr.ndim != hr.ndim:
            raise InvalidDataset(f"Of {self.lr_path} and {self.hr_path} one alone is grey.")
        return lr, hr


@dataclass(frozen=True)
class Dataset:
    """The pairs that are measured on, set by set."""

    pairs: tuple[Pair, ...]
    scale: int

    @property
    def sets(self) -> list[str]:
        """The sets' names, in order."""
        return list(dict.fromkeys(pair.test_set for pair in self.pairs))


def find_dataset(
    root: Path, sets: Sequence[str] | None = None, *, scale: int = 4, limit: int | None = None
) -> Dataset:
    """Find test sets below a folder.

    A set is a folder in one of these layouts, tried in turn:
    `HR/NAME.png` with `LRx4/NAME.png` or `LR_bicubic/X4/NAMEx4.png` or neither;
    `image_SRF_4/NAME_SRF_4_HR.png` with `..._LR.png`; `GTmod12/NAME.png` with `LRbicx4/NAME.png`;
    or the pictures themselves.

    Args:
        root: holds a folder for each set, or is one set.
        sets: names of sets; by default those of the paper that are there, else all that are.
        scale: factor per side.
        limit: at most so many pictures of each set, the first by name.

    Raises:
        InvalidDataset: no such folder or set, one without pictures, or a picture without partner.
    """
    if not root.is_dir():
        raise InvalidDataset(
            f"{root} is no folder; name the one that holds the test sets (--data)."
        )
    there = {folder.name: folder for folder in sorted(root.iterdir()) if folder.is_dir()}
    if sets is None:
        sets = [name for name in PAPERS_SETS if name in there]
        sets = sets or [name for name, folder in there.items() if _is_set(folder, scale)]
    if not sets:
        sets, there = [root.resolve().name], {root.resolve().name: root}
    pairs: list[Pair] = []
    for name in dict.fromkeys(sets):
        if name not in there:
            hint = nearest(name, there) if there else ""
            raise InvalidDataset(f"There is no test set '{name}' in {root}. {hint}".rstrip())
        pairs += _pairs(name, there[name], scale)[:limit]
    return Dataset(tuple(pairs), scale)


def _pairs(test_set: str, folder: Path, scale: int) -> list[Pair]:
    for layout in _LAYOUTS:
        found = layout(folder, scale)
        if found:
            return [
                Pair(test_set=test_set, name=name, hr_path=hr, lr_path=lr, scale=scale)
                for name, hr, lr in found
            ]
    raise InvalidDataset(
        f"{folder} holds no pictures in a known layout: HR/, image_SRF_{scale}/, GTmod12/, or "
        "pictures themselves."
    )


def _is_set(folder: Path, scale: int) -> bool:
    try:
        return any(layout(folder, scale) for layout in _LAYOUTS)
    except InvalidDataset:
        return True  # one that is damaged; measuring it says how


Found = list[tuple[str, Path, Path | None]]


def _hr_and_lr(folder: Path, scale: int) -> Found:
    originals = pictures_of(folder / "HR")
    for small, suffix in ((f"LRx{scale}", ""), (f"LR_bicubic/X{scale}", f"x{scale}")):
        if (folder / small).is_dir():
            return _matched(originals, folder / small, suffix)
    return [(path.stem, path, None) for path in originals]


def _selfexsr(folder: Path, scale: int) -> Found:
    inside, end = folder / f"image_SRF_{scale}", f"_SRF_{scale}_HR"
    originals = [path for path in pictures_of(inside) if path.stem.endswith(end)]
    return [
        (path.stem.removesuffix(end), path, _only(path.with_stem(path.stem[:-2] + "LR")))
        for path in originals
    ]


def _basicsr(folder: Path, scale: int) -> Found:
    originals, small = pictures_of(folder / "GTmod12"), folder / f"LRbicx{scale}"
    if not small.is_dir():
        return [(path.stem, path, None) for path in originals]
    return _matched(originals, small, "")


def _plain(folder: Path, _: int) -> Found:
    for inside in (folder, folder / "original"):
        if pictures := pictures_of(inside):
            return [(path.stem, path, None) for path in pictures]
    return []


_LAYOUTS = (_hr_and_lr, _selfexsr, _basicsr, _plain)


def _matched(originals: list[Path], small: Path, suffix: str) -> Found:
    return [(path.stem, path, _only(small / f"{path.stem}{suffix}.png")) for path in originals]


def _only(path: Path) -> Path:
    if not path.is_file():
        raise InvalidDataset(f"The small picture {path} is missing.")
    return path


def pictures_of(folder: Path) -> list[Path]:
    """The pictures of a folder by name, numbers by value; none where there is no folder."""
    if not folder.is_dir():
        return []
    found = [
        path
        for path in folder.iterdir()
        if path.suffix.lower() in image_extensions() and not path.name.startswith(".")
    ]
    return sorted(found, key=lambda path: re.sub(r"\d+", lambda n: n[0].zfill(9), path.name))


def read_opaque(path: Path) -> np.ndarray:
    """Read a picture that can be scored: opaque, 8 bits; (H, W) or (H, W, 3).

    Raises:
        InvalidDataset: anything else.
    """
    try:
        image = read_image(path)
    except FourfoldError as error:
        raise InvalidDataset(str(error)) from error
    if image.dtype != np.uint8:
        raise InvalidDataset(f"{path} has 16 bits a sample; scores are of 8-bit pictures.")
    if image.ndim == 3 and image.shape[2] != 3:
        raise InvalidDataset(f"{path} has transparency; scores are of opaque pictures.")
    return image
