"""`fourfold compare` as a user runs it, and each mistake a user makes."""

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
from fourfold.metrics import PAPER, psnr_y

if TYPE_CHECKING:
    from playwright.sync_api import Browser


def run(*arguments: object) -> Result:
    return CliRunner().invoke(commands, ["compare", *map(str, arguments)])


@pytest.fixture(autouse=True)
def all_loaders_again() -> Iterator[None]:
    """The command blocks loaders for its whole process, which is the tests' here."""
    yield
    pyvips.operation_block_set("VipsForeignLoad", False)


@pytest.fixture
def album(tmp_path: Path, photograph: np.ndarray) -> Path:
    """Folders `ours`, `theirs` and `truth` of two pictures each."""
    for folder, picture in (
        ("ours", photograph),
        ("theirs", 255 - photograph),
        ("truth", photograph // 2 + 64),
    ):
        (tmp_path / folder).mkdir()
        for name in ("one", "two"):
            write_image(picture, tmp_path / folder / f"{name}.png")
    return tmp_path


def test_two_pictures_are_measured_one_against_the_other(album: Path, photograph: np.ndarray):
    result = run(album / "ours/one.png", album / "theirs/one.png")
    assert result.exit_code == 0, result.output
    expected = psnr_y(photograph, 255 - photograph, scale=4, protocol=PAPER)
    assert f"one  a to b{expected:>19.2f}" in result.stdout
    assert "Protocol paper (" in result.stdout and "fp32" not in result.stdout


def test_with_an_original_both_are_measured_against_it(album: Path, photograph: np.ndarray):
    result = run(
        *(
            album / "ours",
            album / "theirs",
            "--against",
            album / "truth",
            "--metrics",
            "psnr_y, ssim_y",
        )
    )
    truth = photograph // 2 + 64
    for label, image in (("a", photograph), ("b", 255 - photograph)):
        expected = psnr_y(image, truth, scale=4, protocol=PAPER)
        for name in ("one", "two", "mean"):
            assert f"{f'{name}  {label}':<20}{expected:>10.2f}" in result.stdout


def test_the_page_slides_between_the_two(album: Path, chromium: "Browser"):
    out = album / "compare.html"
    result = run(album / "ours", album / "theirs", "-o", out)
    assert result.exit_code == 0 and str(out) in result.stderr
    page = chromium.new_page()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.goto(out.as_uri())
    assert page.locator("h1").text_content() == "ours and theirs"
    assert page.locator(".comparison").count() == 2
    labels = page.locator(".comparison").first.locator(".versions b").all_text_contents()
    assert labels == ["a", "b", "difference"]
    assert page.locator(".slider").first.is_visible()
    page.close()
    assert complaints == []


def test_a_pair_that_cannot_be_measured_is_named_and_the_others_go_on(album: Path):
    write_image(np.zeros((8, 9, 3), np.uint8), album / "theirs/one.png")
    result = run(album / "ours", album / "theirs")
    assert result.exit_code == 1
    assert "is 64x48, and" in result.stderr and "9x8: they must have one size" in result.stderr
    assert "two  a to b" in result.stdout


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (("ours", "nowhere"), "There is no picture or folder"),
        (("ours/one.png", "theirs"), "pictures with pictures, or folders with folders"),
        (("ours", "theirs", "--metrics", "psmr_y"), "Did you mean 'psnr_y'?"),
        (("empty", "theirs"), "empty holds no pictures"),
        (("ours", "part"), "part holds no two, which"),
        (("part", "ours"), "part holds no two, which"),
    ],
)
def test_a_mistake_is_one_sentence(album: Path, arguments: tuple[str, ...], complaint: str):
    (album / "empty").mkdir()
    (album / "part").mkdir()
    write_image(np.zeros((48, 64, 3), np.uint8), album / "part/one.png")
    paths = [album / word if index < 2 else word for index, word in enumerate(arguments)]
    result = run(*paths)
    assert isinstance(result.exception, FourfoldError) and complaint in str(result.exception)


def test_a_page_that_is_there_is_replaced_only_when_asked(album: Path):
    out = album / "compare.html"
    out.write_text("mine")
    options = (album / "ours", album / "theirs", "--metrics", "psnr_y", "-o", out)
    assert "is there already" in str(run(*options).exception) and out.read_text() == "mine"
    assert run(*options, "--overwrite").exit_code == 0 and out.read_text() != "mine"


def test_transparency_and_sixteen_bits_are_refused(album: Path):
    for pixels, complaint in (
        (np.zeros((48, 64, 4), np.uint8), "has transparency"),
        (np.zeros((48, 64, 3), np.uint16), "has 16 bits"),
    ):
        write_image(pixels, album / "theirs/one.png")
        result = run(album / "ours/one.png", album / "theirs/one.png")
        assert result.exit_code == 1 and complaint in result.stderr
