"""The pages of a TIFF that are pictures of their own: others are small copies, for quick looks.

Source: TIFF 6.0, NewSubfileType.
"""

from contextlib import suppress
from itertools import groupby
from pathlib import Path

from PIL.TiffImagePlugin import ImageFileDirectory_v2

from fourfold.imaging.exif import DAMAGED

_NEW_SUBFILE_TYPE, _REDUCED = 254, 1
_BIG = 43  # BigTIFF's version


def whole_pages(path: Path, count: int) -> tuple[int, int]:
    """The first page that is no small copy, and how many follow each other from there.

    All `count` of them where the file does not mark copies, or has them in between.
    """
    copies: list[bool] = []
    with suppress(*DAMAGED), path.open("rb") as file:
        header = file.read(8)
        header += file.read(8) if _BIG in header[2:4] else b""
        directory = ImageFileDirectory_v2(header)
        while directory.next and len(copies) < count:
            file.seek(directory.next)
            directory.load(file)
            copies.append(bool(directory.get(_NEW_SUBFILE_TYPE, 0) & _REDUCED))
    if len(copies) == count and copies.count(False) < count:
        runs = [(is_copy, len(list(run))) for is_copy, run in groupby(copies)]
        whole = [place for place, (is_copy, _) in enumerate(runs) if not is_copy]
        if len(whole) == 1:
            return sum(length for _, length in runs[: whole[0]]), runs[whole[0]][1]
    return 0, count
