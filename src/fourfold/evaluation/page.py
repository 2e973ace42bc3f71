"""The report: one HTML page that people would rather look at than read."""

from collections.abc import Callable, Mapping

import numpy as np

from fourfold import __version__
from fourfold.evaluation.crops import by_difference, error_map
from fourfold.evaluation.files import best_method, scores_latex
from fourfold.evaluation.measures import Measure
from fourfold.evaluation.proof import Proof
from fourfold.evaluation.published import TABLE_2, measured_name
from fourfold.evaluation.scores import PictureScores, Scores
from fourfold.evaluation.text import protocol_text, shown, span_text, verdict
from fourfold.report import (
    Block,
    Cell,
    Column,
    Comparison,
    Listing,
    Notice,
    Plot,
    Point,
    Section,
    Table,
    Text,
    Version,
    plot_points,
    plot_spread,
    render_page,
)

Results = Callable[[PictureScores], Mapping[str, np.ndarray]]
"""Gives what every method made of a picture, the original among them as `original`."""


def scores_page(
    scores: Scores, results: Results, *, pictures: int = 12, paper: str = "", command: str = ""
) -> str:
    """The HTML of the report.

    Args:
        scores: what was measured.
        results: reads the pictures that are shown.
        pictures: how many, those first in which methods differ most.
        paper: the paper's tables as text, if they are wanted.
        command: what made it.
    """
    sections = [
        Section("Scores", [_trust(scores.proof), *_failed(scores), *_each_set(scores, _means)]),
        Section("Beside the paper", [Listing(paper)] if paper else []),
        Section("Perception and distortion", _each_set(scores, _trade_off)),
        Section("Pictures", _comparisons(scores, results, pictures)),
        Section("Picture by picture", _each_set(scores, *_spreads(scores))),
        Section("Control rows", _control(scores.proof), is_folded=True),
        Section("Methods and protocol", _facts(scores), is_folded=True),
        Section("Every score", _each_set(scores, _every_score), is_folded=True),
        Section("For LaTeX", [Listing(scores_latex(scores))], is_folded=True),
    ]
    return render_page(
        f"Methods on {', '.join(scores.sets)}",
        [section for section in sections if section.blocks],
        lead=f"{_counted(len(scores.methods), 'method')}, "
        f"{_counted(len(scores.pictures), 'picture')}, "
        f"×{scores.scale}, protocol {scores.protocol.name}.",
        footer=f"fourfold {__version__}, protocol {scores.protocol.sha256}\n{command}".strip(),
    )


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}{'s' * (number != 1)}"


def _each_set(scores: Scores, *makers: Callable[[Scores, str], Block | None]) -> list[Block]:
    """What each maker gives for each set; None is left out."""
    made = [maker(scores, test_set) for test_set in scores.sets for maker in makers]
    return [block for block in made if block is not None]


def _trust(proof: Proof) -> Notice:
    return Notice(verdict(proof), "good" if proof.is_complete else "warning")


def _failed(scores: Scores) -> list[Block]:
    return [Notice(text) for text in (*map(str, scores.failures), *scores.remarks)]


def _means(scores: Scores, test_set: str) -> Table:
    rows: list[list[Cell | str]] = []
    for method in scores.methods:
        count, whole = scores.count(test_set, method), scores.count(test_set)
        label = method if count == whole else f"{method} ({count} of {whole})"
        rows.append([label, *(_mean(scores, method, test_set, m) for m in scores.measures)])
    count = scores.count(test_set)
    return Table(
        columns=[Column(title="method", is_number=False), *map(_column, scores.measures)],
        rows=rows,
        caption=f"{test_set}: means over {count} picture{'s' * (count != 1)}, "
        "beneath each its bootstrap 95 % interval. Bold is best; a title sorts.",
    )


def _column(measure: Measure) -> Column:
    return Column(title=f"{measure.label} {measure.unit}".strip(), help=measure.help)


def _mean(scores: Scores, method: str, test_set: str, measure: Measure) -> Cell:
    return Cell(
        value=scores.mean(method, test_set, measure.name),
        digits=measure.digits,
        note=span_text(scores, method, test_set, measure),
        is_best=best_method(scores, test_set, measure.name) == method,
    )


def _trade_off(scores: Scores, test_set: str) -> Plot | None:
    """LPIPS against PSNR; the paper printed no LPIPS, so its PSNR are lines' ends at the foot."""
    names = [measure.name for measure in scores.measures]
    if "psnr_y" not in names or "lpips" not in names:
        return None
    shown_methods = [method for method in scores.methods if method != "original"]
    points = [
        Point(
            label=method,
            x=scores.mean(method, test_set, "psnr_y"),
            y=scores.mean(method, test_set, "lpips"),
        )
        for method in shown_methods
        if scores.count(test_set, method)
    ]
    if not points:
        return None
    marks = {}
    for name, row in TABLE_2.rows.items():
        method = measured_name(name, shown_methods)
        if method and test_set in row:
            marks[method] = row[test_set].psnr
    svg = plot_points(points, x_label="PSNR of y, dB", y_label="LPIPS", marks=marks)
    told = "; ".join(f"{point.label} {point.x:.2f} dB, LPIPS {point.y:.3f}" for point in points)
    return Plot(
        svg=svg,
        description=f"{test_set}: {told}.",
        caption=f"{test_set}. Right is closer pixel by pixel, low is closer to the eye. A tick at "
        "the foot is the PSNR that the paper printed for the method of its colour."
        if marks
        else f"{test_set}. Right is closer pixel by pixel, low is closer to the eye.",
    )


