"""Strips as CUDA graphs: a hundred kernels are launched as one.

That pays for small strips, which are computed in less time than their kernels take to be launched
one by one; beside larger ones the launches cost nothing, and a graph would only hold memory. And it
pays from the third strip of a shape on, since a capture costs as much as some strips: a folder or
a stream of equal pictures has them captured, a single picture and a server to which every size
comes once have not.
"""

from collections import deque
from collections.abc import Callable
from threading import Lock
from typing import Protocol

import torch
from torch import Tensor

LARGEST = 1 << 19  # pixels of a strip, its halo too
_SEEN_BEFORE = 2  # strips of a shape, before one is captured
_RECENT = 32  # strips in which those must have come, and without which a graph is dropped
_KEPT = 4

Shape = tuple[int, int, int, int]


class Compute(Protocol):
    """The arithmetic of a strip: (1, 3, H, W) in, (1, 3, scale * rows, scale * W) out."""

    def __call__(self, lr: Tensor, *, above: int, below: int) -> Tensor:
        """Launch it; nothing is read back."""


class Captured(Protocol):
    """A strip's arithmetic, ready to be launched as one."""

    def __call__(self, lr: Tensor) -> Tensor:
        """The result for another strip of the same shape, in memory of its own."""

    def release(self) -> None:
        """Give its memory back, once what was launched is done."""


Capture = Callable[[Callable[[Tensor], Tensor], Tensor, "Captured | None"], Captured]
"""Takes the arithmetic, a strip, and a captured one, if there is any, to share memory with."""


class StripGraphs:
    """The strips' shapes that come often of late, captured; all others are computed plainly.

    Several threads may compute strips at once: replays are launched one after the other.

    Args:
        capture: makes a graph.
        largest: pixels of the largest strip that is captured.
    """

    def __init__(self, capture: Capture, *, largest: int = LARGEST) -> None:
        self._capture = capture
        self._largest = largest
        self._kept: dict[Shape, Captured] = {}
        self._recent: deque[Shape] = deque(maxlen=_RECENT)
        self._lock = Lock()

    def __call__(self, compute: Compute, lr: Tensor, *, above: int, below: int) -> Tensor:
        """A strip's result."""
        shape = (lr.shape[2], lr.shape[3], above, below)
        if lr.shape[2] * lr.shape[3] <= self._largest:
            with self._lock:
                self._see(shape, lambda lr: compute(lr, above=above, below=below), lr)
                if shape in self._kept:
                    return self._kept[shape](lr)
        return compute(lr, above=above, below=below)

    def drop(self) -> bool:
        """Give all graphs' memory back; whether there were any."""
        with self._lock:
            return self._drop_all()

    def _see(self, shape: Shape, compute: Callable[[Tensor], Tensor], lr: Tensor) -> None:
        """Count the strip, and capture its shape if that is worth it now."""
        before = self._recent.count(shape)
        self._recent.append(shape)
        if shape in self._kept or before < _SEEN_BEFORE or not self._make_room():
            return
        try:
            self._kept[shape] = self._capture(compute, lr, next(iter(self._kept.values()), None))
        except RuntimeError:  # too little memory, or a device that cannot: it goes without as well
            self._drop_all()
            self._largest = 0

    def _make_room(self) -> bool:
        """Whether one more may be kept; the oldest that is not in use goes for it."""
        if len(self._kept) < _KEPT:
            return True
        idle = next((shape for shape in self._kept if shape not in self._recent), None)
        if idle is not None:
            self._kept.pop(idle).release()
        return idle is not None

    def _drop_all(self) -> bool:
        had_some = bool(self._kept)
        self._recent.clear()
        while self._kept:
            self._kept.popitem()[1].release()
        return had_some


_ONE_CAPTURE = Lock()
"""Captures of several engines would wait for each other's streams, which ends a capture."""


class _CapturedStrip:
    """A CUDA graph with the memory that it reads and writes, which all of an engine's share.

    They are replayed one after the other, each after the result before it was copied: so says the
    event, whatever streams the callers are on.
    """

    def __init__(
        self,
        compute: Callable[[Tensor], Tensor],
        lr: Tensor,
        beside: "_CapturedStrip | None",
    ) -> None:
        self._lr = lr.clone()
        self._done: torch.cuda.Event
        self._stream: torch.cuda.Stream
        if beside is None:
            self._done = torch.cuda.Event()  # type: ignore[no-untyped-call]
            self._stream = torch.cuda.Stream()  # type: ignore[no-untyped-call]
        else:
            self._done, self._stream = beside._done, beside._stream
        self._graph = torch.cuda.CUDAGraph()
        self._stream.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(self._stream):  # which is left even if a capture cannot be ended
            compute(self._lr)  # libraries set themselves up
            with torch.cuda.graph(
                self._graph,
                pool=None if beside is None else beside._graph.pool(),
                stream=self._stream,
                capture_error_mode="thread_local",  # other threads may go on as they do
            ):
                self._sr = compute(self._lr)

    def __call__(self, lr: Tensor) -> Tensor:
        sr = torch.empty_like(self._sr)  # first, for here memory may run out
        stream = torch.cuda.current_stream()
        stream.wait_event(self._done)
        self._lr.copy_(lr)
        self._graph.replay()
        sr.copy_(self._sr)
        self._done.record(stream)
        return sr

    def release(self) -> None:
        self._done.synchronize()
        self._graph.reset()
        del self._lr, self._sr


def capture(compute: Callable[[Tensor], Tensor], lr: Tensor, beside: "Captured | None") -> Captured:
    """A strip's arithmetic as a CUDA graph on the current device.

    Args:
        compute: launches it.
        lr: a strip of the shape.
        beside: another of the same engine.
    """
    assert beside is None or isinstance(beside, _CapturedStrip)
    with _ONE_CAPTURE:
        return _CapturedStrip(compute, lr, beside)
