"""The order in which one rater sees pictures: seeded, and balanced in time.

A *treatment* is a method, or in `pair` a pair of methods. With at least as many images as
treatments the order is made of rounds in which every treatment comes once, each with another image;
with fewer, of rounds in which every image comes once, each with another treatment. A cyclic Latin
rectangle says which meets which, so that each meets each once, and the two showings of an image
lie about as many rounds apart as can be. Within a round the order is random, save that no image
comes again within half the number of images.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Showing:
    """One place in a rater's order; treatment and image by their numbers."""

    treatment: int
    image: int
    repeat: int = 0


def rater_order(
    treatments: int, images: Sequence[int], *, repeats: int, rng: np.random.Generator
) -> list[Showing]:
    """Every treatment of each of the images once, and `repeats` of them a second time.

    Args:
        treatments: how many there are, at least 1.
        images: numbers of the images that this rater sees, at least one.
        repeats: how many come again, at most half of all; always in the second half.
        rng: the rater's own; the same gives the same order.

    Returns:
        An order in which no image comes twice within len(images) // 2 places; the repeats keep
        at least len(images) // 4.
    """
    count = len(images)
    mixed_images = rng.permutation(np.asarray(images))
    mixed_treatments = rng.permutation(treatments)
    order: list[tuple[int, int]] = []
    for treatment_places, image_places in _rounds(treatments, count):
        pairs = list(zip(treatment_places, image_places, strict=True))
        order += _mixed(pairs, order, apart=count // 2, rng=rng)
    showings = [Showing(int(mixed_treatments[t]), int(mixed_images[i])) for t, i in order]
    return _with_repeats(showings, min(repeats, len(showings) // 2), count, rng)


def images_of_rater(images: int, shown: int, *, seed: int, rater: int) -> list[int]:
    """Which images a rater sees who cannot see all: over the raters, each equally often.

    Args:
        images: how many the study has.
        shown: how many the rater sees.
        seed: the study's.
        rater: the rater's number, from 0.
    """
    mixed = np.random.default_rng(seed).permutation(images)
    return sorted(int(mixed[(rater * shown + place) % images]) for place in range(shown))


def _rounds(treatments: int, images: int) -> list[tuple[list[int], list[int]]]:
    """Which treatments meet which images in each round: a cyclic Latin rectangle."""
    rounds = []
    fewer, more = min(treatments, images), max(treatments, images)
    for number in range(more):
        few = list(range(fewer))
        many = [(number + place * more // fewer) % more for place in few]
        rounds.append((few, many) if treatments <= images else (many, few))
    return rounds


def _mixed(
    pairs: list[tuple[int, int]],
    before: list[tuple[int, int]],
    *,
    apart: int,
    rng: np.random.Generator,
) -> list[tuple[int, int]]:
    """A round in random order in which no image comes within `apart` places of its last showing.

    Any choice among those free leaves a free one for each later place: the Latin rectangle brings
    an image back after at least max(1, images // treatments) rounds, which hold `apart` places.
    """
    recent = [image for _, image in before[len(before) - apart + 1 :]] if apart > 1 else []
    rest = [pairs[index] for index in rng.permutation(len(pairs))]
    mixed: list[tuple[int, int]] = []
    while rest:
        taken = next(pair for pair in rest if pair[1] not in recent)
        rest.remove(taken)
        mixed.append(taken)
        if apart > 1:
            recent = [*recent, taken[1]][-(apart - 1) :]
    return mixed


def _with_repeats(
    order: list[Showing], repeats: int, images: int, rng: np.random.Generator
) -> list[Showing]:
    """The order with some showings of its first half once more in its second half."""
    first_half = [order[index] for index in rng.permutation(len(order) // 2)]
    # Each treatment's turn in the mixed half: no treatment is repeated twice before all were once.
    turns: dict[int, int] = {}
    ranked: list[tuple[int, int, Showing]] = []
    for showing in first_half:
        turns[showing.treatment] = turns.get(showing.treatment, 0) + 1
        ranked.append((turns[showing.treatment], len(ranked), showing))
    chosen = [showing for _, _, showing in sorted(ranked, key=lambda entry: entry[:2])]
    start = len(order) // 2
    for showing in chosen[:repeats]:
        place = _free_place(order, showing.image, start, images // 3, rng)
        order.insert(place, Showing(showing.treatment, showing.image, repeat=1))
    return order


def _free_place(
    order: list[Showing], image: int, start: int, apart: int, rng: np.random.Generator
) -> int:
    """A place from `start` on, random among those that lie `apart` or more from the image."""
    shown = np.array([index for index, showing in enumerate(order) if showing.image == image])
    places = np.arange(start, len(order) + 1)
    # A picture inserted at `place` moves those from there on one further.
    after = np.where(shown[None] >= places[:, None], shown[None] + 1 - places[:, None], len(order))
    earlier = np.where(shown[None] < places[:, None], places[:, None] - shown[None], len(order))
    distance = np.minimum(after, earlier).min(axis=1)
    free = places[distance >= min(max(apart, 1), distance.max())]
    return int(rng.choice(free))
