"""The first tables; ratings can be inserted and deleted, never updated."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_INSTANT = sa.DateTime(timezone=True)
_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

_STAY = {
    "sqlite": [
        "CREATE TRIGGER ratings_stay BEFORE UPDATE ON ratings "
        "BEGIN SELECT RAISE(ABORT, 'ratings are never updated'); END"
    ],
    "postgresql": [
        "CREATE FUNCTION ratings_stay() RETURNS trigger LANGUAGE plpgsql AS "
        "'BEGIN RAISE EXCEPTION ''ratings are never updated''; END'",
        "CREATE TRIGGER ratings_stay BEFORE UPDATE ON ratings "
        "FOR EACH ROW EXECUTE FUNCTION ratings_stay()",
    ],
}


def upgrade() -> None:
    """Make the tables."""
    _studies_and_stimuli()
    _raters_and_answers()
    _trials()
    _ratings()
    for statement in _STAY[op.get_bind().dialect.name]:
        op.execute(statement)


def _of(table: str, name: str, column: str, *, cascade: bool = True) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        [column], [f"{table}.id"], op.f(name), ondelete="CASCADE" if cascade else None
    )


def _studies_and_stimuli() -> None:
    op.create_table(
        "studies",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("design", sa.Text, nullable=False),
        sa.Column("methods", sa.Text, nullable=False),
        sa.Column("open_link", sa.String(64), nullable=False),
        sa.Column("created_at", _INSTANT, nullable=False),
        sa.Column("closed_at", _INSTANT),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_studies")),
        sa.UniqueConstraint("open_link", name=op.f("uq_studies_open_link")),
    )
    op.create_table(
        "stimuli",
        sa.Column("id", _NUMBER, autoincrement=True, nullable=False),
        sa.Column("study_id", sa.String(32), nullable=False),
        sa.Column("method", sa.Text, nullable=False),
        sa.Column("image", sa.Text, nullable=False),
        sa.Column("image_set", sa.Text, nullable=False),
        sa.Column("width", sa.Integer, nullable=False),
        sa.Column("height", sa.Integer, nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("anchor", sa.Integer),
        sa.Column("is_calibration", sa.Boolean, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stimuli")),
        _of("studies", "fk_stimuli_study_id", "study_id"),
        sa.UniqueConstraint(
            "study_id",
            "is_calibration",
            "method",
            "image",
            name=op.f("uq_stimuli_study_id_is_calibration_method_image"),
        ),
        sa.CheckConstraint("width > 0 AND height > 0", name=op.f("ck_stimuli_size")),
        sa.CheckConstraint("anchor BETWEEN 1 AND 5", name=op.f("ck_stimuli_anchor")),
    )
    op.create_index(op.f("ix_stimuli_study_id_sha256"), "stimuli", ["study_id", "sha256"])


def _raters_and_answers() -> None:
    op.create_table(
        "raters",
        sa.Column("id", _NUMBER, autoincrement=True, nullable=False),
        sa.Column("study_id", sa.String(32), nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("pseudonym", sa.String(32), nullable=False),
        sa.Column("completion_code", sa.String(32), nullable=False),
        sa.Column("language", sa.String(8)),
        sa.Column("link_sha256", sa.String(64)),
        sa.Column("session_sha256", sa.String(64)),
        sa.Column("joined_at", _INSTANT),
        sa.Column("finished_at", _INSTANT),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_raters")),
        _of("studies", "fk_raters_study_id", "study_id"),
        sa.UniqueConstraint("link_sha256", name=op.f("uq_raters_link_sha256")),
        sa.UniqueConstraint("session_sha256", name=op.f("uq_raters_session_sha256")),
        sa.UniqueConstraint("study_id", "number", name=op.f("uq_raters_study_id_number")),
        sa.UniqueConstraint("study_id", "pseudonym", name=op.f("uq_raters_study_id_pseudonym")),
        sa.UniqueConstraint(
            "study_id", "completion_code", name=op.f("uq_raters_study_id_completion_code")
        ),
        sa.CheckConstraint("number >= 0", name=op.f("ck_raters_number")),
        sa.CheckConstraint(
            "finished_at IS NULL OR joined_at IS NOT NULL", name=op.f("ck_raters_finished")
        ),
    )
    op.create_table(
        "answers",
        sa.Column("rater_id", sa.BigInteger, nullable=False),
        sa.Column("question", sa.Integer, nullable=False),
        sa.Column("choice", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("rater_id", "question", name=op.f("pk_answers")),
        _of("raters", "fk_answers_rater_id", "rater_id"),
        sa.CheckConstraint("question BETWEEN 0 AND 4", name=op.f("ck_answers_question")),
        sa.CheckConstraint("choice >= 0", name=op.f("ck_answers_choice")),
    )


def _trials() -> None:
    op.create_table(
        "trials",
        sa.Column("id", _NUMBER, autoincrement=True, nullable=False),
        sa.Column("rater_id", sa.BigInteger, nullable=False),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("stimulus_id", sa.BigInteger, nullable=False),
        sa.Column("other_id", sa.BigInteger),
        sa.Column("repeat", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_trials")),
        _of("raters", "fk_trials_rater_id", "rater_id"),
        _of("stimuli", "fk_trials_stimulus_id", "stimulus_id", cascade=False),
        _of("stimuli", "fk_trials_other_id", "other_id", cascade=False),
        sa.UniqueConstraint("rater_id", "position", name=op.f("uq_trials_rater_id_position")),
        sa.CheckConstraint("position >= 0", name=op.f("ck_trials_position")),
        sa.CheckConstraint("repeat IN (0, 1)", name=op.f("ck_trials_repeat")),
    )


def _ratings() -> None:
    op.create_table(
        "ratings",
        sa.Column("trial_id", sa.BigInteger, nullable=False),
        sa.Column("entry", sa.Integer, nullable=False),
        sa.Column("key", sa.String(64), nullable=False),
        sa.Column("score", sa.Integer),
        sa.Column("choice", sa.String(1)),
        sa.Column("look_ms", sa.Integer, nullable=False),
        sa.Column("device_pixel_ratio", sa.Float, nullable=False),
        sa.Column("zoom", sa.Float, nullable=False),
        sa.Column("window_width", sa.Integer, nullable=False),
        sa.Column("window_height", sa.Integer, nullable=False),
        sa.Column("layout", sa.String(8), nullable=False),
        sa.Column("rated_at", _INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("trial_id", "entry", name=op.f("pk_ratings")),
        _of("trials", "fk_ratings_trial_id", "trial_id"),
        sa.UniqueConstraint("key", name=op.f("uq_ratings_key")),
        sa.CheckConstraint("entry IN (1, 2)", name=op.f("ck_ratings_entry")),
        sa.CheckConstraint("score BETWEEN 1 AND 5", name=op.f("ck_ratings_score")),
        sa.CheckConstraint("choice IN ('a', 'b')", name=op.f("ck_ratings_choice")),
        sa.CheckConstraint(
            "(score IS NULL) <> (choice IS NULL)", name=op.f("ck_ratings_score_or_choice")
        ),
        sa.CheckConstraint("look_ms >= 0", name=op.f("ck_ratings_look_ms")),
        sa.CheckConstraint("device_pixel_ratio > 0 AND zoom > 0", name=op.f("ck_ratings_zoom")),
        sa.CheckConstraint(
            "window_width > 0 AND window_height > 0", name=op.f("ck_ratings_window")
        ),
        sa.CheckConstraint(
            "layout IN ('single', 'beside', 'below', 'switch')", name=op.f("ck_ratings_layout")
        ),
    )
