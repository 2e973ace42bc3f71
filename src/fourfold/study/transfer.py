"""A whole study as one file, and back: pictures, design, raters, ratings; no link, no session."""

import hashlib
import json
import secrets
import shutil
import zipfile
import zlib
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Table, insert, select
from sqlalchemy.exc import IntegrityError

from fourfold.atomic import written_whole
from fourfold.errors import InvalidStudy
from fourfold.study.database import Database
from fourfold.study.design import Design
from fourfold.study.schema import Instant, answers, raters, ratings, stimuli, studies, trials
from fourfold.study.studies import MARK, PICTURES, Study, sqlite_url

FORMAT = 1
_CONTENT = "study-export.json"
# What reading a file may raise that is none of ours: RuntimeError is an encrypted one's.
_DAMAGE = (
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    RuntimeError,
    ValueError,
    LookupError,
    TypeError,
    AttributeError,
)
_SECRETS = {"open_link", "link_sha256", "session_sha256"}
# In the order in which rows may be inserted; each but the first points to rows before it.
_TABLES = (studies, stimuli, raters, answers, trials, ratings)
_POINTERS = {
    "rater_id": "raters",
    "stimulus_id": "stimuli",
    "other_id": "stimuli",
    "trial_id": "trials",
}


def export_study(study: Study, target: Path) -> None:
    """Write a study into one file, whole or not at all.

    Raises:
        InvalidStudy: the file is there already, or cannot be written.
    """
    with study.database.reading() as connection:
        tables = {table.name: list(_rows(connection, table, study.id)) for table in _TABLES}
    content = json.dumps({"format": FORMAT, "tables": tables}, default=datetime.isoformat)
    try:
        with (
            written_whole(target, overwrite=False) as part,
            zipfile.ZipFile(part, "w", zipfile.ZIP_STORED) as archive,
        ):
            archive.writestr(_CONTENT, content, zipfile.ZIP_DEFLATED)
            for path in sorted((study.folder / PICTURES).glob("*.png")):
                archive.write(path, f"{PICTURES}/{path.name}")
    except FileExistsError as error:
        raise InvalidStudy(f"{target} is there already; name another file.") from error
    except OSError as error:
        raise InvalidStudy(f"{target} cannot be written: {error.strerror}.") from error


def import_study(source: Path, folder: Path, *, db: str | None = None) -> Study:
    """Make a study, in a folder that is not there yet, of a file that `export_study` wrote.

    Raises:
        InvalidStudy: no such file, a damaged one, one of a newer version, or the folder is there.
    """
    if folder.exists():
        raise InvalidStudy(f"{folder} is there already; name a folder that is not.")
    part = folder.with_name(f".{folder.name}.{secrets.token_hex(4)}.part")
    try:
        (part / PICTURES).mkdir(parents=True)
        with zipfile.ZipFile(source) as archive:
            tables = _content(source, archive)
            _unpack_pictures(archive, part / PICTURES, tables)
        study_id = secrets.token_hex(8)
        (part / MARK).write_text(json.dumps({"id": study_id, "name": folder.name}) + "\n")
        database = Database(db or sqlite_url(part))
        try:
            with database.writing() as connection:
                _insert(connection, tables, study_id)
        finally:
            database.close()
        part.rename(folder)
    except OSError as error:
        raise InvalidStudy(f"{error.filename or source}: {error.strerror}.") from error
    except (*_DAMAGE, IntegrityError) as error:
        raise InvalidStudy(f"{source} is no study that was exported, or is damaged.") from error
    finally:
        shutil.rmtree(part, ignore_errors=True)
    return Study.open(folder, db=db)


def _rows(connection: Connection, table: Table, study_id: str) -> Iterator[dict[str, Any]]:
    """The rows of a table that belong to a study, without secrets."""
    if table is studies:
        query = select(table).where(table.c.id == study_id)
    elif "study_id" in table.c:
        query = select(table).where(table.c.study_id == study_id).order_by(table.c.id)
    elif table is ratings:
        joined = ratings.join(trials).join(raters)
        query = select(table).select_from(joined).where(raters.c.study_id == study_id)
    else:
        joined = table.join(raters)
        query = select(table).select_from(joined).where(raters.c.study_id == study_id)
    for row in connection.execute(query):
        yield {name: value for name, value in row._mapping.items() if name not in _SECRETS}


def _content(source: Path, archive: zipfile.ZipFile) -> dict[str, list[dict[str, Any]]]:
    content = json.loads(archive.read(_CONTENT))
    if content["format"] > FORMAT:
        raise InvalidStudy(f"{source} is of a newer fourfold; use that one, or newer.")
    tables: dict[str, list[dict[str, Any]]] = content["tables"]
    Design.from_json(json.loads(tables["studies"][0]["design"]))
    return tables


def _unpack_pictures(
    archive: zipfile.ZipFile, folder: Path, tables: dict[str, list[dict[str, Any]]]
) -> None:
    # By the hashes of the stimuli, not by the archive's names, which could lead anywhere.
    for sha256 in {str(row["sha256"]) for row in tables["stimuli"]}:
        if len(sha256) != 64 or not set(sha256) <= set("0123456789abcdef"):
            raise ValueError(sha256)
        (folder / f"{sha256}.png").write_bytes(archive.read(f"{PICTURES}/{sha256}.png"))


def _insert(connection: Connection, tables: dict[str, list[dict[str, Any]]], study_id: str) -> None:
    """Insert all rows under numbers that are free here."""
    numbers: dict[str, dict[int, int]] = {table.name: {} for table in _TABLES}
    for table in _TABLES:
        for row in tables[table.name]:
            values = _parsed(table, row) | {"study_id": study_id}
            for column, pointed in _POINTERS.items():
                if values.get(column) is not None:
                    values[column] = numbers[pointed][values[column]]
            old = values.pop("id", None)
            if table is studies:
                values |= {"id": study_id, "open_link": secrets.token_urlsafe(16)}
            if table is ratings:  # one study may be imported twice
                values["key"] = hashlib.sha256(f"{study_id} {values['key']}".encode()).hexdigest()
            kept = {name: value for name, value in values.items() if name in table.c}
            new = connection.execute(insert(table).values(kept)).inserted_primary_key
            if old is not None and table is not studies and new is not None:
                numbers[table.name][old] = new[0]


def _parsed(table: Table, row: dict[str, Any]) -> dict[str, Any]:
    return {
        name: datetime.fromisoformat(value)
        if value is not None and isinstance(table.c[name].type, Instant)
        else value
        for name, value in row.items()
    }
