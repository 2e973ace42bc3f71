"""The device that a name stands for, if it is there, and how small things get to it."""

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

import torch
from torch import Tensor

from fourfold.errors import UnavailableDevice, nearest

_KINDS = ("cpu", "cuda", "mps")

_Arguments = ParamSpec("_Arguments")
_Result = TypeVar("_Result")


def find_device(name: str, *, processes: int = 1) -> torch.device:
    """The device that a name stands for.

    Args:
        name: cpu, cuda, cuda:N or mps.
        processes: of this machine that train together, on GPUs each on its own.

    Raises:
        UnavailableDevice: there is no such device, or fewer than processes.
    """
    kind, _, index = name.partition(":")
    if kind not in _KINDS or (index and (kind != "cuda" or not index.isdecimal())):
        raise UnavailableDevice(f"There is no device '{name}'. {nearest(kind, _KINDS)}")
    if kind == "mps" and not torch.backends.mps.is_available():
        raise UnavailableDevice("Device 'mps' is not there: this PyTorch sees no Apple GPU.")
    count = torch.cuda.device_count() if kind == "cuda" else 0
    if kind == "cuda" and max(int(index or 0) + 1, processes) > count:
        wanted = f"{processes} CUDA GPUs are" if processes > 1 else f"Device '{name}' is"
        raise UnavailableDevice(f"{wanted} not there: this PyTorch sees {count or 'no'} CUDA GPU.")
    return torch.device(name)


def on_its_device(compute: Callable[_Arguments, _Result]) -> Callable[_Arguments, _Result]:
    """Let a function whose argument `device` names a GPU have that one as the current one.

    Streams, events, captures and Triton's kernels are of the current GPU, wherever tensors lie: a
    step on another one would be captured as nothing, and replayed as nothing.
    """

    @wraps(compute)
    def there(*arguments: _Arguments.args, **named: _Arguments.kwargs) -> _Result:
        device = find_device(str(named.get("device", "cpu")))
        if device.type != "cuda":
            return compute(*arguments, **named)
        with torch.cuda.device(device):
            return compute(*arguments, **named)

    return there


def sent(values: Tensor, device: torch.device) -> Tensor:
    """A CPU's tensor on a device; a GPU takes it when its turn comes, and nobody waits for that."""
    if device.type == "cuda":
        return values.pin_memory().to(device, non_blocking=True)
    return values.to(device)
