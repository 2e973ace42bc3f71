"""What a run would take, found out without writing anything."""

import resource
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import torch

from fourfold.errors import FourfoldError, InvalidData
from fourfold.imaging import read_size
from fourfold.training.losses import ContentLoss
from fourfold.training.memory import keep_freed_memory
from fourfold.training.native import kernels_for
from fourfold.training.packing import is_pack, open_pack, photographs_below
from fourfold.training.precision import judges_dtype
from fourfold.training.recipe import Recipe
from fourfold.training.start import new_discriminator, new_generator
from fourfold.training.state import begin
from fourfold.training.steps import adversarial_step, content_step

_TIMED = 2  # steps, after one that pays for what the libraries set up


def plan(
    recipe: Recipe,
    data: Sequence[Path],
    held_out: Path | None,
    *,
    vgg: Path | None = None,
    device: str = "cpu",
) -> list[str]:
    """What a run would take: photographs, time, memory, disk; nothing is written.

    Every file's header is read, and a few steps are run on random crops.

    Returns:
        Lines to show.

    Raises:
        InvalidData: a folder is missing, or holds nothing that can be used.
    """
    keep_freed_memory()
    folders = [*data, *([held_out] if held_out else [])]
    sizes = [size for folder in folders for size in _sizes(folder, recipe.hr_crop)]
    megapixels = sum(height * width for height, width in sizes) / 1e6
    is_packed = all(is_pack(folder) for folder in folders)
    seconds = _seconds_a_step(recipe, vgg, device)
    hours = seconds * recipe.steps / 3600
    # Parameters, two moments, and of the generator the average, twice; the weights once.
    checkpoints = (2 * 16 + 4) * _parameters(new_generator(recipe))
    if recipe.adversarial:
        checkpoints += 2 * 12 * _parameters(new_discriminator(recipe))
    disk = checkpoints + (0 if is_packed else 3e6 * megapixels)
    return [
        f"recipe      {recipe.name}: {recipe.reference}",
        f"photographs {len(sizes)}, {megapixels:.1f} megapixels",
        f"generator   x{recipe.generator.scale}, {_parameters(new_generator(recipe)):,} parameters",
        f"steps       {recipe.steps:,} of {recipe.batch} crops, {recipe.crops:,} crops",
        f"time        {hours:.1f} hours on {device} at {recipe.batch / seconds:.1f} crops a second",
        f"memory      {_peak_memory(device) / 2**30:.1f} GiB",
        f"disk        {disk / 2**30:.1f} GiB",
    ]


def _sizes(folder: Path, smallest: int) -> list[tuple[int, int]]:
    if is_pack(folder):
        return [(place.height, place.width) for place in open_pack(folder).places]
    sizes = []
    for path in photographs_below(folder):
        try:
            size = read_size(path)
        except FourfoldError:
            continue
        if min(size) >= smallest:
            sizes.append(size)
    if not sizes:
        raise InvalidData(f"{folder} holds no photographs of at least {smallest} pixels a side.")
    return sizes


def _seconds_a_step(recipe: Recipe, vgg: Path | None, device: str) -> float:
    state = begin(recipe, new_generator(recipe), device=torch.device(device))
    rng = torch.Generator().manual_seed(recipe.seed)
    lr = torch.rand(recipe.batch, 3, recipe.lr_crop, recipe.lr_crop, generator=rng).to(device)
    hr = torch.rand(recipe.batch, 3, recipe.hr_crop, recipe.hr_crop, generator=rng).to(device)
    recipe = replace(recipe, discriminator_alone=0)
    place = torch.device(device)
    content = ContentLoss(
        recipe.content,
        vgg,
        device=place,
        dtype=judges_dtype(recipe, place),
        kernels=kernels_for(recipe, place),
    )
    step = adversarial_step if recipe.adversarial else content_step
    step(state, lr, hr, recipe=recipe, content=content)
    start = time.perf_counter()
    for _ in range(_TIMED):
        step(state, lr, hr, recipe=recipe, content=content)  # waits: it looks at the loss
    return (time.perf_counter() - start) / _TIMED


def _parameters(network: torch.nn.Module) -> int:
    return sum(parameter.numel() for parameter in network.parameters())


def _peak_memory(device: str) -> float:
    """Bytes: of the GPU where there is one, else of the process."""
    if device.startswith("cuda"):
        return torch.cuda.max_memory_allocated(device)
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit
