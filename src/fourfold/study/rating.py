"""Where a rater stands, and the taking of a rating: once, in turn, durable before it says so."""

import math
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal

from sqlalchemy import Connection, Row, Select, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from fourfold.errors import RefusedRating
from fourfold.study.raters import Rater
from fourfold.study.schema import raters, ratings, stimuli, studies, trials
from fourfold.study.studies import Study

Layout = Literal["single", "beside", "below", "switch"]

_LONGEST_KEY = 64
# Clocks of two machines are not compared: this is between two arrivals at the server.
_NETWORK = timedelta(milliseconds=100)


@dataclass(frozen=True, kw_only=True)
class Entry:
    """What a page sends for one trial."""

    key: str
    """Made by the page, the same when it sends again: the rating is taken once."""
    position: int
    entry: int
    """1; 2 where the rater took the first back."""
    score: int | None = None
    choice: Literal["a", "b"] | None = None
    look_ms: int
    device_pixel_ratio: float
    zoom: float
    window_width: int
    """CSS pixels."""
    window_height: int
    layout: Layout


@dataclass(frozen=True)
class Picture:
    """A picture as the page needs to know it: nothing tells the method."""

    width: int
    height: int
    sha256: str


@dataclass(frozen=True, kw_only=True)
class Standing:
    """Where a rater stands: at `position` of `total`, before rating it for the `entry`-th time."""

    position: int
    total: int
    entry: int
    pictures: tuple[Picture, ...]
    """One; in dcr the original first, then the picture to rate; in pair left, then right."""
    upcoming: tuple[Picture, ...]
    """Those of the next place."""
    anchor: int | None
    """The score that calibration tells."""
    is_calibration_over: bool
    """Whether this is the first picture after calibration."""
    is_break: bool
    can_undo: bool

    @property
    def is_finished(self) -> bool:
        """Whether nothing is left to rate."""
        return self.position >= self.total


def standing(study: Study, rater: Rater, *, undo: bool = False) -> Standing:
    """Where the rater stands; with `undo`, at the last rating, to give it anew.

    Raises:
        RefusedRating: there is nothing that may be taken back.
    """
    with study.database.reading() as connection:
        position, entries = _place(connection, rater.id)
        can_undo = position > 0 and entries == 1
        if undo and not can_undo:
            raise RefusedRating("undo", "There is no rating that can be taken back.")
        if undo:
            position -= 1
        total = connection.scalar(_trial_count(rater.id)) or 0
        shown = _pictures(connection, rater.id, position)
        upcoming = _pictures(connection, rater.id, position + 1)
    calibration = len(study.calibration)
    since = position - calibration
    return Standing(
        position=position,
        total=total,
        entry=2 if undo else 1,
        pictures=_in_order(study, shown),
        upcoming=_in_order(study, upcoming),
        anchor=shown[0].anchor if shown else None,
        is_calibration_over=calibration > 0 and since == 0,
        is_break=since > 0 and since % study.design.break_every == 0 and position < total,
        can_undo=can_undo and not undo,
    )


def rate(study: Study, rater: Rater, entry: Entry) -> None:
    """Take a rating; when this returns, it is on the disk. The same entry again changes nothing.

    Raises:
        RefusedRating: out of range, out of turn, too soon, or the study is closed.
        InvalidStudy: it could not be written.
    """
    _check_range(study, entry)
    try:
        with study.database.writing() as connection:
            if not _is_known(connection, rater, entry):
                _insert(connection, study, rater, entry)
    except IntegrityError as error:  # another of the same moment was first
        raise _out_of_turn() from error


def picture_of(study: Study, rater: Rater, position: int, place: int) -> str:
    """The hash of a picture that the rater may see: of a place up to the next.

    Raises:
        RefusedRating: it is not theirs to see yet, or is none.
    """
    with study.database.reading() as connection:
        reached, _ = _place(connection, rater.id)
        shown = _in_order(study, _pictures(connection, rater.id, position))
    if position > reached + 1 or not 0 <= place < len(shown):
        raise RefusedRating("picture", "There is no such picture for you to see.")
    return shown[place].sha256


