"""Several processes give what one gives, and go on when one of them has died."""

import os
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from fourfold.errors import InvalidRecipe
from fourfold.networks import generator_tensors
from fourfold.training import processes, train
from fourfold.training.start import new_generator
from fourfold.weights import Weights, write_weights
from tests.generators import CARD
from tests.photographs import TINY, write_photographs
from tests.training.test_loop import assert_same_bits, state_of
from tests.training.two_processes import RECIPES

# A bias before a normalisation does nothing; its gradient is rounding, which Adam takes for a way.
IDLE = re.compile(r"discriminator\.convolutions\.([1-9]\d*\.bias|\d+\.running_mean)")
ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def photographs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_photographs(tmp_path_factory.mktemp("processes") / "photographs")


@pytest.fixture(scope="module")
def start(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("start") / "start.safetensors"
    tensors = generator_tensors(new_generator(TINY))
    write_weights(path, Weights(config=TINY.generator, tensors=tensors, card=CARD))
    return path


def two(name: str, photographs: Path, run: Path, start: Path, *, dies_at: int = 0) -> str:
    """Train in two processes under torchrun, whose agent starts them once more if one dies."""
    torchrun = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--max-restarts=1"]
    worker = [str(ROOT / "tests/training/two_processes.py"), name]
    arguments = [str(photographs), str(run), str(start), str(dies_at)]
    result = subprocess.run(
        [*torchrun, "--nproc-per-node=2", "--monitor-interval=0.1", *worker, *arguments],
        capture_output=True,
        text=True,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    assert result.returncode == 0, result.stderr
    return result.stderr


@pytest.mark.slow
@pytest.mark.parametrize("name", ["degraded", "adversarial"])
def test_two_processes_with_half_the_batch_equal_one_with_the_whole(
    name: str, tmp_path: Path, photographs: Path, start: Path
):
    two(name, photographs, tmp_path / "two", start)
    train(RECIPES[name], tmp_path / "one", data=[photographs], init=start)
    ours, theirs = state_of(tmp_path / "two"), state_of(tmp_path / "one")
    assert ours.keys() == theirs.keys()
    for key, value in theirs.items():
        if isinstance(value, torch.Tensor) and not IDLE.fullmatch(key):
            torch.testing.assert_close(ours[key], value, rtol=1e-4, atol=1e-5, msg=key)
    log = (tmp_path / "two/log.jsonl").read_text().splitlines()
    assert len(log) == len((tmp_path / "one/log.jsonl").read_text().splitlines())


@pytest.mark.slow
def test_torchrun_brings_a_killed_process_back_and_the_run_goes_on_to_the_same_bits(
    tmp_path: Path, photographs: Path, start: Path
):
    two("plain", photographs, tmp_path / "straight", start)
    two("plain", photographs, tmp_path / "cut", start, dies_at=5)
    assert (tmp_path / "cut.died").exists()
    assert_same_bits(tmp_path / "straight", tmp_path / "cut")


def test_one_process_alone_waits_for_nobody():
    assert processes.count() == 1 and processes.is_first()
    assert processes.part_of(7) == slice(0, 7)
    assert processes.any_of(True) and not processes.any_of(False)
    assert processes.of_first(5) == 5
    values = [torch.ones(2)]
    processes.average_over_all(values)
    assert values[0].tolist() == [1, 1]


def test_a_batch_that_cannot_be_parted_is_one_sentence():
    processes.check_parts(TINY, 2)
    with pytest.raises(InvalidRecipe, match="Batches of 2 cannot be parted among 3 processes"):
        processes.check_parts(TINY, 3)
    late = replace(TINY, late_share=0.5, late_hr_crop=16, late_batch=3)
    with pytest.raises(InvalidRecipe, match="Batches of 3 cannot be parted among 2 processes"):
        processes.check_parts(late, 2)
