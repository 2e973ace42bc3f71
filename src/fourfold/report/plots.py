"""Plots as SVG that takes the page's colours and font; the same values give the same text."""

import io
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import cycle
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

_INK, _QUIET, _LINE = "#010203", "#010204", "#010205"  # stand for the page's own colours
_PALETTE = tuple(f"#0102{number:02x}" for number in range(0x11, 0x19))  # --plot-1 to --plot-8
_VARIABLES = {_INK: "var(--ink)", _QUIET: "var(--quiet)", _LINE: "var(--line)"} | {
    colour: f"var(--plot-{number})" for number, colour in enumerate(_PALETTE, start=1)
}
_STYLE: dict[Any, Any] = {
    "svg.fonttype": "none",  # text stays text
    "svg.hashsalt": "fourfold",
    "font.family": "sans-serif",
    "font.size": 10,
    "axes.edgecolor": _LINE,
    "axes.labelcolor": _INK,
    "text.color": _INK,
    "xtick.color": _QUIET,
    "ytick.color": _QUIET,
    "grid.color": _LINE,
    "axes.grid": True,
    "axes.axisbelow": True,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "figure.facecolor": "none",
    "axes.facecolor": "none",
    "legend.frameon": False,
    "path.simplify": False,
    "text.parse_math": False,  # a method's name may hold dollars
}


@dataclass(frozen=True, kw_only=True)
class Point:
    """A labelled dot."""

    label: str
    x: float
    y: float
    is_hollow: bool = False
    """A figure from elsewhere beside measured ones."""


@dataclass(frozen=True, kw_only=True)
class Line:
    """A labelled curve."""

    label: str
    x: Sequence[float]
    y: Sequence[float]


def plot_points(
    points: Sequence[Point],
    *,
    x_label: str,
    y_label: str,
    marks: Mapping[str, float] | None = None,
) -> str:
    """Labelled dots in a plane; one colour a label, so that hollow dots find their partner.

    Args:
        points: the dots.
        x_label: quantity and unit.
        y_label: likewise.
        marks: by label, a place on the x axis that is marked in the label's colour.
    """
    colours = dict(zip(dict.fromkeys(point.label for point in points), cycle(_PALETTE)))

    def draw(axes: Axes) -> None:
        for point in points:
            colour = colours[point.label]
            face = "none" if point.is_hollow else colour
            axes.scatter([point.x], [point.y], s=60, facecolor=face, edgecolor=colour, zorder=3)
            axes.annotate(
                point.label,
                (point.x, point.y),
                xytext=(7, 5),
                textcoords="offset points",
                color=_QUIET if point.is_hollow else _INK,
            )
        for label, place in (marks or {}).items():
            axes.plot(
                [place],
                [0.02],
                marker="|",
                markersize=16,
                markeredgewidth=3,
                color=colours[label],
                transform=axes.get_xaxis_transform(),
            )
        axes.margins(x=0.16, y=0.12)
        axes.set(xlabel=x_label, ylabel=y_label)

    return _svg(draw)


def plot_lines(lines: Sequence[Line], *, x_label: str, y_label: str) -> str:
    """Curves with their dots, named in a legend where there are several."""

    def draw(axes: Axes) -> None:
        for line, colour in zip(lines, cycle(_PALETTE)):
            axes.plot(line.x, line.y, color=colour, marker="o", markersize=4, label=line.label)
        axes.set(xlabel=x_label, ylabel=y_label)
        if len(lines) > 1:
            axes.legend()

    return _svg(draw)


def plot_intervals(
    labels: Sequence[str], intervals: Sequence[tuple[float, float, float]], *, x_label: str
) -> str:
    """A dot and its interval for each label, from top to bottom.

    Args:
        labels: of the rows.
        intervals: estimate, lower and upper end.
        x_label: the quantity and its unit.
    """

    def draw(axes: Axes) -> None:
        for row, (estimate, low, high) in enumerate(intervals):
            axes.plot([low, high], [row, row], color=_PALETTE[0], linewidth=2)
            axes.plot([estimate], [row], "o", color=_PALETTE[0])
        _name_rows(axes, labels)
        axes.set(xlabel=x_label)

    return _svg(draw, height=1.1 + 0.34 * len(labels))


