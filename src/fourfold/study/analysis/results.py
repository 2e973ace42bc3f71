"""What the ratings of a study say: plain values, from which tables, plots and files are made."""

from dataclasses import dataclass

from fourfold.statistics import Correlation, Interval
from fourfold.study.ratings import Mode

ALL_IMAGES = "all images"
"""The group of every image, beside those of the sets."""


@dataclass(frozen=True, kw_only=True)
class MethodResult:
    """How raters found the pictures of one method, 1 (bad) to 5 (excellent)."""

    method: str
    mos: Interval
    """Bootstrap over raters and images."""
    unbiased: Interval
    """The same, each rater's bias taken off (P.913)."""
    model_quality: float
    """Mean of the subject model's qualities (P.910); all raters count, the screened-out too."""
    rank: Interval
    """Among the group's methods, 1 the best, ties averaged: mean over raters and images."""
    shares: tuple[float, ...]
    """Of the scores 1 to 5; they add up to 1."""
    ratings: int


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """Two methods, by the same raters on the same images."""

    a: str
    b: str
    difference: float
    """Mean of a's score less b's; in `pair`, how much more often a was chosen, -1 to 1."""
    pairs: int
    """Of a rater and an image, that the two methods share."""
    p_value: float
    """Paired two-sided Wilcoxon signed-rank test."""
    p_corrected: float
    """After Holm's correction over all comparisons of the group."""
    more_raters: int | None
    """About how many more would tell them apart: 0 if told, None if nothing hints at it."""

    @property
    def is_significant(self) -> bool:
        """Whether the two are told apart, p below 0.05 after correction."""
        return self.p_corrected < 0.05


@dataclass(frozen=True, kw_only=True)
class StrengthResult:
    """How strong a method is among choices between two (`pair`)."""

    method: str
    strength: Interval
    """Bradley-Terry log-strength; those of a group add up to 0."""
    wins: int
    choices: int


@dataclass(frozen=True, kw_only=True)
class Group:
    """The results on the images of one set, or on all."""

    name: str
    images: int
    methods: tuple[MethodResult, ...] = ()
    """In acr and dcr."""
    strengths: tuple[StrengthResult, ...] = ()
    """In pair."""
    is_bounded: bool = True
    """False where a method never lost to the others, so that its strength is a guess."""
    comparisons: tuple[Comparison, ...] = ()

    @property
    def title(self) -> str:
        """Its name and size."""
        if self.name == ALL_IMAGES:
            return f"all {self.images} images" if self.images > 1 else "the one image"
        return f"{self.name} ({self.images} image{'' if self.images == 1 else 's'})"

    @property
    def names(self) -> tuple[str, ...]:
        """The methods, in the order in which the study was given them."""
        return tuple(m.method for m in self.methods) + tuple(s.method for s in self.strengths)

    def comparison(self, a: str, b: str) -> Comparison | None:
        """The comparison of two methods, whichever was named first; None if there is none."""
        return next((c for c in self.comparisons if {c.a, c.b} == {a, b}), None)


@dataclass(frozen=True, kw_only=True)
class RaterResult:
    """One rater: what he did, and whether his scores count."""

    rater: str
    ratings: int
    """Calibration and repeats left out."""
    is_finished: bool
    look_seconds: float
    """Median time from a picture's appearance to its score."""
    bias: float | None = None
    inconsistency: float | None = None
    """Of the subject model (P.910)."""
    outlying: float | None = None
    """Share of outlying scores by BT.500's rule."""
    by_stimulus: float | None = None
    """Correlation with the other raters over pictures (P.913)."""
    by_method: float | None = None
    """The same over methods."""
    retest: float | None = None
    """Correlation of his first and second scores of the same pictures."""
    left_out: str = ""
    """Why his scores do not count; empty where they do."""


@dataclass(frozen=True, kw_only=True)
class Retest:
    """First and second scores of pictures that raters saw twice."""

    correlation: Correlation
    same: float
    """Share of pairs that are equal."""
    within_one: float
    """Share of pairs that differ by one at most."""
    difference: float
    """Mean of second less first."""
    p_value: float
    """Of the paired test that the two do not differ."""


@dataclass(frozen=True, kw_only=True)
class Anchor:
    """Pictures whose score is known beforehand."""

    name: str
    score: int
    ratings: int
    hits: float
    """Share that got just this score."""
    near: float
    """Share that got it or one beside it."""


@dataclass(frozen=True, kw_only=True)
class PictureResult:
    """One method's picture of one image."""

    method: str
    image: str
    set: str
    ratings: int
    mos: float
    quality: float | None
    """By the subject model, with its standard error."""
    quality_error: float | None


@dataclass(frozen=True, kw_only=True)
class MetricResult:
    """How well a measured score foretells what raters say."""

    metric: str
    pictures: Correlation
    """Over all pictures of all methods."""
    methods: Correlation
    """Over the methods' means."""
    points: tuple[tuple[str, float, float], ...]
    """Method, mean of the metric, mean opinion score on the same pictures."""


@dataclass(frozen=True, kw_only=True)
class Analysis:
    """All that a study's report says."""

    study: str
    mode: Mode
    seed: int
    """Of the bootstrap."""
    methods: tuple[str, ...]
    """In the order in which the study was given them, `original` last."""
    images: int
    raters: tuple[RaterResult, ...]
    groups: tuple[Group, ...]
    """One a set, and all images where there are several sets."""
    retest: Retest | None
    anchors: tuple[Anchor, ...] = ()
    pictures: tuple[PictureResult, ...] = ()
    metrics: tuple[MetricResult, ...] = ()
    repeats: int = 0
    """Most pictures that a rater saw twice."""
    median_look: float = 0.0
    """Seconds; over all counted ratings."""

    @property
    def counted(self) -> tuple[RaterResult, ...]:
        """The raters whose scores count."""
        return tuple(rater for rater in self.raters if not rater.left_out)
