"""Scores as files: JSON for machines, a row a picture as CSV, a table for LaTeX."""

import csv
import io
import json
import math
from pathlib import Path
from typing import Any

from fourfold import __version__
from fourfold.atomic import written_whole
from fourfold.errors import UnwritableReport
from fourfold.evaluation.scores import Scores
from fourfold.evaluation.text import shown


def write_text(path: Path, text: str) -> None:
    """Write a file whole or not at all, and its folder if that is missing.

    Raises:
        UnwritableReport: the place cannot be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with written_whole(path) as temporary:
            temporary.write_text(text, encoding="utf-8")
    except OSError as error:
        raise UnwritableReport(f"{path} cannot be written: {error.strerror}.") from error


def scores_json(scores: Scores) -> str:
    """All that was measured; infinity is the string "inf", for JSON has none.

    `sets` has means and intervals by set, method and metric; `pictures` every single score.
    """
    sets = {
        test_set: {
            method: {
                measure.name: _summary(scores, method, test_set, measure.name)
                for measure in scores.measures
            }
            for method in scores.methods
        }
        for test_set in scores.sets
    }
    pictures = [
        {"set": row.test_set, "picture": row.picture, "scores": _plain(row.scores)}
        for row in scores.pictures
    ]
    content = {
        "fourfold": __version__,
        "protocol": scores.protocol.name,
        "protocol_sha256": scores.protocol.sha256,
        "scale": scores.scale,
        "precision": "fp32",
        "methods": dict(scores.methods),
        "proven": scores.proof.is_complete,
        "problems": list(scores.proof.problems),
        "failures": [str(failure) for failure in scores.failures],
        "remarks": list(scores.remarks),
        "sets": sets,
        "pictures": pictures,
    }
    return json.dumps(content, indent=1) + "\n"


def scores_csv(scores: Scores) -> str:
    """A row for each picture and method; the protocol stands in every row."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    names = [measure.name for measure in scores.measures]
    writer.writerow(["protocol", "set", "picture", "method", *names])
    for row in scores.pictures:
        for method, own in row.scores.items():
            values = [f"{own[name]:.6f}" for name in names]
            writer.writerow([scores.protocol.name, row.test_set, row.picture, method, *values])
    return buffer.getvalue()


def scores_latex(scores: Scores) -> str:
    """A table for `booktabs`: rows by method, PSNR, daala's SSIM and LPIPS by set; best bold."""
    measures = [m for m in scores.measures if m.name in ("psnr_y", "ssim_daala_y", "lpips")]
    columns = len(measures)
    heads = " & ".join(rf"\multicolumn{{{columns}}}{{c}}{{{_tex(s)}}}" for s in scores.sets)
    rules = " ".join(
        rf"\cmidrule(lr){{{2 + columns * place}-{1 + columns * (place + 1)}}}"
        for place in range(len(scores.sets))
    )
    titles = " & ".join(measure.label for measure in measures)
    lines = [
        f"% fourfold {__version__}, protocol {scores.protocol.name} "
        f"({scores.protocol.sha256[:12]}), scale {scores.scale}, fp32; SSIM-d is daala's",
        *(f"% {problem}" for problem in scores.proof.problems),
        rf"\begin{{tabular}}{{l{'r' * columns * len(scores.sets)}}}",
        r"\toprule",
        rf" & {heads} \\",
        rules,
        " & ".join(["", *[titles] * len(scores.sets)]) + r" \\",
        r"\midrule",
    ]
    for method in scores.methods:
        cells = [
            _cell(scores, method, test_set, place)
            for test_set in scores.sets
            for place in range(len(scores.measures))
            if scores.measures[place] in measures
        ]
        lines.append(" & ".join([_tex(method), *cells]) + r" \\")
    return "\n".join([*lines, r"\bottomrule", r"\end{tabular}"]) + "\n"


def best_method(scores: Scores, test_set: str, metric: str) -> str | None:
    """Which method has the best mean, the original itself left out."""
    measure = next(m for m in scores.measures if m.name == metric)
    sign = 1 if measure.is_higher_better else -1
    means = {
        method: sign * scores.mean(method, test_set, metric)
        for method in scores.methods
        if method != "original" and scores.count(test_set, method) == scores.count(test_set)
    }
    return max(means, key=lambda method: means[method]) if len(means) > 1 else None


def _summary(scores: Scores, method: str, test_set: str, metric: str) -> dict[str, Any]:
    interval = scores.interval(method, test_set, metric)
    return {
        "mean": _number(interval.mean),
        "low": _number(interval.low),
        "high": _number(interval.high),
        "pictures": scores.count(test_set, method),
    }


def _plain(scores: Any) -> Any:
    return {
        method: {metric: _number(value) for metric, value in own.items()}
        for method, own in scores.items()
    }


def _number(value: float) -> float | str | None:
    if math.isnan(value):
        return None
    return value if math.isfinite(value) else f"{value}"


def _cell(scores: Scores, method: str, test_set: str, place: int) -> str:
    measure = scores.measures[place]
    mean = scores.mean(method, test_set, measure.name)
    text = r"$\infty$" if math.isinf(mean) else "--" if math.isnan(mean) else shown(mean, measure)
    is_best = best_method(scores, test_set, measure.name) == method
    return rf"\textbf{{{text}}}" if is_best else text


def _tex(text: str) -> str:
    """Text with the signs escaped that LaTeX would read as commands."""
    signs = {"\\": r"\textbackslash{}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}"}
    return "".join(signs.get(sign, f"\\{sign}" if sign in "&%$#_{}" else sign) for sign in text)
