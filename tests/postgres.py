"""A PostgreSQL server of the tests' own, from Debian's package, on a socket alone."""

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote


def programs() -> Path | None:
    """Where the newest installed server's programs lie; None where there is none."""
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"))
    if debian:
        return debian[-1].parent
    found = shutil.which("postgres")
    return Path(found).resolve().parent if found else None


@contextmanager
def running(folder: Path) -> Iterator[str]:
    """Start a server from the programs in `folder`; the URL of its database, without its name.

    As root it runs as the user `postgres`, for it refuses to run as root.
    """
    user = "postgres" if os.geteuid() == 0 else pwd.getpwuid(os.geteuid()).pw_name
    root = Path(tempfile.mkdtemp(prefix="fourfold-postgres-"))
    if os.geteuid() == 0:
        shutil.chown(root, user)
    command: list[Path | str] = [
        folder / "initdb",
        "-D",
        root / "data",
        "-A",
        "trust",
        "-U",
        user,
        "--no-sync",
    ]
    subprocess.run(command, check=True, capture_output=True, user=user, cwd=root)
    server = subprocess.Popen(
        [folder / "postgres", "-D", root / "data", "-k", root, "-c", "listen_addresses="],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        user=user,
        cwd=root,
    )
    try:
        _wait(folder, root)
        yield f"postgresql://{user}@/{{}}?host={quote(str(root))}"
    finally:
        server.send_signal(signal.SIGQUIT)  # at once: nothing here is kept
        server.wait(timeout=60)
        shutil.rmtree(root, ignore_errors=True)


def _wait(folder: Path, root: Path) -> None:
    end = time.monotonic() + 60
    ready: list[Path | str] = [folder / "pg_isready", "-q", "-h", root]
    while subprocess.run(ready).returncode:
        assert time.monotonic() < end, "the server did not start"
        time.sleep(0.1)
