"""Several processes that train one network, each on its part of every batch.

They are those of `torch.distributed`'s default group; where there is none, this one is alone.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import torch
import torch.distributed as dist
from torch import Tensor, nn
from torch.distributed.nn.functional import all_reduce

from fourfold.errors import InvalidRecipe
from fourfold.training.recipe import Recipe


def count() -> int:
    """How many processes train."""
    return dist.get_world_size() if dist.is_initialized() else 1


def is_first() -> bool:
    """Whether this process is the one that writes, looks and speaks."""
    return not dist.is_initialized() or dist.get_rank() == 0


def part_of(batch: int) -> slice:
    """Which crops of a batch are this process's."""
    share = batch // count()
    first = share * (dist.get_rank() if dist.is_initialized() else 0)
    return slice(first, first + share)


def check_parts(recipe: Recipe, processes: int) -> None:
    """Refuse a recipe whose batches cannot be parted evenly.

    Raises:
        InvalidRecipe: so it is.
    """
    for batch in (recipe.batch, recipe.at(recipe.steps).batch):
        if batch % processes:
            raise InvalidRecipe(
                f"Batches of {batch} cannot be parted among {processes} processes; set a multiple "
                f"of {processes}."
            )


@contextmanager
def first_before_others() -> Iterator[None]:
    """What stands inside is done by the first process, and then by the others."""
    if not is_first():
        dist.barrier()
    yield
    if is_first() and count() > 1:
        dist.barrier()


def any_of(flag: bool) -> bool:
    """Whether one process says so: all then do the same, at the same step."""
    if count() == 1:
        return flag
    flags = torch.tensor(float(flag))
    dist.all_reduce(flags, op=dist.ReduceOp.MAX)
    return bool(flags)


def of_first(number: int) -> int:
    """The first process's number."""
    if count() == 1:
        return number
    numbers = torch.tensor(number)
    dist.broadcast(numbers, src=0)
    return int(numbers)


@torch.no_grad()
def average_over_all(tensors: Sequence[Tensor]) -> None:
    """Replace tensors by their means over all processes, in one message."""
    if count() == 1:
        return
    flat = torch.cat([tensor.flatten() for tensor in tensors])
    dist.all_reduce(flat)
    parts = torch.split(flat.div_(count()), [tensor.numel() for tensor in tensors])
    for tensor, part in zip(tensors, parts, strict=True):
        tensor.copy_(part.view(tensor.shape))


class NormOfAll(nn.BatchNorm2d):
    """Batch normalisation over the batch of all processes; PyTorch's own one knows GPUs only."""

    def forward(self, maps: Tensor) -> Tensor:
        """The same as of one process with the whole batch: (N, C, H, W), and so the result."""
        if not self.training or count() == 1:
            return super().forward(maps)
        sums = torch.stack([maps.sum(dim=(0, 2, 3)), maps.square().sum(dim=(0, 2, 3))])
        samples = count() * maps.numel() / maps.shape[1]
        mean, square = all_reduce(sums.float()) / samples  # type: ignore[no-untyped-call]
        variance = square - mean.square()
        self._note(mean.detach(), variance.detach() * samples / (samples - 1))
        scale = self.weight / (variance + self.eps).sqrt()
        shift = self.bias - mean * scale
        return maps * scale[:, None, None] + shift[:, None, None]

    @torch.no_grad()
    def _note(self, mean: Tensor, variance: Tensor) -> None:
        assert self.running_mean is not None and self.running_var is not None
        assert self.num_batches_tracked is not None and self.momentum is not None
        self.running_mean.lerp_(mean, self.momentum)
        self.running_var.lerp_(variance, self.momentum)
        self.num_batches_tracked.add_(1)


def normalise_over_all(network: nn.Module) -> None:
    """Let each batch normalisation of a network see the batch of all processes."""
    for module in network.modules():
        if type(module) is nn.BatchNorm2d:
            module.__class__ = NormOfAll
