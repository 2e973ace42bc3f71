"""The generator as it trains on a GPU, with few passes over memory beside its convolutions.

The same parameters and results; what the passes do not take goes to PyTorch's own operators.
"""

from collections.abc import Sequence
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor
from torch.autograd.function import once_differentiable

from fourfold.networks import Generator
from fourfold.training.phased import phased_parameters, shuffled
from fourfold.upscaling.torch_layers import kernels_for
from fourfold.weights import GeneratorConfig

_ALIGNED = 8
"""Tensor cores take channels in multiples of this: zeros fill up the input's 3, the tail's 12."""


def has_passes(device: torch.device) -> bool:
    """Whether the fused passes run on a device: on a CUDA GPU where Triton is there and works."""
    return kernels_for(device, torch.float16) is not None


def is_fused(config: GeneratorConfig, device: torch.device) -> bool:
    """Whether `FusedGenerator` takes a generator there: one without normalisation."""
    return config.normalisation == "none" and has_passes(device)


class FusedGenerator(Generator):
    """A generator without normalisation, in the type of autocast where that is enabled."""

    def __init__(self, generator: Generator) -> None:
        super().__init__(generator.config)
        self.load_state_dict(generator.state_dict())
        self.train(generator.training)

    def forward(self, lr: Tensor) -> Tensor:
        """As `Generator` has it."""
        from fourfold.training.fused_passes import activate, add  # Triton, which not all have

        dtype = type_of(lr)
        parameters = phased_parameters(self)
        kernels = _cast(
            {name: value for name, value in parameters.items() if value.ndim == 4}, dtype
        )

        def convolve(name: str, maps: Tensor) -> Tensor:
            kernel = kernels[f"{name}.weight"]
            return F.conv2d(maps, kernel, padding=kernel.shape[-1] // 2)

        def bias(name: str) -> Tensor:
            return parameters[f"{name}.bias"]

        def slopes(name: str) -> Tensor:
            return parameters[f"{name}.prelu.weight"]

        maps = convolve("head.conv", _filled_up(lr.to(dtype)))
        maps = head = activate(maps, bias("head.conv"), slopes("head"))
        for index in range(self.config.depth):
            block = f"blocks.{index}"
            inner = convolve(f"{block}.conv1", maps)
            inner = activate(inner, bias(f"{block}.conv1"), slopes(block))
            residual = convolve(f"{block}.conv2", inner)
            skip = maps if self.config.skips else torch.zeros_like(maps)
            maps = add(residual, bias(f"{block}.conv2"), skip)
        skip = head if self.config.skips else torch.zeros_like(head)
        maps = add(convolve("trunk.conv", maps), bias("trunk.conv"), skip)
        last = self.config.doublings - 1
        for index in range(self.config.doublings):
            stage = f"upsample.{index}"
            maps = convolve(f"{stage}.conv", maps)
            # The tail works on the last maps in their phases.
            maps = activate(
                maps, bias(f"{stage}.conv"), slopes(stage), phases=4, shuffled=index < last
            )
        phases = convolve("tail", maps)[:, : len(bias("tail"))]
        return shuffled(phases + bias("tail").to(dtype).view(1, -1, 1, 1))


def type_of(pictures: Tensor) -> torch.dtype:
    """What a network computes in that is given them: what autocast says, or their own type."""
    kind = pictures.device.type
    return torch.get_autocast_dtype(kind) if torch.is_autocast_enabled(kind) else pictures.dtype


def _cast(kernels: dict[str, Tensor], dtype: torch.dtype) -> dict[str, Tensor]:
    """All kernels in another type, with zeros for the inputs and outputs that fill up."""
    filled = {
        "head.conv.weight": _filled_up(kernels["head.conv.weight"]),
        "tail.weight": _filled_up(kernels["tail.weight"].transpose(0, 1)).transpose(0, 1),
    }
    kernels = kernels | filled
    return dict(zip(kernels, cast_all(list(kernels.values()), dtype), strict=True))


def _filled_up(maps: Tensor) -> Tensor:
    """Maps (N, C, H, W) with zeros up to a whole multiple of channels, channels-last."""
    images, channels, height, width = maps.shape
    shape = (images, -(-channels // _ALIGNED) * _ALIGNED, height, width)
    filled = torch.empty(
        shape, dtype=maps.dtype, device=maps.device, memory_format=torch.channels_last
    ).zero_()
    filled[:, :channels] = maps
    return filled


def cast_all(tensors: Sequence[Tensor], dtype: torch.dtype) -> tuple[Tensor, ...]:
    """Tensors in another type, by one kernel there and one back; kernels come channels-last."""
    cast: tuple[Tensor, ...] = _Cast.apply(dtype, *tensors)  # type: ignore[no-untyped-call]
    return cast


class _Cast(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, dtype: torch.dtype, *tensors: Tensor) -> tuple[Tensor, ...]:
        ctx.dtypes = {tensor.dtype for tensor in tensors}
        return tuple(_copies(tensors, dtype))

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor | None, ...]:
        (dtype,) = ctx.dtypes
        return None, *_copies(gradients, dtype)


def _copies(tensors: tuple[Tensor, ...], dtype: torch.dtype) -> list[Tensor]:
    dense = [_dense(tensor) for tensor in tensors]
    copies = [torch.empty_like(tensor, dtype=dtype) for tensor in dense]
    torch._foreach_copy_(copies, dense)
    return copies


def _dense(tensor: Tensor) -> Tensor:
    order = torch.channels_last if tensor.ndim == 4 else torch.contiguous_format
    return tensor.contiguous(memory_format=order)
