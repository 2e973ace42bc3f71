"""What a run would take, found out without writing anything."""

import resource
import sys
import textwrap
from collections.abc import Sequence
from pathlib import Path

import torch

from fourfold.errors import FourfoldError, InvalidData, amount
from fourfold.networks import VggFeatures
from fourfold.training.devices import find_device, on_its_device
from fourfold.training.features import find_vgg, is_fetched
from fourfold.training.gathering import photographs_below
from fourfold.training.losses import LAYERS
from fourfold.training.memory import keep_freed_memory
from fourfold.training.packing import is_pack, open_pack
from fourfold.training.photographs import check_held_out
from fourfold.training.precision import PrecisionName
from fourfold.training.recipe import Recipe
from fourfold.training.shards import photographs_of
from fourfold.training.sizing import seconds_a_step
from fourfold.training.start import (
    choose_start,
    continued_generator,
    new_discriminator,
    new_generator,
    what_it_starts_from,
)
from fourfold.training.validation import count_held_out
from fourfold.weights import load_weights

_INDENT = " " * 12


@on_its_device
def plan(
    recipe: Recipe,
    data: Sequence[Path],
    held_out: Path | None,
    *,
    shards: Sequence[str] = (),
    init: str | Path | None = None,
    vgg: Path | None = None,
    device: str = "cpu",
    precision: PrecisionName = "auto",
) -> list[str]:
    """What a run would take: photographs, time, memory, disk; nothing is written.

    Every file's header is read, of shards the first one, and a few steps run on random crops.

    Returns:
        Lines to show.

    Raises:
        InvalidData: a folder is missing, or holds nothing that can be used.
        InvalidRecipe: `init` does not fit the recipe.
        UnavailableDevice: there is no such device.
    """
    check_held_out(shards, held_out)
    keep_freed_memory()
    recipe, model = choose_start(recipe, init)
    weights = load_weights(model) if model else None
    if weights:
        continued_generator(recipe, weights)  # refused where it does not fit
    folders = [*data, *([held_out] if held_out else [])]
    sizes = [size for folder in data for size in _sizes(folder, recipe.largest_hr_crop)]
    others = _sizes(held_out, recipe.largest_hr_crop) if held_out else []
    looked_at = _counted(others) if held_out else f"{count_held_out(len(sizes))} of them"
    served = _sizes_in_shard(shards[0], recipe.largest_hr_crop) if shards else []
    is_missing = is_fetched(recipe, vgg)
    features = _untrained(recipe) if is_missing else find_vgg(recipe, vgg, say=lambda _: None)
    seconds = seconds_a_step(recipe, features, find_device(device), precision)
    duration = _duration(60 * recipe.minutes if recipe.minutes else seconds * recipe.steps)
    memory = _peak_memory(device) + 2 * 3e6 * _megapixels(served)  # two shards lie decoded
    # Parameters, two moments, and of the generator the average, twice; the weights once.
    disk: float = (2 * 16 + 4) * _parameters(new_generator(recipe))
    if recipe.adversarial:
        disk += 2 * 12 * _parameters(new_discriminator(recipe))
    if not all(is_pack(folder) for folder in folders):
        disk += 3e6 * _megapixels([*sizes, *others])
    photographs = f"{_counted(sizes)}; to look at {looked_at}"
    if shards:
        which = f"the first of {len(shards)} shards" if len(shards) > 1 else "the shard"
        photographs = f"{_counted(served)}, in {which}; to look at {looked_at}"
    length = f"{recipe.steps:,} of {recipe.batch} crops, {recipe.crops:,} crops"
    if recipe.minutes:
        length = f"as many as fit into {recipe.minutes:g} minutes, of {recipe.batch} crops"
    fetched = ["VGG19       is fetched first, 0.6 GB, of which 0.1 are kept"] if is_missing else []
    lines = [
        f"recipe      {recipe.name}",
        f"            {recipe.reference}",
        f"photographs {photographs}",
        f"start       {what_it_starts_from(recipe, model, weights)}",
        f"generator   x{recipe.generator.scale}, {_parameters(new_generator(recipe)):,} parameters",
        *fetched,
        f"steps       {length}",
        f"time        {duration} on {device} at {recipe.batch / seconds:.1f} crops a second",
        f"memory      {amount(memory)}",
        f"disk        {amount(disk)}",
    ]
    return [part for line in lines for part in textwrap.wrap(line, 80, subsequent_indent=_INDENT)]


def _untrained(recipe: Recipe) -> VggFeatures:
    """VGG19 with random weights, which take as long."""
    return VggFeatures(LAYERS[recipe.content]).eval().requires_grad_(False)


def _sizes(folder: Path, smallest: int) -> list[tuple[int, int]]:
    if is_pack(folder):
        return [(place.height, place.width) for place in open_pack(folder).places]
    from fourfold.imaging import read_size  # libvips, which packed photographs do without

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


def _sizes_in_shard(shard: str, smallest: int) -> list[tuple[int, int]]:
    found = photographs_of(shard, smallest=smallest)
    sizes = [(pixels.shape[0], pixels.shape[1]) for _, pixels in found]
    if not sizes:
        raise InvalidData(
            f"The shard {shard} holds no photographs of at least {smallest} pixels a side."
        )
    return sizes


def _counted(sizes: Sequence[tuple[int, int]]) -> str:
    return f"{len(sizes)}, {_megapixels(sizes):.1f} megapixels"


def _megapixels(sizes: Sequence[tuple[int, int]]) -> float:
    return sum(height * width for height, width in sizes) / 1e6


def _duration(seconds: float) -> str:
    for unit, length in (("days", 86_400), ("hours", 3_600), ("minutes", 60)):
        if seconds >= 2 * length:
            return f"{seconds / length:.1f} {unit}"
    return f"{seconds:.0f} seconds"


def _parameters(network: torch.nn.Module) -> int:
    return sum(parameter.numel() for parameter in network.parameters())


def _peak_memory(device: str) -> float:
    """Bytes: of the GPU where there is one, else of the process."""
    if device.startswith("cuda"):
        return torch.cuda.max_memory_allocated(device)
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit
