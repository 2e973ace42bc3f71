"""Tables as plain text for the terminal: 80 columns, and nothing cut, whatever the names."""

import math
import textwrap

from fourfold.evaluation.measures import Measure
from fourfold.evaluation.proof import Proof
from fourfold.evaluation.published import TABLE_2
from fourfold.evaluation.scores import Scores
from fourfold.metrics import Protocol
from fourfold.statistics import Interval

_WIDTH = 80
_LABEL, _COLUMN = 14, 11  # characters


def dotted(value: float) -> str:
    """A number with four digits as the field writes it: .8211; a dash for none."""
    if math.isnan(value):
        return "–"
    text = f"{value:.4f}"
    return text.replace("0.", ".", 1) if text.lstrip("-").startswith("0.") else text


def shown(value: float, measure: Measure) -> str:
    """A score with the digits of its metric; a dash for none."""
    if math.isnan(value):
        return "–"
    return dotted(value) if measure.digits == 4 else f"{value:.{measure.digits}f}"


def interval_text(interval: Interval, measure: Measure) -> str:
    """The ends of an interval with one digit less than the score has."""
    if math.isnan(interval.mean) or math.isinf(interval.mean):
        return ""
    digits = measure.digits - 1
    ends = [f"{end:.{digits}f}" for end in (interval.low, interval.high)]
    if measure.digits == 4:
        ends = [end.removeprefix("0") if end.startswith("0.") else end for end in ends]
    return "–".join(ends)


def span_text(scores: Scores, method: str, test_set: str, measure: Measure) -> str:
    """The interval of a method's mean; of one picture there is none."""
    if scores.count(test_set, method) < 2:
        return ""
    return interval_text(scores.interval(method, test_set, measure.name), measure)


def protocol_text(protocol: Protocol, scale: int, *, networks: bool = True) -> str:
    """What is measured, in words, with the hash that identifies it."""
    y = "rounded to whole numbers" if protocol.y_rounded else "not rounded"
    grey = "y as it is" if protocol.grey == "y" else "R' = G' = B'"
    return filled(
        f"Protocol {protocol.name} ({protocol.sha256[:12]}), scale {scale}: y of "
        f"{protocol.y_range}, {y}; {scale} pixels cut at each edge; a grey original is {grey}."
        + (" Networks run in fp32." if networks else "")
    )


def proof_text(proof: Proof) -> str:
    """The control rows: ours, what they must be, what the paper printed; then what is wrong."""
    lines = []
    if proof.rows:
        lines += [
            f"{'Control rows':<19}{'PSNR':>7}{'known':>7}{'paper':>7}"
            f"{'SSIM-d':>7}{'known':>7}{'paper':>7}{'SSIM':>7}{'known':>7}"
        ]
    for row in proof.rows:
        ours, known = row.ours, row.known
        published = TABLE_2.rows[row.method].get(row.test_set)
        theirs = (f"{published.psnr:.2f}", dotted(published.ssim)) if published else ("–", "–")
        lines.append(
            f"{row.test_set:<7}{row.method:<8}{row.pictures:>4}"
            f"{ours['psnr_y']:>7.2f}{known['psnr_y']:>7.2f}{theirs[0]:>7}"
            f"{dotted(ours['ssim_daala_y']):>7}{dotted(known['ssim_daala_y']):>7}{theirs[1]:>7}"
            f"{dotted(ours['ssim_y']):>7}{dotted(known['ssim_y']):>7}"
            f"  {'ok' if row.is_matching else 'NO'}"
        )
    return "\n".join([*lines, filled(verdict(proof))])


def verdict(proof: Proof) -> str:
    """Whether the figures can be trusted, in a sentence or several."""
    if proof.is_complete:
        pictures = sum(row.pictures for row in proof.rows) // 2
        return (
            f"Proven: on each of the {pictures} pictures nearest and bicubic score what they must, "
            "to 0.0005 dB and 0.0001."
        )
    return "\n".join(f"Warning: {problem}" for problem in proof.problems)


