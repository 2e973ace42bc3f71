"""What the command says: results on stdout, everything else on stderr."""

import os
from pathlib import Path

import click

from fourfold.errors import FourfoldError, UnwritableReport


def say(text: str, *, err: bool = False) -> None:
    """Print a line; a file name that is not UTF-8 shows signs in place of what cannot be shown."""
    click.echo(os.fsencode(text).decode("utf-8", "replace"), err=err)


def complain(error: FourfoldError) -> None:
    """Print the one sentence of an error."""
    say(f"Error: {error}", err=True)


def refuse_existing(path: Path) -> None:
    """Refuse to replace what is there.

    Raises:
        UnwritableReport: something has the name.
    """
    if os.path.lexists(path):
        raise UnwritableReport(f"{path} is there already; --overwrite replaces it.")


def refuse_file(folder: Path) -> None:
    """Refuse a folder's name that is a file's.

    Raises:
        UnwritableReport: a file has the name, or one on the way to it.
    """
    there = next(place for place in (folder, *folder.parents) if place.exists())
    if not there.is_dir():
        raise UnwritableReport(f"{there} is a file; --out names a folder.")
