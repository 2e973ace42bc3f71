"""Study and evaluation read each other's files."""

from pathlib import Path

import pytest

from fourfold.evaluation import MEASURES, Proof, Scores, read_opinions, scores_json
from fourfold.evaluation.crops import Crop
from fourfold.evaluation.scores import PictureScores
from fourfold.metrics import PAPER
from fourfold.study.analysis import analyse, read_scores, report_json
from tests.study.analysis.tables import rating, table_of, the_papers_analysis


def test_the_mos_column_of_the_papers_table_comes_from_a_report(tmp_path: Path):
    path = tmp_path / "report.json"
    path.write_text(report_json(the_papers_analysis()))
    opinions = read_opinions(path)
    assert len(opinions) == 12 + 12 + 9
    assert opinions["srgan", "BSD100"].mos == pytest.approx(3.56, abs=0.1)
    assert opinions["srgan", "Set14"].is_best  # as in table 1


def test_scores_of_an_evaluation_stand_beside_opinions(tmp_path: Path):
    given = {"bicubic": (28.0, 29.0, 30.0), "srgan": (25.0, 26.0, 27.0)}
    scores = Scores(
        protocol=PAPER,
        scale=4,
        measures=(MEASURES["psnr_y"],),
        methods=dict.fromkeys(given, ""),
        pictures=tuple(
            PictureScores(
                test_set="Set5",
                picture=name,
                scores={method: {"psnr_y": values[place]} for method, values in given.items()},
                crop=Crop(0, 0, 8, 8, 1.0),
            )
            for place, name in enumerate(("baby", "bird", "head"))
        ),
        failures=(),
        proof=Proof((), ()),
    )
    path = tmp_path / "scores.json"
    path.write_text(scores_json(scores))
    study = table_of(
        rating("ann", method, f"Set5/{name}", score)
        for method, score in (("bicubic", 2), ("srgan", 4))
        for name in ("baby", "bird", "head")
    )
    (psnr,) = analyse(study, scores=read_scores(path)).metrics
    assert psnr.metric == "psnr_y" and psnr.pictures.pairs == 6
    assert psnr.points == (("bicubic", 29, 2), ("srgan", 26, 4))
    assert psnr.pictures.pearson == pytest.approx(-1.5 / (1.5**2 + 2 / 3) ** 0.5)
