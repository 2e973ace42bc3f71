"""Blocks of the report: how far raters and metrics can be relied on."""

from fourfold.report import Cell, Column, Plot, Point, Table, Text, plot_points
from fourfold.report.blocks import Block
from fourfold.study.analysis.prose import reliability_paragraph
from fourfold.study.analysis.results import Analysis, MetricResult


def reliability(analysis: Analysis) -> list[Block]:
    """Repeated pictures and anchors."""
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


def metrics(analysis: Analysis) -> list[Block]:
    """How closely each metric follows what raters say."""
    table = Table(
        columns=[
            Column(title="metric", is_number=False),
            Column(title="ρ, pictures", help="Spearman's correlation over pictures."),
            Column(title="r, pictures", help="Pearson's correlation over pictures."),
            Column(title="ρ, methods", help="Spearman's over the methods' means."),
            Column(title="r, methods", help="Pearson's over the methods' means."),
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
        caption="Correlation with mean opinion scores: ρ Spearman's, r Pearson's; the original "
        "left out. Of a metric that falls as quality rises, such as LPIPS, -1 is best.",
    )
    return [table, *(_metric_plot(result) for result in analysis.metrics)]


def _metric_plot(result: MetricResult) -> Plot:
    points = [Point(label=name, x=value, y=mos) for name, value, mos in result.points]
    return Plot(
        svg=plot_points(points, x_label=result.metric, y_label="mean opinion score"),
        description="; ".join(f"{p.label} {p.x:.4g}, {p.y:.2f}" for p in points),
        caption=f"{result.metric} and mean opinion score, means by method.",
    )


def raters(analysis: Analysis) -> Table:
    """Every rater, and why he is left out if he is."""
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
            Column(title="left out", is_number=False),
            Column(title="ratings"),
            Column(title="seconds", help="Median time to an answer."),
            *(Column(title=title, help=meaning) for title, meaning, _, _ in shown),
        ],
        rows=[
            [
                rater.rater,
                rater.left_out,
                Cell(value=rater.ratings, digits=0),
                Cell(value=rater.look_seconds, digits=1),
                *(Cell(value=getattr(rater, name), digits=digits) for _, _, name, digits in shown),
            ]
            for rater in analysis.raters
        ],
        caption="Pseudonyms; nothing else is known of them.",
    )
