"""What a page is made of: plain values, which the templates turn into HTML."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import ClassVar, Literal

import numpy as np

from fourfold.report.pictures import picture_url


@dataclass(frozen=True)
class Text:
    """A paragraph."""

    template: ClassVar[str] = "text.html"
    text: str


@dataclass(frozen=True)
class Notice:
    """A paragraph that must not be missed."""

    template: ClassVar[str] = "notice.html"
    text: str
    kind: Literal["good", "warning"] = "warning"


@dataclass(frozen=True)
class Listing:
    """Lines as they are, such as a LaTeX table or a command, in a box that scrolls."""

    template: ClassVar[str] = "listing.html"
    text: str
    title: str = ""


@dataclass(frozen=True, kw_only=True)
class Column:
    """A column of a table."""

    title: str
    help: str = ""
    """Shown when the pointer rests on the title."""
    is_number: bool = True
    """Numbers stand right-aligned; a click on the title sorts by them."""


@dataclass(frozen=True, kw_only=True)
class Cell:
    """A number in a table, or that there is none."""

    value: float | None
    digits: int = 2
    unit: str = ""
    note: str = ""
    """Small, beneath the number: an interval, a remark."""
    is_best: bool = False

    @property
    def text(self) -> str:
        """The number as it is shown; a dash for none."""
        if self.value is None or math.isnan(self.value):
            return "–"
        if math.isinf(self.value):
            return "∞" if self.value > 0 else "−∞"
        return f"{self.value:.{self.digits}f}{self.unit}".replace("-", "−")


@dataclass(frozen=True, kw_only=True)
class Table:
    """Rows that a click on a column's title sorts; each has a cell a column."""

    template: ClassVar[str] = "table.html"
    columns: Sequence[Column]
    rows: Sequence[Sequence[Cell | str]]
    caption: str = ""

    def __post_init__(self) -> None:
        assert all(len(row) == len(self.columns) for row in self.rows)


@dataclass(frozen=True, kw_only=True)
class Plot:
    """A drawing, as the `plot_` functions make it."""

    template: ClassVar[str] = "plot.html"
    svg: str
    description: str
    """What it shows, for those who do not see it."""
    caption: str = ""


@dataclass(frozen=True, kw_only=True)
class Version:
    """One of several pictures of the same thing."""

    label: str
    pixels: np.ndarray
    """uint8, shape (H, W) or (H, W, 3)."""
    note: str = ""
    """Beneath it: its scores, for instance."""
    can_slide: bool = True
    """Whether the slider offers it; an error map is none to compare with."""

    @property
    def url(self) -> str:
        """The picture itself, lossless, as a data URL."""
        return picture_url(self.pixels)


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """Versions of one picture side by side at 1:1, and any two of them under a slider."""

    template: ClassVar[str] = "comparison.html"
    title: str
    versions: Sequence[Version]
    caption: str = ""
    is_sliding: bool = False
    """Whether the slider is open at first."""


Block = Text | Notice | Listing | Table | Plot | Comparison


@dataclass(frozen=True)
class Section:
    """A heading and what stands below it."""

    title: str
    blocks: Sequence[Block] = field(default_factory=tuple)
    is_folded: bool = False
    """Whether it opens with a click; printing opens it."""
