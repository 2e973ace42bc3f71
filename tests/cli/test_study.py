"""`fourfold study` as a laboratory runs it, and the mistakes it makes."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import pyvips
from click.testing import CliRunner, Result

from fourfold.cli.main import commands
from fourfold.study import Study, rating_table
from tests.studies import Server, make_study, new_rater, rate_all, write_pictures


@pytest.fixture(autouse=True)
def loaders_as_they_were() -> Iterator[None]:
    yield
    pyvips.operation_block_set("VipsForeignLoad", False)


def invoke(*arguments: object) -> Result:
    return CliRunner().invoke(commands, ["study", *(str(argument) for argument in arguments)])


def fails(*arguments: object) -> str:
    """The one sentence with which the command fails, run as a process of its own."""
    result = subprocess.run(
        [sys.executable, "-m", "fourfold", "study", *map(str, arguments)],
        capture_output=True,
        text=True,
    )
    assert result.returncode == 1, result.stderr
    assert "Traceback" not in result.stderr and result.stdout == ""
    return result.stderr.splitlines()[-1]


def test_a_study_is_made_with_all_that_was_asked_for(tmp_path: Path):
    write_pictures(tmp_path, images=5)
    (tmp_path / "consent.txt").write_text("First.\n\nSecond.\n", "utf-8")
    result = invoke(
        *("create", tmp_path / "study", "--preset", "short", "--repeat", 3, "--mode", "dcr"),
        *("--method", f"a={tmp_path / 'method-0'}", "--method", f"b={tmp_path / 'method-1'}"),
        *("--reference", tmp_path / "original", "--seed", 7, "--language", "ko"),
        *("--consent", tmp_path / "consent.txt", "--question", "Age: young | old"),
    )
    assert result.exit_code == 0, result.output
    assert result.stdout == f"{tmp_path / 'study'}\n"
    assert "4 images by 3 methods" in result.stderr
    with Study.open(tmp_path / "study") as study:
        design = study.design
        assert (design.mode, design.repeats, design.seed, design.language) == ("dcr", 3, 7, "ko")
        assert design.most_ratings == 60 and design.consent.endswith("Second.\n")
        assert design.questions[0].choices == ("young", "old")


def test_a_study_is_served_until_it_is_asked_to_end(tmp_path: Path):
    make_study(tmp_path).close()
    server = Server(tmp_path / "study")
    try:
        assert server.join_url.startswith("http://127.0.0.1:")
        assert "token=" in server.owner_url
        taken = fails("serve", tmp_path / "study", "--port", server.port)
        assert "Address already in use" in taken
    finally:
        said = server.stop()
    assert said == "" and server.process.returncode == 0


def test_ratings_are_exported_imported_and_forgotten(tmp_path: Path):
    with make_study(tmp_path) as study:
        rater = new_rater(study)
        rate_all(study, rater)
    assert invoke("export", tmp_path / "study", tmp_path / "all.zip").exit_code == 0
    assert invoke("import", tmp_path / "all.zip", tmp_path / "back").exit_code == 0
    forgotten = invoke("forget", tmp_path / "back", rater.pseudonym)
    assert f"{rater.pseudonym} and 9 ratings are deleted." in forgotten.stderr
    for folder, count in (("study", 9), ("back", 0)):
        with Study.open(tmp_path / folder) as study:
            assert len(rating_table(study).ratings) == count


def test_links_are_printed_and_a_study_is_closed_and_opened(tmp_path: Path):
    make_study(tmp_path).close()
    lines = invoke(
        "links", tmp_path / "study", "--count", 3, "--address", "https://a.org/"
    ).stdout.splitlines()
    assert len(lines) == 3 and all("  https://a.org/study/join/" in line for line in lines)
    renewed = invoke("links", tmp_path / "study", "--renew", lines[0].split()[0]).stdout
    assert renewed.split()[0] == lines[0].split()[0] and renewed != lines[0]
    assert "is closed" in invoke("close", tmp_path / "study").stderr
    with Study.open(tmp_path / "study") as study:
        assert study.closed_at() is not None
    assert "is open" in invoke("close", tmp_path / "study", "--again").stderr


def test_mistakes_are_one_sentence(tmp_path: Path):
    _, methods = write_pictures(tmp_path)
    reference = ("--reference", tmp_path / "original")
    one = ("--method", f"a={methods['m0']}")
    assert "Did you mean 'paper'?" in fails(
        "create", tmp_path / "s", *one, *reference, "--preset", "papr"
    )
    assert "needs a method" in fails("create", tmp_path / "s", *reference)
    assert "cannot be read" in fails(
        "create", tmp_path / "s", *one, *reference, "--consent", tmp_path / "none.txt"
    )
    assert "holds no study" in fails("serve", tmp_path / "s")
    assert not (tmp_path / "s").exists()
