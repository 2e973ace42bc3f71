"""Two pictures, or two folders of them, beside each other: what `fourfold compare` shows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from fourfold import __version__
from fourfold.errors import FourfoldError, InvalidDataset
from fourfold.evaluation.crops import error_map
from fourfold.evaluation.dataset import pictures_of, read_opaque
from fourfold.evaluation.measures import Compared, Measure
from fourfold.evaluation.text import protocol_text, shown
from fourfold.imaging import reduce
from fourfold.metrics import Protocol
from fourfold.report import Cell, Column, Comparison, Section, Table, Text, Version, render_page

_WHOLE = 1_000_000  # pixels; larger pictures are shown by a cut of their middle


@dataclass(frozen=True)
class Trio:
    """Two pictures of one thing, and its original if there is one."""

    name: str
    a: Path
    b: Path
    hr: Path | None


@dataclass(frozen=True)
class Compare:
    """What comparing one trio gave."""

    trio: Trio
    scores: Mapping[str, Mapping[str, float]]
    """Label -> metric -> value: of a and b against the original, or of `difference` alone."""
    images: Mapping[str, np.ndarray]
    """By label."""


def find_trios(a: Path, b: Path, against: Path | None) -> list[Trio]:
    """Pair two pictures, or the pictures of two folders by name; with originals if wanted.

    Raises:
        InvalidDataset: a file and a folder, an empty folder, or a name that is in one alone.
    """
    paths = [a, b, *([against] if against else [])]
    for path in paths:
        if not path.exists():
            raise InvalidDataset(f"There is no picture or folder {path}.")
    if len({path.is_dir() for path in paths}) > 1:
        raise InvalidDataset("Compare pictures with pictures, or folders with folders.")
    if not a.is_dir():
        return [Trio(a.stem, a, b, against)]
    folders = [{path.stem: path for path in pictures_of(path)} for path in paths]
    names = list(folders[0])
    if not names:
        raise InvalidDataset(f"{a} holds no pictures.")
    for folder, found in zip(paths, folders, strict=True):
        if lacking := [name for name in names if name not in found]:
            raise InvalidDataset(f"{folder} holds no {lacking[0]}, which {a} does.")
    if lacking := [name for name in folders[1] if name not in folders[0]]:
        raise InvalidDataset(f"{a} holds no {lacking[0]}, which {b} does.")
    return [
        Trio(name, folders[0][name], folders[1][name], folders[2][name] if against else None)
        for name in names
    ]


def compare_trio(
    trio: Trio, measures: Sequence[Measure], *, scale: int, protocol: Protocol
) -> Compare:
    """Measure a trio: both pictures against the original, or one against the other.

    Raises:
        InvalidDataset: a picture that cannot be scored, or sizes that differ.
    """
    images = {"a": read_opaque(trio.a), "b": read_opaque(trio.b)}
    if trio.hr is not None:
        images["original"] = read_opaque(trio.hr)
    first = images["a"]
    for label, image in images.items():
        if image.shape != first.shape:
            paths = {"b": trio.b, "original": trio.hr}
            raise InvalidDataset(
                f"{trio.a} is {_size(first)}, and {paths[label]} {_size(image)}: "
                "they must have one size and as many channels."
            )
    judged = ("a", "b") if trio.hr is not None else ("a",)
    truth = images["original"] if trio.hr is not None else images["b"]
    scores = {}
    for label in judged:
        pictures = Compared(images[label], truth, reduce(truth, scale), scale, protocol)
        name = label if trio.hr is not None else "a to b"
        try:
            scores[name] = {measure.name: measure.of(pictures) for measure in measures}
        except FourfoldError as error:
            raise InvalidDataset(f"{trio.name} cannot be measured: {error}") from error
    return Compare(trio, scores, images)


def compare_text(
    compared: Sequence[Compare], measures: Sequence[Measure], *, scale: int, protocol: Protocol
) -> str:
    """The scores as a table, 80 columns, and the mean where there are several pictures."""
    width = 20
    head = " " * width + "".join(f"{f'{m.label} {m.unit}'.strip():>10}" for m in measures)
    lines = [head]
    for each in compared:
        lines += [
            _row(f"{each.trio.name}  {label}", [own[m.name] for m in measures], measures, width)
            for label, own in each.scores.items()
        ]
    if len(compared) > 1:
        for label in compared[0].scores:
            means = [
                float(np.mean([each.scores[label][m.name] for each in compared])) for m in measures
            ]
            lines.append(_row(f"mean  {label}", means, measures, width))
    return "\n".join([*lines, "", protocol_text(protocol, scale, networks=False)])


def compare_page(
    compared: Sequence[Compare], measures: Sequence[Measure], *, scale: int, protocol: Protocol
) -> str:
    """The page: scores, and every picture under the slider."""
    columns = [Column(title=title, is_number=False) for title in ("picture", "version")]
    columns += [Column(title=f"{m.label} {m.unit}".strip(), help=m.help) for m in measures]
    rows: list[list[Cell | str]] = [
        [each.trio.name, label, *(Cell(value=own[m.name], digits=m.digits) for m in measures)]
        for each in compared
        for label, own in each.scores.items()
    ]
    a, b = compared[0].trio.a, compared[0].trio.b
    if len(compared) > 1:
        a, b = a.parent, b.parent
    return render_page(
        f"{a.name} and {b.name}",
        [
            Section("Pictures", [_comparison(each) for each in compared]),
            Section("Scores", [Table(columns=columns, rows=rows)]),
            Section(
                "Protocol",
                [Text(protocol_text(protocol, scale, networks=False).replace("\n", " "))],
                is_folded=True,
            ),
        ],
        footer=f"fourfold {__version__}",
    )


def _comparison(each: Compare) -> Comparison:
    hr = each.images.get("original")
    cut = _cut(each.images["a"])
    versions = [
        Version(label=label, pixels=image[cut], note=_name(each.trio, label))
        for label, image in each.images.items()
    ]
    if hr is None:
        difference = error_map(each.images["a"][cut], each.images["b"][cut])
        versions.append(Version(label="difference", pixels=difference, can_slide=False))
    else:
        versions += [
            Version(
                label=f"error of {label}",
                pixels=error_map(each.images[label][cut], hr[cut]),
                can_slide=False,
            )
            for label in ("a", "b")
        ]
    is_whole = each.images["a"][cut].shape == each.images["a"].shape
    return Comparison(
        title=each.trio.name,
        versions=versions,
        is_sliding=True,
        caption="Maps show how far y is off: white where equal, black from 128 levels on."
        + ("" if is_whole else " A cut of the middle."),
    )


def _cut(image: np.ndarray) -> tuple[slice, slice]:
    height, width = image.shape[:2]
    share = min(1.0, (_WHOLE / (height * width)) ** 0.5)
    sides = [int(side * share) for side in (height, width)]
    starts = [(whole - side) // 2 for whole, side in zip((height, width), sides, strict=True)]
    rows, columns = (slice(start, start + side) for start, side in zip(starts, sides, strict=True))
    return rows, columns


def _name(trio: Trio, label: str) -> str:
    path = {"a": trio.a, "b": trio.b, "original": trio.hr}[label]
    return "" if path is None else f"{path.parent.name}/{path.name}".lstrip("/")


def _row(label: str, values: Sequence[float], measures: Sequence[Measure], width: int) -> str:
    numbers = "".join(f"{shown(v, m):>10}" for v, m in zip(values, measures, strict=True))
    return (
        f"{label:<{width}}{numbers}" if len(label) < width else f"{label}\n{'':<{width}}{numbers}"
    )


def _size(image: np.ndarray) -> str:
    return f"{image.shape[1]}x{image.shape[0]}{' grey' if image.ndim == 2 else ''}"
