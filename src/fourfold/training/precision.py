"""Which numbers the networks are computed in; parameters and losses are always float32."""

from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor, nn

from fourfold.training.recipe import Recipe

PrecisionName = Literal["auto", "fp32", "fp16", "bf16"]


@dataclass(frozen=True)
class Precision:
    """Types that the networks compute in."""

    generator: torch.dtype = torch.float32
    judges: torch.dtype = torch.float32
    """Of VGG19 and the discriminator."""


def choose_precision(name: PrecisionName, recipe: Recipe, device: torch.device) -> Precision:
    """What a user's choice means on a device.

    Args:
        name: auto is on GPUs a generator in fp16 and judges in bf16, on CPUs what the recipe names.
            bf16 loses a generator's gradient near convergence, a small difference of large sums,
            which fp16 keeps.
        recipe: what the judges compute in.
        device: where.
    """
    half = torch.bfloat16 if has_bfloat16(device) else torch.float32
    if name == "auto" and device.type != "cuda":
        named = {"auto": half, "bf16": torch.bfloat16, "fp32": torch.float32}
        return Precision(judges=named[recipe.judges])
    generator = {"fp32": torch.float32, "bf16": torch.bfloat16}.get(name, torch.float16)
    return Precision(generator, half if name != "fp32" else torch.float32)


def has_bfloat16(device: torch.device) -> bool:
    """Whether the device multiplies bfloat16 natively; emulated it is nine times slower."""
    if device.type == "cuda":
        return torch.cuda.is_bf16_supported(including_emulation=False)
    capabilities = torch.cpu.get_capabilities()
    names = ("amx_bf16", "avx512_bf16")
    return device.type == "cpu" and any(capabilities.get(name, False) for name in names)


def has_amx() -> bool:
    """Whether this processor multiplies blocks of bfloat16: ten times as fast as float32."""
    return bool(torch.cpu.get_capabilities().get("amx_bf16", False))


def compute_in(dtype: torch.dtype, network: nn.Module, *batches: Tensor) -> Tensor:
    """What a network makes of pictures, each (N, 3, H, W), computed in `dtype`, float32 again."""
    # Each weight is used once, and a cache of them would outlive a captured graph.
    with torch.autocast(
        batches[0].device.type, dtype, enabled=dtype != torch.float32, cache_enabled=False
    ):
        result: Tensor = network(*batches)
    return result.float()
