"""Which photographs a run would train on and which it would leave out, found out beforehand."""

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from fourfold.training.gathering import usable_photographs
from fourfold.training.likeness import fingerprint
from fourfold.training.packing import Place, is_pack, open_pack
from fourfold.training.photographs import SMALLEST, check_held_out, left_out_for_likeness
from fourfold.training.recipe import Recipe
from fourfold.training.shards import photographs_of
from fourfold.training.validation import hold_out


def check_data(
    recipe: Recipe,
    data: Sequence[Path],
    held_out: Path | None,
    *,
    shards: Sequence[str] = (),
    say: Callable[[str], None],
) -> None:
    """Read every photograph as a run would, and write nothing.

    Args:
        recipe: its crops must fit into the photographs.
        data: folders of photographs, or one packed set.
        held_out: a folder of others to look at; without it a few of `data` are.
        shards: tar files of photographs instead of `data`; every one is read.
        say: is told of each photograph that is left out, and a summary.

    Raises:
        InvalidData: nothing can be trained on.
    """
    smallest = max(recipe.largest_hr_crop, SMALLEST)
    check_held_out(shards, held_out)
    places = _places(data, smallest, say) if data else _in_shards(shards, smallest, say)
    others = _places([held_out], smallest, say) if held_out else []
    if not held_out:
        places, others = hold_out(places)
    kept = left_out_for_likeness(places, others, say)
    say(f"{len(kept)} photographs to train on, {len(others)} to look at.")


def _in_shards(shards: Sequence[str], smallest: int, say: Callable[[str], None]) -> list[Place]:
    return [
        _placeless(f"{name} of {shard}", pixels)
        for shard in shards
        for name, pixels in photographs_of(shard, smallest=smallest, say=say)
    ]


def _places(sources: Sequence[Path], smallest: int, say: Callable[[str], None]) -> list[Place]:
    if len(sources) == 1 and is_pack(sources[0]):
        return list(open_pack(sources[0]).places)
    return [
        _placeless(name, pixels)
        for name, pixels in usable_photographs(sources, smallest=smallest, say=say)
    ]


def _placeless(name: str, pixels: np.ndarray) -> Place:
    """What is known of a photograph that lies in no pack."""
    return Place(name, 0, pixels.shape[0], pixels.shape[1], fingerprint(pixels))
