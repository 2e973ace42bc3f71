"""Files of one page or several, each of which is enlarged for itself."""

from collections import deque
from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from fourfold.upscaling.engines import Engine
from fourfold.upscaling.picture import Facts, Options, Progress, enlarge_picture
from fourfold.upscaling.region import Region
from fourfold.upscaling.rows import page_of

if TYPE_CHECKING:
    from fourfold.imaging import PictureRows

ROWS_A_PART = 32
"""Rows of the input that are decoded, and go into an engine, at a time.

With the last ones come those that the network still held, 40 and more, as float32: twice as many
made that the peak of a picture's memory."""


def enlarge_pages(
    engine: Engine,
    source: "PictureRows",
    *,
    size: tuple[int, int],
    options: Options,
    facts: Facts,
    region: Region | None = None,
    progress: Progress | None = None,
) -> Iterator[np.ndarray]:
    """Give the rows of a file's result, page below page, as `enlarge_picture` makes them."""
    parts = source.read(ROWS_A_PART)
    total = source.pages.count * source.height
    for page in range(source.pages.count):
        before = page * source.height

        def told(done: int, _: int, before: int = before) -> None:
            if progress is not None:
                progress(before + done, total)

        rows = page_of(parts, source.height)
        yield from enlarge_picture(
            engine,
            rows,
            height=source.height,
            width=source.width,
            size=size,
            options=options,
            facts=facts,
            region=region,
            progress=told,
        )
        if page + 1 < source.pages.count:
            deque(rows, maxlen=0)  # what lies below a region, before the next page begins
