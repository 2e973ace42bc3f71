"""Pictures from file to file for the command: one after another, two at once, told as they go."""

import json
import sys
import threading
import time
from collections.abc import Callable, Generator
from contextlib import AbstractContextManager, closing, nullcontext
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypedDict

from fourfold import __version__
from fourfold.cli.no_bars import NoBars
from fourfold.cli.say import complain, say
from fourfold.errors import FourfoldError
from fourfold.imaging import (
    Colour,
    PictureRows,
    check_format,
    note_on_colours,
    note_on_exif,
    prepare_folder,
)
from fourfold.upscaling import Job, Region, Stop, Upscaler, fitting_size, overlapping

if TYPE_CHECKING:
    from fourfold.cli.bar import Bars
    from fourfold.cli.resuming import DoneBefore

_WORTH_AN_ESTIMATE = 60  # seconds
_WORTH_A_PROBE = 200_000  # pixels that no machine needs a minute for; the probe takes a little
_LARGE = 4_000_000  # pixels of which two pictures at once would take much memory
_LINE = "{target}  {to} from {from}  {seconds:.1f} s"

Facts = dict[str, object]
"""What is told of one result, on a line or as JSON."""


class Writing(TypedDict):
    """How results are written, as `Upscaler.file` takes it."""

    overwrite: bool
    quality: int
    keep_metadata: bool


@dataclass(frozen=True, kw_only=True)
class Enlarging:
    """How the pictures of one call are enlarged, and what is said of them."""

    upscaler: Upscaler
    fit: tuple[int | None, int | None]
    region: tuple[int, int, int, int] | None
    background: Colour | None
    writing: Writing
    memory: int
    max_megapixels: float
    bars: "Bars | NoBars"
    quiet: bool
    _large: threading.Lock = field(default_factory=threading.Lock)

    def each(self, jobs: list[Job]) -> Generator[tuple[Job, Facts | FourfoldError], None, None]:
        """Enlarge pictures, two at once, and give what became of each, in their order."""
        labels = {
            job: f"{number}/{len(jobs)} {job.source.name}" for number, job in enumerate(jobs, 1)
        }
        return overlapping(jobs, lambda job, stop: self.picture(job, labels[job], stop))

    def picture(self, job: Job, label: str, stop: Stop) -> Facts:
        """Enlarge one picture from file to file; the facts of it."""
        start = time.perf_counter()
        picture = self.upscaler.open_file(job.source, max_megapixels=self.max_megapixels)
        self._tell(picture.notes)
        size, part = self._size(picture)
        shape = part.size(picture.height, picture.width, size)
        check_format(
            job.target,
            height=shape[0],
            width=shape[1],
            has_alpha=picture.bands in (2, 4) and self.background is None,
            pages=picture.pages.count,
            memory=self.memory,
        )
        is_coloured = self.background is not None and len(set(self.background)) > 1
        self._tell(
            note_on_colours(
                job.target, picture.metadata, bands=picture.bands, is_coloured=is_coloured
            )
        )
        if self.writing["keep_metadata"]:
            self._tell(note_on_exif(job.target, picture.metadata))
        prepare_folder(job.target.parent)
        with (
            self._alone_if_large(part),
            self.bars.picture(label, pixels=shape[0] * shape[1]) as bar,
        ):
            self._announce(job, part, pages=picture.pages.count)
            facts = self.upscaler.file(
                picture,
                job.target,
                size=size,
                region=part if self.region else None,
                background=self.background,
                progress=_stopping(bar, stop),
                **self.writing,
            )
        count, unit = picture.pages.count, "frames" if picture.pages.delays else "pages"
        return {
            "source": str(job.source),
            "target": str(job.target),
            "from": f"{picture.width}x{picture.height}",
            "to": f"{shape[1]}x{shape[0]}",
            **({unit: count} if count > 1 else {}),
            "seconds": round(time.perf_counter() - start, 3),
            **facts.as_record(),
            "region": self.region,
            "fallback": self.upscaler.fallback,
            "fourfold": __version__,
        }

    def announce_engine(self) -> None:
        """Say, once, if another engine runs than should."""
        if self.upscaler.fallback is not None:
            self._tell((f"PyTorch runs, which is slower: {self.upscaler.fallback}",))

    def _size(self, picture: PictureRows) -> tuple[tuple[int, int], Region]:
        """The size of the whole result, and the part of the picture that is wanted."""
        height, width = picture.height, picture.width
        size = self.upscaler.result_size(height, width)
        if self.fit != (None, None):
            size = fitting_size(
                height,
                width,
                fit_height=self.fit[0],
                fit_width=self.fit[1],
                largest=self.upscaler.config.scale,
            )
        part = Region(*(self.region or (0, 0, width, height)))
        return size, part

    def _alone_if_large(self, part: Region) -> AbstractContextManager[object]:
        return self._large if part.height * part.width > _LARGE else nullcontext()

    def _announce(self, job: Job, part: Region, *, pages: int) -> None:
        if part.height * part.width * pages > _WORTH_A_PROBE:
            seconds = pages * self.upscaler.estimate_seconds(part.height, part.width)
            if seconds > _WORTH_AN_ESTIMATE:
                self._tell((f"{job.source} will take about {_minutes(seconds)}.",))

    def _tell(self, lines: tuple[str, ...]) -> None:
        if lines and not self.quiet:
            with self.bars.aside():
                for line in lines:
                    say(line, err=True)


