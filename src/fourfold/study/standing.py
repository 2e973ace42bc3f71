"""Where a rater stands, and which pictures they may see from there."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, bindparam, func, select

from fourfold.errors import RefusedRating
from fourfold.study.pictures import Stimulus
from fourfold.study.raters import Rater
from fourfold.study.schema import ratings, trials
from fourfold.study.studies import Study

_OF_RATER = trials.c.rater_id == bindparam("rater")
# Statements are built once: building them costs more than running them.
_TOTAL = select(func.max(trials.c.position) + 1).where(_OF_RATER).scalar_subquery()
_LAST = (
    select(trials.c.position, ratings.c.entry, ratings.c.rated_at)
    .join(ratings, ratings.c.trial_id == trials.c.id)
    .where(_OF_RATER)
    .order_by(trials.c.position.desc(), ratings.c.entry.desc())
    .limit(1)
)
_TRIALS = (
    select(trials, _TOTAL.label("total"))
    .where(_OF_RATER, trials.c.position.between(bindparam("first"), bindparam("first") + 1))
    .order_by(trials.c.position)
)
_COUNT = select(_TOTAL)


@dataclass(frozen=True, kw_only=True)
class Standing:
    """Where a rater stands: at `position` of `total`, before rating it for the `entry`-th time."""

    position: int
    total: int
    entry: int
    pictures: tuple[Stimulus, ...]
    """One; in dcr the original first, then the picture to rate; in pair left, then right."""
    upcoming: tuple[Stimulus, ...]
    """Those of the next place."""
    is_calibration_over: bool
    """Whether this is the first picture after calibration."""
    is_break: bool
    can_undo: bool

    @property
    def anchor(self) -> int | None:
        """The score that calibration tells: of the last picture, which is the one to rate."""
        return self.pictures[-1].anchor if self.pictures else None

    @property
    def is_finished(self) -> bool:
        """Whether nothing is left to rate."""
        return self.position >= self.total


@dataclass(frozen=True)
class Place:
    """How far a rater has come."""

    position: int = 0
    """Of the first trial that is not rated."""
    entries: int = 0
    """Of the last that is: 1, or 2 where it was taken back."""
    rated_at: datetime | None = None
    """When the last entry came."""


def standing(study: Study, rater: Rater, *, undo: bool = False) -> Standing:
    """Where the rater stands; with `undo`, at the last rating, to give it anew.

    Raises:
        RefusedRating: there is nothing that may be taken back.
    """
    with study.database.reading() as connection:
        place = place_of(connection, rater)
        can_undo = place.position > 0 and place.entries == 1
        if undo and not can_undo:
            raise RefusedRating("undo", "There is no rating that can be taken back.")
        position = place.position - undo
        rows = _trials(connection, rater, position)
        total = rows[0].total if rows else connection.scalar(_COUNT, {"rater": rater.id})
    shown = {row.position: _pictures(study, row) for row in rows}
    since = position - len(study.calibration)
    return Standing(
        position=position,
        total=total or 0,
        entry=2 if undo else 1,
        pictures=shown.get(position, ()),
        upcoming=shown.get(position + 1, ()),
        is_calibration_over=len(study.calibration) > 0 and since == 0,
        is_break=since > 0 and since % study.design.break_every == 0 and bool(rows),
        can_undo=can_undo and not undo,
    )


def picture_of(study: Study, rater: Rater, position: int, place: int) -> str:
    """The hash of a picture that the rater may see: of a place up to the next.

    Raises:
        RefusedRating: it is not theirs to see yet, or is none.
    """
    shown: tuple[Stimulus, ...] = ()
    if 0 <= position < 2**31:
        with study.database.reading() as connection:
            if position <= place_of(connection, rater).position + 1:
                rows = _trials(connection, rater, position)
                shown = _pictures(study, rows[0]) if rows and rows[0].position == position else ()
    if not 0 <= place < len(shown):
        raise RefusedRating("picture", "There is no such picture for you to see.")
    return shown[place].sha256


def place_of(connection: Connection, rater: Rater) -> Place:
    """How far the rater has come."""
    last = connection.execute(_LAST, {"rater": rater.id}).one_or_none()
    return Place() if last is None else Place(last[0] + 1, last[1], last[2])


def _trials(connection: Connection, rater: Rater, position: int) -> Sequence[Row[Any]]:
    """The trial at a place, and the next."""
    return connection.execute(_TRIALS, {"rater": rater.id, "first": position}).all()


def _pictures(study: Study, row: Row[Any]) -> tuple[Stimulus, ...]:
    """As the page shows them: the visible original of dcr comes before what is rated."""
    keys = [key for key in (row.stimulus_id, row.other_id) if key is not None]
    if study.design.mode == "dcr":
        keys.reverse()
    return tuple(study.stimuli[key] for key in keys)
