"""Everything that changes while a network trains, and nothing else."""

import copy
import math
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor
from torch.nn import Parameter

from fourfold.networks import Discriminator, Generator
from fourfold.training.fused import FusedGenerator, has_passes, is_fused
from fourfold.training.fused_judges import FusedDiscriminator
from fourfold.training.graphs import Graphs
from fourfold.training.muon import Muon
from fourfold.training.native import NativeGenerator, kernels_for
from fourfold.training.native_judges import discriminator_on
from fourfold.training.phased import PhasedGenerator, is_on_amx
from fourfold.training.precision import Precision, choose_precision
from fourfold.training.processes import count, normalise_over_all
from fourfold.training.recipe import Recipe
from fourfold.training.start import new_discriminator

_NUMBERS = ("step", "best", "skipped")
_LOSS_SCALE = 1 / 128  # the gradient at the output is then about 1/64 a value, with L1


@dataclass(frozen=True)
class Unread:
    """What a step saw, on its way from the device."""

    step: int
    is_alone: bool
    """Whether the generator stood still."""
    names: tuple[str, ...]
    numbers: Tensor
    """Of as many values; on the host once `arrived` is."""
    arrived: torch.cuda.Event | None = None

    def values(self) -> dict[str, float]:
        """Names and values; waits for them."""
        if self.arrived is not None:
            self.arrived.synchronize()
        return dict(zip(self.names, self.numbers.tolist(), strict=True))


@dataclass
class State:
    """The networks and their optimisers at one step of a run."""

    generator: Generator
    average: Generator
    """The average of the generator over its steps, in evaluation mode: what a run gives."""
    optimiser: torch.optim.Optimizer
    muon: Muon | None = None
    """What moves the generator's 3x3 convolutions, where `optimiser` does not."""
    discriminator: Discriminator | None = None
    """Where the recipe has an adversarial loss."""
    discriminator_optimiser: torch.optim.Optimizer | None = None
    precision: Precision = field(default_factory=Precision)
    """What the networks compute in; their parameters are float32."""
    graphs: Graphs | None = None
    """On a GPU, whole steps as one launch."""
    unread: Unread | None = None
    """Of the step before, on a GPU: it computes the next one while the host looks."""
    loss_scale: Tensor = field(default_factory=lambda: torch.tensor(1.0))
    """In fp16: by what, and by its size, the gradient at a result is multiplied."""
    skipped: int = 0
    """Updates left out in a row, because their gradient was not finite."""
    step: int = 0
    """Steps done; no random state is kept, because each step's crops follow from its number."""
    best: float = -math.inf
    """The most that `Scores.merit` was so far."""

    def content(self) -> dict[str, Any]:
        """All that resuming needs."""
        numbers = {name: getattr(self, name) for name in _NUMBERS}
        numbers["loss_scale"] = self.loss_scale.item()
        return {name: part.state_dict() for name, part in self._parts().items()} | numbers

    def restore(self, content: dict[str, Any]) -> None:
        """Go back to where `content` was taken."""
        for name, part in self._parts().items():
            if isinstance(part, torch.optim.Optimizer):
                _load_moments(part, content[name])
            else:
                part.load_state_dict(content[name])
        for name in _NUMBERS:
            setattr(self, name, content.get(name, getattr(self, name)))
        # It only ever falls; one that served no fp16, as on a CPU, is too large to begin with.
        self.loss_scale.clamp_(max=content.get("loss_scale", math.inf))

    @property
    def optimisers(self) -> list[torch.optim.Optimizer]:
        """Those that move the generator."""
        return [self.optimiser, *([self.muon] if self.muon else [])]

    @property
    def is_scaled(self) -> bool:
        """Whether the generator's gradient must be scaled to survive."""
        return self.precision.generator == torch.float16

    def _parts(self) -> dict[str, torch.nn.Module | torch.optim.Optimizer]:
        parts: dict[str, torch.nn.Module | torch.optim.Optimizer | None] = {
            "generator": self.generator,
            "average": self.average,
            "optimiser": self.optimiser,
            "muon": self.muon,
            "discriminator": self.discriminator,
            "discriminator_optimiser": self.discriminator_optimiser,
        }
        return {name: part for name, part in parts.items() if part is not None}


def _load_moments(optimiser: torch.optim.Optimizer, content: dict[str, Any]) -> None:
    """Take over what an optimiser remembers, but not how it ran: that is this device's own."""
    own: list[dict[str, Any]] = [
        {name: group[name] for name in ("lr", "capturable") if name in group}
        for group in optimiser.param_groups
    ]
    optimiser.load_state_dict(content)
    for group, kept in zip(optimiser.param_groups, own, strict=True):
        group.update(kept)


def begin(
    recipe: Recipe,
    generator: Generator,
    *,
    device: torch.device,
    precision: Precision | None = None,
) -> State:
    """The state before the first step.

    Args:
        recipe: rates and the discriminator.
        generator: as it starts.
        device: where all lies.
        precision: what the networks compute in; without it the recipe's and the device's own.
    """
    kernels = kernels_for(recipe, device)
    precision = precision or choose_precision("auto", recipe, device)
    if is_on_amx(precision, generator.config, device):
        generator = PhasedGenerator(generator)
    elif is_fused(generator.config, device):
        generator = FusedGenerator(generator)
    elif kernels:
        generator = NativeGenerator(generator, kernels)
    # Channels-last convolutions are several times as fast on every device that we know.
    generator = generator.train().to(device, memory_format=torch.channels_last)  # type: ignore[call-overload]
    if recipe.norm_of_all:
        normalise_over_all(generator)
    average = copy.deepcopy(generator).eval().requires_grad_(False)
    by_muon, others = _parted(generator, recipe)
    state = State(generator, average, _adam(others, recipe.learning_rate, recipe))
    state.muon = Muon(by_muon, rate=_rate(recipe.muon_rate, device)) if by_muon else None
    state.precision = precision
    state.graphs = Graphs() if device.type == "cuda" and count() == 1 else None
    state.loss_scale = torch.tensor(_LOSS_SCALE if state.is_scaled else 1.0, device=device)
    if recipe.adversarial:
        discriminator = new_discriminator(recipe)
        if kernels:
            discriminator = discriminator_on(discriminator, kernels)
        elif has_passes(device) and not recipe.norm_of_all:
            discriminator = FusedDiscriminator(discriminator)
        state.discriminator = discriminator.to(device, memory_format=torch.channels_last)  # type: ignore[call-overload]
        if recipe.norm_of_all:
            normalise_over_all(discriminator)
        rate = recipe.discriminator_learning_rate
        state.discriminator_optimiser = _adam(list(discriminator.parameters()), rate, recipe)
    return state


def _parted(generator: Generator, recipe: Recipe) -> tuple[list[Parameter], list[Parameter]]:
    """The parameters that Muon moves, and all others."""
    moved: list[Parameter] = []
    others: list[Parameter] = []
    for value in generator.parameters():
        is_kernel = recipe.optimiser == "muon" and value.ndim == 4 and value.shape[-1] == 3
        (moved if is_kernel else others).append(value)
    return moved, others


def _adam(parameters: list[Parameter], rate: float, recipe: Recipe) -> torch.optim.Optimizer:
    device = parameters[0].device
    return torch.optim.Adam(
        parameters,
        lr=_rate(rate, device),
        betas=(0.9, recipe.beta2),
        fused=True,
        capturable=device.type == "cuda",
    )


def _rate(rate: float, device: torch.device) -> float | Tensor:
    """A rate, which a captured step reads where it lies."""
    return torch.tensor(rate, device=device) if device.type == "cuda" else rate


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
