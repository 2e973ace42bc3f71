"""Sections of the report: how raters found each method."""

from collections.abc import Sequence

from fourfold.report import (
    Cell,
    Column,
    Notice,
    Plot,
    Section,
    Table,
    Text,
    plot_intervals,
    plot_shares,
)
from fourfold.report.blocks import Block
from fourfold.study.analysis.prose import range_text
from fourfold.study.analysis.results import Analysis, Group

_SCORES = ("1", "2", "3", "4", "5")


def score_sections(analysis: Analysis) -> list[Section]:
    """Mean opinion scores, their distributions and ranks, group by group."""
    opinions: list[Block] = []
    shares: list[Block] = []
    ranks: list[Block] = []
    for group in analysis.groups:
        names = [result.method for result in group.methods]
        opinions += [
            _interval_plot(
                f"Mean opinion scores, {group.name}", names, group, "mos", "mean opinion score"
            ),
            _score_table(group),
        ]
        shares.append(
            Plot(
                svg=plot_shares(names, [result.shares for result in group.methods], _SCORES),
                description=f"Share of each score by method on {group.name}.",
                caption=f"Distribution of scores, {group.title}.",
            )
        )
        ranks.append(
            _interval_plot(f"Average rank, {group.name}", names, group, "rank", "average rank")
        )
    shares.insert(0, Text("How the scores 1 (bad) to 5 (excellent) part, by method."))
    ranks.insert(
        0,
        Text(
            "Each rater's scores of an image rank the methods, 1 the best; equal scores share the "
            "mean of their ranks. Shown is the mean over raters and images with its 95 % interval."
        ),
    )
    return [
        Section("Mean opinion scores", opinions),
        Section("Distribution of scores", shares),
        Section("Average ranks", ranks),
    ]


def strength_sections(analysis: Analysis) -> list[Section]:
    """Strengths from choices between two, group by group."""
    blocks: list[Block] = [
        Text(
            "A method stronger by 1 is chosen in 73 of 100 cases, by 2 in 88, by 3 in 95. The "
            "strengths of a group add up to 0."
        )
    ]
    for group in analysis.groups:
        if not group.strengths:
            blocks.append(Notice(f"The choices of {group.name} do not link all methods yet."))
            continue
        if not group.is_bounded:
            blocks.append(
                Notice(
                    f"On {group.name} some methods never lost to the others: how much stronger "
                    "they are cannot be told, and half a win each way was added to every pair."
                )
            )
        names = [result.method for result in group.strengths]
        strengths = [result.strength for result in group.strengths]
        blocks += [
            Plot(
                svg=plot_intervals(
                    names, [(s.mean, s.low, s.high) for s in strengths], x_label="strength"
                ),
                description="; ".join(f"{n} {s}" for n, s in zip(names, strengths, strict=True)),
                caption=f"Bradley-Terry strengths, {group.title}, with 95 % intervals.",
            ),
            Table(
                columns=[
                    Column(title="method", is_number=False),
                    Column(title="strength", help="With its 95 % interval."),
                    Column(title="chosen", help="Of all choices in which it was one of the two."),
                    Column(title="choices"),
                ],
                rows=[
                    [
                        result.method,
                        Cell(
                            value=result.strength.mean,
                            note=range_text(result.strength),
                        ),
                        Cell(value=100 * result.wins / result.choices, digits=0, unit=" %"),
                        Cell(value=result.choices, digits=0),
                    ]
                    for result in group.strengths
                ],
            ),
        ]
    return [Section("Strengths", blocks)]


def _interval_plot(
    title: str, names: Sequence[str], group: Group, attribute: str, x_label: str
) -> Plot:
    intervals = [getattr(result, attribute) for result in group.methods]
    return Plot(
        svg=plot_intervals(names, [(i.mean, i.low, i.high) for i in intervals], x_label=x_label),
        description="; ".join(
            f"{name} {interval}" for name, interval in zip(names, intervals, strict=True)
        ),
        caption=f"{title.split(',')[0]}, {group.title}, with 95 % intervals.",
    )


def _score_table(group: Group) -> Table:
    best = max(
        (result for result in group.methods if result.method != "original"),
        key=lambda result: result.mos.mean,
        default=None,
    )
    return Table(
        columns=[
            Column(title="method", is_number=False),
            Column(title="MOS", help="Mean opinion score, with its 95 % interval."),
            Column(title="bias removed", help="Each rater's bias taken off (ITU-T P.913)."),
            Column(
                title="subject model",
                help="Maximum likelihood with each rater's bias and noise (ITU-T P.910); raters "
                "who were screened out count here by their weight.",
            ),
            Column(title="rank", help="1 the best, ties averaged, with its 95 % interval."),
            Column(title="ratings"),
        ],
        rows=[
            [
                result.method,
                Cell(
                    value=result.mos.mean,
                    note=range_text(result.mos),
                    is_best=result is best,
                ),
                Cell(
                    value=result.unbiased.mean,
                    note=range_text(result.unbiased),
                ),
                Cell(value=result.model_quality),
                Cell(value=result.rank.mean, note=range_text(result.rank)),
                Cell(value=result.ratings, digits=0),
            ]
            for result in group.methods
        ],
        caption=f"{group.title}; the best method in bold, the original apart.",
    )
