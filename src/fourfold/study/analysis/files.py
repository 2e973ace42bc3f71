"""A study's report as files: JSON for machines, CSV for spreadsheets, a table for LaTeX."""

import csv
import io
import json
import math
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from fourfold import __version__
from fourfold.atomic import written_whole
from fourfold.errors import UnwritableReport
from fourfold.statistics import Interval
from fourfold.study.analysis.results import Analysis


def write_files(folder: Path, texts: dict[str, str]) -> list[Path]:
    """Write texts as files of a folder, each whole or not at all, in place of those there.

    Raises:
        UnwritableReport: the folder cannot be made or written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in texts.items():
            with written_whole(folder / name) as temporary:
                temporary.write_text(text, encoding="utf-8")
    except OSError as error:
        raise UnwritableReport(f"{folder} cannot be written: {error.strerror}.") from error
    return [folder / name for name in texts]


def report_json(analysis: Analysis) -> str:
    """All results; what is no number is null.

    `mos` has an entry a set and method, `tests` one a set and two methods, `strengths` those of
    `pair`; `raters`, `pictures`, `metrics`, `anchors` and `retest` are what their names say.
    """
    content = {
        "fourfold": __version__,
        "study": analysis.study,
        "mode": analysis.mode,
        "seed": analysis.seed,
        "mos": [
            {
                "set": group.name,
                "method": result.method,
                **_interval("mos", result.mos),
                **_interval("unbiased", result.unbiased),
                "model_quality": result.model_quality,
                **_interval("rank", result.rank),
                "shares": list(result.shares),
                "ratings": result.ratings,
            }
            for group in analysis.groups
            for result in group.methods
        ],
        "strengths": [
            {
                "set": group.name,
                "method": result.method,
                **_interval("strength", result.strength),
                "wins": result.wins,
                "choices": result.choices,
                "is_bounded": group.is_bounded,
            }
            for group in analysis.groups
            for result in group.strengths
        ],
        "tests": [
            {"set": group.name, **asdict(test)}
            for group in analysis.groups
            for test in group.comparisons
        ],
        "retest": None if analysis.retest is None else asdict(analysis.retest),
        "anchors": [asdict(anchor) for anchor in analysis.anchors],
        "raters": [asdict(rater) for rater in analysis.raters],
        "pictures": [asdict(picture) for picture in analysis.pictures],
        "metrics": [asdict(metric) for metric in analysis.metrics],
    }
    return json.dumps(_plain(content), indent=1) + "\n"


def mos_csv(analysis: Analysis) -> str:
    """A row for each set and method."""
    titles = ["set", "method", "mos", "low", "high", "unbiased", "model_quality", "rank"]
    shares = [f"share_{score}" for score in range(1, 6)]
    rows = [
        [
            group.name,
            result.method,
            *_digits(result.mos.mean, result.mos.low, result.mos.high),
            *_digits(result.unbiased.mean, result.model_quality, result.rank.mean),
            *_digits(*result.shares),
            result.ratings,
        ]
        for group in analysis.groups
        for result in group.methods
    ]
    return _csv([*titles, *shares, "ratings"], rows)


def strengths_csv(analysis: Analysis) -> str:
    """A row for each set and method of a `pair` study."""
    rows = [
        [
            group.name,
            result.method,
            *_digits(result.strength.mean, result.strength.low, result.strength.high),
            result.wins,
            result.choices,
        ]
        for group in analysis.groups
        for result in group.strengths
    ]
    return _csv(["set", "method", "strength", "low", "high", "wins", "choices"], rows)


def tests_csv(analysis: Analysis) -> str:
    """A row for each set and two methods."""
    titles = ["set", "a", "b", "difference", "pairs", "p_value", "p_corrected", "more_raters"]
    rows = [
        [
            group.name,
            test.a,
            test.b,
            *_digits(test.difference),
            test.pairs,
            f"{test.p_value:.6g}",
            f"{test.p_corrected:.6g}",
            "" if test.more_raters is None else test.more_raters,
        ]
        for group in analysis.groups
        for test in group.comparisons
    ]
    return _csv(titles, rows)


def pictures_csv(analysis: Analysis) -> str:
    """A row for each picture that was rated."""
    titles = ["set", "image", "method", "mos", "ratings", "quality", "quality_error"]
    rows = [
        [p.set, p.image, p.method, *_digits(p.mos), p.ratings, *_digits(p.quality, p.quality_error)]
        for p in analysis.pictures
    ]
    return _csv(titles, rows)


def raters_csv(analysis: Analysis) -> str:
    """A row for each rater."""
    measured = ["look_seconds", "bias", "inconsistency", "outlying", "by_stimulus", "by_method"]
    rows = [
        [
            rater.rater,
            rater.ratings,
            "yes" if rater.is_finished else "no",
            *_digits(*(getattr(rater, name) for name in measured), rater.retest),
            rater.left_out,
        ]
        for rater in analysis.raters
    ]
    return _csv(["rater", "ratings", "finished", *measured, "retest", "left_out"], rows)


def mos_latex(analysis: Analysis) -> str:
    """A table for `booktabs`: a row a method, mean opinion score and interval by set."""
    sets = [group.name for group in analysis.groups]
    results = {(g.name, m.method): m.mos for g in analysis.groups for m in g.methods}
    best = {
        group.name: max(
            (m for m in group.methods if m.method != "original"),
            key=lambda m: m.mos.mean,
            default=group.methods[0],
        ).method
        for group in analysis.groups
    }
    lines = [
        f"% fourfold {__version__}; mean opinion scores with 95 % bootstrap intervals; "
        f"{len(analysis.counted)} raters",
        rf"\begin{{tabular}}{{l{'c' * len(sets)}}}",
        r"\toprule",
        " & ".join(["", *(_tex(name) for name in sets)]) + r" \\",
        r"\midrule",
    ]
    rated = {method for _, method in results}
    for method in (method for method in analysis.methods if method in rated):
        cells = [_cell(results.get((s, method)), is_best=best[s] == method) for s in sets]
        lines.append(" & ".join([_tex(method), *cells]) + r" \\")
    return "\n".join([*lines, r"\bottomrule", r"\end{tabular}"]) + "\n"


def _cell(mos: Interval | None, *, is_best: bool) -> str:
    if mos is None:
        return "--"
    mean = rf"\textbf{{{mos.mean:.2f}}}" if is_best else f"{mos.mean:.2f}"
    return rf"{mean} {{\scriptsize[{mos.low:.2f}, {mos.high:.2f}]}}"


def _interval(name: str, interval: Interval) -> dict[str, float]:
    return {name: interval.mean, f"{name}_low": interval.low, f"{name}_high": interval.high}


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(own) for key, own in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(own) for own in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _digits(*values: float | None) -> list[str]:
    return ["" if value is None or math.isnan(value) else f"{value:.4f}" for value in values]


def _csv(titles: Sequence[str], rows: Sequence[Sequence[Any]]) -> str:
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="\n").writerows([titles, *rows])
    return buffer.getvalue()


def _tex(text: str) -> str:
    """Text with the signs escaped that LaTeX would read as commands."""
    signs = {"\\": r"\textbackslash{}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}"}
    return "".join(signs.get(sign, f"\\{sign}" if sign in "&%$#_{}" else sign) for sign in text)
