"""The taking of a rating: once, in turn, and durable before it says so."""

import math
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal

from sqlalchemy import Connection, bindparam, insert, select, update
from sqlalchemy.exc import IntegrityError

from fourfold.errors import RefusedRating
from fourfold.study.raters import Rater
from fourfold.study.schema import raters, ratings, studies, trials
from fourfold.study.standing import Place, place_of
from fourfold.study.studies import Study

Layout = Literal["single", "beside", "below", "switch"]

_LONGEST_KEY = 64
# Clocks of two machines are not compared: this is between two arrivals at the server.
_NETWORK = timedelta(milliseconds=100)

_WITH_KEY = (
    select(trials.c.rater_id, trials.c.position, ratings.c.entry)
    .join(ratings, ratings.c.trial_id == trials.c.id)
    .where(ratings.c.key == bindparam("key"))
)
# Of two entries of one rater that come at once, the second waits here, and is out of turn.
_LOCKED = (
    select(studies.c.closed_at)
    .join(raters, raters.c.study_id == studies.c.id)
    .where(raters.c.id == bindparam("rater"))
    .with_for_update(of=raters)
)
_TRIAL = select(trials.c.id).where(
    trials.c.rater_id == bindparam("rater"), trials.c.position == bindparam("position")
)
_INSERT = insert(ratings)


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
    row = connection.execute(_WITH_KEY, {"key": entry.key}).one_or_none()
    if row is not None and tuple(row) != (rater.id, entry.position, entry.entry):
        raise _out_of_turn()
    return row is not None


def _insert(connection: Connection, study: Study, rater: Rater, entry: Entry) -> None:
    locked = connection.execute(_LOCKED, {"rater": rater.id}).one_or_none()
    if locked is None or locked[0] is not None:
        raise RefusedRating("closed", "The study is closed.")
    place = place_of(connection, rater)
    trial = _trial_in_turn(connection, rater, entry, place)
    now = datetime.now(UTC)
    if place.rated_at and now - place.rated_at + _NETWORK < timedelta(
        seconds=study.design.least_look
    ):
        # A page that claims to have shown a picture for longer than there was is not believed.
        raise RefusedRating("too_soon", "The picture must be looked at for longer.")
    values = {name: value for name, value in vars(entry).items() if name != "position"}
    connection.execute(_INSERT, values | {"trial_id": trial, "rated_at": now})
    following = {"rater": rater.id, "position": entry.position + 1}
    if entry.entry == 1 and connection.scalar(_TRIAL, following) is None:
        connection.execute(update(raters).where(raters.c.id == rater.id).values(finished_at=now))


def _trial_in_turn(connection: Connection, rater: Rater, entry: Entry, place: Place) -> int:
    """The number of the entry's trial, if it is the one that may be rated now."""
    in_turn = {1: place.position, 2: place.position - 1 if place.entries == 1 else -1}
    if in_turn.get(entry.entry, -1) != entry.position or entry.position < 0:
        raise _out_of_turn()
    wanted = {"rater": rater.id, "position": entry.position}
    trial: int | None = connection.scalar(_TRIAL, wanted)
    if trial is None:
        raise _out_of_turn()
    return trial


def _out_of_turn() -> RefusedRating:
    return RefusedRating("out_of_turn", "This is not the picture to rate now; reload the page.")
