"""Ratings are taken once and in turn, on SQLite and on PostgreSQL."""

import threading
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import DatabaseError, IntegrityError

from fourfold.errors import FourfoldError, RefusedRating
from fourfold.study import (
    Entry,
    Rater,
    Rating,
    Study,
    picture_of,
    progress,
    rate,
    rating_table,
    standing,
)
from fourfold.study.schema import ratings, trials
from tests.studies import QUICK, entry, make_study, new_rater, rate_all


def kept(study: Study, rater: Rater) -> int:
    """How many entries of a rater are in the database."""
    counted = select(func.count()).select_from(ratings).join(trials)
    with study.database.reading() as connection:
        return connection.scalar(counted.where(trials.c.rater_id == rater.id)) or 0


def of_rater(study: Study, rater: Rater) -> list[Rating]:
    """The ratings of a rater that count."""
    return [one for one in rating_table(study).ratings if one.rater == rater.pseudonym]


def refusal(study: Study, rater: Rater, sent: Entry) -> str:
    """Why an entry is refused; nothing is kept of it."""
    before = kept(study, rater)
    with pytest.raises(RefusedRating) as refused:
        rate(study, rater, sent)
    assert kept(study, rater) == before
    return refused.value.reason


def test_a_rater_rates_every_picture_once(study: Study):
    rater = new_rater(study)
    assert rate_all(study, rater) == 9
    rated = of_rater(study, rater)
    seen = {(rating.method, rating.image) for rating in rated}
    assert len(rated) == len(seen) == 9
    assert {method for method, _ in seen} == {"m0", "m1", "original"}
    assert rater.pseudonym in rating_table(study).finished
    assert [rating.presentation for rating in rated] == list(range(9))


def test_a_rating_sent_twice_is_kept_once(study: Study):
    rater = new_rater(study)
    sent = entry(0, score=4)
    rate(study, rater, sent)
    rate(study, rater, sent)
    assert kept(study, rater) == 1 and standing(study, rater).position == 1


def test_one_taken_back_is_kept_beside_the_one_that_counts(study: Study):
    rater = new_rater(study)
    rate(study, rater, entry(0, score=1))
    again = standing(study, rater, undo=True)
    assert (again.position, again.entry) == (0, 2)
    rate(study, rater, entry(0, 2, score=5))
    assert kept(study, rater) == 2
    assert [rating.score for rating in of_rater(study, rater)] == [5]
    assert not standing(study, rater).can_undo
    assert refusal(study, rater, entry(0, 2, score=3)) == "out_of_turn"


def test_the_last_rating_of_all_can_be_taken_back(study: Study):
    rater = new_rater(study)
    count = rate_all(study, rater)
    rate(study, rater, entry(count - 1, 2, score=1))
    assert of_rater(study, rater)[-1].score == 1
    assert standing(study, rater).is_finished


@pytest.mark.parametrize("position", [-1, 1, 8, 9, 10**6])
def test_out_of_turn_is_refused(study: Study, position: int):
    assert refusal(study, new_rater(study), entry(position)) == "out_of_turn"


def test_the_one_before_the_last_cannot_be_taken_back(study: Study):
    rater = new_rater(study)
    for position in range(2):
        rate(study, rater, entry(position))
    assert refusal(study, rater, entry(0, 2)) == "out_of_turn"


@pytest.mark.parametrize("number", [0, 3])
def test_an_entry_is_the_first_or_the_second(study: Study, number: int):
    assert refusal(study, new_rater(study), entry(0, number)) == "out_of_turn"


@pytest.mark.parametrize(
    "wrong",
    [
        {"score": 0},
        {"score": 6},
        {"score": None},
        {"choice": "a"},
        {"score": None, "choice": "a"},
        {"look_ms": -1},
        {"look_ms": 2**31},
        {"zoom": 0.0},
        {"zoom": float("nan")},
        {"device_pixel_ratio": float("inf")},
        {"window_width": 0},
        {"key": ""},
        {"key": "k" * 65},
    ],
)
def test_out_of_range_is_refused(study: Study, wrong: dict[str, Any]):
    assert refusal(study, new_rater(study), replace(entry(0), **wrong)) == "out_of_range"


