"""The database of a study: SQLite by default, PostgreSQL by URL; durable before it says so."""

import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, IntegrityError, NoSuchModuleError

from fourfold.errors import InvalidStudy, MissingExtra, install_line

_BUSY_SECONDS = 30
# A server answers about 40 requests at once; each may hold one connection.
_CONNECTIONS = {"pool_size": 8, "max_overflow": 40}


class Database:
    """An open database, of this version's tables.

    Args:
        url: `sqlite:////path/study.db`, `postgresql://user@host/name`.

    Raises:
        InvalidStudy: no such database, one of a newer version, or one that cannot be written.
        MissingExtra: PostgreSQL's driver is not installed.
    """

    def __init__(self, url: str) -> None:
        self.url = _parsed(url)
        self._is_sqlite = self.url.get_backend_name() == "sqlite"
        self._engine = self._connected()
        # SQLite has one writer; waiting here is fairer and quicker than its polling.
        self._turn: AbstractContextManager[Any] = (
            threading.Lock() if self._is_sqlite else nullcontext()
        )
        try:
            self._migrate()
        except BaseException:
            self.close()
            raise

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A transaction that is on the disk when the block ends, or has never been."""
        with (
            self._turn,
            self._explained(),
            self._engine.connect() as connection,
            connection.execution_options(writes=True).begin(),
        ):
            yield connection

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A connection that sees one state of the database."""
        with self._explained(), self._engine.connect() as connection:
            yield connection

    def close(self) -> None:
        """Let go of all connections; SQLite then keeps one file alone."""
        self._engine.dispose()

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except IntegrityError:
            raise
        except DBAPIError as error:
            reason = str(error.orig).strip().splitlines()[0].rstrip(".")
            raise InvalidStudy(f"The database {self.url} cannot be used: {reason}.") from error

    def _connected(self) -> Engine:
        try:
            if not self._is_sqlite:
                engine = create_engine(self.url, pool_pre_ping=True, **_CONNECTIONS)
                event.listen(engine, "connect", _make_postgres_durable)
                return engine
            engine = create_engine(
                self.url, connect_args={"timeout": _BUSY_SECONDS}, **_CONNECTIONS
            )
        except ModuleNotFoundError as error:
            raise MissingExtra(
                f"PostgreSQL needs {error.name}: {install_line('postgres')}."
            ) from error
        event.listen(engine, "connect", _make_sqlite_durable)
        event.listen(engine, "begin", _begin_sqlite)
        return engine

    def _migrate(self) -> None:
        config = Config()
        config.set_main_option("script_location", "fourfold.study:migrations")
        with self.writing() as connection:
            current = MigrationContext.configure(connection).get_current_revision()
            steps = ScriptDirectory.from_config(config)
            if current == steps.get_current_head():
                return
            try:
                steps.get_revision(current or "base")
            except CommandError as error:
                raise InvalidStudy(
                    f"The database {self.url} is of a newer fourfold (step {current}); "
                    "use that one, or newer."
                ) from error
            config.attributes["connection"] = connection
            command.upgrade(config, "head")


def _parsed(url: str) -> URL:
    try:
        parsed = make_url(url)
        backend = parsed.get_backend_name()
    except (ArgumentError, NoSuchModuleError) as error:
        raise InvalidStudy(
            f"'{url}' is no database; write sqlite:///study.db or postgresql://user@host/name."
        ) from error
    if backend not in ("sqlite", "postgresql"):
        raise InvalidStudy(f"Studies are kept in SQLite or PostgreSQL, not in {backend}.")
    return parsed.set(drivername="postgresql+psycopg") if backend == "postgresql" else parsed


def _make_sqlite_durable(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # transactions begin where we say: _begin_sqlite
    # Without secure_delete the ratings of whoever is forgotten would stay in the file's free pages.
    settings = ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON")
    for setting in (*settings, "secure_delete = ON"):
        connection.execute(f"PRAGMA {setting}").close()


def _begin_sqlite(connection: Connection) -> None:
    # A writer takes its lock at once: one that starts as a reader cannot wait for another.
    writes = connection.get_execution_options().get("writes")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _make_postgres_durable(connection: Any, _record: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET synchronous_commit TO on")
    connection.commit()
