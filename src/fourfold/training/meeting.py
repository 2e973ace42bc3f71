"""How processes that train together find each other, after a restart too.

torchrun's agent keeps its store when it starts dead workers again, and in it the addresses that
the dead ones left: who reads such an address is refused, or waits for nobody. So the first process
names a part of the store that is new, and tells the name only to who asks anew.
"""

import time
import uuid

from torch.distributed import PrefixStore, Store  # type: ignore[attr-defined]

_LOOK_AROUND = 0.05  # seconds


def meet(store: Store, *, rank: int, count: int) -> Store:
    """A part of the store that these processes share, and none before them did.

    Args:
        store: may hold what earlier processes left; those have ended.
        rank: of this process.
        count: how many there are.
    """
    name = _name_for_all(store, count) if rank == 0 else _asked_name(store, rank)
    return PrefixStore(name, store)


def _name_for_all(store: Store, count: int) -> str:
    """Answer each question, those of the dead too, until each of the others has taken the name."""
    name = uuid.uuid4().hex
    waiting = set(range(1, count))
    while waiting:
        for rank in list(waiting):
            if store.check([f"asked/{rank}"]):
                store.set(f"answer/{store.get(f'asked/{rank}').decode()}", name)
            if store.check([f"taken/{name}/{rank}"]):
                waiting.remove(rank)
        time.sleep(_LOOK_AROUND)
    return name


def _asked_name(store: Store, rank: int) -> str:
    question = uuid.uuid4().hex
    store.set(f"asked/{rank}", question)
    name = store.get(f"answer/{question}").decode()  # waits for it
    store.set(f"taken/{name}/{rank}", "")
    return name
