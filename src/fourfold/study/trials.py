"""The trials of one rater: calibration first, then the pictures in the rater's own order."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np

from fourfold.errors import InvalidStudy
from fourfold.study.design import Design
from fourfold.study.orders import images_of_rater, rater_order
from fourfold.study.pictures import Stimulus
from fourfold.study.ratings import REFERENCE

if TYPE_CHECKING:
    from fourfold.study.studies import Study

_ORDER, _CALIBRATION, _SIDES = range(3)


@dataclass(frozen=True)
class Trial:
    """What a rater sees at one place; pictures by their numbers in the database."""

    stimulus_id: int
    other_id: int | None = None
    """In dcr the visible original; in pair what stands at the right."""
    repeat: int = 0


def images_a_rater(design: Design, *, methods: int, images: int) -> int:
    """How many of a study's images one rater sees: all, or as many as `most_ratings` holds.

    Raises:
        InvalidStudy: it holds none.
    """
    if design.most_ratings is None:
        return images
    treatments = len(_treatments(design, methods))
    left = design.most_ratings - 2 * design.calibration - design.repeats
    if left < treatments:
        raise InvalidStudy(
            f"{design.most_ratings} ratings a rater cannot hold {treatments} of one image beside "
            f"{2 * design.calibration} of calibration and {design.repeats} repeats; "
            "take fewer methods, or --preset paper."
        )
    return min(images, left // treatments)


def rater_trials(study: "Study", number: int) -> list[Trial]:
    """All trials of the rater of a number, in order; the same number, the same trials."""
    design = study.design
    originals = _originals(study.calibration)
    calibration = [
        Trial(key, originals[stimulus.image] if design.mode == "dcr" else None)
        for key, stimulus in study.calibration
    ]
    mixed = _rng(design, number, _CALIBRATION).permutation(len(calibration))
    return [calibration[index] for index in mixed] + list(_rated_trials(study, number))


def _rated_trials(study: "Study", number: int) -> Iterator[Trial]:
    design, images = study.design, study.images
    ids = {(stimulus.method, stimulus.image): key for key, stimulus in study.rated}
    treatments = _treatments(design, len(study.methods))
    shown = images_a_rater(design, methods=len(study.methods), images=len(images))
    order = rater_order(
        len(treatments),
        images_of_rater(len(images), shown, seed=design.seed, rater=number),
        repeats=design.repeats,
        rng=_rng(design, number, _ORDER),
    )
    sides = _sides(len(order), _rng(design, number, _SIDES))
    for showing, turned in zip(order, sides, strict=True):
        image = images[showing.image]
        names = [study.methods[index] for index in treatments[showing.treatment]]
        keys = [ids[name, image] for name in (reversed(names) if turned else names)]
        other = keys[1] if len(keys) == 2 else None
        if design.mode == "dcr":
            other = ids[REFERENCE, image]
        yield Trial(keys[0], other, showing.repeat)


def _originals(pictures: tuple[tuple[int, Stimulus], ...]) -> dict[str, int]:
    return {stimulus.image: key for key, stimulus in pictures if stimulus.method == REFERENCE}


def _treatments(design: Design, methods: int) -> list[tuple[int, ...]]:
    """What is judged at once, as numbers of methods."""
    return list(combinations(range(methods), 2 if design.mode == "pair" else 1))


def _sides(count: int, rng: np.random.Generator) -> list[bool]:
    """Which pairs stand turned round: half of them."""
    return [bool(place % 2) for place in rng.permutation(count)]


def _rng(design: Design, number: int, purpose: int) -> np.random.Generator:
    return np.random.default_rng([design.seed, number, purpose])
