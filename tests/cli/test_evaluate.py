"""`fourfold evaluate` as a user runs it, and each mistake a user makes."""

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
import pyvips
from click.testing import CliRunner, Result

from fourfold.cli.main import commands
from fourfold.errors import FourfoldError
from fourfold.imaging import write_image
from fourfold.weights import weights_path

if TYPE_CHECKING:
    from playwright.sync_api import Browser


def run(*arguments: object) -> Result:
    return CliRunner().invoke(commands, ["evaluate", *map(str, arguments)])


@pytest.fixture(autouse=True)
def all_loaders_again() -> Iterator[None]:
    """The command blocks loaders for its whole process, which is the tests' here."""
    yield
    pyvips.operation_block_set("VipsForeignLoad", False)


@pytest.fixture
def sets(tmp_path: Path, photograph: np.ndarray) -> Path:
    root = tmp_path / "sets"
    (root / "Tiny" / "HR").mkdir(parents=True)
    write_image(photograph, root / "Tiny/HR/face.png")
    write_image(photograph[:, ::-1], root / "Tiny/HR/mirror.png")
    return root


def test_it_prints_the_proof_then_the_scores_and_writes_every_file(
    sets: Path, tmp_path: Path, chromium: "Browser"
):
    out = tmp_path / "report"
    result = run(
        *("--data", sets, "--method", "bicubic", "--method", "srresnet", "--no-cache"),
        *("--against", "bicubic", "--paper", "--out", out),
    )
    assert result.exit_code == 0, result.output
    text = result.stdout
    assert text.index("No control rows are known for Tiny") < text.index("Table 1")
    assert text.index("Table 1") < text.index("Table 2") < text.index("Figure 2")
    assert "Differences to bicubic" in text and "fp32" in text
    assert max(map(len, text.splitlines())) <= 80
    assert sorted(path.name for path in out.iterdir()) == [
        "report.html",
        "scores.csv",
        "scores.json",
        "scores.tex",
        "tables.txt",
    ]
    assert json.loads((out / "scores.json").read_text())["methods"].keys() == {
        "bicubic",
        "srresnet",
    }
    look_at(out / "report.html", chromium)


def look_at(report: Path, chromium: "Browser") -> None:
    """Open the report without a network, at the width of a phone, and use it."""
    context = chromium.new_context(viewport={"width": 390, "height": 844}, offline=True)
    page = context.new_page()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(report.as_uri())
    assert page.locator("h1").text_content() == "Methods on Tiny"
    labels = page.locator(".comparison").first.locator(".versions b").all_text_contents()
    assert labels == [
        "original",
        "bicubic",
        "srresnet",
        "error of bicubic",
        "error of srresnet",
    ]
    assert page.locator(".plot svg").count() == 4
    page.get_by_role("button", name="Slider").first.click()
    assert page.locator(".slider").first.is_visible()
    assert page.evaluate("document.documentElement.scrollWidth - window.innerWidth") <= 0
    context.close()
    assert complaints == []


def test_json_is_all_that_is_printed(sets: Path):
    result = run("--data", sets, "--method", "nearest", "--metrics", "psnr_y", "--json")
    assert result.exit_code == 0, result.output
    content = json.loads(result.stdout)
    assert content["sets"]["Tiny"]["nearest"]["psnr_y"]["pictures"] == 2


def test_the_data_folder_may_come_from_the_environment(sets: Path, monkeypatch: pytest.MonkeyPatch):
    sets.rename(sets.with_name("test"))
    monkeypatch.setenv("FOURFOLD_DATA", str(sets.parent))
    result = run("--method", "nearest", "--metrics", "psnr_y", "--no-cache")
    assert result.exit_code == 0 and "Tiny, 2 pictures" in result.stdout


def test_the_cache_is_a_folder_that_may_be_named(sets: Path, tmp_path: Path):
    options = ("--data", sets, "--method", "srresnet", "--metrics", "psnr_y")
    first = run(*options, "--cache", tmp_path / "kept")
    assert len(list((tmp_path / "kept/pictures").glob("*.png"))) == 2
    assert run(*options, "--cache", tmp_path / "kept").stdout == first.stdout


def test_a_picture_that_fails_is_named_and_the_exit_code_says_so(sets: Path, tmp_path: Path):
    theirs = tmp_path / "theirs"
    theirs.mkdir()
    write_image(np.zeros((48, 64, 3), np.uint8), theirs / "face.png")
    write_image(np.zeros((12, 16, 3), np.uint8), theirs / "mirror.png")
    result = run("--data", sets, "--method", f"esrgan={theirs}", "--no-cache")
    assert result.exit_code == 1
    assert (
        "esrgan failed on Tiny/mirror: the result is 16x12, the original 64x48."
        in result.stdout.replace("\n", " ")
    )
    assert "1 of 2" in result.stdout


