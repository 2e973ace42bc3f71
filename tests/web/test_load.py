"""Many raters at once, and a server that dies under them: nothing lost, nothing twice."""

import asyncio
import os
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from crowd import Crowd, rate_together
from sqlalchemy import select

from fourfold.study import Study, rating_table
from fourfold.study.schema import ratings
from tests.studies import Server, make_study

IS_SOAK = os.environ.get("HYPOTHESIS_PROFILE") == "soak"
RATERS, RATINGS, PAUSE = (200, 20, (2.0, 4.0)) if IS_SOAK else (40, 10, (0.4, 0.8))


def keys(study: Study) -> set[str]:
    with study.database.reading() as connection:
        return set(connection.scalars(select(ratings.c.key)))


@pytest.mark.slow
def test_a_server_killed_under_load_has_lost_nothing_that_it_acknowledged(tmp_path: Path):
    with make_study(tmp_path, methods=1, images=RATINGS // 2) as study:
        crowd, servers = Crowd(), [Server(study.folder)]
        # In a thread of its own: Playwright keeps a loop running in the tests'.
        try:
            with ThreadPoolExecutor(1) as pool:
                pool.submit(lambda: asyncio.run(_rate_and_kill(study, servers, crowd))).result()
        finally:
            servers[-1].stop()
        assert len(crowd.acknowledged) == len(set(crowd.acknowledged)) == RATERS * RATINGS
        assert keys(study) == set(crowd.acknowledged)
        table = rating_table(study)
        assert len(table.finished) == RATERS
        given = Counter((rating.rater, rating.presentation) for rating in table.ratings)
        assert len(given) == RATERS * RATINGS and set(given.values()) == {1}


async def _rate_and_kill(study: Study, servers: list[Server], crowd: Crowd) -> None:
    """Kill the server in the middle, and start it again."""
    first = servers[0]
    everyone = asyncio.create_task(
        rate_together(first.join_url, raters=RATERS, ratings=RATINGS, pause=PAUSE, crowd=crowd)
    )
    while len(crowd.acknowledged) < RATERS * RATINGS // 2:
        assert not everyone.done(), everyone
        await asyncio.sleep(0.01)
    await asyncio.to_thread(first.kill)
    assert set(crowd.acknowledged) <= keys(study)
    servers.append(await asyncio.to_thread(Server, study.folder, port=first.port))
    await everyone
