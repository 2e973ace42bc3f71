"""Raters: invited by a link of their own or by the open one, known by a session, forgotten.

Of links and sessions only hashes are kept; of persons nothing but a pseudonym.
"""

import hashlib
import secrets
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, bindparam, delete, func, insert, or_, select, update

from fourfold.errors import InvalidStudy, RefusedRating
from fourfold.study.schema import answers, raters, ratings, studies, trials
from fourfold.study.studies import Study
from fourfold.study.trials import rater_trials

_WITH_SESSION = select(raters).where(
    raters.c.study_id == bindparam("study"), raters.c.session_sha256 == bindparam("session")
)
_SIGNS = "23456789ABCDEFGHJKMNPQRSTVWXYZ"  # none that is taken for another


@dataclass(frozen=True)
class Rater:
    """One person, by what the study knows of them."""

    id: int
    pseudonym: str
    language: str
    completion_code: str
    is_finished: bool


def invite(study: Study, count: int) -> list[tuple[str, str]]:
    """Make personal links.

    Returns:
        Pseudonym and token of each; the token is kept nowhere.
    """
    links = []
    with study.database.writing() as connection:
        for _ in range(count):
            token = secrets.token_urlsafe(16)
            pseudonym = _add_rater(connection, study, link_sha256=_hash(token))
            links.append((pseudonym, token))
    return links


def renew_link(study: Study, pseudonym: str) -> str:
    """Give a rater a new link, by which they go on where they were; the old session ends.

    Raises:
        InvalidStudy: no such rater.
    """
    token = secrets.token_urlsafe(16)
    with study.database.writing() as connection:
        changed = connection.execute(
            update(raters)
            .where(raters.c.study_id == study.id, raters.c.pseudonym == pseudonym)
            .values(link_sha256=_hash(token), session_sha256=None)
        )
        if not changed.rowcount:
            raise _unknown(study, pseudonym)
    return token


def check_link(study: Study, token: str) -> None:
    """Whether a link lets someone join.

    Raises:
        RefusedRating: it is unknown or used, or the study is closed.
    """
    with study.database.reading() as connection:
        _check_open(connection, study)
        if not _is_open_link(study, token):
            _invited(connection, study, token)


def join(study: Study, token: str, *, language: str) -> str:
    """Take a rater in, who has consented; their trials are fixed from here on.

    Args:
        study: the study.
        token: of a personal link, which is used up, or of the open one.
        language: that the pages are to speak.

    Returns:
        The session's token, by which the rater is known from now on; it is kept nowhere.

    Raises:
        RefusedRating: the link is unknown or used, or the study is closed.
    """
    session = secrets.token_urlsafe(24)
    with study.database.writing() as connection:
        _check_open(connection, study)
        if _is_open_link(study, token):
            pseudonym = _add_rater(connection, study)
            key = raters.c.pseudonym == pseudonym
        else:
            key = raters.c.id == _invited(connection, study, token)
        of_study = raters.c.study_id == study.id
        row = connection.execute(select(raters).where(of_study, key)).one()
        values: dict[str, Any] = {"session_sha256": _hash(session), "language": language}
        if row.joined_at is None:
            values["joined_at"] = datetime.now(UTC)
            _insert_trials(connection, study, row.id, row.number)
        connection.execute(update(raters).where(raters.c.id == row.id).values(values))
    return session


def find_rater(study: Study, session: str) -> Rater | None:
    """The rater whom a session belongs to, if there is one."""
    with study.database.reading() as connection:
        wanted = {"study": study.id, "session": _hash(session)}
        row = connection.execute(_WITH_SESSION, wanted).one_or_none()
    if row is None:
        return None
    return Rater(
        id=row.id,
        pseudonym=row.pseudonym,
        language=row.language,
        completion_code=row.completion_code,
        is_finished=row.finished_at is not None,
    )


