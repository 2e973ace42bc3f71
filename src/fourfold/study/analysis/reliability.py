"""Whether raters can be relied on: who they are, what they say twice, and the anchors."""

from collections.abc import Sequence

import numpy as np

from fourfold.errors import InvalidTable
from fourfold.statistics import (
    SubjectModel,
    correlate,
    fit_subject_model,
    screen_by_correlation,
    screen_by_kurtosis,
    wilcoxon,
)
from fourfold.study.analysis.results import Anchor, RaterResult, Retest
from fourfold.study.analysis.tables import ScoreTable, by_rater, repeated
from fourfold.study.ratings import NEAREST, REFERENCE, Choice, Rating, RatingTable

UNFINISHED = "did not finish"
BT500 = "BT.500"
P913 = "P.913"


def judge(
    table: RatingTable, scores: ScoreTable, *, with_unfinished: bool = False
) -> tuple[RaterResult, ...]:
    """Every rater of an acr or dcr study, and why he is left out if he is.

    Left out is who did not finish (unless nobody did, or `with_unfinished`), and of the others who
    is screened out by BT.500's rule or P.913's; unless that would leave nobody.
    """
    is_in = _who_counts(table, scores.raters, with_unfinished)
    kept = scores.of_raters(is_in)
    flat, numbers = kept.stimuli()
    kurtosis = screen_by_kurtosis(flat)
    correlation = screen_by_correlation(flat, numbers // max(1, len(scores.images)))
    is_rejected = kurtosis.is_rejected | correlation.is_rejected
    if is_rejected.all():
        is_rejected[:] = False
    model = _model(flat)
    own = by_rater(table.ratings)
    results = {}
    for number, rater in enumerate(kept.raters):
        rules = [(BT500, kurtosis.is_rejected[number]), (P913, correlation.is_rejected[number])]
        named = " and ".join(rule for rule, holds in rules if holds)
        results[rater] = _rater(
            own[rater],
            is_finished=rater in table.finished,
            bias=None if model is None else float(model.bias[number]),
            inconsistency=None if model is None else float(model.inconsistency[number]),
            outlying=float(kurtosis.outlying[number]),
            by_stimulus=_number(correlation.by_stimulus[number]),
            by_method=_number(correlation.by_method[number]),
            left_out=f"screened out by {named}" if is_rejected[number] else "",
        )
    for rater in scores.raters:
        if rater not in results:
            results[rater] = _rater(own[rater], is_finished=False, left_out=UNFINISHED)
    return tuple(results[rater] for rater in scores.raters)


def count_raters(table: RatingTable, *, with_unfinished: bool = False) -> tuple[RaterResult, ...]:
    """Every rater of a `pair` study; choices have no scale that screening could go by."""
    own = by_rater(table.choices)
    is_in = _who_counts(table, tuple(own), with_unfinished)
    return tuple(
        _rater(
            own[rater],
            is_finished=rater in table.finished,
            left_out="" if counts else UNFINISHED,
        )
        for rater, counts in zip(own, is_in, strict=True)
    )


def picture_qualities(scores: ScoreTable) -> tuple[np.ndarray, np.ndarray]:
    """Quality and standard error of each picture by the subject model, (methods, images)."""
    flat, numbers = scores.stimuli()
    shape = (len(scores.methods), len(scores.images))
    quality, error = (np.full(shape, np.nan).ravel() for _ in range(2))
    model = _model(flat)
    if model is not None:
        quality[numbers], error[numbers] = model.quality, model.quality_error
    return quality.reshape(shape), error.reshape(shape)


def retest(ratings: Sequence[Rating]) -> Retest | None:
    """How well second scores agree with first ones; None where nothing was shown twice."""
    first, second, _ = repeated(ratings)
    if not len(first):
        return None
    test = wilcoxon(second, first)
    return Retest(
        correlation=correlate(first, second),
        same=float(np.mean(first == second)),
        within_one=float(np.mean(np.abs(first - second) <= 1)),
        difference=test.difference,
        p_value=test.p_value,
    )


def anchors(ratings: Sequence[Rating]) -> tuple[Anchor, ...]:
    """Calibration's told scores and, among the rated, nearest (1) and the hidden original (5)."""
    told = [r for r in ratings if r.is_calibration and r.anchor is not None]
    rated = [r for r in ratings if not r.is_calibration and not r.repeat]
    known = [
        *(
            (f"calibration, {score} told", score, [r.score for r in told if r.anchor == score])
            for score in (1, 5)
        ),
        ("nearest, among the rated", 1, [r.score for r in rated if r.method == NEAREST]),
        ("hidden original", 5, [r.score for r in rated if r.method == REFERENCE]),
    ]
    return tuple(
        Anchor(
            name=name,
            score=score,
            ratings=len(given),
            hits=float(np.mean(np.array(given) == score)),
            near=float(np.mean(np.abs(np.array(given) - score) <= 1)),
        )
        for name, score, given in known
        if given
    )


def _who_counts(table: RatingTable, raters: Sequence[str], with_unfinished: bool) -> np.ndarray:
    is_finished = np.array([rater in table.finished for rater in raters], bool)
    return is_finished if is_finished.any() and not with_unfinished else np.ones(len(raters), bool)


def _rater(
    own: Sequence[Rating] | Sequence[Choice],
    *,
    is_finished: bool,
    left_out: str = "",
    bias: float | None = None,
    inconsistency: float | None = None,
    outlying: float | None = None,
    by_stimulus: float | None = None,
    by_method: float | None = None,
) -> RaterResult:
    first, second, _ = repeated(row for row in own if isinstance(row, Rating))
    return RaterResult(
        rater=own[0].rater,
        ratings=sum(not row.repeat for row in own),
        is_finished=is_finished,
        look_seconds=float(np.median([row.look_seconds for row in own])),
        bias=bias,
        inconsistency=inconsistency,
        outlying=outlying,
        by_stimulus=by_stimulus,
        by_method=by_method,
        retest=_number(correlate(first, second).pearson),
        left_out=left_out,
    )


def _model(flat: np.ndarray) -> SubjectModel | None:
    """The subject model; a rater alone has no bias that could be told from the pictures."""
    try:
        return fit_subject_model(flat) if len(flat) > 1 else None
    except InvalidTable:
        return None


def _number(value: float) -> float | None:
    return None if np.isnan(value) else float(value)
