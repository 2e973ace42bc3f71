"""Damaged and hostile files: an error of ours or a picture of the right size, never a crash.

150 files of each format here, 3,000 in `make soak`; in a child process, so that a crash is seen.
"""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import pyvips

CASES = 3_000 if os.environ.get("HYPOTHESIS_PROFILE") == "soak" else 150

CHILD = """
import faulthandler, resource, sys
from pathlib import Path
import numpy as np
from fourfold.errors import FourfoldError
from fourfold.imaging import PictureRows, allow_known_loaders_only
faulthandler.enable()
allow_known_loaders_only()
resource.setrlimit(resource.RLIMIT_AS, (4 << 30, 4 << 30))
original, cases, path = Path(sys.argv[1]).read_bytes(), int(sys.argv[2]), Path(sys.argv[3])
read = refused = 0
for seed in range(cases):
    rng = np.random.default_rng(seed)
    content = bytearray(original)
    for _ in range(rng.integers(1, 8)):
        start = int(rng.integers(0, len(content)))
        match rng.integers(0, 5):
            case 0: content[start] = rng.integers(0, 256)
            case 1: del content[start : start + int(rng.integers(1, 64))]
            case 2: content[start:start] = rng.bytes(int(rng.integers(1, 64)))
            case 3: content = content[: start + 1]
            case 4: content[start : start + 4] = b"\\xff\\xff\\xff\\x7f"
        content = content or bytearray(b"x")
    path.write_bytes(content)
    try:
        rows = PictureRows(path, max_megapixels=1)
        parts = list(rows.read(16))
        assert sum(map(len, parts)) == rows.height
        assert all(part.shape[1] == rows.width for part in parts)
        read += 1
    except FourfoldError as error:
        assert str(path) in str(error), error
        refused += 1
print(read, refused)
"""


@pytest.fixture(params=["png", "palette.png", "interlaced.png", "16.png", "jpg", "grey.jpg"])
def original(request: pytest.FixtureRequest, tmp_path: Path, photograph: np.ndarray) -> Path:
    image = pyvips.Image.new_from_array(photograph).copy()
    image.set_type(
        pyvips.GValue.blob_type, "icc-profile-data", bytes(pyvips.Image.profile_load("srgb"))
    )
    image.set_type(pyvips.GValue.gstr_type, "exif-ifd0-Make", "x (x, ASCII, 2 components, 2 bytes)")
    image.set_type(pyvips.GValue.gint_type, "orientation", 6)
    path = tmp_path / f"original.{request.param}"
    match request.param:
        case "png":
            image.pngsave(str(path))
        case "palette.png":
            image.pngsave(str(path), palette=True)
        case "interlaced.png":
            image.pngsave(str(path), interlace=True)
        case "16.png":
            image.colourspace("rgb16").pngsave(str(path))
        case "jpg":
            image.jpegsave(str(path))
        case "grey.jpg":
            image.colourspace("b-w").jpegsave(str(path))
    return path


@pytest.mark.skipif(os.name == "nt", reason="needs POSIX resource limits")
def test_a_mutated_file_gives_an_error_of_ours_or_a_picture(original: Path, tmp_path: Path):
    command = [sys.executable, "-c", CHILD, str(original), str(CASES), str(tmp_path / "mutated")]
    result = subprocess.run(command, capture_output=True, text=True, timeout=10 + CASES)
    assert result.returncode == 0, result.stderr[-2000:]
    read, refused = map(int, result.stdout.split())
    assert read + refused == CASES and refused > CASES / 10
