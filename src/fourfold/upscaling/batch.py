"""Which files one call reads, and which file each result becomes."""

import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from fourfold.errors import FourfoldError, UnreadableImage, UnwritableImage
from fourfold.imaging import already_there, format_named_by, image_extensions

_RESULT = re.compile(r"(.+)_(?:x\d+(?:\.\d+)?|fit)(?:_region)?")


@dataclass(frozen=True)
class Job:
    """One picture to enlarge."""

    source: Path
    target: Path


def plan_jobs(
    inputs: Sequence[str | Path],
    out: str | Path | None,
    *,
    suffix: str,
    extension: str | None = None,
    overwrite: bool = False,
) -> tuple[list[Job], list[FourfoldError]]:
    """Plan what is read and written, before any work is done.

    Args:
        inputs: files, and folders, whose pictures are taken at any depth.
        out: a file, for one file; else a folder, in which names, and the folders of a folder, are
            kept. With one file it is a folder if it is there as one or ends with a slash. None for
            NAME_x4.EXT beside each input.
        suffix: what is added to that name: _x4.
        extension: of the results, such as .png; None for that of each input.
        overwrite: whether results that are there are replaced.

    Returns:
        The jobs, and an error for each input that is none: missing, a folder without pictures, one
        whose result would replace an input, or a file that may not be replaced.

    Raises:
        UnwritableImage: two inputs would become one file, or `out` is no folder for several, or
            names another format than `extension`.
    """
    if "" in inputs:
        raise UnreadableImage("An input has no name.")
    jobs: dict[Job, None] = {}
    errors: list[FourfoldError] = []
    folder = _as_folder(inputs, out)
    if out is not None and folder is None:
        _check_extension(Path(out), extension)
    for path in _inputs(inputs, beside=out is None):
        try:
            for source, name in _pictures(path, folder, beside=out is None):
                if out is None:
                    target = _beside(source, suffix, extension)
                elif folder is None:
                    target = Path(out)
                else:
                    target = folder / (name if extension is None else name.with_suffix(extension))
                jobs[Job(source, target)] = None  # an input named twice is one
        except FourfoldError as error:
            errors.append(error)
        except OSError as error:
            hint = (
                f" Results go to a folder by -o {path}." if _may_be_out(inputs, path, out) else ""
            )
            errors.append(UnreadableImage(f"{path} cannot be read: {error.strerror}.{hint}"))
    _refuse_collisions(list(jobs))
    sources = {job.source.resolve() for job in jobs}
    for job in list(jobs):
        try:
            _check_target(job.target, sources, overwrite)
        except UnwritableImage as error:
            del jobs[job]
            errors.append(error)
    return list(jobs), errors


def _may_be_out(inputs: Sequence[str | Path], path: Path, out: str | Path | None) -> bool:
    """Whether an input that is not there was meant for the results: named last, as cp has it."""
    is_last = len(inputs) > 1 and Path(inputs[-1]) == path
    return out is None and is_last and not path.suffix and not path.exists()


def results_among(inputs: Sequence[str | Path]) -> list[Path]:
    """Inputs that `plan_jobs` leaves out where results lie beside them: those of other inputs."""
    paths = [Path(path) for path in inputs]
    kept = set(_without_results(paths))
    return [path for path in paths if path not in kept]


def _as_folder(inputs: Sequence[str | Path], out: str | Path | None) -> Path | None:
    """The folder that `out` is, or None where it is the name of one file, or nothing."""
    if out is None:
        return None
    if not str(out):
        raise UnwritableImage("The result has no name.")
    try:
        is_there = Path(out).is_dir()
        several = len(inputs) > 1 or Path(inputs[0]).is_dir()
    except OSError as error:
        raise UnwritableImage(f"{out} cannot be looked at: {error.strerror}.") from error
    if is_there or str(out).endswith(("/", os.sep)):
        return Path(out)
    if several and Path(out).suffix.lower() in image_extensions():
        raise UnwritableImage(f"{out} names one picture; several results need a folder.")
    return Path(out) if several else None


def _check_target(target: Path, sources: set[Path], overwrite: bool) -> None:
    try:
        if target.resolve() in sources:
            raise UnwritableImage(f"{target} is an input; write the result elsewhere.")
        target.lstat()
    except FileNotFoundError:
        return
    except OSError as error:
        raise UnwritableImage(f"{target} cannot be written: {error.strerror}.") from error
    if not overwrite:
        raise already_there(target)


def _inputs(inputs: Sequence[str | Path], *, beside: bool) -> list[Path]:
    """The inputs; without those that are results of others, as *.png finds them the second time."""
    paths = [Path(path) for path in inputs]
    return _without_results(paths) if beside else paths


def _pictures(path: Path, out: Path | None, *, beside: bool) -> list[tuple[Path, Path]]:
    """The pictures behind an input, and what each is called below `out`."""
    if path.is_file():
        return [(path, Path(path.name))]
    if not path.is_dir():
        path.stat()  # an error that says why, if there is one
        raise UnreadableImage(
            f"{path} is neither a file nor a folder; what comes through a pipe is named -."
        )
    found = sorted(_walk(path, leave_out=out))
    if beside:  # a second call must not enlarge the results of the first
        found = _without_results(found)
    if not found:
        raise UnreadableImage(f"The folder {path} holds no pictures.")
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


def _beside(source: Path, suffix: str, extension: str | None) -> Path:
    return source.with_name(f"{source.stem}{suffix}{extension or source.suffix}")


def _without_results(paths: list[Path]) -> list[Path]:
    """Without those called NAME_x4 or NAME_fit where a picture NAME lies beside, of any format."""
    originals = {(path.parent, path.stem) for path in paths}

    def is_result(path: Path) -> bool:
        name = _RESULT.fullmatch(path.stem)
        return name is not None and (path.parent, name[1]) in originals

    return [path for path in paths if not is_result(path)]


def _check_extension(out: Path, extension: str | None) -> None:
    if extension is not None and format_named_by(out) != format_named_by(Path(f"x{extension}")):
        raise UnwritableImage(f"{out} ends in {out.suffix}; the format asked for has {extension}.")


def _refuse_collisions(jobs: Sequence[Job]) -> None:
    first: dict[Path, Path] = {}
    for job in jobs:
        other = first.setdefault(job.target.resolve(), job.source)
        if other != job.source:
            raise UnwritableImage(
                f"{other} and {job.source} would both become {job.target}; "
                "rename one, or upscale them apart."
            )
