"""Which files one call reads, and which file each result becomes."""

from collections.abc import Sequence
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
        inputs: files, and folders whose pictures are taken (not those in their folders).
        out: a file, for one file; else a folder, in which names are kept; None for
            NAME_x4.EXT beside each input.
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
            for source in _pictures(path, suffix, beside=out is None):
                jobs.append(Job(source, _target(source, out, suffix, into_folder)))
        except FourfoldError as error:
            errors.append(error)
    _refuse_collisions(jobs)
    sources = {job.source.resolve() for job in jobs}
    for job in [job for job in jobs if job.target.resolve() in sources]:
        jobs.remove(job)
        errors.append(UnwritableImage(f"{job.target} is an input; write the result elsewhere."))
    return jobs, errors


def _pictures(path: Path, suffix: str, *, beside: bool) -> list[Path]:
    if path.is_file():
        return [path]
    if not path.is_dir():
        raise UnreadableImage(f"{path} does not exist.")
    found = sorted(
        file
        for file in path.iterdir()
        if file.suffix.lower() in image_extensions()
        and not file.name.startswith(".")
        and file.is_file()
    )
    if beside:  # a second call must not enlarge the results of the first
        results = {_target(file, None, suffix, False) for file in found}
        found = [file for file in found if file not in results]
    if not found:
        raise UnreadableImage(f"The folder {path} holds no PNG or JPEG pictures.")
    return found


def _target(source: Path, out: Path | None, suffix: str, into_folder: bool) -> Path:
    if out is None:
        return source.with_name(f"{source.stem}{suffix}{source.suffix}")
    return out / source.name if into_folder else out


def _refuse_collisions(jobs: Sequence[Job]) -> None:
    first: dict[Path, Path] = {}
    for job in jobs:
        other = first.setdefault(job.target.resolve(), job.source)
        if other is not job.source:
            raise UnwritableImage(
                f"{other} and {job.source} would both become {job.target}; "
                "rename one, or upscale them apart."
            )
