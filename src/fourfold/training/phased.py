"""The generator as it trains in bfloat16, with few passes over memory beside its convolutions.

On AMX a layer's convolution takes as long as a few passes over its maps. So shuffles are copies of
whole blocks, PReLUs happen in place, the 9x9 tail works on the maps before the last shuffle, in its
phases at a quarter of the positions, and the way back is written by hand.
"""

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor
from torch.autograd.function import once_differentiable

from fourfold.networks import Generator
from fourfold.training.precision import Precision, has_amx
from fourfold.weights import GeneratorConfig

_REVERSIBLE = 2**-10  # slopes above: a result tells where its argument was, and what


class PhasedGenerator(Generator):
    """A generator without normalisation and with shared slopes, that computes in phases.

    Its results are in the type of autocast, where that is enabled, else in that of its input.
    """

    def __init__(self, generator: Generator) -> None:
        super().__init__(generator.config)
        self.load_state_dict(generator.state_dict())
        self.train(generator.training)

    def forward(self, lr: Tensor) -> Tensor:
        """As `Generator` has it."""
        is_cast = torch.is_autocast_enabled("cpu")
        dtype = torch.get_autocast_dtype("cpu") if is_cast else lr.dtype
        weights = phased_parameters(self)
        phases: Tensor = _Phases.apply(lr.to(dtype), self.config, tuple(weights), *weights.values())  # type: ignore[no-untyped-call]
        return shuffled(phases)


def is_on_amx(precision: Precision, config: GeneratorConfig, device: torch.device) -> bool:
    """Whether a generator trains in bfloat16 where that pays, and `PhasedGenerator` takes it."""
    is_taken = config.normalisation == "none" and config.slopes == "shared"
    return is_taken and precision.generator == torch.bfloat16 and device.type == "cpu" and has_amx()


def phased_parameters(generator: Generator) -> dict[str, Tensor]:
    """The generator's parameters, laid out for phases."""
    weights: dict[str, Tensor] = dict(generator.named_parameters())
    for index in range(generator.config.doublings):
        for kind in ("weight", "bias"):
            name = f"upsample.{index}.conv.{kind}"  # from (channel, i, j) to (i, j, channel)
            weights[name] = torch.unflatten(weights[name], 0, (-1, 4)).transpose(0, 1).flatten(0, 1)
    weights["tail.weight"] = _polyphase(weights["tail.weight"])
    weights["tail.bias"] = weights["tail.bias"].repeat(4)
    return weights


def _polyphase(tail: Tensor) -> Tensor:
    """The 9x9 tail as a 5x5 from (i, j, channel) to (a, b, R'G'B'), as `weights.fold` has it.

    Output pixel 2y + a reads shuffled pixel 2y + a + u - 4 for each tap u: that is 2 (y + k - 2)
    + i where u = 2k + i - a, so a tap more on one side gives five k with two phases i each.
    """
    phases = [F.pad(tail, (b, 1 - b, a, 1 - a)) for a in (0, 1) for b in (0, 1)]
    taps = torch.cat(phases).view(12, -1, 5, 2, 5, 2)  # (phases of R'G'B', C, k, i, k, j)
    return taps.permute(0, 3, 5, 1, 2, 4).flatten(1, 3)


class _Phases(torch.autograd.Function):
    """LR to the phases of SR: (N, 3, H, W) to (N, 12, scale / 2 H, scale / 2 W)."""

    @staticmethod
    def forward(
        ctx: Any, lr: Tensor, config: GeneratorConfig, names: tuple[str, ...], *weights: Tensor
    ) -> Tensor:
        cast = {name: _cast(w, lr.dtype) for name, w in zip(names, weights, strict=True)}
        passed = _Forward(cast)
        phases = passed.run(lr, config)
        ctx.save_for_backward(*passed.kept, *cast.values())
        ctx.config, ctx.names, ctx.dtypes = config, names, [weight.dtype for weight in weights]
        return phases

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor | None, ...]:
        kept, weights = ctx.saved_tensors[: -len(ctx.names)], ctx.saved_tensors[-len(ctx.names) :]
        passed = _Backward(dict(zip(ctx.names, weights, strict=True)), list(kept))
        passed.run(gradient, ctx.config)
        named = zip(ctx.names, ctx.dtypes, strict=True)
        return None, None, None, *(passed.gradients[name].to(dtype) for name, dtype in named)


