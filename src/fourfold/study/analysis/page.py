"""The report of a study as sections of a page, opening with a paragraph ready to print."""

from collections.abc import Sequence

from fourfold.report import (
    Cell,
    Column,
    Listing,
    Notice,
    Plot,
    Point,
    Section,
    Table,
    Text,
    plot_intervals,
    plot_points,
    plot_shares,
)
from fourfold.report.blocks import Block
from fourfold.study.analysis.files import mos_latex
from fourfold.study.analysis.prose import methods_paragraph, p_text, reliability_paragraph
from fourfold.study.analysis.results import Analysis, Comparison, Group, MetricResult

_SCORES = ("1", "2", "3", "4", "5")
_INDEPENDENT = (
    "Below each difference of means (row less column) the p-value after Holm's correction; bold "
    "where it is below 0.05."
)


def report_sections(analysis: Analysis) -> list[Section]:
    """Everything that the report says, in the order in which a reader asks."""
    is_pair = analysis.mode == "pair"
    sections = [
        Section("Methods", [Text(methods_paragraph(analysis)), *_warnings(analysis)]),
        *(_strength_sections(analysis) if is_pair else _score_sections(analysis)),
        Section("Which methods differ", _differences(analysis)),
        Section("How far raters can be relied on", _reliability(analysis)),
    ]
    if analysis.metrics:
        sections.append(Section("Metrics beside what raters say", _metrics(analysis)))
    sections.append(Section("Raters", [_raters(analysis)], is_folded=True))
    if not is_pair:
        sections.append(
            Section("LaTeX", [Listing(mos_latex(analysis), title="mos.tex")], is_folded=True)
        )
    return sections


def _warnings(analysis: Analysis) -> list[Block]:
    blocks: list[Block] = []
    if not any(rater.is_finished for rater in analysis.raters):
        blocks.append(Notice("No rater has finished yet: these are first glances, not results."))
    if len(analysis.counted) < 15:
        blocks.append(
            Notice(
                f"Only {len(analysis.counted)} raters count. ITU-R BT.500 asks for 15 at least; "
                "intervals from fewer are too narrow."
            )
        )
    blocks.append(
        Text(
            "Scores of two studies cannot be compared: other raters, screens and pictures move "
            "them all. Nor can these be set beside the published ones as if they were one table."
        )
    )
    return blocks


def _score_sections(analysis: Analysis) -> list[Section]:
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
                caption=f"Distribution of scores, {_named(group)}.",
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


def _interval_plot(
    title: str, names: Sequence[str], group: Group, attribute: str, x_label: str
) -> Plot:
    intervals = [getattr(result, attribute) for result in group.methods]
    return Plot(
        svg=plot_intervals(names, [(i.mean, i.low, i.high) for i in intervals], x_label=x_label),
        description="; ".join(
            f"{name} {interval}" for name, interval in zip(names, intervals, strict=True)
        ),
        caption=f"{title.split(',')[0]}, {_named(group)}, with 95 % intervals.",
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
                    note=_range(result.mos.low, result.mos.high),
                    is_best=result is best,
                ),
                Cell(
                    value=result.unbiased.mean,
                    note=_range(result.unbiased.low, result.unbiased.high),
                ),
                Cell(value=result.model_quality),
                Cell(value=result.rank.mean, note=_range(result.rank.low, result.rank.high)),
                Cell(value=result.ratings, digits=0),
            ]
            for result in group.methods
        ],
        caption=f"{_named(group)}; the best method in bold, the original apart.",
    )


def _strength_sections(analysis: Analysis) -> list[Section]:
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
                caption=f"Bradley-Terry strengths, {_named(group)}, with 95 % intervals.",
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
                            note=_range(result.strength.low, result.strength.high),
                        ),
                        Cell(value=100 * result.wins / result.choices, digits=0, unit=" %"),
                        Cell(value=result.choices, digits=0),
                    ]
                    for result in group.strengths
                ],
            ),
        ]
    return [Section("Strengths", blocks)]


def _differences(analysis: Analysis) -> list[Block]:
    blocks: list[Block] = [Text(_INDEPENDENT)]
    for group in analysis.groups:
        names = group.names
        blocks.append(
            Table(
                columns=[
                    Column(title="row less column", is_number=False),
                    *(Column(title=name) for name in names),
                ],
                rows=[[a, *(_cell(group.comparison(a, b), a) for b in names)] for a in names],
                caption=f"{_named(group)}.",
            )
        )
        open_ones = [c for c in group.comparisons if not c.is_significant]
        if open_ones:
            blocks.append(_undecided(group, open_ones))
    return blocks


