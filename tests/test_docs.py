"""What the documents show runs, and prints what they show."""

import doctest
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from fourfold.upscaling import upscaler
from fourfold.weights import load_weights, shipped_names
from tests.conftest import ROOT

README = (ROOT / "README.md").read_text()
SECONDS = re.compile(r"\d+\.\d s$", re.MULTILINE)


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", README, re.DOTALL)


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A folder that looks like a checkout to the README's examples, and may be written."""
    shutil.copytree(ROOT / "demo/photographs", tmp_path / "demo/photographs")
    return tmp_path


@pytest.mark.parametrize("block", blocks("console"))
def test_the_readmes_commands_print_what_it_shows(checkout: Path, block: str):
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    examples = re.findall(r"\$ (.*)\n((?:(?!\$ ).*\n)*)", block)
    assert examples
    for command, output in examples:
        result = subprocess.run(
            command,
            shell=True,
            cwd=checkout,
            env=os.environ | {"PATH": path},
            capture_output=True,
            text=True,
            check=True,
        )
        assert SECONDS.sub("# s", result.stdout) == SECONDS.sub("# s", output)


@pytest.mark.parametrize("block", blocks("python"))
def test_the_readmes_python_runs(checkout: Path, block: str):
    subprocess.run([sys.executable, "-c", block], cwd=checkout, check=True)


def test_the_readme_shows_commands_and_python():
    assert len(blocks("console")) >= 2 and len(blocks("python")) >= 1


def test_the_python_of_the_page_on_analysis_runs(tmp_path: Path):
    page = (ROOT / "docs/analysis.md").read_text()
    (block,) = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    command = [sys.executable, "-c", block]
    result = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True)
    assert result.stdout == "True\n" and (tmp_path / "planned/report.html").is_file()


def test_docstring_examples_run():
    result = doctest.testmod(upscaler)
    assert result.attempted >= 3 and result.failed == 0


@pytest.mark.parametrize(
    "document",
    [
        "README.md",
        "CONTRIBUTING.md",
        "docs/reproduce.md",
        "docs/architecture.md",
        "docs/training.md",
        "docs/upscaling.md",
        "docs/analysis.md",
        "docs/study.md",
    ],
)
def test_links_lead_somewhere(document: str):
    folder = (ROOT / document).parent
    links = re.findall(r"\]\(([^)#:]+)\)", (ROOT / document).read_text())
    missing = [link for link in links if not (folder / link).exists()]
    assert missing == []


def test_every_promise_names_a_test_that_is_there():
    text = (ROOT / "docs/architecture.md").read_text()
    promises = text.split("## What we promise, and the test that holds it")[1]
    file = ""
    for named, test in re.findall(r"`([\w/]+\.py|…)(?:::(\w+))?`", promises):
        file = file if named == "…" else named
        folder = ROOT if file.startswith("benchmarks/") else ROOT / "tests"
        source = (folder / file).read_text()
        assert not test or f"def {test}(" in source, f"{file}::{test}"
    assert file


def test_the_readmes_scores_are_those_of_the_cards():
    for name in shipped_names():
        card = load_weights(name).card
        as_upscale_runs_it = card.consistent_scores if card.consistent else card.scores
        for scores in as_upscale_runs_it.values():
            cells = [
                f"{scores[test_set]['psnr_y']:.2f}, {scores[test_set]['lpips_alex']:.3f}".replace(
                    " 0", " "
                )
                for test_set in ("Set5", "Set14", "BSD100")
            ]
            assert f"| `{name}` | {' | '.join(cells)} |" in README


def test_the_reproduced_tables_hold_the_scores_of_the_cards():
    text = (ROOT / "docs/reproduce.md").read_text()
    table = text[text.index("Table 2 ") :]
    for name in shipped_names():
        scores = load_weights(name).card.consistent_scores["paper"]
        row = next((line for line in table.splitlines() if line.split()[:1] == [name]), None)
        if row is not None:
            for test_set, column in (("Set5", 1), ("Set14", 4), ("BSD100", 7)):
                psnr, ssim = (float(cell) for cell in row.split()[column : column + 2])
                assert psnr == pytest.approx(scores[test_set]["psnr_y"], abs=0.0051)
                assert ssim == pytest.approx(scores[test_set]["ssim_daala"], abs=0.000051)


def test_the_citation_is_of_this_version():
    import fourfold

    assert f"version: {fourfold.__version__}\n" in (ROOT / "CITATION.cff").read_text()
