"""The two databases that every test of the store runs on."""

import uuid
from collections.abc import Callable, Iterator

import pytest
from sqlalchemy import create_engine, text

from fourfold.study import Study
from tests.conftest import skip_or_fail
from tests.postgres import programs, running
from tests.studies import QUICK, make_study


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """A running PostgreSQL: its URL, with a place for the database's name."""
    folder = programs()
    if folder is None:
        skip_or_fail("postgresql", "there is no PostgreSQL server to keep studies in")
        return
    with running(folder) as url:
        yield url


@pytest.fixture(scope="session")
def new_database(postgres: str) -> Callable[[], str]:
    """Makes an empty database on the PostgreSQL server; its URL."""

    def make() -> str:
        name = f"study_{uuid.uuid4().hex}"
        url = postgres.format("postgres").replace("postgresql:", "postgresql+psycopg:")
        engine = create_engine(url, isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.execute(text(f"CREATE DATABASE {name}"))
        engine.dispose()
        return postgres.format(name)

    return make


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The URL of a database that is empty when the module's first test comes."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path_factory.mktemp('database') / 'elsewhere.db'}"
    url: str = request.getfixturevalue("new_database")()
    return url


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory, database_url: str) -> Iterator[Study]:
    """Three images by two methods and the original, rated as fast as one can; one for a module."""
    with make_study(tmp_path_factory.mktemp("study"), QUICK, db=database_url) as study:
        yield study
