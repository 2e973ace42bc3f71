"""`fourfold upscale` as a user runs it, and each mistake a user makes."""

import json
import os
import struct
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import pyvips
from click.testing import CliRunner, Result
from PIL import Image

from fourfold import Upscaler
from fourfold.cli.main import commands
from fourfold.errors import FourfoldError
from fourfold.imaging import Picture, profiled, read_image, read_picture, write_image, write_picture
from fourfold.imaging.exif_in_tiff import add_to_tiff


def run(*arguments: object) -> Result:
    """Run the command in this process; its output, and what it raised."""
    return CliRunner().invoke(commands, ["upscale", *map(str, arguments)])


@pytest.fixture(autouse=True)
def all_loaders_again() -> Iterator[None]:
    """The command blocks loaders for its whole process, which is the tests' here."""
    yield
    pyvips.operation_block_set("VipsForeignLoad", False)


def fails(*arguments: object) -> str:
    """The one sentence with which the command fails, run as a process of its own."""
    result = subprocess.run(
        [sys.executable, "-m", "fourfold", "upscale", *map(str, arguments)],
        capture_output=True,
        text=True,
    )
    assert result.returncode == 1, result.stderr
    assert result.stdout == ""
    lines = result.stderr.splitlines()
    assert len(lines) == 1 and lines[0].startswith("Error: "), result.stderr
    return lines[0]


@pytest.fixture
def folder(tmp_path: Path, photograph: np.ndarray) -> Path:
    write_image(photograph[:20, :24], tmp_path / "one.png")
    return tmp_path


