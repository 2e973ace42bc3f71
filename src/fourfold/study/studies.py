"""An open study: a folder that holds its pictures, and the database that holds all else."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Row, select, update

from fourfold.errors import InvalidStudy
from fourfold.study.database import Database
from fourfold.study.design import Design
from fourfold.study.pictures import Stimulus, check_pictures
from fourfold.study.schema import stimuli, studies

MARK = "study.json"
PICTURES = "pictures"
DATABASE = "study.db"


@dataclass(frozen=True)
class Study:
    """A study whose database is open; `close` it, or use it in a `with`."""

    folder: Path
    id: str
    name: str
    design: Design
    methods: tuple[str, ...]
    """In the order in which they were given, the hidden original last."""
    open_link: str
    """The token by which anyone may join."""
    rated: tuple[tuple[int, Stimulus], ...]
    """Number in the database, and what it is."""
    calibration: tuple[tuple[int, Stimulus], ...]
    database: Database

    @classmethod
    def open(cls, folder: Path | str, *, db: str | None = None) -> "Study":
        """Open the study in a folder.

        Args:
            folder: that `fourfold study create` made.
            db: URL of its database, where that lies elsewhere.

        Raises:
            InvalidStudy: no study, an unknown one, one of a newer version, or an altered picture.
        """
        folder = Path(folder)
        study_id = _marked(folder)
        if db is None and not (folder / DATABASE).is_file():
            raise InvalidStudy(
                f"{folder} holds no {DATABASE}; where its ratings lie elsewhere, name them by --db."
            )
        database = Database(db or sqlite_url(folder))
        try:
            study = _read(folder, study_id, database)
            check_pictures(folder / PICTURES, [s for _, s in (*study.rated, *study.calibration)])
        except BaseException:
            database.close()
            raise
        return study

    def close(self) -> None:
        """Let go of the database."""
        self.database.close()

    def __enter__(self) -> "Study":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @cached_property
    def stimuli(self) -> dict[int, Stimulus]:
        """Every picture by its number in the database."""
        return dict((*self.rated, *self.calibration))

    @property
    def images(self) -> tuple[str, ...]:
        """Every image that is rated."""
        return tuple(dict.fromkeys(stimulus.image for _, stimulus in self.rated))

    def closed_at(self) -> datetime | None:
        """When the study was closed; None while it takes ratings."""
        with self.database.reading() as connection:
            return connection.scalar(select(studies.c.closed_at).where(studies.c.id == self.id))

    def set_closed(self, closed: bool) -> None:
        """Close the study to ratings, or open it again."""
        moment = datetime.now(UTC) if closed else None
        with self.database.writing() as connection:
            connection.execute(
                update(studies).where(studies.c.id == self.id).values(closed_at=moment)
            )


def sqlite_url(folder: Path) -> str:
    """The URL of a study's own database."""
    return f"sqlite:///{folder.resolve() / DATABASE}"


def _marked(folder: Path) -> str:
    try:
        return str(json.loads((folder / MARK).read_text())["id"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InvalidStudy(
            f"{folder} holds no study; `fourfold study create {folder} ...` makes one."
        ) from error


def _read(folder: Path, study_id: str, database: Database) -> Study:
    with database.reading() as connection:
        row = connection.execute(select(studies).where(studies.c.id == study_id)).one_or_none()
        if row is None:
            raise InvalidStudy(
                f"The database {database.url} does not know the study in {folder}; "
                "name the right one by --db."
            )
        found = _stimuli(connection, study_id)
    return Study(
        folder=folder,
        id=study_id,
        name=row.name,
        design=Design.from_json(json.loads(row.design)),
        methods=tuple(json.loads(row.methods)),
        open_link=row.open_link,
        rated=tuple((row.id, _stimulus(row)) for row in found if not row.is_calibration),
        calibration=tuple((row.id, _stimulus(row)) for row in found if row.is_calibration),
        database=database,
    )


def _stimuli(connection: Connection, study_id: str) -> Sequence[Row[Any]]:
    of_study = select(stimuli).where(stimuli.c.study_id == study_id)
    return connection.execute(of_study.order_by(stimuli.c.id)).all()


def _stimulus(row: Row[Any]) -> Stimulus:
    return Stimulus(
        method=row.method,
        image=row.image,
        set=row.image_set,
        width=row.width,
        height=row.height,
        sha256=row.sha256,
        anchor=row.anchor,
    )
