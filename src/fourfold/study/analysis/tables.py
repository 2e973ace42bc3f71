"""Arrays out of a study's ratings: what `statistics` computes on."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from fourfold.study.analysis.results import ALL_IMAGES
from fourfold.study.ratings import Choice, Rating, RatingTable

Row = TypeVar("Row", Rating, Choice)


@dataclass(frozen=True)
class ScoreTable:
    """First scores, calibration left out, by rater, method and image."""

    raters: tuple[str, ...]
    methods: tuple[str, ...]
    images: tuple[str, ...]
    scores: np.ndarray
    """Shape (raters, methods, images); not a number where there is no score."""

    def of_raters(self, is_kept: np.ndarray) -> "ScoreTable":
        """The same of some raters."""
        names = tuple(np.array(self.raters, dtype=object)[is_kept])
        return ScoreTable(names, self.methods, self.images, self.scores[is_kept])

    def of_images(self, images: Sequence[str]) -> "ScoreTable":
        """The same of some images, without the methods that none of them was shown by."""
        scores = self.scores[:, :, [self.images.index(image) for image in images]]
        is_shown = ~np.isnan(scores).all(axis=(0, 2)) if scores.size else np.zeros(0, bool)
        methods = tuple(m for m, shown in zip(self.methods, is_shown, strict=True) if shown)
        return ScoreTable(self.raters, methods, tuple(images), scores[:, is_shown])

    def stimuli(self) -> tuple[np.ndarray, np.ndarray]:
        """Scores by picture: shape (raters, pictures), and the numbers of the rated pictures.

        A picture's number is method number times images plus image number.
        """
        flat = self.scores.reshape(len(self.raters), len(self.methods) * len(self.images))
        numbers = np.flatnonzero(~np.isnan(flat).all(axis=0)) if flat.size else np.arange(0)
        return flat[:, numbers], numbers


def score_table(table: RatingTable) -> ScoreTable:
    """The scores of all raters who gave any."""
    first = [r for r in table.ratings if not r.is_calibration and not r.repeat]
    raters, images = raters_of(first), images_of(first)
    scores = np.full((len(raters), len(table.methods), len(images)), np.nan)
    places = [_numbered(raters), _numbered(table.methods), _numbered(images)]
    for rating in first:
        rater, method, image = (
            place[name]
            for place, name in zip(places, (rating.rater, rating.method, rating.image), strict=True)
        )
        scores[rater, method, image] = rating.score
    return ScoreTable(raters, table.methods, images, scores)


def raters_of(rows: Iterable[Rating | Choice]) -> tuple[str, ...]:
    """Every rater, in the order in which they come."""
    return tuple(dict.fromkeys(row.rater for row in rows))


def by_rater(rows: Iterable[Row]) -> dict[str, list[Row]]:
    """The rows of each rater, in order, calibration left out."""
    found: dict[str, list[Row]] = {}
    for row in rows:
        if not row.is_calibration:
            found.setdefault(row.rater, []).append(row)
    return found


def images_of(rows: Iterable[Rating | Choice]) -> tuple[str, ...]:
    """Every image, by name."""
    return tuple(sorted({row.image for row in rows}))


def groups_of(rows: Sequence[Rating | Choice]) -> dict[str, tuple[str, ...]]:
    """The images of each set, the smallest first; then all, if all sets show every method."""
    sets: dict[str, set[str]] = {}
    methods: dict[str, set[str]] = {}
    for row in rows:
        if not row.is_calibration:
            shown = {row.method} if isinstance(row, Rating) else {row.method_a, row.method_b}
            sets.setdefault(row.set, set()).add(row.image)
            methods.setdefault(row.set, set()).update(shown)
    names = sorted(sets, key=lambda name: (len(sets[name]), name))
    groups = {name or ALL_IMAGES: tuple(sorted(sets[name])) for name in names}
    everywhere = set.intersection(*methods.values()) if methods else set()
    if len(sets) > 1 and all(shown == everywhere for shown in methods.values()):
        groups[ALL_IMAGES] = tuple(sorted(set.union(*sets.values())))
    return groups


def repeated(rows: Iterable[Rating]) -> tuple[np.ndarray, np.ndarray, tuple[str, ...]]:
    """First and second scores of what raters saw twice, and who gave them."""
    first: dict[tuple[str, str, str], int] = {}
    second: dict[tuple[str, str, str], int] = {}
    for row in rows:
        if not row.is_calibration:
            (second if row.repeat else first)[row.rater, row.method, row.image] = row.score
    both = [key for key in second if key in first]
    return (
        np.array([first[key] for key in both], np.float64),
        np.array([second[key] for key in both], np.float64),
        tuple(rater for rater, _, _ in both),
    )


def _numbered(names: Iterable[str]) -> dict[str, int]:
    return {name: number for number, name in enumerate(names)}
