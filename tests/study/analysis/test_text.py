"""Results as text: on a terminal, and as the sentences of a paper."""

from dataclasses import replace

from fourfold.study.analysis import analyse, report_text
from fourfold.study.analysis.prose import methods_paragraph, reliability_paragraph
from tests.study.analysis.tables import (
    choice,
    rating,
    small_study,
    table_of,
    table_of_choices,
    the_papers_analysis,
)


def test_text_fits_80_columns_and_names_every_method():
    text = report_text(analyse(small_study()))
    assert max(map(len, text.splitlines())) <= 80
    assert text.startswith("small: 8 of 8 raters count, 8 images\n")
    for method in ("nearest", "srresnet", "srgan", "original"):
        assert text.count(f"\n{method} ") == 3  # two sets, and all images


def test_text_says_who_is_left_out_and_what_is_not_told_apart():
    rows = [
        rating(rater, method, image, score)
        for rater, lift in (("ann", 0), ("ben", 1))
        for image in ("1", "2")
        for method, score in (("a", 3), ("b", 3 + lift))
    ]
    text = report_text(analyse(table_of(rows, finished=frozenset({"ann"}))))
    assert "ben did not finish" in text and "a, b: +0.00, p = 1.000" in text


def test_text_of_choices_says_how_often_a_method_was_chosen():
    text = report_text(analyse(table_of_choices([choice("ann", "a", "b"), choice("b", "b", "a")])))
    assert "1 of 2" in text and "strength" in text


def test_the_methods_paragraph_tells_the_papers_study():
    paragraph = methods_paragraph(the_papers_analysis())
    for words in (
        "26 raters took part and scored 1,128 pictures each (12 methods of 119 images)",
        "1 (bad) to 5 (excellent)",
        "The original was one of the methods, hidden among the others.",
        "Up to ten pictures a rater came a second time",
        "nobody was left out",
        "95 % bootstrap intervals over raters and images",
        "Holm's correction",
    ):
        assert words in paragraph
    assert "calibration" not in paragraph and "Beforehand" not in paragraph


def test_the_methods_paragraph_tells_what_was_done_and_nothing_else():
    rows = [
        *(rating("ann", "a", image, 3) for image in "12"),
        rating("ann", "nearest", "3", 1, is_calibration=True, anchor=1),
        rating("ben", "a", "1", 3),
    ]
    table = table_of(rows, finished=frozenset({"ann"}))
    paragraph = methods_paragraph(analyse(table))
    assert paragraph.startswith("Two raters took part and scored 2 pictures each (one method of")
    assert "One rater who did not finish was left out." in paragraph
    assert "Beforehand" in paragraph and "nearest-neighbour enlargements as 1" in paragraph
    assert "came a second time" not in paragraph and "hidden" not in paragraph
    assert "Degradation" not in paragraph and "degradation" not in paragraph
    degraded = methods_paragraph(analyse(replace(table, mode="dcr")))
    assert "degradation category rating" in degraded


def test_the_methods_paragraph_of_choices_names_their_model():
    paragraph = methods_paragraph(analyse(table_of_choices([choice("ann", "a", "b")])))
    assert "chose the better of two" in paragraph and "Bradley-Terry" in paragraph
    assert "screened" not in paragraph


def test_two_pictures_that_came_again_have_no_correlation():
    rows = [rating("ann", "a", image, 3, repeat=again) for image in "12" for again in (0, 1)]
    text = reliability_paragraph(analyse(table_of(rows)))
    assert "nan" not in text and "correlate" not in text
    assert text.startswith("Two pictures came a second time before the same rater: 100 % are equal")
