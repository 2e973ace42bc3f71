"""One picture through everything that is done with it: rows in, rows of the result out.

engine, perhaps eight times (ensemble), perhaps made consistent; then grey and alpha (`rows`), then
the reduction to the size that is asked for.
"""

import math
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

import numpy as np

from fourfold.errors import ImageTooLarge, amount
from fourfold.imaging import BACK_PROJECTION_REACH, RowReduction
from fourfold.upscaling.consistency import ConsistentEngine
from fourfold.upscaling.engines import Engine
from fourfold.upscaling.ensemble import TURNS, EnsembleEngine
from fourfold.upscaling.plausibility import Plausibility
from fourfold.upscaling.region import Region, cut_rows, margin_of, take_region
from fourfold.upscaling.rows import upscale_rows

Progress = Callable[[int, int], None]
"""Called with the input rows that are done, and all input rows, after each strip."""


@dataclass(frozen=True, kw_only=True)
class Options:
    """What is done with each picture besides running the network."""

    consistent: bool
    ensemble: bool
    threads: int | None
    memory: int
    """Bytes that a picture which must be held whole may take."""
    radius: int
    """Pixels beyond a pixel that the network sees."""


@dataclass(kw_only=True)
class Facts:
    """What a result was made with, for the record."""

    engine: str
    """What ran and where: `native avx2`, `torch cuda:0`."""
    precision: str
    """fp32, fp16 or bf16."""
    consistent: bool
    ensemble: bool
    consistency: float | None = None
    """How well that held: PSNR of the result, reduced by the exact bicubic, against the input, in
    decibels; infinity where they are equal; of several pages the least. None if not consistent."""
    restarts: tuple[str, ...] = field(default=())
    """Why the picture began anew, each time."""

    def as_record(self) -> dict[str, object]:
        """As JSON takes it: infinity, which it does not know, is `exact`."""
        held = self.consistency
        return {
            "engine": self.engine,
            "precision": self.precision,
            "consistent": self.consistent,
            "consistency": "exact" if held == math.inf else held and round(held, 2),
            "ensemble": self.ensemble,
            "restarts": list(self.restarts),
        }

    def held(self, consistency: float) -> None:
        """Note how well one page held."""
        known = self.consistency
        self.consistency = consistency if known is None else min(known, consistency)


def facts_of(engine: Engine, options: Options, restarts: tuple[str, ...]) -> Facts:
    """The facts of a picture before it is enlarged."""
    return Facts(
        engine=engine.name,
        precision=engine.precision,
        consistent=options.consistent,
        ensemble=options.ensemble,
        restarts=restarts,
    )


def enlarge_picture(
    engine: Engine,
    parts: Iterable[np.ndarray],
    *,
    height: int,
    width: int,
    size: tuple[int, int],
    options: Options,
    facts: Facts,
    region: Region | None = None,
    progress: Progress | None = None,
) -> Iterator[np.ndarray]:
    """Give the rows of a picture's result as they are ready.

    Args:
        engine: what runs the network.
        parts: the rows of the picture, as `upscale_rows` takes them.
        height: rows of the picture.
        width: its columns.
        size: rows and columns of the whole picture's result.
        options: what else is done.
        facts: are added to.
        region: the part that is wanted; the whole if None.
        progress: told how many rows of the input are done.

    Raises:
        BrokenResult: the result cannot be right.
        ImageTooLarge: there is not enough memory to hold what must be held.
        InvalidSize: the picture does not have the region.
    """
    watch = Plausibility()
    seen = Region(0, 0, width, height)
    if region is not None:
        region.check(height, width)
        _check_region(region, engine.scale, options.memory)
        reach = options.radius + (BACK_PROJECTION_REACH if options.consistent else 0)
        seen = region.with_margin(margin_of(reach), height, width)
        parts = cut_rows(parts, seen)
    _check_memory(engine, seen, options)
    rows = _full_rows(
        _chain(engine, options, facts, seen.height, progress), watch.watch(parts), seen, progress
    )
    if region is not None:
        # Looked at with its margin, as the input was: the region itself may rightly be one colour.
        whole_seen = np.concatenate(list(map(watch.looked_at, rows)))
        cut = take_region(
            whole_seen,
            seen=seen,
            region=region,
            height=height,
            width=width,
            to=size,
        )
        rows = iter([cut])
    elif size != (engine.scale * height, engine.scale * width):
        whole = RowReduction(height=engine.scale * height, width=engine.scale * width, to=size)
        rows = map(whole.push, rows)
    yield from map(watch.looked_at, rows)
    watch.check()


def _chain(
    engine: Engine, options: Options, facts: Facts, height: int, progress: Progress | None
) -> Engine:
    if options.ensemble:

        def tell(done: int) -> None:
            if progress is not None and done < len(TURNS):
                progress(done * height // len(TURNS), height)

        engine = EnsembleEngine(engine, tell=tell)
    if options.consistent:
        engine = ConsistentEngine(engine, threads=options.threads, tell=facts.held)
    return engine


def _full_rows(
    engine: Engine, parts: Iterable[np.ndarray], seen: Region, progress: Progress | None
) -> Iterator[np.ndarray]:
    done = 0
    for ready in upscale_rows(engine, parts, height=seen.height):
        yield ready
        done += len(ready)
        if progress is not None:
            progress(done // engine.scale, seen.height)


def _check_memory(engine: Engine, seen: Region, options: Options) -> None:
    needed = EnsembleEngine.bytes_needed(seen.height, seen.width, engine.scale)
    if options.ensemble and needed > options.memory:
        raise ImageTooLarge(
            f"The ensemble of a picture of {seen.width}x{seen.height} pixels takes about "
            f"{amount(needed)} of memory, and {amount(options.memory)} are allowed: "
            "allow more, leave the ensemble out, or take a region."
        )


def _check_region(region: Region, scale: int, memory: int) -> None:
    needed = 3 * region.height * region.width * scale**2  # of 8 bits; deeper ones take more
    if needed > memory:
        raise ImageTooLarge(
            f"A region of {region.width}x{region.height} pixels is held whole, in "
            f"{amount(needed)} of memory or more, and {amount(memory)} are allowed: take a "
            "smaller one, or allow more."
        )
