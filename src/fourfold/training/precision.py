"""Which numbers the networks that judge a result are computed in."""

import torch
from torch import Tensor, nn

from fourfold.training.recipe import Recipe


def judges_dtype(recipe: Recipe, device: torch.device) -> torch.dtype:
    """The type that VGG19 and the discriminator compute in; parameters and losses stay float32.

    The generator stays in float32 too: near convergence its gradient is a small difference of
    large sums, which bfloat16 loses.
    """
    if recipe.judges == "auto":
        return torch.bfloat16 if has_bfloat16(device) else torch.float32
    return torch.bfloat16 if recipe.judges == "bf16" else torch.float32


def has_bfloat16(device: torch.device) -> bool:
    """Whether the device multiplies bfloat16 natively; emulated it is nine times slower."""
    if device.type == "cuda":
        return torch.cuda.is_bf16_supported(including_emulation=False)
    capabilities = torch.cpu.get_capabilities()
    names = ("amx_bf16", "avx512_bf16")
    return device.type == "cpu" and any(capabilities.get(name, False) for name in names)


def judge(discriminator: nn.Module, image: Tensor, dtype: torch.dtype) -> Tensor:
    """The discriminator's logits of pictures (N, 3, side, side), float32, computed in `dtype`."""
    with torch.autocast(image.device.type, dtype, enabled=dtype != torch.float32):
        logits: Tensor = discriminator(image)
    return logits.float()
