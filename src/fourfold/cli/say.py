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
