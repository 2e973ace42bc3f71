"""One of the processes that test_processes.py starts: trains, and may die on the way."""

import os
import signal
import sys
from dataclasses import replace
from pathlib import Path

import torch
import torch.distributed as dist

from fourfold.cli.processes import join_others, leave_others
from fourfold.training import train
from fourfold.training.degradation import Degradation
from tests.photographs import TINY, TINY_GAN

RECIPES = {
    "plain": replace(TINY, clip=0.1),
    "degraded": replace(TINY, degradation=Degradation()),
    "adversarial": replace(TINY_GAN, norm_of_all=True, adversarial=0.1, batch=4),
}


def main(name: str, photographs: str, run: str, start: str, dies_at: str) -> None:
    torch.set_num_threads(1)
    join_others("cpu")
    marker = Path(run + ".died")

    def stop() -> bool:
        steps[0] += 1
        if steps[0] == int(dies_at) and dist.get_rank() == 1 and not marker.exists():
            marker.touch()
            os.kill(os.getpid(), signal.SIGKILL)
        return False

    steps = [0]
    train(RECIPES[name], Path(run), data=[Path(photographs)], init=start, stop=stop)
    leave_others()


if __name__ == "__main__":
    main(*sys.argv[1:])
