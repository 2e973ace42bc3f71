"""Blocks of the report: which methods differ, and how many raters would tell the rest apart."""

from collections.abc import Sequence

from fourfold.report import Cell, Column, Table, Text
from fourfold.report.blocks import Block
from fourfold.study.analysis.results import Analysis, Comparison, Group

_MOST_NAMED = 6
_WHAT = (
    "The difference of mean opinion scores, row less column.",
    "How much more often the row's method was chosen than the column's, of the choices between "
    "them: 1 is always, -1 never.",
)


def differences(analysis: Analysis) -> list[Block]:
    """A matrix a group, and the pairs that are not told apart."""
    blocks: list[Block] = [
        Text(
            f"{_WHAT[analysis.mode == 'pair']} Below it stands the p-value after Holm's "
            "correction; bold where that is below 0.05."
        )
    ]
    for group in analysis.groups:
        blocks.append(_matrix(group))
        open_ones = [c for c in group.comparisons if not c.is_significant]
        if open_ones:
            blocks.append(_undecided(group, open_ones))
    return blocks


def _matrix(group: Group) -> Table:
    """Of many methods, columns bear the rows' numbers: names would not fit on a page."""
    is_numbered = len(group.names) > _MOST_NAMED
    numbers = [f"{number}" for number in range(1, len(group.names) + 1)]
    return Table(
        columns=[
            Column(title="row less column", is_number=False),
            *(
                Column(title=number if is_numbered else name, help=name)
                for number, name in zip(numbers, group.names, strict=True)
            ),
        ],
        rows=[
            [
                f"{number} {name}" if is_numbered else name,
                *(_cell(group.comparison(name, other), name) for other in group.names),
            ]
            for number, name in zip(numbers, group.names, strict=True)
        ],
        caption=f"{group.title}.",
    )


def _cell(comparison: Comparison | None, row: str) -> Cell:
    if comparison is None:
        return Cell(value=None)
    sign = 1 if comparison.a == row else -1
    return Cell(
        value=sign * comparison.difference,
        note=_short(comparison.p_corrected),
        is_best=comparison.is_significant,
    )


def _short(p_value: float) -> str:
    """Without the letter and the zero, for a dozen columns to fit."""
    return "<.001" if p_value < 0.001 else f"{p_value:.3f}".removeprefix("0")


def _undecided(group: Group, comparisons: Sequence[Comparison]) -> Table:
    return Table(
        columns=[
            Column(title="not told apart", is_number=False),
            Column(title="difference"),
            Column(title="p, corrected"),
            Column(
                title="more raters",
                help="About how many more would tell them apart, four times in five, if the "
                "difference is what it looks like.",
            ),
        ],
        rows=[
            [
                f"{c.a}, {c.b}",
                Cell(value=c.difference),
                Cell(value=c.p_corrected, digits=3),
                Cell(value=c.more_raters, digits=0),
            ]
            for c in comparisons
        ],
        caption=f"Pairs that cannot be told apart yet, {group.name}. A dash: nothing hints at a "
        "difference. The number of raters is a rough guess; half or twice as many is no surprise.",
    )