def plot_spread(labels: Sequence[str], values: Sequence[Sequence[float]], *, x_label: str) -> str:
    """Each row's values as dots, a line at their mean: how far pictures differ, not only means."""

    def draw(axes: Axes) -> None:
        for row, (own, colour) in enumerate(zip(values, cycle(_PALETTE))):
            finite = [value for value in own if np.isfinite(value)]
            height = row + 0.22 * _spread(len(finite))
            axes.scatter(finite, height, s=20, color=colour, alpha=0.7, linewidths=0)
            if finite:
                mean = float(np.mean(finite))
                axes.plot([mean, mean], [row - 0.34, row + 0.34], color=_INK, linewidth=2)
        _name_rows(axes, labels)
        axes.set(xlabel=x_label)

    return _svg(draw, height=1.1 + 0.5 * len(labels))


def plot_shares(
    labels: Sequence[str], shares: Sequence[Sequence[float]], kinds: Sequence[str]
) -> str:
    """How each row parts among kinds, as a stacked bar: the scores 1 to 5, for instance.

    Args:
        labels: of the rows.
        shares: a share for each kind in each row, adding up to 1.
        kinds: names of the kinds, from left to right.
    """
    colours = mpl.colormaps["viridis"](np.linspace(0.08, 0.92, len(kinds)))

    def draw(axes: Axes) -> None:
        start = np.zeros(len(labels))
        for kind, column, colour in zip(kinds, np.array(shares).T, colours, strict=True):
            axes.barh(range(len(labels)), 100 * column, left=start, color=colour, label=kind)
            start += 100 * column
        _name_rows(axes, labels)
        axes.set(xlabel="share, %", xlim=(0, 100))
        axes.legend(ncols=len(kinds), loc="lower left", bbox_to_anchor=(0, 1))

    return _svg(draw, height=1.6 + 0.36 * len(labels))


def _name_rows(axes: Axes, labels: Sequence[str]) -> None:
    axes.set_yticks(range(len(labels)), labels)
    axes.set_ylim(len(labels) - 0.4, -0.6)  # the first row on top
    axes.grid(visible=False, axis="y")
    axes.tick_params(axis="y", length=0, labelcolor=_INK)


def _spread(count: int) -> np.ndarray:
    """Heights in [-1, 1] that keep neighbours apart: the golden ratio's sequence, no randomness."""
    return 2 * ((np.arange(count) * 0.6180339887) % 1) - 1


def _svg(draw: Callable[[Axes], None], *, width: float = 6.4, height: float = 4) -> str:
    """The SVG element of one pair of axes; sizes in inches."""
    with mpl.rc_context(_STYLE):
        figure = Figure(figsize=(width, height), layout="constrained")
        draw(figure.add_subplot())
        buffer = io.StringIO()
        figure.savefig(buffer, format="svg", metadata={"Date": None, "Creator": None})
    return _fit_into_page(buffer.getvalue())


def _fit_into_page(document: str) -> str:
    """The element alone, scalable, in the page's colours; only ids that something refers to."""
    svg = document[document.index("<svg") :]
    svg = re.sub(r"<metadata>.*?</metadata>\s*", "", svg, flags=re.DOTALL)
    svg = re.sub(r'(<svg[^>]*?) width="[^"]*"', r"\1", svg, count=1)
    svg = re.sub(r'(<svg[^>]*?) height="[^"]*"', r"\1", svg, count=1)
    used = set(re.findall(r"#([\w-]+)", svg))
    svg = re.sub(r' id="([\w-]+)"', lambda m: m.group(0) if m.group(1) in used else "", svg)
    for colour, variable in _VARIABLES.items():
        svg = svg.replace(colour, variable)
    return re.sub(r"font: ([\d.]+px) [^;\"]*", r"font-size: \1", svg)