def scores_text(scores: Scores) -> str:
    """Every set's means, each with its bootstrap interval below."""
    parts = []
    for test_set in scores.sets:
        count = scores.count(test_set)
        heading = f"{test_set}, {count} picture{'s' * (count != 1)}"
        titles = [f"{m.label} {m.unit}".strip() for m in scores.measures]
        lines = [heading, " " * _LABEL + "".join(f"{title:>{_COLUMN}}" for title in titles)]
        for method in scores.methods:
            lines += _method_lines(scores, test_set, method)
        parts.append("\n".join(lines))
    parts.append(
        filled("Below each mean its bootstrap 95 % interval over pictures. " + legend(scores))
    )
    return "\n\n".join(parts)


def legend(scores: Scores) -> str:
    """What the columns are, in a sentence each."""
    return " ".join(f"{measure.label}: {measure.help}." for measure in scores.measures)


def methods_text(scores: Scores) -> str:
    """Each method with all its settings."""
    return "\n".join(
        textwrap.fill(
            f"{name}: {settings}.",
            _WIDTH,
            initial_indent="  ",
            subsequent_indent="    ",
            break_long_words=False,
        )
        for name, settings in scores.methods.items()
    )


def differences_text(scores: Scores, against: str) -> str:
    """Each method's distance from one of them, and how likely chance alone makes as much."""
    metrics = [m for m in scores.measures if m.name in ("psnr_y", "ssim_daala_y", "lpips")]
    lines = [
        f"Differences to {against}; p: paired two-sided Wilcoxon, after Holm's correction",
        " " * 22 + "".join(f"{measure.label:>10}{'p':>9}" for measure in metrics),
    ]
    columns = {measure.name: scores.differences(against, measure.name) for measure in metrics}
    for entries in zip(*columns.values(), strict=True):
        label = f"{entries[0].test_set:<7} {entries[0].method}"
        cells = "".join(
            f"{_signed(entry.test.difference, measure):>10}{p_text(entry.p_corrected):>9}"
            for entry, measure in zip(entries, metrics, strict=True)
        )
        lines += (
            [label + cells.rjust(len(cells) + 22 - len(label))]
            if len(label) < 22
            else [label, " " * 22 + cells]
        )
    small = [test_set for test_set in scores.sets if scores.count(test_set) < 6]
    if small:
        lines.append(
            filled(f"On fewer than six pictures ({', '.join(small)}) p cannot fall to .05.")
        )
    return "\n".join(lines)


def p_text(p: float) -> str:
    """A p-value: three digits, or that it is below .001."""
    return "<.001" if p < 0.001 else f"{p:.3f}".removeprefix("0") if p < 1 else "1"


def failures_text(scores: Scores) -> str:
    """What failed, and what could not be measured."""
    return "\n".join(filled(text) for text in (*map(str, scores.failures), *scores.remarks))


def filled(text: str) -> str:
    """Paragraphs wrapped to the terminal's 80 columns, without breaking words."""
    return "\n".join(
        textwrap.fill(line, _WIDTH, break_long_words=False, break_on_hyphens=False)
        for line in text.splitlines()
    )


def _method_lines(scores: Scores, test_set: str, method: str) -> list[str]:
    means = [shown(scores.mean(method, test_set, m.name), m) for m in scores.measures]
    spans = [span_text(scores, method, test_set, measure) for measure in scores.measures]
    numbers = "".join(f"{mean:>{_COLUMN}}" for mean in means)
    lines = (
        [f"{method:<{_LABEL}}{numbers}"]
        if len(method) < _LABEL
        else [method, " " * _LABEL + numbers]
    )
    count, all_of_them = scores.count(test_set, method), scores.count(test_set)
    label = "" if count == all_of_them else f"  {count} of {all_of_them}"
    if any(spans) or label:
        lines.append(f"{label:<{_LABEL}}" + "".join(f"{span:>{_COLUMN}}" for span in spans))
    return lines


def _signed(value: float, measure: Measure) -> str:
    if math.isinf(value):
        return f"{value:+}"
    text = f"{value:+.{measure.digits}f}"
    return text.replace("0.", ".", 1) if text[1:3] == "0." and measure.digits == 4 else text
