"""Scores of methods on test sets, with all that is needed to judge and to compare them."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from fourfold.evaluation.crops import Crop
from fourfold.evaluation.measures import Measure
from fourfold.evaluation.proof import Proof
from fourfold.metrics import Protocol
from fourfold.statistics import Interval, PairedTest, holm, mean_interval, wilcoxon

_SEED = 2017  # the intervals are the same in every run


@dataclass(frozen=True)
class Failure:
    """A picture that a method gave no result for."""

    method: str
    picture: str
    reason: str

    def __str__(self) -> str:
        return f"{self.method} failed on {self.picture}: {self.reason}"


@dataclass(frozen=True, kw_only=True)
class PictureScores:
    """What every method scored on one picture."""

    test_set: str
    picture: str
    scores: Mapping[str, Mapping[str, float]]
    """method -> metric -> value; without the methods that failed."""
    crop: Crop
    """Where the methods differ most."""


@dataclass(frozen=True)
class Difference:
    """How far one method lies from another on a set, and whether chance explains it."""

    method: str
    test_set: str
    test: PairedTest
    p_corrected: float
    """After Holm's correction over all differences of the same metric."""


@dataclass(frozen=True, kw_only=True)
class Scores:
    """Scores of methods on test sets under one protocol."""

    protocol: Protocol
    scale: int
    measures: tuple[Measure, ...]
    methods: Mapping[str, str]
    """Name -> all settings that its results depend on."""
    pictures: tuple[PictureScores, ...]
    failures: tuple[Failure, ...]
    proof: Proof
    remarks: tuple[str, ...] = ()
    """What is missing, in sentences: a metric that could not be taken."""

    @property
    def sets(self) -> list[str]:
        """The sets' names, in order."""
        return list(dict.fromkeys(row.test_set for row in self.pictures))

    def values(self, method: str, test_set: str, metric: str) -> np.ndarray:
        """A method's values on the pictures of a set, in order, without those it failed on."""
        return np.array(
            [
                row.scores[method][metric]
                for row in self.pictures
                if row.test_set == test_set and method in row.scores
            ]
        )

    def mean(self, method: str, test_set: str, metric: str) -> float:
        """Mean over a set's pictures; not a number where there is none."""
        values = self.values(method, test_set, metric)
        return float(values.mean()) if len(values) else math.nan

    def interval(self, method: str, test_set: str, metric: str) -> Interval:
        """The mean with its bootstrap 95 % interval over pictures; the same in every run."""
        values = self.values(method, test_set, metric)
        if not len(values):
            return Interval(math.nan, math.nan, math.nan)
        return mean_interval(values, rng=np.random.default_rng(_SEED))

    def count(self, test_set: str, method: str | None = None) -> int:
        """Pictures of a set; with a method, those it has a result for."""
        return sum(
            row.test_set == test_set and (method is None or method in row.scores)
            for row in self.pictures
        )

    def differences(self, against: str, metric: str) -> list[Difference]:
        """Every other method against one, set by set: paired two-sided Wilcoxon, Holm's correction.

        Pairs are pictures that both have a result for.
        """
        tests = [
            (method, test_set, wilcoxon(*pairs))
            for test_set in self.sets
            for method in self.methods
            if method not in (against, "original")  # of which nobody asks whether it is better
            and len((pairs := self._pairs(method, against, test_set, metric))[0])
        ]
        corrected = holm(np.array([test.p_value for _, _, test in tests]))
        return [
            Difference(method, test_set, test, float(p))
            for (method, test_set, test), p in zip(tests, corrected, strict=True)
        ]

    def _pairs(
        self, method: str, against: str, test_set: str, metric: str
    ) -> tuple[np.ndarray, np.ndarray]:
        both = [
            (row.scores[method][metric], row.scores[against][metric])
            for row in self.pictures
            if row.test_set == test_set and method in row.scores and against in row.scores
        ]
        ours, theirs = np.array(both).reshape(-1, 2).T
        return ours, theirs
