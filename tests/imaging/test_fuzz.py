"""Damaged and hostile files: an error of ours or a picture of the right size, never a crash.

What was read is written again, with the metadata that the file was left with.

150 files in all here, of every format in turn, 3,000 in `make soak`; in a child process, so that a
crash is seen, and with limits of memory and time.
"""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import pyvips
from PIL import Image

from fourfold.imaging import Pages, read_picture, row_writer, write_image, write_picture

CASES = 3_000 if os.environ.get("HYPOTHESIS_PROFILE") == "soak" else 150

CHILD = """
import faulthandler, resource, signal, sys
from pathlib import Path
import numpy as np
from fourfold.errors import FourfoldError
from fourfold.imaging import Picture, PictureRows, allow_known_loaders_only
from fourfold.imaging import read_image, write_picture
faulthandler.enable()
allow_known_loaders_only()
resource.setrlimit(resource.RLIMIT_AS, (4 << 30, 4 << 30))
originals = sorted(Path(sys.argv[1]).iterdir())
first, last, path = int(sys.argv[2]), int(sys.argv[3]), Path(sys.argv[4])
read = refused = 0
for seed in range(first, last):
    original = originals[seed % len(originals)]
    print(seed, original.name, file=sys.stderr, flush=True)
    signal.setitimer(signal.ITIMER_PROF, 60)  # a file that computes longer ends the child
    rng = np.random.default_rng(seed)
    content = bytearray(original.read_bytes())
    for _ in range(rng.integers(1, 8)):
        start = int(rng.integers(0, len(content)))
        if rng.random() < 0.3:  # headers lie at the beginning
            start %= 200
        match rng.integers(0, 5):
            case 0: content[start : start + 1] = rng.bytes(1)
            case 1: del content[start : start + int(rng.integers(1, 64))]
            case 2: content[start:start] = rng.bytes(int(rng.integers(1, 64)))
            case 3: content = content[: start + 1] if rng.random() < 0.5 else content
            case 4: content[start : start + 4] = b"\\xff\\xff\\xff\\x7f"
        content = content or bytearray(b"x")
    path.write_bytes(content)
    try:
        rows = PictureRows(path, max_megapixels=1)
        parts = list(rows.read(16))
        assert sum(map(len, parts)) == rows.height * rows.pages.count
        assert all(part.shape[1] == rows.width for part in parts)
        result = path.with_suffix((".png", ".jpg", ".webp", ".tif")[seed // len(originals) % 4])
        opaque = parts[0][:, :, 0] if rows.bands == 2 else parts[0][..., :3]
        write_picture(Picture(opaque, rows.metadata), result)  # with whatever metadata it has
        assert read_image(result).shape == opaque.shape[:2] + read_image(result).shape[2:]
        read += 1
    except FourfoldError as error:
        assert str(path) in str(error), error
        refused += 1
print(read, refused)
"""


def loaded(photograph: np.ndarray) -> pyvips.Image:
    """A picture with a profile, EXIF and an orientation."""
    image = pyvips.Image.new_from_array(photograph).copy()
    profile = bytes(pyvips.Image.profile_load("srgb"))
    image.set_type(pyvips.GValue.blob_type, "icc-profile-data", profile)
    image.set_type(pyvips.GValue.gstr_type, "exif-ifd0-Make", "x (x, ASCII, 2 components, 2 bytes)")
    image.set_type(pyvips.GValue.gint_type, "orientation", 6)
    return image


@pytest.fixture
def originals(tmp_path: Path, photograph: np.ndarray) -> Path:
    """A small valid file of every format and kind."""
    folder = tmp_path / "originals"
    folder.mkdir()
    image = loaded(photograph)
    kinds: dict[str, Callable[[str], object]] = {
        "palette.png": lambda path: image.pngsave(path, palette=True),
        "interlaced.png": lambda path: image.pngsave(path, interlace=True),
        "16.png": image.colourspace("rgb16").pngsave,
        "grey.jpg": image.colourspace("b-w").jpegsave,
        "progressive.jpg": lambda path: image.jpegsave(path, interlace=True),
        "cmyk.jpg": image.colourspace("cmyk").jpegsave,
        "lossless.webp": lambda path: image.webpsave(path, lossless=True),
        "float.tif": (image / 255).tiffsave,
        "lzw.tif": lambda path: image.tiffsave(path, compression="lzw", predictor="horizontal"),
        "tiles.tif": lambda path: image.tiffsave(path, tile=True, tile_width=16, tile_height=16),
        "jpeg.tif": lambda path: image.tiffsave(path, compression="jpeg"),
        "plain.png": image.pngsave,
        "plain.jpg": image.jpegsave,
        "plain.webp": image.webpsave,
        "plain.tif": image.tiffsave,
        "plain.avif": lambda path: image.heifsave(path, compression="av1"),
    }
    for name, save in kinds.items():
        save(str(folder / name))
    for name in ("a.gif", "a.bmp", "a.ppm", "a.heic"):
        write_image(photograph, folder / name)
    write_image(photograph.astype(np.uint16) * 257, folder / "deep.ppm")
    Image.fromarray(photograph).quantize(16).save(folder / "palette.bmp")
    write_picture(read_picture(folder / "plain.png"), folder / "exif.tif")
    (folder / "plain.pgm").write_bytes(b"P2 # grey\n3 2 9\n0 1 2\n7 8 9\n")
    (folder / "bits.pbm").write_bytes(b"P4 9 2\n\xff\x80\x00\x00")
    for name in ("frames.gif", "frames.webp", "pages.tif"):
        with row_writer(
            folder / name, width=64, height=24, bands=3, dtype=photograph.dtype, pages=Pages(2)
        ) as write:
            write(photograph)
    return folder


@pytest.mark.skipif(os.name == "nt", reason="needs POSIX resource limits")
def test_a_mutated_file_gives_an_error_of_ours_or_a_picture(originals: Path, tmp_path: Path):
    command = [sys.executable, "-c", CHILD, str(originals), "0", str(CASES)]
    result = subprocess.run(
        [*command, str(tmp_path / "mutated")], capture_output=True, text=True, timeout=300 + CASES
    )
    assert result.returncode == 0, result.stderr[-2000:]
    read, refused = map(int, result.stdout.split())
    assert read + refused == CASES and refused > CASES / 10 and read > CASES / 20
