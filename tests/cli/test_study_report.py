"""`fourfold study report`, on a study that raters have rated."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from fourfold.cli.main import commands
from fourfold.errors import FourfoldError
from tests.studies import make_study, new_rater, rate_all


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(commands, ["study", "report", *map(str, arguments)])


def sentence(result: Result) -> str:
    """The one sentence that the command says in place of a report."""
    assert isinstance(result.exception, FourfoldError) and result.stdout == ""
    assert len(str(result.exception).splitlines()) == 1
    return str(result.exception)


@pytest.fixture(scope="module")
def rated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a study that two raters have rated to the end."""
    with make_study(tmp_path_factory.mktemp("rated")) as study:
        for score in (3, 4):
            rate_all(study, new_rater(study), score=score)
        return study.folder


def test_the_tables_are_printed_and_the_report_is_written(rated: Path):
    result = run(rated)
    assert result.exit_code == 0, result.stderr
    assert "2 of 2 raters count" in result.stdout and "m0" in result.stdout
    assert " 3.50 [" in result.stdout
    assert str(rated / "report" / "report.html") in result.stderr
    assert "<h2>Methods</h2>" in (rated / "report" / "report.html").read_text()


def test_an_error_is_one_line_and_exit_code_1(tmp_path: Path):
    command = [sys.executable, "-m", "fourfold", "study", "report", str(tmp_path)]
    result = subprocess.run(command, capture_output=True, text=True)
    assert result.returncode == 1 and result.stdout == ""
    assert result.stderr.startswith("Error: ") and "holds no study" in result.stderr
    assert len(result.stderr.splitlines()) == 1


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
    assert result.exit_code == 0, result.stderr
    assert "Metrics beside what raters say" in (tmp_path / "out" / "report.html").read_text()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--scores", "nowhere.json"], "nowhere.json cannot be read: No such file or directory."),
        (["--out", "study.json"], "study.json cannot be written"),
        (["--db", "sqlite:///nowhere/study.db"], "nowhere"),
    ],
)
def test_what_a_user_can_mend_is_one_sentence(rated: Path, arguments: list[str], words: str):
    paths = [str(rated / a) if a == "study.json" else a for a in arguments]
    assert words in sentence(run(rated, *paths))


def test_a_study_that_nobody_has_rated_is_one_sentence(tmp_path: Path):
    with make_study(tmp_path) as study:
        new_rater(study)
    assert sentence(run(study.folder)) == "Nothing has been rated in the study study yet."
    assert not (study.folder / "report").exists()


def test_help_shows_two_examples_and_fits_a_screen():
    lines = run("--help").output.splitlines()
    assert sum(line.startswith("  fourfold ") for line in lines) >= 2
    assert len(lines) <= 40 and max(len(line) for line in lines) <= 80