def test_another_raters_key_is_refused(study: Study):
    first, second = new_rater(study), new_rater(study)
    sent = entry(0)
    rate(study, first, sent)
    assert refusal(study, second, sent) == "out_of_turn"


def test_a_look_too_short_is_refused(tmp_path: Path):
    with make_study(tmp_path, replace(QUICK, least_look=1.0)) as study:
        rater = new_rater(study)
        assert refusal(study, rater, entry(0, look_ms=999)) == "too_soon"
        rate(study, rater, entry(0, look_ms=1000))
        # It claims a second, and comes a few milliseconds after the one before.
        assert refusal(study, rater, entry(1, look_ms=1000)) == "too_soon"


def test_a_closed_study_takes_no_rating_until_it_is_open_again(study: Study):
    rater = new_rater(study)
    study.set_closed(True)
    assert refusal(study, rater, entry(0)) == "closed"
    study.set_closed(False)
    rate(study, rater, entry(0))


def test_ratings_that_come_at_once_are_taken_once(study: Study):
    rater = new_rater(study)
    refused: list[str] = []

    def send() -> None:
        try:
            rate(study, rater, entry(0))
        except RefusedRating as error:
            refused.append(error.reason)

    threads = [threading.Thread(target=send) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert kept(study, rater) == 1 and refused == ["out_of_turn"] * 7


def test_a_rating_cannot_be_updated_in_the_database_itself(study: Study):
    rater = new_rater(study)
    rate(study, rater, entry(0))
    with (
        pytest.raises((FourfoldError, DatabaseError), match="never updated"),
        study.database.writing() as connection,
    ):
        connection.execute(text("UPDATE ratings SET score = 5"))
    assert of_rater(study, rater)[0].score == 3


@pytest.mark.parametrize(
    "change", ["score = 6", "score = NULL", "entry = 3", "look_ms = -1", "layout = 'round'"]
)
def test_the_schema_itself_refuses_what_cannot_be(study: Study, change: str):
    rater = new_rater(study)
    column, value = change.split(" = ")
    values = {"score": "3", "entry": "1", "look_ms": "1", "layout": "'single'"} | {column: value}
    with study.database.reading() as connection:
        trial = connection.scalar(select(trials.c.id).where(trials.c.rater_id == rater.id).limit(1))
    with pytest.raises(IntegrityError), study.database.writing() as connection:
        connection.execute(
            text(
                "INSERT INTO ratings (trial_id, entry, key, score, look_ms, zoom, layout, "
                "device_pixel_ratio, window_width, window_height, rated_at) VALUES "
                f"({trial}, {values['entry']}, 'k', {values['score']}, {values['look_ms']}, 1, "
                f"{values['layout']}, 1, 1, 1, '2026-01-01 00:00:00')"
            )
        )


def test_a_rater_sees_pictures_up_to_the_next_alone(study: Study):
    rater = new_rater(study)
    hashes = {stimulus.sha256 for _, stimulus in study.rated}
    assert picture_of(study, rater, 0, 0) in hashes and picture_of(study, rater, 1, 0) in hashes
    for position, place in ((2, 0), (0, 1), (-1, 0), (0, -1)):
        with pytest.raises(RefusedRating, match="no such picture"):
            picture_of(study, rater, position, place)


def test_progress_counts_pictures_not_entries(study: Study):
    rater = new_rater(study)
    rate(study, rater, entry(0))
    rate(study, rater, entry(0, 2))
    (row,) = [row for row in progress(study) if row.pseudonym == rater.pseudonym]
    assert (row.rated, row.total, row.finished_at) == (1, 9, None)
    assert row.last_at is not None and row.last_at.tzinfo is not None
