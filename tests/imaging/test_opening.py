"""What a file is, and what libvips says as one line of ours."""

from pathlib import Path

import numpy as np
import pytest
import pyvips

from fourfold.errors import UnreadableImage
from fourfold.imaging import read_format, write_image
from fourfold.imaging.opening import reason_of


@pytest.mark.parametrize(
    ("message", "detail", "reason"),
    [
        ("unable to load", "VipsJpeg: premature end of file.\nmore\n", "premature end of file"),
        ("unable to write", "vips2png: no\nsystem error: disk full", "disk full"),
        ("unable to fetch from region", "", "unable to fetch from region"),
        ("unable to fetch from region", "\n  ", "unable to fetch from region"),
    ],
)
def test_the_reason_is_one_line_whatever_libvips_leaves(message: str, detail: str, reason: str):
    error = pyvips.Error(message)
    error.detail = detail
    assert reason_of(error) == reason


def test_a_format_is_read_off_the_first_bytes_alone(tmp_path: Path, photograph: np.ndarray):
    path = tmp_path / "cut.txt"
    with pytest.raises(UnreadableImage, match=r"cut\.txt cannot be read: No such file"):
        read_format(path)
    write_image(photograph, tmp_path / "whole.webp")
    path.write_bytes((tmp_path / "whole.webp").read_bytes()[:64])
    assert read_format(path).name == "WebP"
    path.write_bytes(b"Dear diary")
    with pytest.raises(UnreadableImage, match=r"cut\.txt is no PNG"):
        read_format(path)
    path.write_bytes(b"")
    with pytest.raises(UnreadableImage, match=r"cut\.txt is empty"):
        read_format(path)
