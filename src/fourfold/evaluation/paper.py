"""The paper's tables with ours beside: as plain text, 80 columns."""

import math
from collections.abc import Mapping

from fourfold.evaluation.mos import Opinion
from fourfold.evaluation.published import (
    FIGURE_2,
    FIGURE_2_PICTURE,
    Published,
    PublishedTable,
    measured_name,
)
from fourfold.evaluation.scores import Scores
from fourfold.evaluation.text import dotted, filled

Opinions = Mapping[tuple[str, str], Opinion]
"""(method, set) -> what raters said."""
_LABEL = 19  # characters


def paper_table(table: PublishedTable, scores: Scores, opinions: Opinions) -> str:
    """A table of the paper: under each of our rows the published one, and the difference.

    Rows that were not run show the published figures alone; so do sets.
    """
    sets = table.sets
    lines = [
        f"{table.title:<{_LABEL}}" + "".join(f"{test_set:^20}" for test_set in sets).rstrip(),
        " " * _LABEL + f"{'PSNR':>7}{'SSIM':>7}{'MOS':>6}" * len(sets),
    ]
    for name, row in table.rows.items():
        ours = measured_name(name, list(scores.methods))
        theirs = _line("  paper", [_published(row[test_set]) for test_set in sets])
        if ours is None:
            lines += [f"{name}, not run", theirs]
            continue
        lines.append(_line(ours, [_ours(scores, opinions, ours, test_set) for test_set in sets]))
        lines.append(theirs)
        lines.append(_line("  difference", [_difference(scores, ours, t, row[t]) for t in sets]))
    return "\n".join(lines)


def figure_2(scores: Scores) -> str:
    """Figure 2: one picture by three methods, ours and the paper's."""
    test_set, picture = FIGURE_2_PICTURE
    found = [r for r in scores.pictures if (r.test_set, r.picture) == FIGURE_2_PICTURE]
    lines = [
        f"Figure 2, {test_set}'s {picture}",
        f"{'':<{_LABEL}}{'PSNR':>7}{'paper':>7}{'diff':>7}{'SSIM':>9}{'paper':>7}{'diff':>8}",
    ]
    for name, published in FIGURE_2.items():
        method = measured_name(name, list(scores.methods))
        if method is None or not found or method not in found[0].scores:
            psnr = ssim = math.nan
        else:
            own = found[0].scores[method]
            psnr, ssim = own.get("psnr_y", math.nan), own.get("ssim_daala_y", math.nan)
        lines.append(
            f"{(method or name):<{_LABEL}}{_decibels(psnr):>7}{published.psnr:>7.2f}"
            f"{_signed(psnr - published.psnr, 2):>7}{dotted(ssim):>9}{dotted(published.ssim):>7}"
            f"{_signed(ssim - published.ssim, 4):>8}"
            + ("" if not math.isnan(psnr) else "  not run")
        )
    return "\n".join(lines)


def paper_notes(scores: Scores, opinions: Opinions) -> str:
    """How to read the tables."""
    is_shown = any((m.lower(), t) in opinions for m in scores.methods for t in scores.sets)
    mos = "MOS: the published score; ours needs a study (--mos)."
    if is_shown:
        mos = (
            "MOS: ours from the study whose report was given; other raters, other days: not "
            "comparable but in rank."
        )
    elif opinions:
        mos = "MOS: the published score; the report that was given has other methods or sets."
    return filled(
        "SSIM is the daala project's, which the paper printed; the usual SSIM lies lower and is "
        f"not comparable. {mos} An asterisk: significantly above the other losses of its category."
    )


def _ours(scores: Scores, opinions: Opinions, method: str, test_set: str) -> tuple[str, str, str]:
    opinion = opinions.get((method.lower(), test_set))
    return (
        _decibels(_mean(scores, method, test_set, "psnr_y")),
        dotted(_mean(scores, method, test_set, "ssim_daala_y")),
        _mos(opinion.mos, opinion.is_best) if opinion else "–",
    )


def _published(entry: Published) -> tuple[str, str, str]:
    return _decibels(entry.psnr), dotted(entry.ssim), _mos(entry.mos or math.nan, entry.is_best)


def _difference(
    scores: Scores, method: str, test_set: str, entry: Published
) -> tuple[str, str, str]:
    return (
        _signed(_mean(scores, method, test_set, "psnr_y") - entry.psnr, 2),
        _signed(_mean(scores, method, test_set, "ssim_daala_y") - entry.ssim, 4),
        "",
    )


def _mean(scores: Scores, method: str, test_set: str, metric: str) -> float:
    is_taken = any(measure.name == metric for measure in scores.measures)
    return scores.mean(method, test_set, metric) if is_taken else math.nan


def _line(label: str, cells: list[tuple[str, str, str]]) -> str:
    numbers = "".join(f"{psnr:>7}{ssim:>7}{mos:>6}" for psnr, ssim, mos in cells)
    if len(label) > _LABEL:
        return f"{label}\n{'':<{_LABEL}}{numbers}".rstrip()
    return f"{label:<{_LABEL}}{numbers}".rstrip()


def _decibels(value: float) -> str:
    return "–" if math.isnan(value) else f"{value:.2f}"


def _mos(value: float, is_best: bool) -> str:
    return "–" if math.isnan(value) else f"{value:.2f}{'*' if is_best else ''}"


def _signed(value: float, digits: int) -> str:
    if math.isnan(value):  # two infinities, or one that is missing
        return ""
    text = f"{value:+.{digits}f}"
    if not float(text):
        text = f"{0:.{digits}f}"
    return text.replace("0.", ".", 1) if digits == 4 and text.lstrip("+-")[0] == "0" else text
