"""Files of scores hold what was measured, for machines and for papers."""

import csv
import io
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from fourfold.errors import UnwritableReport
from fourfold.evaluation import Scores, scores_csv, scores_json, scores_latex
from fourfold.evaluation.files import write_text


def refuse(constant: str) -> None:
    raise AssertionError(f"{constant} is no JSON")


def perfect(scores: Scores) -> Scores:
    return replace(
        scores,
        methods={"original": ""},
        pictures=tuple(
            replace(row, scores={"original": {"psnr_y": np.inf, "lpips": 0.0}})
            for row in scores.pictures
        ),
    )


def test_json_holds_means_intervals_pictures_and_protocol(scores: Scores):
    content = json.loads(scores_json(scores), parse_constant=refuse)
    assert content["protocol"] == "paper" and content["protocol_sha256"] == scores.protocol.sha256
    assert content["proven"] is False and content["problems"] == list(scores.proof.problems)
    assert content["precision"] == "fp32" and content["methods"]["srgan"] == "realism=1"
    summary = content["sets"]["Set5"]["srgan"]["psnr_y"]
    assert summary["mean"] == 26 and summary["low"] < 26 < summary["high"]
    assert content["pictures"][-1] == {
        "set": "Set14",
        "picture": "comic",
        "scores": {
            "bicubic": {"psnr_y": 21.5, "lpips": 0.34},
            "srgan": {"psnr_y": 23.5, "lpips": 0.08},
        },
    }


def test_infinity_is_a_word_because_json_has_none(scores: Scores):
    content = json.loads(scores_json(perfect(scores)), parse_constant=refuse)
    assert content["sets"]["Set5"]["original"]["psnr_y"]["mean"] == "inf"


def test_csv_has_a_row_for_each_picture_and_method(scores: Scores):
    rows = list(csv.DictReader(io.StringIO(scores_csv(scores))))
    assert len(rows) == 14
    assert rows[1] == {
        "protocol": "paper",
        "set": "Set5",
        "picture": "a",
        "method": "srgan",
        "psnr_y": "21.000000",
        "lpips": "0.080000",
    }


def test_latex_has_the_best_in_bold_and_escapes_names(scores: Scores):
    text = scores_latex(replace(scores, methods={"bicubic": "", "srgan": ""}))
    assert r"bicubic & 22.50 & .3400 & 21.50 & .3400 \\" in text
    assert r"srgan & \textbf{26.00} & \textbf{.0800} & \textbf{23.50} & \textbf{.0800} \\" in text
    assert text.count("{") == text.count("}")
    assert r"$\infty$" in scores_latex(perfect(scores))
    strange = {"a_b&c": "", "srgan": ""}
    assert r"a\_b\&c & --" in scores_latex(replace(scores, methods=strange))


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path):
    (tmp_path / "file").write_text("")
    with pytest.raises(UnwritableReport, match=r"file/scores\.json cannot be written"):
        write_text(tmp_path / "file" / "scores.json", "")
