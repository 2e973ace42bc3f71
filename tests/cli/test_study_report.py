"""`fourfold study report`, on a study that raters have rated."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.studies import make_study, new_rater, rate_all


def run(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "fourfold", "study", "report", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True)


@pytest.fixture(scope="module")
def rated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a study that two raters have rated to the end."""
    with make_study(tmp_path_factory.mktemp("rated")) as study:
        for score in (3, 4):
            rate_all(study, new_rater(study), score=score)
        return study.folder


def test_the_tables_are_printed_and_the_report_is_written(rated: Path):
    result = run(rated)
    assert result.returncode == 0, result.stderr
    assert "2 of 2 raters count" in result.stdout and "m0" in result.stdout
    assert " 3.50 [" in result.stdout
    assert str(rated / "report" / "report.html") in result.stderr
    assert "<h2>Methods</h2>" in (rated / "report" / "report.html").read_text()


def test_json_is_printed_for_machines(rated: Path, tmp_path: Path):
    result = run(rated, "--json", "--out", tmp_path / "out")
    content = json.loads(result.stdout)
    assert {entry["method"]: entry["mos"] for entry in content["mos"]} == {
        "m0": 3.5,
        "m1": 3.5,
        "original": 3.5,
    }
    assert (tmp_path / "out" / "report.json").read_text().strip() == result.stdout.strip()


def test_metrics_of_an_evaluation_stand_beside(rated: Path, tmp_path: Path):
    pictures = [
        {"set": "", "picture": f"image-{n}", "scores": {"m0": {"psnr_y": 30 + n}, "m1": {}}}
        for n in range(3)
    ]
    scores = tmp_path / "scores.json"
    scores.write_text(json.dumps({"pictures": pictures}))
    result = run(rated, "--scores", scores, "--out", tmp_path / "out")
    assert result.returncode == 0, result.stderr
    assert "Metrics beside what raters say" in (tmp_path / "out" / "report.html").read_text()


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--scores", "nowhere.json"], "nowhere.json cannot be read"),
        (["--out", "study.json"], "study.json cannot be written"),
        (["--db", "sqlite:///nowhere/study.db"], "nowhere"),
    ],
)
def test_what_a_user_can_mend_is_one_sentence(rated: Path, arguments: list[str], sentence: str):
    arguments = [str(rated / a) if a == "study.json" else a for a in arguments]
    result = run(rated, *arguments)
    assert result.returncode == 1 and result.stdout == ""
    assert sentence in result.stderr and len(result.stderr.splitlines()) == 1


def test_a_folder_without_a_study_is_one_sentence(tmp_path: Path):
    result = run(tmp_path)
    assert result.returncode == 1 and "holds no study" in result.stderr


def test_a_study_that_nobody_has_rated_is_one_sentence(tmp_path: Path):
    with make_study(tmp_path) as study:
        new_rater(study)
    result = run(study.folder)
    assert result.returncode == 1
    assert result.stderr.startswith("Error: Nothing has been rated in the study")
    assert not (study.folder / "report").exists()
