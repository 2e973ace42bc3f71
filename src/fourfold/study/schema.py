"""The tables that hold studies, the same on SQLite and PostgreSQL, with what must always hold.

A change here needs a migration; a test compares the two.
"""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    DateTime,
    Dialect,
    Float,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
)


class Instant(TypeDecorator[datetime]):
    """A moment with time zone; SQLite, which knows none, keeps it as UTC."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """Into the database, as UTC."""
        return None if value is None else value.astimezone(UTC)

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """Out of the database, with its time zone."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def _key() -> Column[int]:
    # SQLite numbers rows by itself only in a column that is INTEGER and nothing else.
    kind = BigInteger().with_variant(Integer, "sqlite")
    return Column("id", kind, primary_key=True, autoincrement=True)


def _of(table: str) -> ForeignKey:
    return ForeignKey(f"{table}.id", ondelete="CASCADE")


metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    }
)

studies = Table(
    "studies",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("name", Text, nullable=False),
    Column("design", Text, nullable=False),
    Column("methods", Text, nullable=False),
    Column("open_link", String(64), nullable=False, unique=True),
    Column("created_at", Instant, nullable=False),
    Column("closed_at", Instant),
)

stimuli = Table(
    "stimuli",
    metadata,
    _key(),
    Column("study_id", String(32), _of("studies"), nullable=False),
    Column("method", Text, nullable=False),
    Column("image", Text, nullable=False),
    Column("image_set", Text, nullable=False),
    Column("width", Integer, nullable=False),
    Column("height", Integer, nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("anchor", Integer),
    Column("is_calibration", Boolean, nullable=False),
    UniqueConstraint("study_id", "is_calibration", "method", "image"),
    CheckConstraint("width > 0 AND height > 0", name="size"),
    CheckConstraint("anchor BETWEEN 1 AND 5", name="anchor"),
)

raters = Table(
    "raters",
    metadata,
    _key(),
    Column("study_id", String(32), _of("studies"), nullable=False),
    Column("number", Integer, nullable=False),
    Column("pseudonym", String(32), nullable=False),
    Column("completion_code", String(32), nullable=False),
    Column("language", String(8)),
    Column("link_sha256", String(64), unique=True),
    Column("session_sha256", String(64), unique=True),
    Column("joined_at", Instant),
    Column("finished_at", Instant),
    UniqueConstraint("study_id", "number"),
    UniqueConstraint("study_id", "pseudonym"),
    UniqueConstraint("study_id", "completion_code"),
    CheckConstraint("number >= 0", name="number"),
    CheckConstraint("finished_at IS NULL OR joined_at IS NOT NULL", name="finished"),
)

answers = Table(
    "answers",
    metadata,
    Column("rater_id", BigInteger, _of("raters"), primary_key=True),
    Column("question", Integer, primary_key=True),
    Column("choice", Integer, nullable=False),
    CheckConstraint("question BETWEEN 0 AND 4", name="question"),
    CheckConstraint("choice >= 0", name="choice"),
)

trials = Table(
    "trials",
    metadata,
    _key(),
    Column("rater_id", BigInteger, _of("raters"), nullable=False),
    Column("position", Integer, nullable=False),
    Column("stimulus_id", BigInteger, ForeignKey("stimuli.id"), nullable=False),
    Column("other_id", BigInteger, ForeignKey("stimuli.id")),
    Column("repeat", Integer, nullable=False),
    UniqueConstraint("rater_id", "position"),
    CheckConstraint("position >= 0", name="position"),
    CheckConstraint("repeat IN (0, 1)", name="repeat"),
)

ratings = Table(
    "ratings",
    metadata,
    Column("trial_id", BigInteger, _of("trials"), primary_key=True),
    Column("entry", Integer, primary_key=True),
    Column("key", String(64), nullable=False, unique=True),
    Column("score", Integer),
    Column("choice", String(1)),
    Column("look_ms", Integer, nullable=False),
    Column("device_pixel_ratio", Float, nullable=False),
    Column("zoom", Float, nullable=False),
    Column("window_width", Integer, nullable=False),
    Column("window_height", Integer, nullable=False),
    Column("layout", String(8), nullable=False),
    Column("rated_at", Instant, nullable=False),
    CheckConstraint("entry IN (1, 2)", name="entry"),
    CheckConstraint("score BETWEEN 1 AND 5", name="score"),
    CheckConstraint("choice IN ('a', 'b')", name="choice"),
    CheckConstraint("(score IS NULL) <> (choice IS NULL)", name="score_or_choice"),
    CheckConstraint("look_ms >= 0", name="look_ms"),
    CheckConstraint("device_pixel_ratio > 0 AND zoom > 0", name="zoom"),
    CheckConstraint("window_width > 0 AND window_height > 0", name="window"),
    CheckConstraint("layout IN ('single', 'beside', 'below', 'switch')", name="layout"),
)

Index(None, stimuli.c.study_id, stimuli.c.sha256)
