"""A whole step as one CUDA graph: a launch of thousands of kernels costs as much as one."""

from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from threading import RLock

import torch
from torch import Tensor

Values = dict[str, Tensor]
Compute = Callable[..., Values]

_PLAIN = 3  # steps of each kind before it is captured: libraries set themselves up in them

alone_on_the_device = RLock()
"""Held while a step that is not a replay is given to the device, and while another thread uses it:
no capture survives all that the other may call, and both see the same choice of convolutions."""


class Graphs:
    """The kinds of step that a run has, each captured once and then replayed.

    What a step reads and writes must lie where it lay: parameters, moments, rates and the scale of
    the loss are tensors that are changed in place.
    """

    def __init__(self) -> None:
        self._counts: dict[Hashable, int] = {}
        self._captured: dict[Hashable, tuple[torch.cuda.CUDAGraph, list[Tensor], Values]] = {}
        self._stream = torch.cuda.Stream()  # type: ignore[no-untyped-call]

    def __call__(self, kind: Hashable, compute: Compute, *batch: Tensor) -> Values:
        """One step of a kind, on a batch.

        Args:
            kind: steps of one kind run the same operations on the same shapes.
            compute: takes the step; reads nothing back.
            batch: what it is called with.
        """
        count = self._counts[kind] = self._counts.get(kind, 0) + 1
        if count <= _PLAIN:
            return self._beside(compute, *batch)
        if kind not in self._captured:
            self._captured[kind] = self._capture(compute, *batch)
        graph, kept, values = self._captured[kind]
        for its, each in zip(kept, batch, strict=True):
            its.copy_(each)
        graph.replay()
        return values

    def _beside(self, compute: Compute, *batch: Tensor) -> Values:
        """A plain step, off the default stream, as a capture needs it."""
        self._stream.wait_stream(torch.cuda.current_stream())
        with alone_on_the_device, torch.cuda.stream(self._stream), _fastest_convolutions():
            values = compute(*batch)
        torch.cuda.current_stream().wait_stream(self._stream)
        return values

    def _capture(
        self, compute: Compute, *batch: Tensor
    ) -> tuple[torch.cuda.CUDAGraph, list[Tensor], Values]:
        graph, kept = torch.cuda.CUDAGraph(), [each.clone() for each in batch]
        # Shards are read by a thread that no lock holds up: what it calls must not end the capture.
        recorded = torch.cuda.graph(graph, capture_error_mode="thread_local")
        with alone_on_the_device, recorded, _fastest_convolutions():
            values = compute(*kept)
        return graph, kept, values


@contextmanager
def _fastest_convolutions() -> Iterator[None]:
    """Let cuDNN try its kernels for a convolution that it meets for the first time.

    Shapes come again in each step here; those of a look at photographs, elsewhere, do not.
    """
    before = torch.backends.cudnn.benchmark
    torch.backends.cudnn.benchmark = True
    try:
        yield
    finally:
        torch.backends.cudnn.benchmark = before
