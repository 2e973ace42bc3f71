"""`-`: a picture from standard input, a result to standard output.

Formats are read from files that can seek, and written whole or not at all: so what flows lies in a
folder of its own meanwhile.
"""

import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import click

from fourfold.errors import FourfoldError, ImageTooLarge, amount

_INPUT, _OUTPUT = "standard input", "standard output"
_SAMPLES = 16  # bytes a pixel at most: four floats
_REST = 64 << 20  # for metadata
_BLOCK = 1 << 20


def is_piped(inputs: tuple[str, ...], out: str | None) -> bool:
    """Whether a picture comes from standard input, or the result goes to standard output.

    Raises:
        click.UsageError: `-` beside other inputs, or several results for one output.
    """
    if "-" in inputs and len(inputs) > 1:
        raise click.UsageError("Standard input, -, is one picture; name no others beside it.")
    if out == "-" and (len(inputs) > 1 or Path(inputs[0]).is_dir()):
        raise click.UsageError("Standard output, -, takes one result; name a folder for several.")
    return "-" in inputs or out == "-"


@contextmanager
def through_files(
    source: str,
    out: str | None,
    *,
    extension: str | None,
    max_megapixels: float,
    enlarged: int,
) -> Iterator[tuple[Path, Path]]:
    """Give the file to read and the file to write; pass the result on when the block ends.

    Args:
        source: a file, or `-`.
        out: a file, or `-`; None for standard output.
        extension: of the result's format; None for the input's own.
        max_megapixels: of the network's result, above which standard input is refused.
        enlarged: the network's factor per side.

    Raises:
        click.UsageError: the result would fill a terminal.
        ImageTooLarge: standard input does not end where a picture would.
        FourfoldError: the block's own, that names what flows by its name.
    """
    from fourfold.imaging import read_format

    to_output = out in (None, "-")
    if to_output and sys.stdout.isatty():
        raise click.UsageError("The result would fill the terminal: name a file with -o, or pipe.")
    with tempfile.TemporaryDirectory(prefix="fourfold-") as folder:
        try:
            read = Path(source)
            if source == "-":
                read = Path(folder) / _INPUT
                with read.open("wb") as file:
                    _copy(
                        sys.stdin.buffer,
                        file,
                        int(max_megapixels * 1e6 / enlarged**2) * _SAMPLES + _REST,
                    )
            if not to_output:
                yield read, Path(out or "")
                return
            written = Path(folder) / f"{_OUTPUT}{extension or read_format(read).extensions[0]}"
            yield read, written
            with written.open("rb") as file:
                shutil.copyfileobj(file, sys.stdout.buffer)
            sys.stdout.buffer.flush()
        except FourfoldError as error:
            raise type(error)(str(error).replace(f"{folder}/", "")) from error


def _copy(source: IO[bytes], target: IO[bytes], most: int) -> None:
    copied = 0
    while block := source.read(_BLOCK):
        copied += len(block)
        if copied > most:
            raise ImageTooLarge(f"{_INPUT} is more than {amount(most)}; no picture is.")
        target.write(block)