def answer_questions(study: Study, rater: Rater, choices: list[int]) -> None:
    """Keep a rater's answers to the laboratory's questions; given twice, the first stay.

    Raises:
        RefusedRating: an answer is missing, or none of the choices.
    """
    questions = study.design.questions
    if len(choices) != len(questions) or not all(
        0 <= choice < len(question.choices)
        for choice, question in zip(choices, questions, strict=True)
    ):
        raise RefusedRating("answers", "Every question needs one of its answers.")
    with study.database.writing() as connection:
        if choices and not _has_answered(connection, rater):
            rows = [
                {"rater_id": rater.id, "question": question, "choice": choice}
                for question, choice in enumerate(choices)
            ]
            connection.execute(insert(answers), rows)


def has_answered(study: Study, rater: Rater) -> bool:
    """Whether no question waits for the rater's answer."""
    if not study.design.questions:
        return True
    with study.database.reading() as connection:
        return _has_answered(connection, rater)


def forget(study: Study, name: str) -> int:
    """Delete a rater, by pseudonym or completion code, with all that they entered.

    Returns:
        How many ratings were deleted.

    Raises:
        InvalidStudy: no such rater.
    """
    with study.database.writing() as connection:
        key = connection.scalar(
            select(raters.c.id).where(
                raters.c.study_id == study.id,
                or_(raters.c.pseudonym == name, raters.c.completion_code == name),
            )
        )
        if key is None:
            raise _unknown(study, name)
        of_rater = select(trials.c.id).where(trials.c.rater_id == key)
        counted = select(func.count()).select_from(ratings).where(ratings.c.trial_id.in_(of_rater))
        deleted = connection.scalar(counted) or 0
        connection.execute(delete(raters).where(raters.c.id == key))
    return deleted


def _add_rater(connection: Connection, study: Study, *, link_sha256: str | None = None) -> str:
    # Two who join at once must not get one number.
    connection.execute(select(studies.c.id).where(studies.c.id == study.id).with_for_update())
    of_study = raters.c.study_id == study.id
    number = connection.scalar(select(func.max(raters.c.number)).where(of_study))
    pseudonym = f"R-{_code(6)}"
    connection.execute(
        insert(raters).values(
            study_id=study.id,
            number=0 if number is None else number + 1,
            pseudonym=pseudonym,
            completion_code=_code(8),
            link_sha256=link_sha256,
        )
    )
    return pseudonym


def _insert_trials(connection: Connection, study: Study, rater_id: int, number: int) -> None:
    rows = [
        {"rater_id": rater_id, "position": position} | asdict(trial)
        for position, trial in enumerate(rater_trials(study, number))
    ]
    connection.execute(insert(trials), rows)


def _invited(connection: Connection, study: Study, token: str) -> int:
    row = connection.execute(
        select(raters)
        .where(raters.c.study_id == study.id, raters.c.link_sha256 == _hash(token))
        .with_for_update()
    ).one_or_none()
    if row is None:
        raise RefusedRating("unknown_link", "This link belongs to no rater of the study.")
    if row.session_sha256 is not None:
        raise RefusedRating("used_link", "This link was used already, in another browser.")
    return int(row.id)


def _is_open_link(study: Study, token: str) -> bool:
    return secrets.compare_digest(study.open_link.encode(), token.encode())


def _check_open(connection: Connection, study: Study) -> None:
    closed = select(studies.c.closed_at).where(studies.c.id == study.id)
    if connection.scalar(closed) is not None:
        raise RefusedRating("closed", "The study is closed.")


def _has_answered(connection: Connection, rater: Rater) -> bool:
    given = select(answers.c.question).where(answers.c.rater_id == rater.id).limit(1)
    return connection.scalar(given) is not None


def _unknown(study: Study, name: str) -> InvalidStudy:
    return InvalidStudy(f"The study {study.name} has no rater of the pseudonym or code '{name}'.")


def _code(length: int) -> str:
    return "".join(secrets.choice(_SIGNS) for _ in range(length))


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
