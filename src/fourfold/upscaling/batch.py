"""Which files one call reads, and which file each result becomes."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from fourfold.errors import FourfoldError, UnreadableImage, UnwritableImage
from fourfold.imaging import image_extensions


@dataclass(frozen=True)
class Job:
    """One picture to enlarge."""

    source: Path
    target: Path


def plan_jobs(
    inputs: Sequence[Path], out: Path | None, *, suffix: str, into_folder: bool = False
) -> tuple[list[Job], list[FourfoldError]]:
    """Plan what is read and written, before any work is done.

    Args:
        inputs: files, and folders, whose pictures are taken at any depth.
        out: a file, for one file; else a folder, in which names, and the folders of a folder, are
            kept; None for NAME_x4.EXT beside each input.
        suffix: what is added to that name: _x4.
        into_folder: `out` is a folder, even for one file.

    Returns:
        The jobs, and an error for each input that is none: missing, a folder without pictures,
        or one whose result would replace an input.

    Raises:
        UnwritableImage: two inputs would become one file.
    """
    jobs: list[Job] = []
    errors: list[FourfoldError] = []
    into_folder = into_folder or len(inputs) > 1 or any(path.is_dir() for path in inputs)
    into_folder = into_folder or (out is not None and out.is_dir())
    for path in inputs:
        try:
            for source, name in _pictures(path, suffix, out):
                if out is None:
                    target = _beside(source, suffix)
                else:
                    target = out / name if into_folder else out
                jobs.append(Job(source, target))
        except FourfoldError as error:
            errors.append(error)
    _refuse_collisions(jobs)
    sources = {job.source.resolve() for job in jobs}
    for job in [job for job in jobs if job.target.resolve() in sources]:
        jobs.remove(job)
        errors.append(UnwritableImage(f"{job.target} is an input; write the result elsewhere."))
    return jobs, errors


def _pictures(path: Path, suffix: str, out: Path | None) -> list[tuple[Path, Path]]:
    """The pictures behind an input, and what each is called below `out`."""
    if path.is_file():
        return [(path, Path(path.name))]
    if not path.is_dir():
        raise UnreadableImage(f"{path} does not exist.")
    found = sorted(_walk(path, leave_out=out))
    if out is None:  # a second call must not enlarge the results of the first
        results = {_beside(file, suffix) for file in found}
        found = [file for file in found if file not in results]
    if not found:
        raise UnreadableImage(f"The folder {path} holds no PNG or JPEG pictures.")
    return [(file, file.relative_to(path)) for file in found]


def _walk(folder: Path, *, leave_out: Path | None) -> Iterator[Path]:
    """Pictures at any depth, but those of a folder within that takes the results.

    Links are followed, each folder is entered once: a link to a folder above ends there. What is
    hidden stays so.
    """
    entered = {leave_out.resolve()} if leave_out is not None else set()
    entered.discard(folder.resolve())
    waiting = [folder]
    while waiting:
        current = waiting.pop()
        if current.resolve() in entered:
            continue
        entered.add(current.resolve())
        for entry in current.iterdir():
            if entry.name.startswith("."):
                continue
            if entry.is_dir():
                waiting.append(entry)
            elif entry.suffix.lower() in image_extensions() and entry.is_file():
                yield entry


def _beside(source: Path, suffix: str) -> Path:
    return source.with_name(f"{source.stem}{suffix}{source.suffix}")


def _refuse_collisions(jobs: Sequence[Job]) -> None:
    first: dict[Path, Path] = {}
    for job in jobs:
        other = first.setdefault(job.target.resolve(), job.source)
        if other is not job.source:
            raise UnwritableImage(
                f"{other} and {job.source} would both become {job.target}; "
                "rename one, or upscale them apart."
            )
