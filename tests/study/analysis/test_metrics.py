"""Metrics beside what raters say: read from evaluation's file, correlated by hand."""

import json
from pathlib import Path
from typing import Any

import pytest

from fourfold.errors import InvalidScores
from fourfold.study.analysis import analyse, read_scores
from fourfold.study.ratings import RatingTable
from tests.study.analysis.tables import rating, table_of

IMAGES = ("Set5/baby", "Set5/bird")


def study() -> RatingTable:
    given = {"bicubic": (1, 2), "srgan": (3, 4), "original": (5, 5)}
    return table_of(
        rating("ann", method, image, score)
        for method, scores in given.items()
        for image, score in zip(IMAGES, scores, strict=True)
    )


def scores_file(folder: Path, pictures: list[dict[str, Any]]) -> Path:
    path = folder / "scores.json"
    path.write_text(json.dumps({"fourfold": "0.1.0", "pictures": pictures}))
    return path


def picture(name: str, **scores: dict[str, Any]) -> dict[str, Any]:
    return {"set": "Set5", "picture": name, "scores": scores}


GOOD = [
    picture(
        "baby",
        bicubic={"psnr_y": 30.0, "lpips": 0.4},
        srgan={"psnr_y": 28.0, "lpips": 0.2},
        original={"psnr_y": "inf", "lpips": 0.0},
    ),
    picture(
        "bird",
        bicubic={"psnr_y": 29.0, "lpips": 0.3},
        srgan={"psnr_y": 27.0, "lpips": 0.1},
        original={"psnr_y": "inf", "lpips": None},
    ),
]


def test_each_metric_is_correlated_with_the_mean_scores_of_pictures(tmp_path: Path):
    analysis = analyse(study(), scores=read_scores(scores_file(tmp_path, GOOD)))
    psnr, lpips = analysis.metrics
    assert (psnr.metric, lpips.metric) == ("psnr_y", "lpips")
    # the original is left out: 30, 29, 28, 27 and .4, .3, .2, .1 beside 1, 2, 3, 4
    assert psnr.pictures.pairs == lpips.pictures.pairs == 4
    assert [psnr.pictures.pearson, psnr.pictures.spearman] == pytest.approx([-1, -1])
    assert [lpips.pictures.pearson, lpips.pictures.spearman] == pytest.approx([-1, -1])
    assert {name: (x, y) for name, x, y in psnr.points} == {
        "bicubic": (29.5, 1.5),
        "srgan": (27.5, 3.5),
    }


def test_pictures_that_only_one_of_both_has_do_not_count(tmp_path: Path):
    file = scores_file(tmp_path, [GOOD[0], picture("head", srgan={"psnr_y": 1.0})])
    assert analyse(study(), scores=read_scores(file)).metrics[0].pictures.pairs == 2


def test_scores_that_share_no_picture_are_refused_by_name(tmp_path: Path):
    file = scores_file(tmp_path, [picture("head", esrgan={"psnr_y": 1.0})])
    with pytest.raises(InvalidScores, match=r"share no picture.*Set5/baby.*esrgan.*Set5/head"):
        analyse(study(), scores=read_scores(file))


def test_a_file_that_is_not_there_is_refused(tmp_path: Path):
    with pytest.raises(InvalidScores, match="cannot be read: No such file"):
        read_scores(tmp_path / "scores.json")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("PSNR 30", "is no JSON"),
        ("[]", "holds no scores of pictures"),
        ('{"pictures": [{"set": "Set5"}]}', "holds no scores of pictures"),
        (
            '{"pictures": [{"set": "", "picture": "a", "scores": {"m": {"psnr_y": "high"}}}]}',
            "holds no scores of pictures",
        ),
    ],
)
def test_a_file_that_holds_something_else_is_refused(tmp_path: Path, text: str, message: str):
    path = tmp_path / "scores.json"
    path.write_text(text)
    with pytest.raises(InvalidScores, match=message):
        read_scores(path)
