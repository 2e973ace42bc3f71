"""The report: a page that stands alone, and files that say the same."""

import csv
import json
import re
from dataclasses import replace
from pathlib import Path

import pytest

from fourfold.errors import UnwritableReport
from fourfold.study.analysis import Analysis, analyse, report_html, report_json, write_report
from fourfold.study.analysis.files import mos_latex
from tests.study.analysis.tables import choice, rating, small_study, table_of, table_of_choices

PAIRS = [choice("ann", "a", "b"), choice("ben", "b", "a"), choice("ann", "a", "b", repeat=1)]


@pytest.fixture(scope="module")
def analysis() -> Analysis:
    return analyse(small_study())


@pytest.fixture(scope="module")
def html(analysis: Analysis) -> str:
    return report_html(analysis)


@pytest.fixture(scope="module")
def least() -> Analysis:
    return analyse(table_of([rating("ann", "a", "1", 4)]))


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def test_the_page_opens_with_the_methods_and_holds_every_section(html: str):
    titles = re.findall(r"<h2>(.*?)</h2>", html)
    assert titles[0] == "Methods"
    assert titles[1:] == [
        "Mean opinion scores",
        "Distribution of scores",
        "Average ranks",
        "Which methods differ",
        "How far raters can be relied on",
        "Raters",
        "LaTeX",
    ]
    assert "eight raters took part" in html.lower()
    assert all(html.count(method) > 10 for method in ("nearest", "srresnet", "srgan"))


def test_the_page_needs_no_network(html: str):
    assert "src=" not in html.replace('src="data:', "") and "@import" not in html
    links = re.findall(r'(?:href|url)\s*=?\s*[("\']+([^)"\']+)', html)
    assert all(link.startswith(("#", "data:")) for link in links)


def test_the_same_analysis_is_the_same_page(least: Analysis):
    assert report_html(least) == report_html(least)


def test_names_that_look_like_markup_stay_text():
    hostile = "<script>alert(1)</script>"
    html = report_html(analyse(table_of([rating(hostile, hostile, hostile, 3)], study=hostile)))
    assert "<script>alert" not in html and "&lt;script&gt;alert" in html


def test_files_say_what_the_analysis_says(tmp_path: Path, analysis: Analysis):
    written = write_report(tmp_path / "new" / "report", analysis)
    assert written[0].name == "report.html" and all(path.is_file() for path in written)
    folder = written[0].parent
    means = {(r["set"], r["method"]): float(r["mos"]) for r in rows(folder / "mos.csv")}
    content = json.loads((folder / "report.json").read_text())
    for group in analysis.groups:
        for method in group.methods:
            assert means[group.name, method.method] == pytest.approx(method.mos.mean, abs=1e-4)
    assert {(e["set"], e["method"]): e["mos"] for e in content["mos"]} == {
        (g.name, m.method): m.mos.mean for g in analysis.groups for m in g.methods
    }
    assert len(rows(folder / "tests.csv")) == len(content["tests"]) == 3 * 6
    assert len(rows(folder / "pictures.csv")) == 4 * 8
    assert len(rows(folder / "raters.csv")) == 8


def test_the_json_is_what_evaluation_reads(analysis: Analysis):
    """Its `--mos` takes sets, methods and means, and the tests for table 1's asterisks."""
    content = json.loads(report_json(analysis))
    assert {"set", "method", "mos"} <= content["mos"][0].keys()
    assert {"set", "a", "b", "difference", "p_corrected"} <= content["tests"][0].keys()


def test_no_value_in_the_json_is_anything_but_json():
    def refuse(name: str) -> None:
        raise AssertionError(name)

    lonely = analyse(table_of([rating("ann", "a", "1", 4), rating("ann", "a", "1", 4, repeat=1)]))
    content = json.loads(report_json(lonely), parse_constant=refuse)
    assert content["retest"]["correlation"]["pearson"] is None


def test_the_latex_table_has_a_row_a_method_and_escapes_names():
    names = {"a_b & c": 2, "50%": 4}
    table = mos_latex(analyse(table_of(rating("ann", n, "Set5/1", s) for n, s in names.items())))
    assert r"a\_b \& c & 2.00 {\scriptsize[2.00, 2.00]} \\" in table
    assert r"50\% & \textbf{4.00} {\scriptsize[4.00, 4.00]} \\" in table
    assert table.count(r"\\") == 3 and r"\begin{tabular}{lc}" in table


def test_the_original_is_never_the_best_method():
    table = mos_latex(analyse(small_study()))
    assert re.search(r"^srgan.*textbf", table, re.MULTILINE)
    assert not re.search(r"^original.*textbf", table, re.MULTILINE)


def test_a_report_of_choices_has_strengths(tmp_path: Path):
    written = write_report(tmp_path, analyse(table_of_choices(PAIRS)))
    names = {path.name for path in written}
    assert names == {"report.html", "report.json", "tests.csv", "raters.csv", "strengths.csv"}
    assert [row["method"] for row in rows(tmp_path / "strengths.csv")] == ["a", "b"]
    html = written[0].read_text()
    assert "Bradley-Terry" in html and "Mean opinion scores" not in html


def test_a_second_report_takes_the_place_of_the_first(tmp_path: Path, least: Analysis):
    (tmp_path / "notes.txt").write_text("mine")
    write_report(tmp_path, replace(least, study="first"))
    write_report(tmp_path, replace(least, study="second"))
    assert "Study: second" in (tmp_path / "report.html").read_text()
    assert (tmp_path / "notes.txt").read_text() == "mine"


def test_a_place_that_cannot_be_written_is_one_sentence(tmp_path: Path, least: Analysis):
    (tmp_path / "report").write_text("a file")
    with pytest.raises(UnwritableReport, match="report cannot be written: File exists"):
        write_report(tmp_path / "report", least)


def test_few_raters_are_warned_of(html: str):
    assert "Only 8 raters count" in html
    assert "No rater has finished yet" in report_html(
        analyse(table_of([rating("ann", "a", "1", 4)], finished=frozenset()))
    )
