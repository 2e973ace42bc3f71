"""How far a study is."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from fourfold.study.schema import raters, ratings, trials
from fourfold.study.studies import Study


@dataclass(frozen=True)
class RaterProgress:
    """How far one rater is."""

    pseudonym: str
    rated: int
    """Trials, calibration included."""
    total: int
    """0 while a link has not been used."""
    joined_at: datetime | None
    finished_at: datetime | None
    last_at: datetime | None
    """When the last rating came."""


def progress(study: Study) -> list[RaterProgress]:
    """Every rater, invited ones too, in the order in which they were."""
    first = ratings.c.entry == 1
    query = (
        select(
            raters.c.pseudonym,
            func.count(ratings.c.trial_id),
            func.count(trials.c.id),
            raters.c.joined_at,
            raters.c.finished_at,
            func.max(ratings.c.rated_at),
        )
        .select_from(raters)
        .outerjoin(trials, trials.c.rater_id == raters.c.id)
        .outerjoin(ratings, (ratings.c.trial_id == trials.c.id) & first)
        .where(raters.c.study_id == study.id)
        .group_by(raters.c.id)
        .order_by(raters.c.number)
    )
    with study.database.reading() as connection:
        return [RaterProgress(*row) for row in connection.execute(query)]
