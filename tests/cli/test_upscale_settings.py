"""The settings of `fourfold upscale` that choose what the network's result is made into."""

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import pyvips
from click.testing import CliRunner, Result

from fourfold import Upscaler
from fourfold.cli.main import commands
from fourfold.imaging import read_image, write_image


def run(*arguments: object) -> Result:
    return CliRunner().invoke(commands, ["upscale", *map(str, arguments)])


@pytest.fixture(autouse=True)
def all_loaders_again() -> Iterator[None]:
    """The command blocks loaders for its whole process, which is the tests' here."""
    yield
    pyvips.operation_block_set("VipsForeignLoad", False)


@pytest.fixture
def source(tmp_path: Path, photograph: np.ndarray) -> Path:
    write_image(photograph, tmp_path / "lr.png")
    return tmp_path / "lr.png"


def facts(*arguments: object) -> dict[str, object]:
    result = run(*arguments, "--json", "--overwrite")
    assert result.exit_code == 0, result.output or result.exception
    return json.loads(result.stdout.splitlines()[-1])


def test_json_records_consistency_and_how_well_it_held(source: Path, photograph: np.ndarray):
    out = source.with_name("sr.png")
    told = facts(source, "-o", out, "--consistent")
    assert told["consistent"] is True and told["precision"] == "fp32" and told["restarts"] == []
    assert isinstance(told["consistency"], float) and told["consistency"] > 50
    held = read_image(out)
    np.testing.assert_array_equal(held, Upscaler(consistent=True)(photograph))
    alone = facts(source, "-o", out, "--no-consistent")
    assert alone["consistent"] is False and alone["consistency"] is None
    assert (read_image(out) != held).any()


def test_a_region_tried_first_does_not_stand_in_the_wholes_way(source: Path):
    region = source.with_name(f"{source.stem}_x4_region.png")
    assert run(source, "--region", "0,0,8,8").exit_code == 0 and region.exists()
    assert run(source.parent).exit_code == 0
    assert {path.name for path in source.parent.iterdir()} == {
        source.name,
        region.name,
        f"{source.stem}_x4.png",
    }


def test_a_region_is_a_part_of_the_whole_result(source: Path):
    out = source.with_name("sr.png")
    run(source, "-o", out)
    whole = read_image(out).astype(int)
    told = facts(source, "-o", out, "--region", "20,10,16,12")
    assert told["to"] == "64x48" and told["region"] == [20, 10, 16, 12]
    assert np.abs(read_image(out) - whole[40:88, 80:144]).max() <= 1
    assert "is not inside" in run(source, "-o", out, "--overwrite", "--region", "60,0,9,9").output


def test_ensemble_and_memory_are_recorded_and_heeded(source: Path):
    out = source.with_name("sr.png")
    told = facts(source, "-o", out, "--ensemble", "--memory", "900 MB")
    assert told["ensemble"] is True and told["memory"] == 900_000_000
    assert (
        "1.0 MB are allowed"
        in run(source, "-o", out, "--overwrite", "--ensemble", "--memory", "1MB").output
    )


@pytest.mark.parametrize(
    ("option", "value", "sentence"),
    [
        ("--region", "1,2,3", "is not X,Y,W,H, such as"),
        ("--region", "-1,0,3,4", "is not X,Y,W,H, such as"),
        ("--memory", "lots", "is no amount of memory"),
        ("--memory", "0", "is no amount of memory"),
        ("--precision", "fp8", "is not one of"),
    ],
)
def test_what_cannot_be_read_is_wrong_usage(source: Path, option: str, value: str, sentence: str):
    result = run(source, option, value)
    assert result.exit_code == 2 and sentence in result.output


@pytest.mark.parametrize(
    ("text", "count"),
    [("800MB", 800_000_000), ("2GiB", 2 << 30), ("1.5g", 1_500_000_000), ("4096", 4096)],
)
def test_memory_is_read_with_its_unit(text: str, count: int):
    from fourfold.cli.parameters import Memory

    assert Memory().convert(text, None, None) == count


def test_other_settings_make_a_batch_begin_anew(source: Path):
    out = source.parent / "out"
    run(source, "-o", f"{out}/", "--skip-existing", "--no-consistent")
    first = (out / "lr.png").read_bytes()
    run(source, "-o", f"{out}/", "--skip-existing", "--consistent")
    assert (out / "lr.png").read_bytes() != first
