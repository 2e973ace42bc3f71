"""Tables as they stand on the terminal."""

import math
from dataclasses import replace

import pytest

from fourfold.evaluation import MEASURES, Scores, paper_text, summary
from fourfold.evaluation.mos import Opinion
from fourfold.evaluation.scores import Failure
from fourfold.evaluation.text import dotted, p_text, shown


@pytest.mark.parametrize(
    ("value", "text"), [(0.8211, ".8211"), (-0.02, "-.0200"), (1, "1.0000"), (math.nan, "–")]
)
def test_shares_are_written_as_the_field_writes_them(value: float, text: str):
    assert dotted(value) == text


def test_decibels_have_two_digits_and_likenesses_four():
    assert shown(31.8631, MEASURES["psnr_y"]) == "31.86"
    assert shown(0.08071, MEASURES["lpips"]) == ".0807"
    assert shown(math.inf, MEASURES["psnr_y"]) == "inf"


def test_p_values_have_three_digits():
    assert [p_text(p) for p in (0.00004, 0.0625, 1)] == ["<.001", ".062", "1"]


def test_the_means_stand_with_their_intervals(scores: Scores):
    lines = summary(scores, opinions={}).splitlines()
    start = lines.index("Set5, 6 pictures")
    assert lines[start + 1].split() == ["PSNR", "dB", "LPIPS"]
    assert lines[start + 2].split() == ["bicubic", "22.50", ".3400"]
    assert lines[start + 4].split() == ["srgan", "26.00", ".0800"]
    assert lines[start + 5].split()[1] == ".080–.080"
    assert "Set14, 1 picture" in lines


def test_settings_protocol_and_precision_are_printed(scores: Scores):
    text = summary(scores, opinions={})
    assert "srgan: realism=1." in text
    assert "Protocol paper (" in text and scores.protocol.sha256[:12] in text
    assert "fp32" in text


def test_differences_are_printed_against_a_named_method(scores: Scores):
    text = summary(scores, against="bicubic", opinions={})
    row = next(line for line in text.splitlines() if line.startswith("Set5    srgan"))
    assert row.split() == ["Set5", "srgan", "+3.50", ".062", "-.2600", ".062"]


def test_long_names_are_never_cut(scores: Scores):
    long = "srgan:realism=0.85,consistent=off,ensemble=on-and-a-folder-of-a-long-name"
    renamed = replace(
        scores,
        methods={"bicubic": "", long: ""},
        pictures=tuple(
            replace(row, scores={"bicubic": row.scores["bicubic"], long: row.scores["srgan"]})
            for row in scores.pictures
        ),
    )
    text = summary(renamed, against="bicubic", opinions={})
    assert text.count(long) >= 3


def test_no_line_is_wider_than_a_terminal(scores: Scores):
    for paper in (False, True):
        text = summary(scores, paper=paper, against="bicubic", opinions={})
        assert max(map(len, text.splitlines())) <= 80


def test_failures_and_what_is_missing_come_last(scores: Scores):
    failed = replace(
        scores, failures=(Failure("esrgan", "Set5/a", "no result."),), remarks=("No LPIPS.",)
    )
    assert summary(failed, opinions={}).splitlines()[-2:] == [
        "esrgan failed on Set5/a: no result.",
        "No LPIPS.",
    ]


def rows(text: str, table: str, label: str) -> list[list[str]]:
    """The lines of a row of a table of the paper: ours, the paper's, the difference."""
    lines = text[text.index(table) :].splitlines()
    start = next(n for n, line in enumerate(lines) if line.startswith(label))
    return [line.split() for line in lines[start : start + 3]]


def test_the_published_row_stands_under_ours_with_the_difference(scores: Scores):
    ours, paper, difference = rows(paper_text(scores, {}), "Table 2", "bicubic")
    assert ours == ["bicubic", "22.50", "–", "–", "21.50", "–", "–", "–", "–", "–"]
    assert paper == [
        "paper",
        "28.43",
        ".8211",
        "1.97",
        "25.99",
        ".7486",
        "1.80",
        "25.94",
        ".6935",
        "1.47",
    ]
    assert difference == ["difference", "-5.93", "-4.49"]


def test_rows_that_were_not_run_show_the_published_figures(scores: Scores):
    label, paper, _ = rows(paper_text(scores, {}), "Table 2", "SRCNN")
    assert label == ["SRCNN,", "not", "run"]
    assert paper == [
        "paper",
        "30.07",
        ".8627",
        "2.57",
        "27.18",
        ".7861",
        "2.26",
        "26.68",
        ".7291",
        "1.87",
    ]


def test_table_1_sets_the_papers_srgan_beside_ours(scores: Scores):
    ours, paper, _ = rows(paper_text(scores, {}), "Table 1", "srgan")
    assert ours[:2] == ["srgan", "26.00"]
    assert paper == ["paper", "29.40", ".8472", "3.58", "26.02", ".7397", "3.72*"]


def test_mos_of_a_study_stands_beside_the_published(scores: Scores):
    opinions = {("srgan", "Set5"): Opinion(3.61), ("srgan", "Set14"): Opinion(3.4, is_best=True)}
    ours, *_ = rows(paper_text(scores, opinions), "Table 1", "srgan")
    assert ours == ["srgan", "26.00", "–", "3.61", "23.50", "–", "3.40*"]
    assert "not comparable" in paper_text(scores, opinions)


def test_a_report_of_other_methods_or_sets_is_not_passed_over(scores: Scores):
    text = " ".join(paper_text(scores, {("srgan", "faces"): Opinion(3.6)}).split())
    assert "the report that was given has other methods or sets" in text
    assert "ours from the study" not in text


def test_one_picture_has_no_interval(scores: Scores):
    lines = summary(scores, opinions={}).splitlines()
    start = lines.index("Set14, 1 picture")
    assert [line.split()[0] for line in lines[start + 2 : start + 4]] == ["bicubic", "srgan"]


def test_figure_2_is_of_one_picture(scores: Scores):
    text = paper_text(scores, {})
    lines = text[text.index("Figure 2") :].splitlines()
    assert lines[2].split() == ["bicubic", "21.50", "21.59", "-0.09", "–", ".6423"]
    assert lines[3].endswith("not run") and lines[3].startswith("SRResNet")