def enlarge_all(
    enlarging: Enlarging,
    jobs: list[Job],
    *,
    failed: int,
    done_before: "DoneBefore | None",
    show: Callable[[Facts], str | None],
) -> None:
    """Enlarge pictures, and say what became of each; exit with 1 if one failed.

    Args:
        enlarging: how.
        jobs: which.
        failed: inputs that failed before.
        done_before: takes a note of each result.
        show: the line of a result, if there is one.
    """
    total, done = len(jobs) + failed, 0
    enlarging.announce_engine()
    try:
        with enlarging.bars, closing(enlarging.each(jobs)) as outcomes:
            for job, outcome in outcomes:
                with enlarging.bars.aside():
                    try:
                        if isinstance(outcome, FourfoldError):
                            raise outcome
                        if done_before is not None:
                            done_before.record(job)
                        done += 1
                        if (line := show(outcome)) is not None:
                            say(line)
                    except FourfoldError as error:
                        failed += 1
                        complain(error)
    except (KeyboardInterrupt, SystemExit) as interrupt:
        say(f"Stopped: {done} of {total} done.", err=True)
        sys.exit(130 if isinstance(interrupt, KeyboardInterrupt) else interrupt.code)
    end(failed=failed, total=total)


def enlarge_piped(
    enlarging: Enlarging,
    plan: tuple[list[Job], list[FourfoldError]],
    show: Callable[[Facts], str | None],
    *,
    from_stdin: bool,
    to_stdout: bool,
) -> str | None:
    """Enlarge the one picture that comes or goes through a pipe.

    Args:
        enlarging: how.
        plan: the job, or why there is none.
        show: the line of a result, if there is one.
        from_stdin: whether the picture came from standard input.
        to_stdout: whether the result goes to standard output.

    Returns:
        The line, to be said once the result is passed on.
    """
    jobs, errors = plan
    if errors:
        raise errors[0]
    enlarging.announce_engine()
    with enlarging.bars:
        facts = enlarging.picture(jobs[0], jobs[0].source.name, Stop())
    if from_stdin:
        facts["source"] = jobs[0].source.name
    if to_stdout:
        facts["target"] = jobs[0].target.stem
    return show(facts)


def end(*, failed: int, total: int) -> None:
    """Sum up; exit with 1 if something failed."""
    if failed and total > 1:
        say(f"{failed} of {total} failed.", err=True)
    if failed:
        sys.exit(1)


def as_line(facts: Facts) -> str:
    """A result as people read it."""
    parts = [f" ({facts[unit]} {unit})" for unit in ("frames", "pages") if unit in facts]
    return "".join((_LINE.format(**facts), *parts))


def as_json(facts: Facts) -> str:
    """A result as programs read it."""
    return json.dumps(facts)


def _stopping(bar: Callable[[int, int], None], stop: Stop) -> Callable[[int, int], None]:
    def progress(done: int, rows: int) -> None:
        stop.check()
        bar(done, rows)

    return progress


def _minutes(seconds: float) -> str:
    minutes = round(seconds / 60)
    return "a minute" if minutes <= 1 else f"{minutes} minutes"
