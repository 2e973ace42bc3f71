"""Proof first: the control rows, recomputed on the copy at hand, against what they must be.

Nearest and bicubic depend on nothing but pictures, small pictures, the bicubic, y, the border and
the metrics: where both rows come out right on every picture, all of that is right.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import fmean

import numpy as np

from fourfold.errors import FourfoldError
from fourfold.evaluation.cache import Cache
from fourfold.evaluation.control import (
    CONTROL_METHODS,
    SET_SIZES,
    TOLERANCE,
    Known,
    is_known_name,
    recognise,
)
from fourfold.evaluation.dataset import Dataset, Pair
from fourfold.evaluation.measures import MEASURES, Compared, measure_all
from fourfold.evaluation.methods import Case, find_method
from fourfold.evaluation.parallel import in_parallel
from fourfold.imaging import reduce
from fourfold.metrics import Protocol


@dataclass(frozen=True)
class ControlRow:
    """Means of one control method over the recognised pictures of one set."""

    test_set: str
    method: str
    pictures: int
    ours: dict[str, float]
    known: dict[str, float]
    is_matching: bool
    """Whether every picture matches, not only the means."""


@dataclass(frozen=True)
class Proof:
    """What the control rows say of the copy at hand."""

    rows: tuple[ControlRow, ...]
    problems: tuple[str, ...]
    """Sentences, each naming the picture or set that it is about; none where all is proven."""

    @property
    def is_complete(self) -> bool:
        """Whether every picture was recognised and every control score matches."""
        return not self.problems


@dataclass(frozen=True)
class _Checked:
    pair: Pair
    known: Known | None
    scores: dict[str, dict[str, float]]
    error: str | None = None
    is_reduced: bool = True
    """Whether the small picture is the exact bicubic's."""


def prove(
    dataset: Dataset,
    protocol: Protocol,
    *,
    cache: Cache,
    progress: Callable[[int, int], None] | None = None,
) -> Proof:
    """Recompute the control rows, never from the cache, and compare every picture's.

    Args:
        dataset: the copy at hand.
        protocol: the one that scores are wanted under.
        cache: gets the scores, so that nobody computes them again.
        progress: told how many pictures are done, and all.
    """
    checked = in_parallel(
        lambda pair: _check(pair, protocol, cache), dataset.pairs, progress=progress
    )
    rows = [
        _row(test_set, method, own)
        for test_set in dataset.sets
        for method in CONTROL_METHODS
        if (own := [each for each in checked if each.pair.test_set == test_set and each.known])
    ]
    problems = [text for each in checked for text in _problems(each)]
    problems = _gathered(dataset, checked) + problems
    return Proof(tuple(rows), tuple(problems))


def _check(pair: Pair, protocol: Protocol, cache: Cache) -> _Checked:
    try:
        lr, hr = pair.read()
        is_reduced = pair.lr_path is None or np.array_equal(lr, reduce(hr, pair.scale))
        scores = {}
        for name in CONTROL_METHODS:
            sr = find_method(name, scale=pair.scale).run(Case(pair, lr, hr))
            pictures = Compared(sr, hr, lr, pair.scale, protocol)
            scores[name] = measure_all([MEASURES[metric] for metric in TOLERANCE], pictures)
            cache.remember(pictures, scores[name])
    except FourfoldError as error:
        return _Checked(pair, None, {}, str(error))
    known = recognise(hr, protocol=protocol.name, scale=pair.scale)
    return _Checked(pair, known, scores, is_reduced=is_reduced)


def _row(test_set: str, method: str, checked: Sequence[_Checked]) -> ControlRow:
    ours = [each.scores[method] for each in checked]
    known = [each.known.scores[method] for each in checked if each.known]
    return ControlRow(
        test_set,
        method,
        len(checked),
        {metric: fmean(scores[metric] for scores in ours) for metric in TOLERANCE},
        {metric: fmean(scores[metric] for scores in known) for metric in TOLERANCE},
        all(
            _is_close(mine[metric], theirs[metric], metric)
            for mine, theirs in zip(ours, known, strict=True)
            for metric in TOLERANCE
        ),
    )


def _problems(checked: _Checked) -> list[str]:
    """What is wrong with one picture; what ails many of a set is told of together."""
    if checked.error:
        return [f"{checked.pair.title} cannot be measured: {checked.error}"]
    if checked.known is None:
        if is_known_name(checked.pair.test_set, checked.pair.name):
            return [f"{checked.pair.title} is not the picture that is known by that name."]
        return []
    if not checked.is_reduced:
        return []
    wrong = [
        f"{method} {MEASURES[metric].label} {value:.4f} for {checked.known.scores[method][metric]}"
        for method, scores in checked.scores.items()
        for metric, value in scores.items()
        if not _is_close(value, checked.known.scores[method][metric], metric)
    ]
    if not wrong:
        return []
    return [f"{checked.pair.title} does not give its control rows: {', '.join(wrong)}."]


def _gathered(dataset: Dataset, checked: Sequence[_Checked]) -> list[str]:
    """What is wrong with whole sets: strangers among them, or pictures that are missing."""
    told = []
    for test_set in dataset.sets:
        own = [each for each in checked if each.pair.test_set == test_set and not each.error]
        strange = [
            each.pair.name
            for each in own
            if each.known is None and not is_known_name(test_set, each.pair.name)
        ]
        if len(strange) == len(own) and test_set not in SET_SIZES:
            told.append(f"No control rows are known for {test_set}: its figures are unproven.")
        elif strange:
            told.append(f"{test_set} has pictures without known control rows: {_some(strange)}.")
        if otherwise := [each.pair.name for each in own if each.known and not each.is_reduced]:
            told.append(
                f"Small pictures of {test_set} are not their originals' bicubic, so that scores "
                f"compare with no published ones: {_some(otherwise)}."
            )
        if test_set in SET_SIZES and len(own) != SET_SIZES[test_set]:
            count = f"{len(own)} picture{'s' * (len(own) != 1)}"
            told.append(
                f"{test_set} is measured on {count}; the whole set has {SET_SIZES[test_set]}, "
                "so its means are no others'."
            )
    return told


def _some(names: Sequence[str]) -> str:
    rest = len(names) - 3
    return ", ".join(names[:3]) + (f" and {rest} other{'s' * (rest != 1)}" if rest > 0 else "")


def _is_close(ours: float, known: float, metric: str) -> bool:
    return bool(np.abs(ours - known) <= TOLERANCE[metric])
