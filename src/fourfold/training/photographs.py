"""The photographs of a run: packed once, parted into those learnt from and those looked at."""

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from fourfold.atomic import written_whole
from fourfold.errors import InvalidData, InvalidRun
from fourfold.training.likeness import nearly_the_same
from fourfold.training.packing import Pack, Place, is_pack, open_pack, pack, pack_these
from fourfold.training.recipe import Recipe
from fourfold.training.shards import photographs_of
from fourfold.training.validation import hold_out

SMALLEST = 32
"""Pixels a side; LPIPS sees nothing in smaller photographs."""

LOOKED_AT, SAMPLE = 20, 8
"""Photographs that a look takes at most, of those held out and of those trained on: with as many,
looks take less than 3 % of the time of a recipe for CPUs."""


@dataclass(frozen=True)
class Photographs:
    """What a run learns from, and what it is looked at with."""

    pack: Pack
    places: list[Place]
    """Those in `pack` that are trained on."""
    held_out_pack: Pack
    held_out: list[Place]
    """Those in `held_out_pack` that are never trained on."""
    looked_at: list[Place]
    """A few of `held_out`, while a run goes on; at its end all count."""
    sample: list[Place]
    """A few of `places`: how much better they come out than `held_out` is what was overlearnt."""
    names: str
    """How many there are and the names of their folders, for the card."""


def open_photographs(
    run: Path,
    data: Sequence[Path],
    held_out: Path | None,
    *,
    shards: Sequence[str] = (),
    recipe: Recipe,
    say: Callable[[str], None],
) -> Photographs:
    """The photographs of a run: packed into its folder once, or in a pack that is there.

    Raises:
        InvalidData: nothing in a folder can be used.
        InvalidRun: the run was begun on another pack.
    """
    smallest = max(recipe.largest_hr_crop, SMALLEST)
    if shards:
        return _beside_shards(run, shards, held_out, smallest=smallest, say=say)
    train = _packed(run / "data", data, smallest, say)
    if held_out is None and not is_pack(run / "validation"):
        places, others = hold_out(train.places)
        other = train
    else:
        other = _packed(run / "validation", [held_out] if held_out else [], smallest, say)
        places, others = list(train.places), list(other.places)
    places = left_out_for_likeness(places, others, say)
    names = _names(run, data, places, say)
    looked_at, sample = few_of(others, LOOKED_AT), few_of(places, SAMPLE)
    return Photographs(train, places, other, others, looked_at, sample, names)


def _names(
    run: Path, data: Sequence[Path], places: Sequence[Place], say: Callable[[str], None]
) -> str:
    """What the run calls its photographs, from its first step on.

    Raises:
        InvalidRun: they are others than then.
    """
    marks = "".join(f"{place.name} {place.fingerprint}\n" for place in places)
    sha256 = hashlib.sha256(marks.encode()).hexdigest()
    folders = ", ".join(path.resolve().name for path in data)
    path = run / "photographs.json"
    if not path.exists():
        names = f"{len(places)} photographs from {folders}"
        with written_whole(path) as temporary:
            temporary.write_text(json.dumps({"names": names, "sha256": sha256}))
        return names
    kept = json.loads(path.read_text())
    if kept["sha256"] != sha256:
        raise InvalidRun(
            f"{run} was begun on other photographs: {kept['names']}. Give those, or name another "
            "folder."
        )
    if data and not kept["names"].endswith(f" from {folders}"):
        say(f"The run goes on with what it holds, {kept['names']}; {folders} is not looked at.")
    return str(kept["names"])


def few_of(places: Sequence[Place], most: int) -> list[Place]:
    """At most so many of them, always the same ones, however they are named."""
    ranked = sorted(places, key=lambda place: place.fingerprint)
    return ranked[:: -(-len(ranked) // most) or 1]


def is_packed(run: Path | None, data: Sequence[Path], held_out: Path | None) -> bool:
    """Whether all photographs are packed already, in a run or where named: no file is read then."""
    others = held_out is None or _pack_among(run and run / "validation", [held_out])
    return bool(_pack_among(run and run / "data", data) and others)


def _beside_shards(
    run: Path,
    shards: Sequence[str],
    held_out: Path | None,
    *,
    smallest: int,
    say: Callable[[str], None],
) -> Photographs:
    """What is looked at where photographs come in shards: others, and a few of the first shard."""
    place = run / "validation"
    if not is_pack(place):
        check_held_out(shards, held_out)
    others = _packed(place, [held_out] if held_out else [], smallest, say)
    if not is_pack(run / "data"):
        pack_these(islice(photographs_of(shards[0], smallest=smallest), SAMPLE), run / "data")
    few = open_pack(run / "data")
    names = f"{len(shards)} shards from {shards[0]}"
    looked_at = few_of(others.places, LOOKED_AT)
    return Photographs(few, [], others, list(others.places), looked_at, list(few.places), names)


def check_held_out(shards: Sequence[str], held_out: Path | None) -> None:
    """Refuse shards, which may be many and far, without photographs to look at.

    Raises:
        InvalidData: so it is.
    """
    if shards and held_out is None:
        raise InvalidData(
            "Shards do not part by themselves: name other photographs with --validate."
        )


def left_out_for_likeness(
    places: Sequence[Place], others: Sequence[Place], say: Callable[[str], None]
) -> list[Place]:
    """Those of `places` that are not nearly the same as one that is held out."""
    like = nearly_the_same(
        [place.fingerprint for place in places], [place.fingerprint for place in others]
    )
    for place, is_like in zip(places, like, strict=True):
        if is_like:
            say(f"{place.name} is left out: it is nearly the same as a held-out photograph.")
    return [place for place, is_like in zip(places, like, strict=True) if not is_like]


def _packed(
    place: Path, sources: Sequence[Path], smallest: int, say: Callable[[str], None]
) -> Pack:
    found = _pack_among(place, sources)
    return open_pack(found) if found else pack(sources, place, smallest=smallest, say=say)


def _pack_among(place: Path | None, sources: Sequence[Path]) -> Path | None:
    """Where photographs are packed already: in the run, or as the one source that is named."""
    folders = [place, *sources] if len(sources) == 1 else [place]
    return next((folder for folder in folders if folder and is_pack(folder)), None)
