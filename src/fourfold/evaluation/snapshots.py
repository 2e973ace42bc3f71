"""Figure 8: one picture by the weights that a run kept on its way, and the curves of its scores.

Source: Ledig et al. 2017, figure 8: Set14's baboon from 20,000 to 180,000 updates.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from fourfold import __version__
from fourfold.errors import UnknownMethod
from fourfold.evaluation.cache import Cache
from fourfold.evaluation.crops import most_different
from fourfold.evaluation.dataset import Dataset, Pair
from fourfold.evaluation.measures import Compared, Measure
from fourfold.evaluation.measuring import run_method
from fourfold.evaluation.methods import Case, Method, find_method
from fourfold.evaluation.text import protocol_text, shown
from fourfold.metrics import Protocol
from fourfold.report import (
    Block,
    Comparison,
    Line,
    Plot,
    Section,
    Text,
    Version,
    plot_lines,
    render_page,
)

_PICTURE = ("Set14", "baboon")
_NAME = re.compile(r"step-(\d+)\.safetensors")


@dataclass(frozen=True)
class Snapshot:
    """What the weights of one step make of the picture."""

    step: int
    sr: np.ndarray
    scores: dict[str, float]


@dataclass(frozen=True)
class Snapshots:
    """One picture over the steps of a run."""

    run: str
    pair: Pair
    hr: np.ndarray
    steps: tuple[Snapshot, ...]
    measures: tuple[Measure, ...]
    protocol: Protocol


def find_snapshots(run: Path) -> list[tuple[int, Path]]:
    """The steps whose weights a run kept, and their files.

    Raises:
        UnknownMethod: no run, or one that kept none.
    """
    found = [
        (int(match[1]), path)
        for path in (run / "snapshots").glob("*.safetensors")
        if (match := _NAME.fullmatch(path.name))
    ]
    if not found:
        raise UnknownMethod(
            f"{run} holds no snapshots; train with --set snapshots=20000,40000 to keep some."
        )
    return sorted(found)


def measure_snapshots(
    run: Path,
    dataset: Dataset,
    measures: Sequence[Measure],
    *,
    protocol: Protocol,
    cache: Cache,
) -> Snapshots:
    """Measure every kept step of a run on Set14's baboon, else on the dataset's first picture.

    Raises:
        UnknownMethod: no run, one that kept nothing, or weights of another scale.
        InvalidDataset: the picture cannot be read.
        FailedMethod: the weights give no result.
    """
    kept = find_snapshots(run)
    by_name = {(pair.test_set, pair.name): pair for pair in dataset.pairs}
    pair = by_name.get(_PICTURE, dataset.pairs[0])
    lr, hr = pair.read()
    steps = []
    for step, path in kept:
        method: Method = find_method(str(path), scale=dataset.scale)
        sr = run_method(method, Case(pair, lr, hr), cache)
        pictures = Compared(sr, hr, lr, dataset.scale, protocol)
        steps.append(Snapshot(step, sr, cache.measure(measures, pictures)))
    return Snapshots(run.name, pair, hr, tuple(steps), tuple(measures), protocol)


def snapshots_text(snapshots: Snapshots) -> str:
    """The scores step by step, 80 columns."""
    titles = [f"{measure.label} {measure.unit}".strip() for measure in snapshots.measures]
    lines = [
        f"{snapshots.pair.title} over the steps of {snapshots.run}",
        f"{'step':>12}" + "".join(f"{title:>11}" for title in titles),
    ]
    for each in snapshots.steps:
        cells = [f"{shown(each.scores[m.name], m):>11}" for m in snapshots.measures]
        lines.append(f"{each.step:>12,}" + "".join(cells))
    return "\n".join([*lines, "", protocol_text(snapshots.protocol, snapshots.pair.scale)])


def snapshots_page(snapshots: Snapshots) -> str:
    """Figure 8 as a page: the cut in which the steps differ most, and a curve a metric."""
    results = {f"{each.step:,} steps": each.sr for each in snapshots.steps}
    crop = most_different(results, snapshots.hr)
    versions = [Version(label="original", pixels=crop.of(snapshots.hr))]
    versions += [Version(label=name, pixels=crop.of(sr)) for name, sr in results.items()]
    curves: list[Block] = [
        Plot(
            svg=plot_lines(
                [
                    Line(
                        label=measure.label,
                        x=[each.step for each in snapshots.steps],
                        y=[each.scores[measure.name] for each in snapshots.steps],
                    )
                ],
                x_label="step",
                y_label=f"{measure.label}, {measure.unit}" if measure.unit else measure.label,
            ),
            description=f"{measure.label} by step.",
            caption=f"{measure.label}: {measure.help}.",
        )
        for measure in snapshots.measures
    ]
    return render_page(
        f"{snapshots.pair.title} over the steps of {snapshots.run}",
        [
            Section("Pictures", [Comparison(title=snapshots.pair.title, versions=versions)]),
            Section("Curves", curves),
            Section(
                "Protocol",
                [Text(protocol_text(snapshots.protocol, snapshots.pair.scale).replace("\n", " "))],
            ),
        ],
        lead="After figure 8 of the paper.",
        footer=f"fourfold {__version__}",
    )
