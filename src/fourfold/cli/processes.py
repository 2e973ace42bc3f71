"""Several training processes on one machine, and this one's place among them."""

import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from types import FrameType
from typing import IO

import click


def launch(count: int, arguments: Sequence[str]) -> int:
    """Run the command in `count` processes that train together.

    The first speaks; of another is heard only what it fails with. Signals from the terminal reach
    all of them; what ends this process is passed on.

    Returns:
        The exit code.
    """
    place = {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(_free_port())}
    processes: list[tuple[subprocess.Popen[bytes], IO[bytes] | None]] = []
    for rank in range(count):
        ranks = {"RANK": str(rank), "LOCAL_RANK": str(rank), "WORLD_SIZE": str(count)}
        heard = tempfile.TemporaryFile() if rank else None  # noqa: SIM115
        process = subprocess.Popen(
            [sys.executable, "-m", "fourfold", "train", *arguments],
            env={"OMP_NUM_THREADS": "1", **os.environ, **place, **ranks},
            stdout=subprocess.DEVNULL if rank else None,
            stderr=heard,
        )
        processes.append((process, heard))
    return _wait_for(processes)


def join_others(device: str) -> str:
    """Take part in a training of several processes, where this is one of them.

    Returns:
        The device that is this process's.
    """
    if "WORLD_SIZE" not in os.environ or "RANK" not in os.environ:
        return device
    import torch.distributed as dist

    if device.startswith("cuda"):
        import torch

        device = f"cuda:{os.environ.get('LOCAL_RANK', '0')}"
        torch.cuda.set_device(device)
    backend = "cpu:gloo,cuda:nccl" if device.startswith("cuda") else "gloo"
    if os.environ.get("TORCHELASTIC_USE_AGENT_STORE") != "True":
        dist.init_process_group(backend)
        return device
    from torch.distributed import TCPStore  # type: ignore[attr-defined]

    from fourfold.training.meeting import meet

    rank, count = int(os.environ["RANK"]), int(os.environ["WORLD_SIZE"])
    agents = TCPStore(os.environ["MASTER_ADDR"], int(os.environ["MASTER_PORT"]))
    store = meet(agents, rank=rank, count=count)
    dist.init_process_group(backend, store=store, rank=rank, world_size=count)
    return device


def speaks() -> bool:
    """Whether this process is the one that shows what came out."""
    return os.environ.get("RANK", "0") == "0"


def leave_others() -> None:
    """End what `join_others` began."""
    if "torch" in sys.modules:
        import torch.distributed as dist

        if dist.is_initialized():
            dist.destroy_process_group()


def _wait_for(processes: Sequence[tuple[subprocess.Popen[bytes], IO[bytes] | None]]) -> int:
    """Until all have ended, or one has failed: the others cannot go on without it."""

    def pass_on(number: int, _frame: FrameType | None) -> None:
        for process, _ in processes:
            process.send_signal(number)

    signal.signal(signal.SIGTERM, pass_on)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the terminal tells the others itself: they save
    while True:
        codes = [process.poll() for process, _ in processes]
        failed = [index for index, code in enumerate(codes) if code]
        if failed or None not in codes:
            break
        time.sleep(0.1)
    for process, _ in processes:
        process.terminate()
    for process, _ in processes:
        process.wait()
    if not failed:
        return 0
    process, heard = processes[failed[0]]
    if heard:
        heard.seek(0)
        click.echo(heard.read().decode(errors="replace"), err=True, nl=False)
    return process.returncode


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port
