"""The device that a run is on."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import torch

from fourfold.errors import UnavailableDevice
from fourfold.training.devices import on_its_device


@on_its_device
def where(number: int, *, device: str = "cpu") -> tuple[int, str]:
    """What a run would see."""
    return number, device


@pytest.fixture
def entered(monkeypatch: pytest.MonkeyPatch) -> list[torch.device]:
    """Two GPUs that are not there: those that were made the current one."""
    chosen: list[torch.device] = []

    @contextmanager
    def choose(device: torch.device) -> Iterator[None]:
        chosen.append(device)
        yield
        chosen.append(torch.device("cuda:0"))

    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    monkeypatch.setattr(torch.cuda, "device", choose)
    return chosen


def test_a_gpu_is_the_current_one_as_long_as_a_run_lasts(entered: list[torch.device]):
    assert where(3, device="cuda:1") == (3, "cuda:1")
    assert entered == [torch.device("cuda:1"), torch.device("cuda:0")]


def test_on_a_cpu_no_gpu_is_chosen(entered: list[torch.device]):
    assert where(3) == where(3, device="cpu") == (3, "cpu")
    assert entered == []


def test_a_gpu_that_is_not_there_is_refused_before_anything_is_done(entered: list[torch.device]):
    with pytest.raises(UnavailableDevice, match="'cuda:2' is not there: this PyTorch sees 2"):
        where(3, device="cuda:2")
    assert entered == []


@pytest.mark.skipif(torch.cuda.device_count() < 2, reason="needs two CUDA GPUs")
def test_streams_of_a_run_on_the_second_gpu_are_that_ones():
    @on_its_device
    def stream(*, device: str) -> int:
        return torch.cuda.current_stream().device_index

    assert stream(device="cuda:1") == 1
    assert torch.cuda.current_device() == 0
