"""Everything that changes while a network trains, and nothing else."""

import copy
import math
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from fourfold.networks import Generator
from fourfold.training.recipe import Recipe


@dataclass
class State:
    """The networks and their optimisers at one step of a run."""

    generator: Generator
    average: Generator
    """The average of the generator over its steps, in evaluation mode: what a run gives."""
    optimiser: torch.optim.Optimizer
    step: int = 0
    """Steps done; no random state is kept, because each step's crops follow from its number."""
    best: float = -math.inf
    """The best score so far on the held-out photographs, decibels."""

    def content(self) -> dict[str, Any]:
        """All that resuming needs."""
        return {
            "generator": self.generator.state_dict(),
            "average": self.average.state_dict(),
            "optimiser": self.optimiser.state_dict(),
            "step": self.step,
            "best": self.best,
        }

    def restore(self, content: dict[str, Any]) -> None:
        """Go back to where `content` was taken."""
        self.generator.load_state_dict(content["generator"])
        self.average.load_state_dict(content["average"])
        self.optimiser.load_state_dict(content["optimiser"])
        self.step, self.best = content["step"], content["best"]


def begin(recipe: Recipe, generator: Generator, *, device: torch.device) -> State:
    """The state before the first step."""
    # Channels-last convolutions are several times as fast on every device that we know.
    generator = generator.train().to(device, memory_format=torch.channels_last)  # type: ignore[call-overload]
    optimiser = torch.optim.Adam(
        generator.parameters(), lr=recipe.learning_rate, betas=(0.9, recipe.beta2), fused=True
    )
    average = copy.deepcopy(generator).eval().requires_grad_(False)
    return State(generator=generator, average=average, optimiser=optimiser)


@torch.no_grad()
def update_average(state: State, keep: float) -> None:
    """Move the average towards the generator; soon after the start it moves faster.

    Statistics of batch normalisation are averages already: they are taken over as they are.
    """
    keep = min(keep, (state.step + 1) / (state.step + 10))
    moving: list[Tensor] = list(state.average.parameters())
    torch._foreach_lerp_(moving, list[Tensor](state.generator.parameters()), 1 - keep)
    for kept, buffer in zip(state.average.buffers(), state.generator.buffers(), strict=True):
        kept.copy_(buffer)