def _comparisons(scores: Scores, results: Results, pictures: int) -> list[Block]:
    order = by_difference([row.crop for row in scores.pictures])[:pictures]
    shown_rows = [scores.pictures[place] for place in order]
    if not shown_rows:
        return []
    words = Text(
        "Where the methods differ most, those pictures first: a cut of each at 1:1, lossless. "
        "Error maps show how far y is off: white where equal, black from 128 levels on."
    )
    return [words, *(_comparison(scores, row, results(row)) for row in shown_rows)]


def _comparison(scores: Scores, row: PictureScores, images: Mapping[str, np.ndarray]) -> Comparison:
    hr = images["original"]
    versions = [Version(label="original", pixels=row.crop.of(hr))]
    maps = []
    for method, own in row.scores.items():
        if method == "original":
            continue
        told = ", ".join(
            f"{measure.label} {shown(own[measure.name], measure)} {measure.unit}".strip()
            for measure in scores.measures
            if measure.name in ("psnr_y", "lpips")
        )
        versions.append(Version(label=method, pixels=row.crop.of(images[method]), note=told))
        maps.append(
            Version(
                label=f"error of {method}",
                pixels=error_map(row.crop.of(images[method]), row.crop.of(hr)),
                can_slide=False,
            )
        )
    crop = row.crop
    return Comparison(
        title=f"{row.test_set}, {row.picture}",
        versions=versions + maps,
        caption=f"{crop.width}×{crop.height} pixels from column {crop.left}, row {crop.top}; "
        "scores are of the whole picture.",
    )


def _spreads(scores: Scores) -> list[Callable[[Scores, str], Plot | None]]:
    return [
        lambda scores, test_set, measure=measure: _spread(scores, test_set, measure)  # type: ignore[misc]
        for measure in scores.measures
        if measure.name in ("psnr_y", "ssim_daala_y", "lpips")
    ]


def _spread(scores: Scores, test_set: str, measure: Measure) -> Plot | None:
    methods = [m for m in scores.methods if m != "original" and scores.count(test_set, m)]
    if not methods:
        return None
    values = [scores.values(method, test_set, measure.name).tolist() for method in methods]
    label = f"{measure.label}, {measure.unit}" if measure.unit else measure.label
    return Plot(
        svg=plot_spread(methods, values, x_label=label),
        description=f"{test_set}: {measure.label} of each picture by method.",
        caption=f"{test_set}: {measure.help}. A dot a picture, a line at their mean.",
    )


def _control(proof: Proof) -> list[Block]:
    if not proof.rows:
        return []
    names = ["PSNR", "known", "paper", "SSIM-d", "known", "paper", "SSIM", "known"]
    rows: list[list[Cell | str]] = []
    for row in proof.rows:
        published = TABLE_2.rows[row.method].get(row.test_set)
        numbers = [
            (row.ours["psnr_y"], 4),
            (row.known["psnr_y"], 4),
            (published.psnr if published else None, 2),
            (row.ours["ssim_daala_y"], 4),
            (row.known["ssim_daala_y"], 4),
            (published.ssim if published else None, 4),
            (row.ours["ssim_y"], 4),
            (row.known["ssim_y"], 4),
        ]
        cells = [Cell(value=value, digits=digits) for value, digits in numbers]
        rows.append([row.test_set, row.method, *cells, "matches" if row.is_matching else "differs"])
    columns = [Column(title=name, is_number=False) for name in ("set", "method")]
    columns += [Column(title=name) for name in names]
    columns.append(Column(title="every picture", is_number=False))
    return [
        Text(
            "Nearest and bicubic need no network: recomputed on this copy of the pictures, they "
            "must come out as known, picture by picture, to 0.0005 dB and 0.0001."
        ),
        Table(columns=columns, rows=rows),
    ]


def _facts(scores: Scores) -> list[Block]:
    table = Table(
        columns=[Column(title=title, is_number=False) for title in ("method", "settings")],
        rows=[[name, settings] for name, settings in scores.methods.items()],
    )
    words = [Text(protocol_text(scores.protocol, scores.scale).replace("\n", " "))]
    words += [Text(f"{m.label}: {m.help}.") for m in scores.measures]
    return [table, *words]


def _every_score(scores: Scores, test_set: str) -> Table:
    rows: list[list[Cell | str]] = [
        [
            row.picture,
            method,
            *(Cell(value=own[m.name], digits=m.digits) for m in scores.measures),
        ]
        for row in scores.pictures
        if row.test_set == test_set
        for method, own in row.scores.items()
        if method != "original"
    ]
    columns = [Column(title=title, is_number=False) for title in ("picture", "method")]
    return Table(columns=[*columns, *map(_column, scores.measures)], rows=rows, caption=test_set)
