"""How long a rater waits until a rating is on the disk, while many rate at once.

python benchmarks/study.py [--raters 200] [--ratings 20] [--db URL]
"""

import argparse
import asyncio
import resource
import subprocess
import sys
import tempfile
from dataclasses import replace
from pathlib import Path
from statistics import median, quantiles

import numpy as np
from crowd import Crowd, rate_together

from fourfold.cli.machine import processor
from fourfold.imaging import write_image
from fourfold.study import Design, create_study, rating_table

PAUSE = (2.0, 4.0)
SIZE = (360, 480, 3)


def main() -> None:
    """Run the benchmark: one crowd, its latencies."""
    parser = argparse.ArgumentParser(description="Latency of ratings under load.")
    parser.add_argument("--raters", type=int, default=200)
    parser.add_argument("--ratings", type=int, default=20)
    parser.add_argument("--db", help="URL of an empty database; default: SQLite")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as root:
        run(Path(root), arguments.raters, arguments.ratings, arguments.db)


def run(root: Path, raters: int, ratings: int, db: str | None) -> None:
    """Make a study, serve it, let the crowd rate, and print what they waited."""
    write_pictures(root, -(-ratings // 2))
    design = replace(Design(), repeats=0, calibration=0, least_look=0)
    study = create_study(
        root / "study", methods={"m": root / "m"}, reference=root / "original", design=design, db=db
    )
    serve = [sys.executable, "-m", "fourfold", "study", "serve", str(study.folder), "--port", "0"]
    server = subprocess.Popen(
        serve + (["--db", db] if db else []), stdout=subprocess.PIPE, text=True
    )
    assert server.stdout is not None
    join_url = server.stdout.readline().split()[-1]
    crowd = Crowd()
    try:
        asyncio.run(
            rate_together(join_url, raters=raters, ratings=ratings, pause=PAUSE, crowd=crowd)
        )
    finally:
        server.terminate()
        server.wait()
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    kept = len(rating_table(study).ratings)
    study.close()
    print(f"{processor()}; {study.database.url.get_backend_name()}")
    print(f"{raters} raters at once, a rating each {PAUSE[0]:g} to {PAUSE[1]:g} s")
    print(f"{len(crowd.acknowledged)} ratings acknowledged, {kept} in the database")
    milliseconds = 1e3 * (used.ru_utime + used.ru_stime) / kept
    print(f"server   {milliseconds:.1f} ms of processor time a rating, with its picture")
    for name, seconds in (("rating", crowd.rating_seconds), ("picture", crowd.picture_seconds)):
        p95 = quantiles(seconds, n=20)[-1]
        line = f"{name:<8} median {1e3 * median(seconds):6.1f} ms, p95 {1e3 * p95:6.1f} ms"
        print(f"{line}, longest {1e3 * max(seconds):6.1f} ms")


def write_pictures(root: Path, images: int) -> None:
    """Random pictures of one method and the original."""
    rng = np.random.default_rng(1)
    for folder in ("original", "m"):
        (root / folder).mkdir()
        for image in range(images):
            write_image(rng.integers(0, 256, SIZE, np.uint8), root / folder / f"{image}.png")


if __name__ == "__main__":
    main()
