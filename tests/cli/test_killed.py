"""Killed at any moment, a batch leaves whole results and nothing under a result's name."""

import os
import random
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from fourfold.imaging import read_image, write_image

TRIALS = 100 if os.environ.get("HYPOTHESIS_PROFILE") == "soak" else 10


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="needs SIGKILL")
def test_only_whole_results_are_left(tmp_path: Path, photograph: np.ndarray):
    for index in range(12):
        write_image(np.roll(photograph, index, axis=1), tmp_path / f"{index}.png")
    command = [sys.executable, "-m", "fourfold", "upscale", *map(str, sorted(tmp_path.iterdir()))]
    rng, out = random.Random(1), tmp_path / "out"
    seen: set[int] = set()
    for trial in range(TRIALS):
        process = subprocess.Popen([*command, "-o", str(out / str(trial))], stdout=subprocess.PIPE)
        assert process.stdout is not None
        for _ in range(rng.randrange(12)):  # die somewhere after so many results
            process.stdout.readline()
        time.sleep(rng.random() * 0.1)
        process.kill()
        process.communicate()
        results = list((out / str(trial)).glob("*.png"))
        for result in results:
            assert not result.name.startswith(".")
            assert read_image(result).shape == (192, 256, 3)
        seen.add(len(results))
    assert len(seen) > 2
