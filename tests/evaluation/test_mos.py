"""Mean opinion scores come out of a study's report."""

import json
from pathlib import Path

import pytest

from fourfold.errors import InvalidScores
from fourfold.evaluation import read_opinions
from fourfold.study.analysis import analyse, report_json
from tests.study.analysis.tables import small_study


def written(tmp_path: Path, content: object) -> Path:
    path = tmp_path / "study.json"
    path.write_text(json.dumps(content))
    return path


def test_scores_are_read_by_method_and_set(tmp_path: Path):
    path = written(tmp_path, {"mos": [{"set": "Set5", "method": "SRGAN", "mos": 3.58}]})
    assert read_opinions(path)["srgan", "Set5"].mos == 3.58


def test_the_asterisk_needs_a_test_against_each_other_loss(tmp_path: Path):
    methods = ("srgan", "srgan-mse", "srgan-vgg22")
    mos = [{"set": "Set14", "method": method, "mos": 3.5} for method in methods]
    won = {"set": "Set14", "a": "srgan", "difference": 0.3, "p_corrected": 0.01}
    lost = {"set": "Set14", "b": "srgan", "difference": -0.2, "p_corrected": 0.02}
    one, both = (
        [{**won, "b": "srgan-mse"}],
        [
            {**won, "b": "srgan-mse"},
            {**lost, "a": "srgan-vgg22"},
        ],
    )
    chance = [both[0], {**both[1], "p_corrected": 0.06}]
    for tests, is_best in ((one, False), (both, True), (chance, False)):
        opinions = read_opinions(written(tmp_path, {"mos": mos, "tests": tests}))
        assert opinions["srgan", "Set14"].is_best is is_best
        assert not opinions["srgan-mse", "Set14"].is_best


@pytest.mark.parametrize("content", [[], {}, {"mos": [{"set": "Set5"}]}, {"mos": 3}])
def test_a_file_of_something_else_is_refused(tmp_path: Path, content: object):
    with pytest.raises(InvalidScores, match=r"study\.json is no report of a study"):
        read_opinions(written(tmp_path, content))


def test_a_file_that_is_not_there_is_named(tmp_path: Path):
    with pytest.raises(InvalidScores, match=r"nowhere\.json cannot be read"):
        read_opinions(tmp_path / "nowhere.json")


def test_the_report_of_a_study_is_read(tmp_path: Path):
    path = tmp_path / "report.json"
    path.write_text(report_json(analyse(small_study())))
    opinions = read_opinions(path)
    assert {method for method, _ in opinions} == {"nearest", "srresnet", "srgan", "original"}
    assert opinions["srgan", "faces"].mos == pytest.approx(3.4, abs=0.5)
