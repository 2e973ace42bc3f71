"""Files written whole or not at all."""

import errno
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path


@contextmanager
def written_whole(target: Path, *, overwrite: bool = True) -> Iterator[Path]:
    """Give a temporary path in `target`'s folder that becomes `target` when the block succeeds.

    The file is flushed to the disk before it takes the name, so that after a crash there is the
    whole new file, or what was there before. When the block fails, nothing is left.

    Args:
        target: the name that the file gets.
        overwrite: whether it may take the place of a file that has the name by then.

    Raises:
        FileExistsError: something has the name, and may not be replaced.
        OSError: the folder cannot be written, or the disk is full.
    """
    # File systems limit a name's bytes, of which one letter may have four.
    name = os.fsencode(target.name)[:200].decode(errors="ignore")
    temporary = target.with_name(f".{name}.{secrets.token_hex(4)}.part")
    try:
        # Inside the block, for a signal may end the program between any two lines.
        os.close(os.open(temporary, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o666))
        yield temporary
        with temporary.open("rb+") as file:
            os.fsync(file.fileno())
        if overwrite:
            os.replace(temporary, target)
        else:
            _take_free_name(temporary, target)
    except BaseException:
        with suppress(OSError):
            temporary.unlink()
        raise


def _take_free_name(temporary: Path, target: Path) -> None:
    try:
        os.link(temporary, target)  # unlike a rename, fails where something is
        temporary.unlink()
    except FileExistsError:
        raise
    except OSError:  # a file system without links
        if os.path.lexists(target):
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), target) from None
        os.replace(temporary, target)
