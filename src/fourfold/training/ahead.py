"""The next step's crops, drawn while a GPU computes this step's: it waits for none of them."""

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from typing import Protocol

import torch
from torch import Tensor

from fourfold.training.graphs import alone_on_the_device

Batch = tuple[Tensor, Tensor]


class Drawn(Protocol):
    """What draws the batch of any step."""

    def batch(self, step: int) -> Batch:
        """The pairs of one step, as `Crops.batch` has them."""
        ...


class Ahead:
    """The same batches, each drawn by another thread while the step before it is taken.

    Which crops a step has follows from its number, so that a batch that nobody asks for is no loss.

    Args:
        crops: draws them; only one thread uses it at a time.
        device: where they are drawn.
        until: no step from this one on is drawn before it is asked for.
        thread: draws; without one each batch is drawn when it is asked for.
    """

    def __init__(
        self,
        crops: Drawn,
        device: torch.device,
        *,
        until: int,
        thread: ThreadPoolExecutor | None = None,
    ) -> None:
        self._crops, self._until, self._thread = crops, until, thread
        self._next: tuple[int, Future[Batch]] | None = None
        self._stream, self._is_drawn = None, None
        if thread is not None and device.type == "cuda":
            # Its kernels are small and many: behind those of a step each would wait for a place.
            self._stream = torch.cuda.Stream(device, priority=-1)  # type: ignore[no-untyped-call]
            self._is_drawn = torch.cuda.Event()  # type: ignore[no-untyped-call]

    def batch(self, step: int) -> Batch:
        """The pairs of one step, as `Crops.batch` has them; then the next step's are begun.

        Raises:
            FourfoldError: what drawing these raised, whenever that was.
        """
        if self._thread is None:
            return self._crops.batch(step)
        begun, self._next = self._next, None
        if begun is None or begun[0] != step:
            begun = step, self._thread.submit(self._draw, step)
        lr, hr = begun[1].result()
        if self._stream is not None and self._is_drawn is not None:
            here = torch.cuda.current_stream(self._stream.device)
            here.wait_event(self._is_drawn)
            for each in (lr, hr):  # their memory is the other stream's, which must not reuse it yet
                each.record_stream(here)
        if step + 1 < self._until:
            self._next = step + 1, self._thread.submit(self._draw, step + 1)
        return lr, hr

    def rest(self) -> None:
        """Wait until nothing is being drawn: what uses the device now does so alone."""
        if self._next is not None:
            wait([self._next[1]])

    def _draw(self, step: int) -> Batch:
        with alone_on_the_device:
            if self._stream is None or self._is_drawn is None:
                return self._crops.batch(step)
            # What drew the batch before is done with its photographs: a shard may be let go.
            self._stream.synchronize()
            with torch.cuda.stream(self._stream):
                drawn = self._crops.batch(step)
                self._is_drawn.record()
                return drawn


@contextmanager
def drawn_ahead(
    crops: Drawn, device: torch.device, *, until: int, is_threaded: bool | None = None
) -> Iterator[Ahead]:
    """Draw batches ahead of the steps that take them, as long as the context lasts.

    Args:
        crops: draws them.
        device: where they are drawn.
        until: the step that the run ends before.
        is_threaded: whether by a thread of their own; without it on GPUs alone, because a CPU's
            cores have enough to do.
    """
    if not (device.type == "cuda" if is_threaded is None else is_threaded):
        yield Ahead(crops, device, until=until)
        return
    thread = ThreadPoolExecutor(1, "crops", initializer=_enter, initargs=(_numbered(device),))
    try:
        yield Ahead(crops, device, until=until, thread=thread)
    finally:
        thread.shutdown(cancel_futures=True)


def _numbered(device: torch.device) -> torch.device:
    """The device with its number, which "cuda" leaves to the thread that asks."""
    if device.type == "cuda" and device.index is None:
        return torch.device("cuda", torch.cuda.current_device())
    return device


def _enter(device: torch.device) -> None:
    """A new thread begins on the first GPU."""
    if device.type == "cuda":
        torch.cuda.set_device(device)
