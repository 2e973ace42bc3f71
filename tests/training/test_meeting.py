"""Processes find each other in a store that holds what dead ones left."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from torch.distributed import Store, TCPStore  # type: ignore[attr-defined]

from fourfold.training.meeting import meet


@pytest.fixture
def server() -> TCPStore:
    return TCPStore("127.0.0.1", 0, is_master=True, wait_for_workers=False)


def met(server: TCPStore, count: int) -> list[Store]:
    """The parts that `count` processes, here threads with connections of their own, come by."""

    def one(rank: int) -> Store:
        client = TCPStore("127.0.0.1", server.port, is_master=False)
        return meet(client, rank=rank, count=count)

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(one, range(count)))


def test_they_share_a_part_and_nobody_reads_what_was_there_before(server: TCPStore):
    first = met(server, 3)
    first[0].set("address", "of a dead one")
    assert first[2].get("address") == b"of a dead one"
    second = met(server, 3)
    assert not any(store.check(["address"]) for store in second)
    second[1].set("address", "new")
    assert second[0].get("address") == b"new"


def test_a_question_of_a_dead_process_holds_nobody_up(server: TCPStore):
    server.set("asked/1", "of a dead one")
    ours = met(server, 2)
    ours[1].set("address", "new")
    assert ours[0].get("address") == b"new"
    assert met(server, 1)[0].check(["address"]) is False  # fewer than before