def contents(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_the_result_is_that_of_python_and_lies_beside_the_input(folder: Path):
    result = run(folder / "one.png")
    assert result.exit_code == 0, result.output
    assert "one_x4.png  96x80 from 24x20" in result.stdout and result.stderr == ""
    np.testing.assert_array_equal(
        read_image(folder / "one_x4.png"), Upscaler()(read_image(folder / "one.png"))
    )
    assert contents(folder) == ["one.png", "one_x4.png"]


def test_model_and_format_can_be_chosen(folder: Path):
    result = run(folder / "one.png", "-o", folder / "large.jpg", "--model", "srresnet")
    assert result.exit_code == 0, result.output
    sr = Upscaler("srresnet")(read_image(folder / "one.png"))
    assert np.abs(read_image(folder / "large.jpg").astype(int) - sr).mean() < 4


def test_a_colour_profile_reaches_the_result(folder: Path, photograph: np.ndarray):
    profile = bytes(pyvips.Image.profile_load("p3"))
    write_picture(Picture(photograph[:9, :9], profiled(profile)), folder / "p3.png")
    assert run(folder / "p3.png").exit_code == 0
    assert read_picture(folder / "p3_x4.png").metadata.icc_profile == profile


def test_a_folder_goes_into_a_folder_and_a_bad_file_does_not_stop_it(folder: Path):
    (folder / "bad.png").write_text("no picture")
    write_image(np.zeros((3, 5), np.uint8), folder / "two.jpg")
    result = run(folder, "-o", folder / "out" / "large")
    assert result.exit_code == 1
    assert contents(folder / "out/large") == ["one.png", "two.jpg"]
    assert read_image(folder / "out/large/two.jpg").shape == (12, 20)
    assert result.stderr.count("Error:") == 1 and "bad.png is no PNG" in result.stderr
    assert "1 of 3 failed." in result.stderr


def test_odd_exif_stops_no_batch_and_says_nothing(folder: Path, photograph: np.ndarray):
    small = pyvips.Image.new_from_array(photograph[:6, :8])
    small.tiffsave(str(folder / "far.tif"), bigtiff=True)
    exif = Image.Exif()
    exif[0x8769] = {0x9000: b"0231"}
    with (folder / "far.tif").open("r+b") as file:
        add_to_tiff(file, exif.tobytes())
    content, entry = (folder / "far.tif").read_bytes(), struct.pack("<HHQ", 0x8769, 16, 1)
    head, pointer = content.split(entry)
    far = struct.pack("<Q", 2**62)  # where the EXIF would lie: no file is so long
    (folder / "far.tif").write_bytes(head + entry + far + pointer[8:])
    cut = b"Exif\0\0II*\0" + struct.pack("<LHHHLL", 8, 40, 0x0112, 3, 1, 1)  # 1 entry, not 40
    Image.fromarray(photograph[:6, :8]).save(folder / "cut.jpg", exif=cut)
    command = [sys.executable, "-m", "fourfold", "upscale", "--format", "tiff"]
    result = subprocess.run(
        [*command, folder, "-o", folder / "out"], capture_output=True, text=True
    )
    assert (result.returncode, result.stderr) == (0, "")
    assert contents(folder / "out") == ["cut.tif", "far.tif", "one.tif"]


def test_nothing_is_overwritten_unless_told(folder: Path):
    (folder / "one_x4.png").write_bytes(b"precious")
    assert "one_x4.png is there already; --overwrite replaces it." in fails(folder / "one.png")
    assert (folder / "one_x4.png").read_bytes() == b"precious"
    assert run(folder / "one.png", "--overwrite").exit_code == 0
    assert read_image(folder / "one_x4.png").shape == (80, 96, 3)


def test_a_missing_file_is_one_sentence(folder: Path):
    assert "none.png cannot be read: No such file or directory" in fails(folder / "none.png")


def test_a_folder_without_pictures_is_one_sentence(folder: Path):
    (folder / "empty").mkdir()
    assert "holds no pictures" in fails(folder / "empty")


def test_a_text_called_png_is_one_sentence_and_writes_nothing(folder: Path):
    (folder / "text.png").write_text("Dear diary")
    assert "text.png is no PNG, JPEG" in fails(folder / "text.png")
    assert contents(folder) == ["one.png", "text.png"]


def test_a_png_cut_in_the_middle_is_one_sentence_and_writes_nothing(
    folder: Path, photograph: np.ndarray
):
    write_image(np.tile(photograph, (40, 1, 1)), folder / "cut.png")
    content = (folder / "cut.png").read_bytes()
    (folder / "cut.png").write_bytes(content[: len(content) // 2])
    assert "cut.png is not a whole picture" in fails(folder / "cut.png")
    assert contents(folder) == ["cut.png", "one.png"]


def test_a_truncated_jpeg_is_one_sentence_and_writes_nothing(folder: Path, photograph: np.ndarray):
    write_image(photograph, folder / "cut.jpg")
    (folder / "cut.jpg").write_bytes((folder / "cut.jpg").read_bytes()[:900])
    assert "cut.jpg is not a whole picture" in fails(folder / "cut.jpg")
    assert contents(folder) == ["cut.jpg", "one.png"]


def test_too_many_pixels_are_one_sentence_and_the_limit_can_be_set(folder: Path):
    message = fails(folder / "one.png", "--max-megapixels", "0.007")  # what it would become counts
    assert "24x20, and 4 times as large 0.00768 megapixels; at most 0.007 are allowed" in message
    assert run(folder / "one.png", "--max-megapixels", "0.0077", "-o", "-").exit_code == 0
    assert contents(folder) == ["one.png"]


def test_an_unwritable_folder_is_one_sentence(folder: Path):
    (folder / "file").touch()
    assert "x.png cannot be written: Not a directory" in fails(
        folder / "one.png", "-o", folder / "file" / "x.png"
    )
    if Path("/proc/self").exists():  # a folder that even root cannot write
        assert "The folder /proc cannot be written" in fails(
            folder / "one.png", "-o", "/proc/x.png"
        )


def test_an_unknown_format_is_one_sentence_and_makes_no_folder(folder: Path):
    message = fails(folder / "one.png", "-o", folder / "new" / "x.psd")
    assert "'.psd' is no format that can be written" in message
    assert contents(folder) == ["one.png"]


def test_an_unknown_model_is_one_sentence(folder: Path):
    assert "Did you mean 'srgan'?" in fails(folder / "one.png", "--model", "sgran")


def test_a_device_that_is_not_there_is_one_sentence(folder: Path):
    assert "'cuda:77' is not there" in fails(folder / "one.png", "--device", "cuda:77")
    assert "no device 'gpu'" in fails(folder / "one.png", "--device", "gpu")


@pytest.mark.parametrize("option", ["--max-megapixels", "--scale", "--realism"])
@pytest.mark.parametrize("number", ["nan", "inf", "-inf", "1e999"])
def test_numbers_are_finite(folder: Path, option: str, number: str):
    result = run(folder / "one.png", option, number)
    assert result.exit_code == 2 and "Error: Invalid value for" in result.stderr
    assert contents(folder) == ["one.png"]


@pytest.mark.parametrize(
    "arguments",
    [
        ["--scale"],
        ["a.png", "--max-megapixels", "0"],
        ["a.png", "--modle", "x"],
        ["a.png", "--memory", "9" * 400],
        ["a.png", "--memory", "nan"],
        ["a.png", "--threads", "nan"],
        ["a.png", "--width", "1e3"],
    ],
)
def test_wrong_usage_exits_with_two(arguments: list[str]):
    assert run(*arguments).exit_code == 2


def test_a_long_picture_is_announced(folder: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(Upscaler, "estimate_seconds", lambda *_: 150.0)
    monkeypatch.setattr("fourfold.cli.enlarging._WORTH_A_PROBE", 0)
    assert "one.png will take about 2 minutes." in run(folder / "one.png").stderr


def test_realism_goes_from_srresnet_to_srgan(folder: Path):
    for realism, model in ((0, "srresnet"), (1, "srgan")):
        target = folder / f"{realism}.png"
        assert run(folder / "one.png", "-o", target, "--realism", realism).exit_code == 0
        expected = Upscaler(model)(read_image(folder / "one.png"))
        np.testing.assert_array_equal(read_image(target), expected)
    assert run(folder / "one.png", "--realism", "1.5").exit_code == 2


def test_a_model_without_partner_has_no_realism(folder: Path):
    message = fails(folder / "one.png", "--model", "srresnet", "--realism", "0.5")
    assert "'srresnet' has no partner: its realism cannot be changed" in message


def test_an_input_that_looks_like_a_result_is_said_to_be_left_out(folder: Path):
    write_image(read_image(folder / "one.png"), folder / "one_x4.png")
    result = run(folder / "one.png", folder / "one_x4.png", "--overwrite")
    assert result.exit_code == 0
    assert result.stderr.count("\n") == 1 and "one_x4.png is left out" in result.stderr
    assert run(folder / "one_x4.png").stderr == ""  # alone it is what is meant
    assert contents(folder) == ["one.png", "one_x4.png", "one_x4_x4.png"]


OLDER_LIBRARY = """
import fourfold.engine.library as library
library.INTERFACE += 1
from fourfold.cli.main import main
main()
"""


def test_a_library_of_another_version_is_said_once_and_recorded(folder: Path):
    write_image(read_image(folder / "one.png"), folder / "two.png")
    result = subprocess.run(
        [sys.executable, "-c", OLDER_LIBRARY, "upscale", folder, "-o", folder / "out", "--json"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert result.stderr.count("\n") == 1
    assert "PyTorch runs, which is slower: " in result.stderr and "another version" in result.stderr
    for line in result.stdout.splitlines():
        assert json.loads(line)["engine"] == "torch cpu"
        assert "another version" in json.loads(line)["fallback"]
    sound = run(folder / "one.png", "--json")
    assert json.loads(sound.stdout)["fallback"] is None and sound.stderr == ""


def test_a_short_picture_is_not_announced(folder: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("fourfold.cli.enlarging._WORTH_A_PROBE", 0)
    assert run(folder / "one.png").stderr == ""


def test_the_command_lets_no_other_loader_run(folder: Path):
    (folder / "m.csv").write_text("1 2 3")
    assert run(folder / "one.png").exit_code == 0
    with pytest.raises(pyvips.Error, match="not a known file format"):
        pyvips.Image.new_from_file(str(folder / "m.csv"))


def test_a_result_that_appeared_meanwhile_is_left_alone(folder: Path, monkeypatch):
    def meanwhile(*_: object) -> float:
        (folder / "one_x4.png").write_bytes(b"somebody else's")
        return 0.0

    monkeypatch.setattr("fourfold.cli.enlarging._WORTH_A_PROBE", 0)
    monkeypatch.setattr(Upscaler, "estimate_seconds", meanwhile)
    assert "is there already" in run(folder / "one.png").stderr
    assert (folder / "one_x4.png").read_bytes() == b"somebody else's"


def test_a_name_that_is_not_utf_8_is_done_and_shown(folder: Path):
    (folder / "one.png").rename(folder / os.fsdecode(b"caf\xe9.png"))
    result = run(folder)
    assert result.exit_code == 0, result.output
    assert os.fsdecode(b"caf\xe9_x4.png") in contents(folder)


@pytest.mark.skipif(os.name == "nt" or os.getuid() != 0, reason="root can give up its rights")
def test_a_folder_without_permission_is_one_sentence(folder: Path):
    (folder / "locked").mkdir(mode=0o500)
    os.chown(folder / "locked", 65534, 65534)
    (folder / "locked").chmod(0)
    rights = "-dac_override,-dac_read_search"
    without_rights = ["setpriv", "--bounding-set", rights, "--inh-caps", rights]
    for arguments in (
        ["locked"],
        ["one.png", "-o", "locked/x.png"],
        ["one.png", "--model", "locked/m"],
    ):
        result = subprocess.run(
            [*without_rights, sys.executable, "-m", "fourfold", "upscale", *arguments],
            cwd=folder,
            capture_output=True,
            text=True,
        )
        assert result.returncode == 1
        assert len(result.stderr.splitlines()) == 1 and "Permission denied" in result.stderr


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a full disk: /dev/full, Linux")
def test_a_full_disk_behind_the_output_is_one_sentence(folder: Path):
    with Path("/dev/full").open("w") as full:
        result = subprocess.run(
            [sys.executable, "-m", "fourfold", "models"],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
        )
    assert result.returncode == 1
    assert result.stderr == "Error: The output: No space left on device.\n"


def test_quality_and_metadata_can_be_chosen(folder: Path, photograph: np.ndarray):
    image = pyvips.Image.new_from_array(photograph).copy()
    profile = bytes(pyvips.Image.profile_load("p3"))
    image.set_type(pyvips.GValue.blob_type, "icc-profile-data", profile)
    image.set_type(pyvips.GValue.gstr_type, "exif-ifd0-Make", "x (x, ASCII, 2 components, 2 bytes)")
    image.jpegsave(str(folder / "camera.jpg"))
    for name, options in (("all.jpg", []), ("small.jpg", ["--quality", "50", "--strip-metadata"])):
        assert run(folder / "camera.jpg", "-o", folder / name, *options).exit_code == 0
    sizes = [(folder / name).stat().st_size for name in ("all.jpg", "small.jpg")]
    assert sizes[1] < sizes[0] / 2
    pyvips.operation_block_set("VipsForeignLoad", False)
    whole, stripped = (
        pyvips.Image.new_from_file(str(folder / name)) for name in ("all.jpg", "small.jpg")
    )
    assert "exif-ifd0-Make" in whole.get_fields()
    assert "exif-ifd0-Make" not in stripped.get_fields()
    assert stripped.get("icc-profile-data") == profile


def test_a_factor_between_or_a_size_to_fit_can_be_asked_for(folder: Path):
    assert run(folder / "one.png", "--scale", "1.5").exit_code == 0
    assert read_image(folder / "one_x1.5.png").shape == (30, 36, 3)
    assert run(folder / "one.png", "--width", "60", "--height", "40").exit_code == 0
    assert read_image(folder / "one_fit.png").shape == (40, 48, 3)
    assert run(folder / "one.png", "--width", "60", "--scale", "2").exit_code == 2
    assert "enlarge the result once more" in fails(folder / "one.png", "--scale", "8")


def test_a_batch_goes_on_where_it_was_cut(folder: Path, photograph: np.ndarray):
    (folder / "album" / "deeper").mkdir(parents=True)
    for name in ("a.png", "deeper/b.png", "c.png"):
        write_image(photograph[:9, :9], folder / "album" / name)

    def batch(*options: object) -> list[str]:
        result = run(folder / "album", "-o", folder / "out", "--skip-existing", *options)
        assert result.exit_code == 0, result.output
        names = [line.split("  ")[0] for line in result.stdout.splitlines()]
        return [Path(name).relative_to(folder / "out").as_posix() for name in names]

    assert batch() == ["a.png", "c.png", "deeper/b.png"]
    assert batch() == []
    (folder / "out" / "c.png").unlink()
    write_image(photograph[:8, :8], folder / "album" / "a.png")
    assert batch() == ["a.png", "c.png"]
    assert read_image(folder / "out" / "a.png").shape == (32, 32, 3)
    assert batch("--realism", "0.5") == ["a.png", "c.png", "deeper/b.png"]
    assert run(folder / "album", "-o", folder / "out").exit_code == 1
    result = run(folder / "album", "-o", folder / "out", "--skip-existing", "--realism", "0.5")
    assert result.stderr == "3 of 3 done before.\n" and result.stdout == ""


@pytest.mark.skipif(not Path("/proc/self/mem").exists(), reason="needs /proc, Linux")
def test_a_file_that_cannot_be_read_does_not_stop_a_batch_that_goes_on(folder: Path):
    (folder / "bad.png").symlink_to("/proc/self/mem")  # opens, and gives an error when read
    result = run(folder, "-o", folder / "out", "--skip-existing")
    assert result.exit_code == 1 and "1 of 2 failed" in result.stderr
    assert "bad.png cannot be read" in result.stderr
    assert read_image(folder / "out" / "one.png").shape == (80, 96, 3)


def test_json_tells_the_facts_and_which_engine_ran(folder: Path):
    result = run(folder / "one.png", "--json", "--engine", "native")
    facts = json.loads(result.stdout)
    assert facts["engine"] == Upscaler(engine="native").engine
    assert (facts["from"], facts["to"], facts["model"]) == ("24x20", "96x80", "srgan")
    assert facts["target"] == str(folder / "one_x4.png") and facts["seconds"] > 0


def test_errors_are_ours(folder: Path):
    result = run(folder / "one.png", "--model", "nothing")
    assert isinstance(result.exception, FourfoldError)
