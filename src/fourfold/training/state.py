"""Everything that changes while a network trains, and nothing else."""

import copy
import math
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from fourfold.networks import Discriminator, Generator
from fourfold.training.native import NativeGenerator, kernels_for
from fourfold.training.native_judges import discriminator_on
from fourfold.training.precision import judges_dtype
from fourfold.training.recipe import Recipe
from fourfold.training.start import new_discriminator


@dataclass
class State:
    """The networks and their optimisers at one step of a run."""

    generator: Generator
    average: Generator
    """The average of the generator over its steps, in evaluation mode: what a run gives."""
    optimiser: torch.optim.Optimizer
    discriminator: Discriminator | None = None
    """Where the recipe has an adversarial loss."""
    discriminator_optimiser: torch.optim.Optimizer | None = None
    judging: torch.dtype = torch.float32
    """What the discriminator computes in; its parameters are float32."""
    step: int = 0
    """Steps done; no random state is kept, because each step's crops follow from its number."""
    best: float = -math.inf
    """The most that `Scores.merit` was so far."""

    def content(self) -> dict[str, Any]:
        """All that resuming needs."""
        numbers = {"step": self.step, "best": self.best}
        return {name: part.state_dict() for name, part in self._parts().items()} | numbers

    def restore(self, content: dict[str, Any]) -> None:
        """Go back to where `content` was taken."""
        for name, part in self._parts().items():
            part.load_state_dict(content[name])
        self.step, self.best = content["step"], content["best"]

    def _parts(self) -> dict[str, torch.nn.Module | torch.optim.Optimizer]:
        parts: dict[str, torch.nn.Module | torch.optim.Optimizer | None] = {
            "generator": self.generator,
            "average": self.average,
            "optimiser": self.optimiser,
            "discriminator": self.discriminator,
            "discriminator_optimiser": self.discriminator_optimiser,
        }
        return {name: part for name, part in parts.items() if part is not None}


def begin(recipe: Recipe, generator: Generator, *, device: torch.device) -> State:
    """The state before the first step."""
    kernels = kernels_for(recipe, device)
    generator = NativeGenerator(generator, kernels) if kernels else generator
    # Channels-last convolutions are several times as fast on every device that we know.
    generator = generator.train().to(device, memory_format=torch.channels_last)  # type: ignore[call-overload]
    average = copy.deepcopy(generator).eval().requires_grad_(False)
    state = State(generator, average, _adam(generator, recipe.learning_rate, recipe))
    if recipe.adversarial:
        state.judging = judges_dtype(recipe, device)
        discriminator = new_discriminator(recipe)
        discriminator = discriminator_on(discriminator, kernels) if kernels else discriminator
        state.discriminator = discriminator.to(device, memory_format=torch.channels_last)  # type: ignore[call-overload]
        rate = recipe.discriminator_learning_rate
        state.discriminator_optimiser = _adam(discriminator, rate, recipe)
    return state


def _adam(network: torch.nn.Module, rate: float, recipe: Recipe) -> torch.optim.Optimizer:
    betas = (0.9, recipe.beta2)
    return torch.optim.Adam(network.parameters(), lr=rate, betas=betas, fused=True)


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
