"""From file to file: the same pixels as in memory, in memory that does not grow."""

import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from fourfold import Upscaler
from fourfold.errors import ImageTooLarge, UnreadableImage, UnwritableImage
from fourfold.imaging import PictureRows, read_image, write_image


@pytest.fixture(scope="module")
def srresnet() -> Upscaler:
    return Upscaler("srresnet")


@pytest.mark.parametrize("bands", [1, 3, 4])
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_a_file_becomes_what_its_pixels_become(
    srresnet: Upscaler, tmp_path: Path, photograph: np.ndarray, bands: int, dtype: type
):
    image: np.ndarray = (photograph.astype(dtype) * (257 if dtype == np.uint16 else 1)).astype(
        dtype
    )
    image = {1: image[:, :, 0], 3: image, 4: np.dstack([image, image[:, :, :1]])}[bands]
    tall = np.concatenate([image, image[::-1], image, image])
    write_image(tall, tmp_path / "small.png")
    told: list[tuple[int, int]] = []
    srresnet.file(
        tmp_path / "small.png",
        tmp_path / "large.png",
        progress=lambda done, rows: told.append((done, rows)),
    )
    np.testing.assert_array_equal(read_image(tmp_path / "large.png"), srresnet(tall))
    assert told[-1] == (192, 192) and told == sorted(told)


def test_rows_that_are_open_already_are_taken(
    srresnet: Upscaler, tmp_path: Path, photograph: np.ndarray
):
    write_image(photograph, tmp_path / "small.png")
    srresnet.file(PictureRows(tmp_path / "small.png"), str(tmp_path / "large.jpg"))
    assert read_image(tmp_path / "large.jpg").shape == (192, 256, 3)


def test_a_file_cut_short_leaves_no_result(
    srresnet: Upscaler, tmp_path: Path, photograph: np.ndarray
):
    write_image(np.tile(photograph, (10, 1, 1)), tmp_path / "cut.png")
    content = (tmp_path / "cut.png").read_bytes()
    (tmp_path / "cut.png").write_bytes(content[: len(content) * 3 // 4])
    with pytest.raises(UnreadableImage, match=r"cut\.png"):
        srresnet.file(tmp_path / "cut.png", tmp_path / "large.png")
    assert [path.name for path in tmp_path.iterdir()] == ["cut.png"]
    with pytest.raises(ImageTooLarge):
        srresnet.file(tmp_path / "cut.png", tmp_path / "large.png", max_megapixels=0.001)


def test_a_file_that_is_there_is_replaced_only_if_told(
    srresnet: Upscaler, tmp_path: Path, photograph: np.ndarray
):
    write_image(photograph, tmp_path / "small.png")
    (tmp_path / "large.png").write_bytes(b"old")
    with pytest.raises(UnwritableImage, match="is there already"):
        srresnet.file(tmp_path / "small.png", tmp_path / "large.png")
    assert (tmp_path / "large.png").read_bytes() == b"old"
    srresnet.file(tmp_path / "small.png", tmp_path / "large.png", overwrite=True)
    assert read_image(tmp_path / "large.png").shape == (192, 256, 3)


PEAK = """
import re, sys
from pathlib import Path
from fourfold import Upscaler
Upscaler("srresnet", engine="native").file(sys.argv[1], sys.argv[2], overwrite=True)
print(re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1])
"""
# Not ru_maxrss: a child begins with its parent's peak there, which hides its own.


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="peak memory is counted in kilobytes on Linux")
@pytest.mark.parametrize("extension", ["png", "jpg"])
def test_memory_does_not_grow_with_the_height(
    tmp_path: Path, photograph: np.ndarray, extension: str
):
    peaks = []
    for repeated in (10, 60):  # 480 and 2,880 rows of 256; the larger result has 35 MB of samples
        write_image(np.tile(photograph, (repeated, 4, 1)), tmp_path / "small.png")
        command = [sys.executable, "-c", PEAK, str(tmp_path / "small.png"), f"large.{extension}"]
        result = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True)
        peaks.append(int(result.stdout))
    assert peaks[1] < 1.1 * peaks[0]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_an_interrupted_command_leaves_no_result(
    tmp_path: Path, photograph: np.ndarray, number: signal.Signals
):
    write_image(np.tile(photograph, (40, 10, 1)), tmp_path / "small.png")
    process = subprocess.Popen(
        [sys.executable, "-m", "fourfold", "upscale", "small.png"],
        cwd=tmp_path,
        stderr=subprocess.PIPE,
        text=True,
    )
    while not any(path.suffix == ".part" for path in tmp_path.iterdir()):
        assert process.poll() is None
        time.sleep(0.01)
    process.send_signal(number)
    _, stderr = process.communicate(timeout=60)
    assert process.returncode != 0 and "Traceback" not in stderr
    assert [path.name for path in tmp_path.iterdir()] == ["small.png"]
