"""Places for results: looked at before any work."""

import tempfile
from pathlib import Path

from fourfold.errors import UnwritableImage


def already_there(path: Path) -> UnwritableImage:
    """What to raise where a result would replace a file."""
    return UnwritableImage(f"{path} is there already; --overwrite replaces it.")


def prepare_folder(folder: Path) -> None:
    """Make a folder if it is not there, and check, before any work, that it can be written.

    Raises:
        UnwritableImage: it cannot be made, or no file can be made in it.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except FileExistsError as error:
        raise UnwritableImage(f"{folder} is a file, not a folder.") from error
    except OSError as error:
        raise UnwritableImage(
            f"The folder {folder} cannot be written: {error.strerror}."
        ) from error