def test_snapshots_of_a_run_are_drawn_instead(sets: Path, tmp_path: Path):
    kept = tmp_path / "run" / "snapshots"
    kept.mkdir(parents=True)
    for step in (20, 100):
        shutil.copy(weights_path("srresnet"), kept / f"step-{step}.safetensors")
    options = ("--metrics", "psnr_y", "--no-cache", "--out", tmp_path / "out")
    result = run("--data", sets, "--snapshots", tmp_path / "run", *options)
    assert result.exit_code == 0, result.output
    proof, _, figures = result.stdout.partition("\n\n")
    assert proof.startswith("Warning: No control rows are known for Tiny")
    rows = [line.split() for line in figures.splitlines()[2:4]]
    assert [row[0] for row in rows] == ["20", "100"] and rows[0][1] == rows[1][1]
    assert "<svg" in (tmp_path / "out" / "snapshots.html").read_text()


def test_a_report_that_is_there_is_replaced_only_when_asked(sets: Path, tmp_path: Path):
    out = tmp_path / "out"
    options = ("--data", sets, "--method", "nearest", "--metrics", "psnr_y", "--no-cache")
    assert run(*options, "--out", out).exit_code == 0
    written = (out / "report.html").read_text()
    again = run(*options, "--out", out)
    assert "report.html is there already" in str(again.exception) and again.stdout == ""
    (out / "report.html").write_text("")
    assert run(*options, "--out", out, "--overwrite").exit_code == 0
    assert (out / "report.html").read_text() == written


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (("--method", "nearest", "--out", "taken"), "taken is a file; --out names a folder."),
        (("--method", "nearest", "--out", "taken/deep"), "taken is a file; --out names a folder."),
        (("--method", "nearest", "--method", "nearest"), "Two methods are called 'nearest'"),
    ],
)
def test_a_mistake_is_told_before_any_work(
    sets: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    arguments: tuple[str, ...],
    complaint: str,
):
    monkeypatch.chdir(tmp_path)
    Path("taken").write_text("mine")
    result = run("--data", sets, "--no-cache", *arguments)
    assert complaint in str(result.exception) and result.stdout == ""
    assert Path("taken").read_text() == "mine"


def test_an_original_that_cannot_be_scored_is_named_before_and_after(
    sets: Path, photograph: np.ndarray
):
    write_image(photograph.astype(np.uint16) * 257, sets / "Tiny/HR/face.png")
    result = run("--data", sets, "--method", "nearest", "--metrics", "psnr_y", "--no-cache")
    assert result.exit_code == 1
    text = " ".join(result.stdout.split())
    assert "Warning: Tiny/face cannot be measured:" in text and "has 16 bits a sample" in text
    assert "reading failed on Tiny/face:" in text and "Tiny, 1 picture" in text


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (("--sets", "Tinny"), "There is no test set 'Tinny'"),
        (("--method", "srgam"), "There is no method 'srgam'"),
        (("--metrics", "psnr"), "There is no metric 'psnr'"),
        (("--method", "nearest", "--against", "bicubic"), "--against names 'bicubic'"),
        (("--paper", "--mos", "nowhere.json"), "nowhere.json cannot be read"),
        (("--snapshots", "nowhere"), "nowhere holds no snapshots"),
    ],
)
def test_a_mistake_is_one_sentence(sets: Path, arguments: tuple[str, ...], complaint: str):
    result = run("--data", sets, *arguments)
    assert isinstance(result.exception, FourfoldError) and result.stdout == ""
    assert complaint in str(result.exception)


def test_scores_of_people_need_the_tables_that_they_fill(sets: Path):
    result = run("--data", sets, "--mos", "report.json")
    assert result.exit_code == 2 and "give both" in result.stderr


def test_a_mistake_reaches_the_user_as_one_line_and_exit_code_1(sets: Path):
    result = subprocess.run(
        [sys.executable, "-m", "fourfold", "evaluate", "--data", str(sets / "nowhere")],
        capture_output=True,
        text=True,
    )
    assert result.returncode == 1 and result.stdout == ""
    (line,) = result.stderr.splitlines()
    assert line.startswith("Error: ") and "nowhere is no folder" in line


def test_without_test_sets_it_says_where_they_come_from(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv("FOURFOLD_DATA", raising=False)
    assert "docs/reproduce.md" in str(run().exception)


def test_help_fits_a_screen():
    text = run("--help").stdout
    assert len(text.splitlines()) <= 32 and text.count("fourfold evaluate") == 2