def _check_range(study: Study, entry: Entry) -> None:
    is_pair = study.design.mode == "pair"
    is_one = (entry.score is None) == is_pair and (entry.choice is not None) == is_pair
    if not is_one or (entry.score is not None and not 1 <= entry.score <= 5):
        needed = "a choice, 'a' or 'b'" if is_pair else "a score from 1 to 5"
        raise RefusedRating("out_of_range", f"A rating here is {needed}.")
    sizes = (entry.device_pixel_ratio, entry.zoom, entry.window_width, entry.window_height)
    is_measured = all(math.isfinite(size) and 0 < size < 1e6 for size in sizes)
    if not is_measured or not 0 <= entry.look_ms < 2**31 or not 0 < len(entry.key) <= _LONGEST_KEY:
        raise RefusedRating("out_of_range", "The page's measurements are out of range.")
    if entry.look_ms < 1000 * study.design.least_look:
        raise RefusedRating("too_soon", "The picture must be looked at for longer.")


def _is_known(connection: Connection, rater: Rater, entry: Entry) -> bool:
    """Whether this very entry was taken before."""
    row = connection.execute(
        select(trials.c.rater_id, trials.c.position, ratings.c.entry)
        .join(ratings, ratings.c.trial_id == trials.c.id)
        .where(ratings.c.key == entry.key)
    ).one_or_none()
    if row is not None and tuple(row) != (rater.id, entry.position, entry.entry):
        raise _out_of_turn()
    return row is not None


def _insert(connection: Connection, study: Study, rater: Rater, entry: Entry) -> None:
    closed = select(studies.c.closed_at).where(studies.c.id == study.id)
    if connection.scalar(closed) is not None:
        raise RefusedRating("closed", "The study is closed.")
    # Of two entries of one rater that come at once, the second waits and is out of turn.
    connection.execute(select(raters.c.id).where(raters.c.id == rater.id).with_for_update())
    position, entries = _place(connection, rater.id)
    expected = {1: position, 2: position - 1 if entries == 1 else -1}
    trial = connection.scalar(
        select(trials.c.id).where(
            trials.c.rater_id == rater.id, trials.c.position == entry.position
        )
    )
    if trial is None or expected.get(entry.entry) != entry.position:
        raise _out_of_turn()
    now = datetime.now(UTC)
    _check_pace(connection, study, rater, now)
    values = {name: value for name, value in vars(entry).items() if name != "position"}
    connection.execute(insert(ratings).values(trial_id=trial, rated_at=now, **values))
    if entry.entry == 1 and position + 1 == connection.scalar(_trial_count(rater.id)):
        connection.execute(update(raters).where(raters.c.id == rater.id).values(finished_at=now))


def _check_pace(connection: Connection, study: Study, rater: Rater, now: datetime) -> None:
    """A page that claims to have shown a picture longer than there was time is not believed."""
    last = connection.scalar(
        select(func.max(ratings.c.rated_at)).join(trials).where(trials.c.rater_id == rater.id)
    )
    if last is not None and now - last + _NETWORK < timedelta(seconds=study.design.least_look):
        raise RefusedRating("too_soon", "The picture must be looked at for longer.")


def _place(connection: Connection, rater_id: int) -> tuple[int, int]:
    """How many trials are rated, and how many entries the last of them has."""
    last = connection.execute(
        select(trials.c.position, func.count())
        .join(ratings, ratings.c.trial_id == trials.c.id)
        .where(trials.c.rater_id == rater_id)
        .group_by(trials.c.position)
        .order_by(trials.c.position.desc())
        .limit(1)
    ).one_or_none()
    return (0, 0) if last is None else (last[0] + 1, last[1])


def _pictures(connection: Connection, rater_id: int, position: int) -> list[Row]:
    """The pictures of a trial: its own, and the other where it has one."""
    trial = connection.execute(
        select(trials).where(trials.c.rater_id == rater_id, trials.c.position == position)
    ).one_or_none()
    if trial is None:
        return []
    keys = [key for key in (trial.stimulus_id, trial.other_id) if key is not None]
    rows = {
        row.id: row for row in connection.execute(select(stimuli).where(stimuli.c.id.in_(keys)))
    }
    return [rows[key] for key in keys]


def _trial_count(rater_id: int) -> Select[tuple[int]]:
    return select(func.count()).select_from(trials).where(trials.c.rater_id == rater_id)


def _in_order(study: Study, rows: list[Row]) -> tuple[Picture, ...]:
    """As the page shows them: the visible original of dcr comes before what is rated."""
    rows = rows[::-1] if study.design.mode == "dcr" else rows
    return tuple(Picture(row.width, row.height, row.sha256) for row in rows)


def _out_of_turn() -> RefusedRating:
    return RefusedRating("out_of_turn", "This is not the picture to rate now; reload the page.")