class _Forward:
    """The way there; `kept` is a stack of the maps that the way back needs."""

    def __init__(self, weights: dict[str, Tensor]) -> None:
        self._weights = weights
        self.kept: list[Tensor] = []

    def run(self, lr: Tensor, config: GeneratorConfig) -> Tensor:
        maps = head = self._activate("head", self._convolve("head.conv", lr))
        for index in range(config.depth):
            block = f"blocks.{index}"
            inner = self._activate(block, self._convolve(f"{block}.conv1", maps))
            residual = self._convolve(f"{block}.conv2", inner)
            maps = residual.add_(maps) if config.skips else residual
        maps = self._convolve("trunk.conv", maps)
        if config.skips:
            maps.add_(head)
        for index in range(config.doublings):
            stage = f"upsample.{index}"
            maps = shuffled(maps) if index else maps
            maps = self._activate(stage, self._convolve(f"{stage}.conv", maps))
        return self._convolve("tail", maps)

    def _convolve(self, name: str, maps: Tensor) -> Tensor:
        self.kept.append(maps)
        weight = self._weights[f"{name}.weight"]
        return F.conv2d(maps, weight, self._weights[f"{name}.bias"], padding=weight.shape[-1] // 2)

    def _activate(self, name: str, maps: Tensor) -> Tensor:
        slope = self._weights[f"{name}.prelu.weight"].item()
        result = F.leaky_relu(maps, slope, inplace=slope > _REVERSIBLE)
        self.kept.append(maps)
        return result


class _Backward:
    """The way back, which takes from `kept` what the way there left; and `gradients` by name."""

    def __init__(self, weights: dict[str, Tensor], kept: list[Tensor]) -> None:
        self._weights, self._kept = weights, kept
        self.gradients: dict[str, Tensor] = {}

    def run(self, gradient: Tensor, config: GeneratorConfig) -> None:
        gradient = self._convolve("tail", gradient.contiguous(memory_format=torch.channels_last))
        for index in reversed(range(config.doublings)):
            stage = f"upsample.{index}"
            gradient = self._convolve(f"{stage}.conv", self._activate(stage, gradient))
            gradient = _unshuffled(gradient) if index else gradient
        of_head, gradient = gradient, self._convolve("trunk.conv", gradient)
        for index in reversed(range(config.depth)):
            block = f"blocks.{index}"
            inner = self._activate(block, self._convolve(f"{block}.conv2", gradient))
            before = self._convolve(f"{block}.conv1", inner)
            gradient = gradient.add_(before) if config.skips else before
        if config.skips:
            gradient.add_(of_head)
        self._convolve("head.conv", self._activate("head", gradient), is_first=True)

    def _convolve(self, name: str, gradient: Tensor, *, is_first: bool = False) -> Tensor:
        weight, maps = self._weights[f"{name}.weight"], self._kept.pop()
        padding = [weight.shape[-1] // 2] * 2
        of_maps, of_weight, of_bias = torch.ops.aten.convolution_backward(
            gradient,
            maps,
            weight,
            [len(weight)],
            [1, 1],
            padding,
            [1, 1],
            False,
            [0, 0],
            1,
            [not is_first, True, True],
        )
        self.gradients[f"{name}.weight"], self.gradients[f"{name}.bias"] = of_weight, of_bias
        return of_maps

    def _activate(self, name: str, gradient: Tensor) -> Tensor:
        """Changes `gradient`, which nobody else reads."""
        name, maps = f"{name}.prelu.weight", self._kept.pop()
        slope = self._weights[name].item()
        is_result = slope > _REVERSIBLE
        below = maps.clamp(max=0).mul_(gradient).sum()
        self.gradients[name] = (below / slope if is_result else below).view(1)
        return torch.ops.aten.leaky_relu_backward.grad_input(
            gradient, maps, slope, is_result, grad_input=gradient
        )


def _cast(weight: Tensor, dtype: torch.dtype) -> Tensor:
    weight = weight.to(dtype)
    return weight.contiguous(memory_format=torch.channels_last) if weight.ndim == 4 else weight


def shuffled(maps: Tensor) -> Tensor:
    """(N, (i, j, C), H, W) to (N, C, 2 H, 2 W)."""
    blocks = torch.unflatten(maps.permute(0, 2, 3, 1), 3, (2, 2, -1))  # (N, H, W, i, j, C)
    return blocks.transpose(2, 3).flatten(3, 4).flatten(1, 2).permute(0, 3, 1, 2)


def _unshuffled(maps: Tensor) -> Tensor:
    """Its inverse."""
    rows = torch.unflatten(maps.permute(0, 2, 3, 1), 2, (-1, 2))  # (N, 2 H, W, j, C)
    return torch.unflatten(rows, 1, (-1, 2)).transpose(2, 3).flatten(3, 5).permute(0, 3, 1, 2)
