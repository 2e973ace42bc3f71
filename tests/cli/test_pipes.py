"""`-`: pictures through standard input and output."""

import io
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from fourfold.imaging import read_image, write_image


def pipe(*arguments: object, given: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, "-m", "fourfold", "upscale", "--model", "srresnet"]
    return subprocess.run([*command, *map(str, arguments)], input=given, capture_output=True)


@pytest.fixture
def small(tmp_path: Path, photograph: np.ndarray) -> Path:
    write_image(photograph[:20, :24], tmp_path / "small.png")
    return tmp_path / "small.png"


def test_a_picture_flows_through(small: Path):
    result = pipe("-", given=small.read_bytes())
    assert result.returncode == 0, result.stderr
    assert pipe(small).returncode == 0
    assert result.stdout == small.with_name("small_x4.png").read_bytes()
    assert result.stderr.startswith(b"standard output  96x80 from 24x20")


def test_the_format_is_that_of_the_input_or_as_told(small: Path):
    jpeg = small.with_suffix(".jpg")
    write_image(read_image(small), jpeg)
    assert pipe("-", "--quiet", given=jpeg.read_bytes()).stdout[:3] == b"\xff\xd8\xff"
    result = pipe("-", "-o", "-", "--format", "webp", "--quiet", given=jpeg.read_bytes())
    assert result.stderr == b""
    with Image.open(io.BytesIO(result.stdout)) as picture:
        assert (picture.format, picture.size) == ("WEBP", (96, 80))


def test_a_file_may_come_in_and_go_out(small: Path):
    out = small.with_name("large.png")
    result = pipe("-", "-o", out, "--json", given=small.read_bytes())
    facts = json.loads(result.stdout)
    assert (facts["source"], facts["to"]) == ("standard input", "96x80")
    assert read_image(out).shape == (80, 96, 3)
    assert pipe(small, "-o", "-", "--quiet").stdout == out.read_bytes()
    result = pipe("-", "-o", out, given=small.read_bytes())
    assert result.returncode == 1 and b"large.png is there already" in result.stderr


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a full disk: /dev/full, Linux")
def test_a_result_that_cannot_be_passed_on_is_not_told_as_done(small: Path):
    with Path("/dev/full").open("wb") as full:
        result = subprocess.run(
            [sys.executable, "-m", "fourfold", "upscale", str(small), "-o", "-"],
            stdout=full,
            stderr=subprocess.PIPE,
        )
    assert result.returncode == 1
    assert result.stderr == b"Error: The output: No space left on device.\n"


def test_what_is_no_picture_is_one_sentence_and_nothing_comes_out(small: Path):
    result = pipe("-", given=b"Dear diary")
    assert result.returncode == 1 and result.stdout == b""
    assert result.stderr.startswith(b"Error: standard input is no PNG, JPEG")
    result = pipe("-", given=small.read_bytes()[:-200])
    assert result.returncode == 1 and result.stdout == b""
    assert result.stderr.startswith(b"Error: standard input is not a whole picture")
    result = pipe("-", given=b"")
    assert result.stderr == b"Error: standard input is empty.\n"


def test_what_never_ends_is_refused(small: Path):
    result = pipe("-", "--max-megapixels", "0.001", given=bytes(65 << 20))
    assert result.returncode == 1
    assert result.stderr == b"Error: standard input is more than 67.1 MB; no picture is.\n"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["-", "small.png"], b"name no others beside it"),
        (["a.png", "b.png", "-o", "-"], b"takes one result"),
        (["-", "--skip-existing"], b"nothing to skip"),
    ],
)
def test_wrong_usage_exits_with_two(arguments: list[str], message: bytes):
    result = pipe(*arguments)
    assert result.returncode == 2 and message in result.stderr
