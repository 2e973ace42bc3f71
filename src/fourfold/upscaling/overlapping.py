"""Many pictures, two at a time: one is decoded and another encoded while a third is computed.

Each is computed on all cores. One on each core is no faster: small pictures in memory, of 32x32,
96x96 and 320x240, took the same time in all three ways (one at a time, two at once, one on each of
two cores) within 8 %, less than rounds differed (`benchmarks/upscale.py --only cores`). Two at once
keep a folder at 0.97 of the network's own rate and above, and memory at that of two pictures.
Within one picture, encoding runs beside the network and decoding does not: it takes one per cent.
"""

import threading
from collections import deque
from collections.abc import Callable, Generator, Iterable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from typing import TypeVar

from fourfold.errors import FourfoldError

Item = TypeVar("Item")
Result = TypeVar("Result")

_AT_ONCE = 2
_LOOK_AROUND = 0.1  # seconds


class Stop(threading.Event):
    """Set once nobody waits for the results any more."""

    def check(self) -> None:
        """Give up what is being done, if nobody waits for it.

        Raises:
            Stopped: nobody does.
        """
        if self.is_set():
            raise Stopped


class Stopped(Exception):
    """Work was given up halfway, for nobody waits for it."""


def overlapping(
    items: Iterable[Item], work: Callable[[Item, Stop], Result]
) -> Generator[tuple[Item, Result | FourfoldError], None, None]:
    """Do work on items in threads, two at once; give what became of each, in their order.

    When the caller leaves, by an interrupt too, what has begun is given up where it checks `Stop`,
    and this ends once the threads are at rest.

    Args:
        items: what to work on.
        work: called with each and with what says that it should give up.

    Yields:
        Each item, and the result, or the error that it met.
    """
    stop = Stop()
    waiting: deque[tuple[Item, Future[Result]]] = deque()
    with ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="fourfold picture") as pool:
        try:
            for item in items:
                waiting.append((item, pool.submit(work, item, stop)))
                if len(waiting) > _AT_ONCE:
                    first, future = waiting.popleft()
                    outcome = _outcome(future)
                    yield first, outcome
            while waiting:
                first, future = waiting.popleft()
                outcome = _outcome(future)
                yield first, outcome
        finally:
            stop.set()
            for _, future in waiting:
                future.cancel()


def _outcome(future: "Future[Result]") -> Result | FourfoldError:
    # In short waits: a signal that arrives just before a long one is not seen until it ends.
    while not wait([future], timeout=_LOOK_AROUND).done:
        pass
    try:
        return future.result()
    except FourfoldError as error:
        return error