def _cell(comparison: Comparison | None, row: str) -> Cell:
    if comparison is None:
        return Cell(value=None)
    sign = 1 if comparison.a == row else -1
    return Cell(
        value=sign * comparison.difference,
        note=p_text(comparison.p_corrected).removeprefix("p = "),
        is_best=comparison.is_significant,
    )


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
                Cell(value=c.more_raters, digits=0, note="" if c.more_raters else "no hint"),
            ]
            for c in comparisons
        ],
        caption=f"Pairs that cannot be told apart yet, {group.name}. A dash: nothing hints at a "
        "difference. The number of raters is a rough guess; half or twice as many is no surprise.",
    )


def _reliability(analysis: Analysis) -> list[Block]:
    blocks: list[Block] = [
        Text(reliability_paragraph(analysis) or "No picture was shown to a rater twice.")
    ]
    if analysis.anchors:
        blocks.append(
            Table(
                columns=[
                    Column(title="anchor", is_number=False),
                    Column(title="score"),
                    Column(title="hit", help="Share of ratings that are just this score."),
                    Column(title="within one", help="Share that are it or one beside it."),
                    Column(title="ratings"),
                ],
                rows=[
                    [
                        anchor.name,
                        Cell(value=anchor.score, digits=0),
                        Cell(value=100 * anchor.hits, digits=0, unit=" %"),
                        Cell(value=100 * anchor.near, digits=0, unit=" %"),
                        Cell(value=anchor.ratings, digits=0),
                    ]
                    for anchor in analysis.anchors
                ],
                caption="Pictures whose score is known beforehand.",
            )
        )
    return blocks


def _metrics(analysis: Analysis) -> list[Block]:
    table = Table(
        columns=[
            Column(title="metric", is_number=False),
            Column(title="Spearman, pictures"),
            Column(title="Pearson, pictures"),
            Column(title="Spearman, methods"),
            Column(title="Pearson, methods"),
            Column(title="pictures"),
        ],
        rows=[
            [
                result.metric,
                Cell(value=result.pictures.spearman),
                Cell(value=result.pictures.pearson),
                Cell(value=result.methods.spearman),
                Cell(value=result.methods.pearson),
                Cell(value=result.pictures.pairs, digits=0),
            ]
            for result in analysis.metrics
        ],
        caption="Correlation with mean opinion scores; the original left out. Of a metric that "
        "falls as quality rises, such as LPIPS, -1 is best.",
    )
    return [table, *(_metric_plot(result) for result in analysis.metrics)]


def _metric_plot(result: MetricResult) -> Plot:
    points = [Point(label=name, x=value, y=mos) for name, value, mos in result.points]
    return Plot(
        svg=plot_points(points, x_label=result.metric, y_label="mean opinion score"),
        description="; ".join(f"{p.label} {p.x:.4g}, {p.y:.2f}" for p in points),
        caption=f"{result.metric} and mean opinion score, means by method.",
    )


def _raters(analysis: Analysis) -> Table:
    numbers = (
        ("bias", "How much kinder than the mean (P.910's model).", "bias", 2),
        ("noise", "Standard deviation of the rater's own noise (P.910).", "inconsistency", 2),
        ("outlying", "Share of scores far from the others' (BT.500).", "outlying", 3),
        ("r, pictures", "Correlation with the others over pictures (P.913).", "by_stimulus", 2),
        ("r, methods", "The same over methods.", "by_method", 2),
        ("retest", "Correlation of first and second scores.", "retest", 2),
    )
    shown = [n for n in numbers if any(getattr(r, n[2]) is not None for r in analysis.raters)]
    return Table(
        columns=[
            Column(title="rater", is_number=False),
            Column(title="ratings"),
            Column(title="seconds", help="Median time to an answer."),
            *(Column(title=title, help=meaning) for title, meaning, _, _ in shown),
            Column(title="left out", is_number=False),
        ],
        rows=[
            [
                rater.rater,
                Cell(value=rater.ratings, digits=0),
                Cell(value=rater.look_seconds, digits=1),
                *(Cell(value=getattr(rater, name), digits=digits) for _, _, name, digits in shown),
                rater.left_out,
            ]
            for rater in analysis.raters
        ],
        caption="Pseudonyms; nothing else is known of them.",
    )


def _named(group: Group) -> str:
    images = f"{group.images} image{'' if group.images == 1 else 's'}"
    return f"{group.name} ({images})"


def _range(low: float, high: float) -> str:
    return f"{low:.2f} to {high:.2f}".replace("-", "−")
