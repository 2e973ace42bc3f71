"""What libvips says becomes one line of ours."""

import pytest
import pyvips

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
