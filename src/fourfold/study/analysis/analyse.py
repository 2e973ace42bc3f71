"""From a study's ratings to all that its report says."""

from collections.abc import Sequence

import numpy as np

from fourfold.errors import InvalidTable
from fourfold.study.analysis.choices import preferences, retest_choices
from fourfold.study.analysis.metrics import MetricScores, foretelling
from fourfold.study.analysis.opinions import opinions
from fourfold.study.analysis.reliability import (
    anchors,
    count_raters,
    judge,
    picture_qualities,
    retest,
)
from fourfold.study.analysis.results import Analysis, Group, PictureResult, RaterResult
from fourfold.study.analysis.tables import ScoreTable, by_rater, groups_of, repeated, score_table
from fourfold.study.ratings import Choice, Rating, RatingTable


def analyse(
    table: RatingTable,
    *,
    seed: int = 1,
    scores: MetricScores | None = None,
    with_unfinished: bool = False,
) -> Analysis:
    """Analyse a study; the same ratings and seed give the same results.

    Args:
        table: its ratings or choices.
        seed: of the bootstrap.
        scores: of `fourfold evaluate`, to be compared with what raters say.
        with_unfinished: count the raters who did not come to the end, too.

    Raises:
        InvalidTable: nothing has been rated yet.
        InvalidScores: scores that share no picture with the study.
    """
    if not by_rater(table.ratings) and not by_rater(table.choices):
        raise InvalidTable(f"Nothing has been rated in the study {table.study} yet.")
    if table.mode == "pair":
        return _of_choices(table, seed=seed, with_unfinished=with_unfinished)
    everyone = score_table(table)
    raters = judge(table, everyone, with_unfinished=with_unfinished)
    names = {rater.rater for rater in raters if not rater.left_out}
    counted = everyone.of_raters(np.array([rater in names for rater in everyone.raters]))
    quality, error = picture_qualities(everyone.of_raters(_of_the_model(raters)))
    of_counted = [rating for rating in table.ratings if rating.rater in names]
    pictures = _pictures(table, counted, quality, error)
    return Analysis(
        study=table.study,
        mode=table.mode,
        seed=seed,
        methods=table.methods,
        images=len(everyone.images),
        raters=raters,
        groups=_groups(of_counted, counted, quality, seed),
        retest=retest(of_counted),
        anchors=anchors(of_counted),
        pictures=pictures,
        metrics=foretelling(pictures, scores) if scores is not None else (),
        repeats=_most_repeats(list(repeated(of_counted)[2])),
        median_look=_median_look(of_counted),
    )


def _of_choices(table: RatingTable, *, seed: int, with_unfinished: bool) -> Analysis:
    raters = count_raters(table, with_unfinished=with_unfinished)
    names = {rater.rater for rater in raters if not rater.left_out}
    counted = [c for c in table.choices if c.rater in names and not c.is_calibration]
    first = [choice for choice in counted if not choice.repeat]
    rng = np.random.default_rng(seed)
    groups = tuple(
        preferences(
            [choice for choice in first if choice.image in images],
            name,
            methods=table.methods,
            rng=rng,
        )
        for name, images in groups_of(first).items()
    )
    return Analysis(
        study=table.study,
        mode=table.mode,
        seed=seed,
        methods=table.methods,
        images=len({choice.image for choice in first}),
        raters=raters,
        groups=groups,
        retest=retest_choices(counted),
        repeats=_most_repeats([choice.rater for choice in counted if choice.repeat]),
        median_look=_median_look(counted),
    )


def _groups(
    ratings: Sequence[Rating], counted: ScoreTable, quality: np.ndarray, seed: int
) -> tuple[Group, ...]:
    rng = np.random.default_rng(seed)
    groups = []
    for name, images in groups_of(ratings).items():
        own = counted.of_images(images)
        places = np.ix_(
            [counted.methods.index(method) for method in own.methods],
            [counted.images.index(image) for image in images],
        )
        groups.append(opinions(own, name, qualities=quality[places], rng=rng))
    return tuple(groups)


def _of_the_model(raters: tuple[RaterResult, ...]) -> np.ndarray:
    """The subject model weighs raters itself, so that those screened out need not be left out."""
    return np.array([rater.bias is not None for rater in raters])


def _pictures(
    table: RatingTable, counted: ScoreTable, quality: np.ndarray, error: np.ndarray
) -> tuple[PictureResult, ...]:
    sets = {rating.image: rating.set for rating in table.ratings}
    results = []
    for m, method in enumerate(counted.methods):
        for i, image in enumerate(counted.images):
            given = counted.scores[:, m, i]
            given = given[~np.isnan(given)]
            if given.size:
                has_model = not np.isnan(quality[m, i])
                results.append(
                    PictureResult(
                        method=method,
                        image=image,
                        set=sets[image],
                        ratings=given.size,
                        mos=float(given.mean()),
                        quality=float(quality[m, i]) if has_model else None,
                        quality_error=float(error[m, i]) if has_model else None,
                    )
                )
    return tuple(results)


def _median_look(rows: Sequence[Rating] | Sequence[Choice]) -> float:
    return float(np.median([row.look_seconds for row in rows if not row.is_calibration]))


def _most_repeats(raters: list[str]) -> int:
    return max((raters.count(rater) for rater in set(raters)), default=0)
