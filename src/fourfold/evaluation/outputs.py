"""What an evaluation prints, and the files that it writes."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np

from fourfold.evaluation.cache import Cache
from fourfold.evaluation.dataset import Dataset
from fourfold.evaluation.files import scores_csv, scores_json, scores_latex, write_text
from fourfold.evaluation.measuring import run_method
from fourfold.evaluation.methods import Case, Method
from fourfold.evaluation.page import scores_page
from fourfold.evaluation.paper import Opinions, figure_2, paper_notes, paper_table
from fourfold.evaluation.published import TABLE_1, TABLE_2
from fourfold.evaluation.scores import PictureScores, Scores
from fourfold.evaluation.text import (
    differences_text,
    failures_text,
    methods_text,
    protocol_text,
    scores_text,
)


def summary(
    scores: Scores, *, paper: bool = False, against: str | None = None, opinions: Opinions
) -> str:
    """All tables as plain text, after the control rows, which `proof_text` prints.

    Args:
        scores: what was measured.
        paper: whether the paper's tables stand in place of ours.
        against: the method that every other is tested against, if any.
        opinions: mean opinion scores of a study.
    """
    parts = [paper_text(scores, opinions)] if paper else [scores_text(scores)]
    if against is not None:
        parts.append(differences_text(scores, against))
    parts += [methods_text(scores), protocol_text(scores.protocol, scores.scale)]
    return "\n\n".join(filter(None, [*parts, failures_text(scores)]))


def paper_text(scores: Scores, opinions: Opinions) -> str:
    """Tables 1 and 2 and figure 2, the published beside ours."""
    tables = [paper_table(table, scores, opinions) for table in (TABLE_1, TABLE_2)]
    return "\n\n".join([*tables, figure_2(scores), paper_notes(scores, opinions)])


def write_report(
    folder: Path,
    scores: Scores,
    dataset: Dataset,
    methods: Sequence[Method],
    *,
    cache: Cache,
    pictures: int,
    text: str,
    paper: str = "",
    command: str = "",
) -> list[Path]:
    """Write report.html, scores.json, scores.csv, scores.tex and tables.txt.

    Args:
        folder: made if it is missing; files of these names in it are replaced.
        scores: what was measured.
        dataset: what it was measured on.
        methods: what was measured, to make the pictures that the page shows.
        cache: where they are found if they are kept.
        pictures: how many the page shows.
        text: the tables as they were printed.
        paper: the paper's tables, for the page.
        command: what made it.

    Returns:
        The files.

    Raises:
        UnwritableReport: the place cannot be written.
    """
    page = scores_page(
        scores,
        _results(dataset, methods, cache),
        pictures=pictures,
        paper=paper,
        command=command,
    )
    files = {
        "report.html": page,
        "scores.json": scores_json(scores),
        "scores.csv": scores_csv(scores),
        "scores.tex": scores_latex(scores),
        "tables.txt": text + "\n",
    }
    for name, content in files.items():
        write_text(folder / name, content)
    return [folder / name for name in files]


def _results(
    dataset: Dataset, methods: Sequence[Method], cache: Cache
) -> Callable[[PictureScores], Mapping[str, np.ndarray]]:
    pairs = {(pair.test_set, pair.name): pair for pair in dataset.pairs}

    def results(row: PictureScores) -> Mapping[str, np.ndarray]:
        pair = pairs[row.test_set, row.picture]
        lr, hr = pair.read()
        images = {
            method.name: run_method(method, Case(pair, lr, hr), cache)
            for method in methods
            if method.name in row.scores
        }
        return {**images, "original": hr}

    return results
