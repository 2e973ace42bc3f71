"""Batch normalisation's statistics: whether they have drifted from what batches have, and anew."""

import copy
from collections.abc import Callable, Iterable

import torch
from torch import Tensor, nn

from fourfold.networks import Generator

_NOTABLE = 2.0  # levels of 255, root mean square


@torch.no_grad()
def drift(generator: Generator, lr: Tensor) -> float | None:
    """How far results with the kept statistics lie from those with a batch's own.

    Public SRGANs show red and green blobs where the two part.

    Args:
        generator: in evaluation mode.
        lr: a batch, shape (N, 3, h, w).

    Returns:
        Levels of 255, root mean square; None where nothing is normalised.
    """
    if not _normalisations(generator):
        return None
    difference = generator(lr) - copy.deepcopy(generator).train()(lr)
    return 255 * difference.square().mean().sqrt().item()


def drift_warning(levels: float | None) -> str:
    """A sentence where the drift is notable, else nothing."""
    if levels is None or levels < _NOTABLE:
        return ""
    return (
        f"Batch normalisation has drifted: its kept statistics give results {levels:.1f} levels "
        "off; --set recalibrate=200 estimates them anew at the end."
    )


@torch.no_grad()
def recalibrate(generator: Generator, batches: Iterable[Tensor]) -> None:
    """Estimate the statistics anew, as plain means over some batches; ends in evaluation mode.

    Args:
        generator: its buffers are changed, its parameters are not.
        batches: each (N, 3, h, w).
    """
    momenta = {}
    for norm in _normalisations(generator):
        momenta[norm] = norm.momentum
        norm.reset_running_stats()
        norm.momentum = None  # PyTorch's word for a plain mean
    generator.train()
    for lr in batches:
        generator(lr)
    generator.eval()
    for norm, momentum in momenta.items():
        norm.momentum = momentum


def recalibrate_from(
    generator: Generator, batch: Callable[[int], tuple[Tensor, Tensor]], *, first: int, count: int
) -> None:
    """The same with the batches of the steps from `first` on, which were not trained on yet."""
    recalibrate(generator, (batch(step)[0] for step in range(first, first + count)))


def _normalisations(generator: Generator) -> list[nn.BatchNorm2d]:
    return [module for module in generator.modules() if isinstance(module, nn.BatchNorm2d)]
