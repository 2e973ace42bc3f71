"""A study's results as text, 80 columns wide at most where names allow."""

from textwrap import fill

from fourfold.statistics import Interval
from fourfold.study.analysis.prose import p_text, reliability_paragraph
from fourfold.study.analysis.results import Analysis, Comparison, Group


def report_text(analysis: Analysis) -> str:
    """The means, what cannot be told apart, and how far raters can be relied on."""
    blocks = [_head(analysis)]
    for group in analysis.groups:
        blocks.append(_table(group))
        undecided = [c for c in group.comparisons if not c.is_significant]
        if undecided:
            blocks.append("\n".join(["not told apart:", *map(_undecided, undecided)]))
    if reliability := reliability_paragraph(analysis):
        blocks.append(fill(reliability, width=80))
    return "\n\n".join(blocks)


def _head(analysis: Analysis) -> str:
    lines = [
        f"{analysis.study}: {len(analysis.counted)} of {len(analysis.raters)} raters count, "
        f"{analysis.images} images"
    ]
    lines += [f"  {r.rater} {r.left_out}" for r in analysis.raters if r.left_out]
    return "\n".join(lines)


def _table(group: Group) -> str:
    width = max(len(name) for name in (group.name, *group.names))
    if group.strengths:
        lines = [f"{group.name:<{width}}  strength, 95 % interval     chosen"]
        lines += [
            f"{result.method:<{width}}  {_interval(result.strength):<26} "
            f"{result.wins:>4} of {result.choices}"
            for result in group.strengths
        ]
    else:
        lines = [f"{group.name:<{width}}    MOS, 95 % interval     rank, 95 % interval"]
        lines += [
            f"{result.method:<{width}}  {_interval(result.mos)}  {_interval(result.rank)}"
            for result in group.methods
        ]
    return "\n".join(lines)


def _interval(interval: Interval) -> str:
    return f"{interval.mean:5.2f} [{interval.low:5.2f}, {interval.high:5.2f}]"


def _undecided(comparison: Comparison) -> str:
    more = f"; about {comparison.more_raters:,} more raters would" if comparison.more_raters else ""
    return (
        f"  {comparison.a}, {comparison.b}: {comparison.difference:+.2f}, "
        f"{p_text(comparison.p_corrected)}{more}"
    )
