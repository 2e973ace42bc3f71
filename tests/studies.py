"""Studies of random pictures of odd sizes, and a server of its own for one."""

import os
import signal
import subprocess
import sys
import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import numpy as np

from fourfold.imaging import write_image
from fourfold.study import (
    Design,
    Entry,
    Rater,
    Study,
    create_study,
    find_rater,
    join,
    rate,
    standing,
)
from fourfold.web import create_application, listening_socket
from fourfold.web.serving import server_of

QUICK = Design(repeats=0, calibration=0, least_look=0)
"""Nothing but each picture once, rated as fast as one can."""


def write_pictures(
    root: Path, *, methods: int = 2, images: int = 3, size: tuple[int, int] = (61, 83)
) -> tuple[Path, dict[str, Path]]:
    """Random pictures in `original` and in a folder for each method; the two."""
    rng = np.random.default_rng(images)
    for folder in ("original", *(f"method-{number}" for number in range(methods))):
        (root / folder).mkdir(parents=True)
        for image in range(images):
            height, width = size[0] + image % 2, size[1] + image % 3
            pixels = rng.integers(0, 256, (height, width, 3), dtype=np.uint8)
            write_image(pixels, root / folder / f"image-{image}.png")
    return root / "original", {f"m{n}": root / f"method-{n}" for n in range(methods)}


def make_study(
    root: Path,
    design: Design = QUICK,
    *,
    methods: int = 2,
    images: int = 3,
    size: tuple[int, int] = (61, 83),
    db: str | None = None,
) -> Study:
    """An open study of random pictures."""
    reference, folders = write_pictures(root, methods=methods, images=images, size=size)
    return create_study(root / "study", methods=folders, reference=reference, design=design, db=db)


def new_rater(study: Study) -> Rater:
    """A rater who has joined by the open link."""
    rater = find_rater(study, join(study, study.open_link, language="en"))
    assert rater is not None
    return rater


def entry(position: int, number: int = 1, **values: Any) -> Entry:
    """An entry as a page would send it: score 3, whole pixels, a large window."""
    made = Entry(
        key=uuid.uuid4().hex,
        position=position,
        entry=number,
        score=3,
        look_ms=1500,
        device_pixel_ratio=1.5,
        zoom=1,
        window_width=1280,
        window_height=720,
        layout="single",
    )
    return replace(made, **values)


def rate_all(study: Study, rater: Rater, **values: Any) -> int:
    """Rate until nothing is left; how many ratings that took."""
    count = 0
    while not (now := standing(study, rater)).is_finished:
        rate(study, rater, entry(now.position, **values))
        count += 1
    return count


class Server:
    """`fourfold study serve` as a process of its own, on a free port."""

    def __init__(self, folder: Path, *arguments: str, port: int = 0) -> None:
        command = [sys.executable, "-m", "fourfold", "study", "serve", str(folder)]
        self.process = subprocess.Popen(
            [*command, "--port", str(port), *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=os.environ | {"PYTHONUNBUFFERED": "1"},
        )
        assert self.process.stdout is not None
        lines = [self.process.stdout.readline().split() for _ in range(2)]
        if not all(lines):
            raise RuntimeError(self.process.communicate()[1])
        self.join_url, self.owner_url = (line[-1] for line in lines)
        self.base = "{0.scheme}://{0.netloc}".format(urlsplit(self.join_url))
        self.port = int(urlsplit(self.join_url).port or 0)

    def kill(self) -> None:
        """End it as a power cut would."""
        self.process.kill()
        self._wait()

    def stop(self) -> str:
        """End it as Ctrl-C does; what it said on stderr."""
        self.process.send_signal(signal.SIGINT)
        return self._wait()

    def _wait(self) -> str:
        _, said = self.process.communicate(timeout=30)
        return said


@dataclass(frozen=True)
class Served:
    """Where a study is served."""

    join_url: str
    owner_url: str
    base: str


@contextmanager
def serving(folder: Path, *, port: int = 0) -> Iterator[Served]:
    """The same in a thread of the tests' own process, which starts sooner and cannot be killed."""
    with Study.open(folder) as study, listening_socket("127.0.0.1", port) as listening:
        base = f"http://127.0.0.1:{listening.getsockname()[1]}"
        application = create_application(study=study, owner_token="token", address=base)
        server = server_of(application)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        owner_url = f"{base}/study/owner/login?token=token"
        try:
            yield Served(f"{base}/study/join/{study.open_link}", owner_url, base)
        finally:
            server.should_exit = True
            thread.join()
