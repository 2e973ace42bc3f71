"""What a study's database says, as the table that analysis consumes."""

from datetime import timedelta
from typing import Any

from sqlalchemy import Connection, Row, func, select

from fourfold.study.ratings import Choice, Rating, RatingTable
from fourfold.study.schema import raters, ratings, stimuli, trials
from fourfold.study.studies import Study


def rating_table(study: Study) -> RatingTable:
    """Every rating that counts: of a trial that was rated twice, the second."""
    with study.database.reading() as connection:
        finished = connection.scalars(
            select(raters.c.pseudonym).where(
                raters.c.study_id == study.id, raters.c.finished_at.is_not(None)
            )
        )
        names = frozenset(finished)
        rows = _rows(connection, study)
    is_pair = study.design.mode == "pair"
    return RatingTable(
        study=study.name,
        mode=study.design.mode,
        methods=study.methods,
        images=study.images,
        finished=names,
        ratings=() if is_pair else tuple(_rating(row) for row in rows),
        choices=tuple(_choice(row) for row in rows) if is_pair else (),
    )


def _rows(connection: Connection, study: Study) -> list[Row[Any]]:
    shown, other = stimuli.alias("shown"), stimuli.alias("other")
    counted = (
        select(ratings.c.trial_id, func.max(ratings.c.entry).label("entry"))
        .group_by(ratings.c.trial_id)
        .subquery()
    )
    query = (
        select(
            raters.c.pseudonym,
            trials.c.position,
            trials.c.repeat,
            shown.c.method,
            shown.c.image,
            shown.c.image_set,
            shown.c.anchor,
            shown.c.is_calibration,
            other.c.method.label("other_method"),
            ratings.c.score,
            ratings.c.choice,
            ratings.c.look_ms,
            ratings.c.rated_at,
        )
        .select_from(ratings)
        .join(
            counted,
            (counted.c.trial_id == ratings.c.trial_id) & (counted.c.entry == ratings.c.entry),
        )
        .join(trials, trials.c.id == ratings.c.trial_id)
        .join(raters, raters.c.id == trials.c.rater_id)
        .join(shown, shown.c.id == trials.c.stimulus_id)
        .outerjoin(other, other.c.id == trials.c.other_id)
        .where(raters.c.study_id == study.id)
        .order_by(raters.c.number, trials.c.position)
    )
    return list(connection.execute(query))


def _rating(row: Row[Any]) -> Rating:
    look = timedelta(milliseconds=row.look_ms)
    return Rating(
        rater=row.pseudonym,
        method=row.method,
        image=row.image,
        set=row.image_set,
        presentation=row.position,
        repeat=row.repeat,
        score=row.score,
        look_seconds=look.total_seconds(),
        is_calibration=row.is_calibration,
        anchor=row.anchor,
        shown_at=row.rated_at - look,
        rated_at=row.rated_at,
    )


def _choice(row: Row[Any]) -> Choice:
    look = timedelta(milliseconds=row.look_ms)
    return Choice(
        rater=row.pseudonym,
        method_a=row.method,
        method_b=row.other_method,
        choice=row.choice,
        image=row.image,
        set=row.image_set,
        presentation=row.position,
        repeat=row.repeat,
        look_seconds=look.total_seconds(),
        is_calibration=row.is_calibration,
        shown_at=row.rated_at - look,
        rated_at=row.rated_at,
    )
