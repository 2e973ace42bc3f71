"""The folded layers by PyTorch's public operators: the reference engine, and the one for GPUs.

Rows go in and come out as they are ready. A strip of rows is computed with a halo of the rows
that its outputs can see, so that cutting a picture into strips changes nothing: zero padding
meets a kept row at the picture's own edges only.
"""

import math
from contextlib import AbstractContextManager, nullcontext
from threading import Lock

import numpy as np
import torch
from torch import Tensor

from fourfold.errors import ImageTooLarge, UnavailableDevice
from fourfold.networks import to_tensor
from fourfold.upscaling.torch_graphs import StripGraphs, capture
from fourfold.upscaling.torch_layers import (
    TENSOR_CORES_TAKE,
    PlacedLayer,
    convolve,
    convolve_and_shuffle,
    convolve_to_picture,
    empty_maps,
    fill_up,
    kernels_for,
)
from fourfold.upscaling.torch_stream import TorchStream
from fourfold.weights import FoldedGenerator, Layer

DTYPES = {"fp32": torch.float32, "fp16": torch.float16, "bf16": torch.bfloat16}

_CONVOLUTIONS = torch.backends.cudnn.conv  # type: ignore[attr-defined]  # not in its stubs
_LEAST_STRIP = 16  # rows
_TRUNK_MAPS = 5
"""Maps of `width` channels that live at once in the trunk: skip, input, inner, output, scratch."""


class TorchEngine:
    """A folded generator on one device; `open` a stream for each picture.

    Args:
        network: the plain layers.
        device: where they run.
        precision: of weights and maps: float32, float16, bfloat16; float64 for tests.
        memory: bytes that the maps of one strip may take; it sets the strip's height.
        overlapped: whether a strip is handed out while the next is computed; on CUDA GPUs if None.
    """

    def __init__(
        self,
        network: FoldedGenerator,
        *,
        device: torch.device,
        precision: torch.dtype = torch.float32,
        memory: int = 2 << 30,
        overlapped: bool | None = None,
    ) -> None:
        self.overlapped = device.type == "cuda" if overlapped is None else overlapped
        self.scale = network.scale
        self.precision = {dtype: name for name, dtype in DTYPES.items()}.get(precision, "fp64")
        self._network = network
        self.device = device
        self.dtype = precision
        self._memory = memory
        self._skips = network.skips
        self._width = network.width
        self._kernels = kernels_for(device, precision)
        self._head = self._place(network.head, fill=(1, TENSOR_CORES_TAKE))
        self._blocks = [
            (self._place(first), self._place(second)) for first, second in network.blocks
        ]
        self._trunk = self._place(network.trunk)
        self._upsample = [self._place(layer) for layer in network.upsample]
        self._tail = self._place(network.tail, fill=(TENSOR_CORES_TAKE, 1))
        self._graphs = StripGraphs(capture) if device.type == "cuda" else None
        self.halo = network.radius
        """Rows beyond a row that its result can see, the receptive radius: 40 in the paper's."""
        if device.type == "cuda":
            # What lays the weights out runs on this thread's stream, and pictures may on others.
            torch.cuda.current_stream(device).synchronize()
        # Each 3x3 sub-pixel convolution, then the 5x5 tail before the last shuffle, in lr rows.
        self._upsample_halo = math.ceil(
            sum(0.5**doubling for doubling in range(len(network.upsample)))
            + 2 * 0.5 ** (len(network.upsample) - 1)
        )

    @property
    def name(self) -> str:
        """The engine and where it runs; and whether by operators alone where kernels should."""
        by_operators = self.device.type == "cuda" and self._kernels is None
        return f"torch {self.device}" + (" by operators" if by_operators else "")

    def open(self, width: int, *, strip: int | None = None) -> "TorchStream":
        """A stream for one picture of `width` columns, in strips of `strip` rows if given."""
        return TorchStream(self, width, strip=strip or self.strip_rows(width))

    def strip_rows(self, width: int) -> int:
        """Rows a strip for a picture of `width` columns under the memory budget, at least 16."""
        return max(_LEAST_STRIP, self._memory // 2 // self._bytes_a_row(width) - 2 * self.halo)

    def passes(self, height: int, width: int) -> float:
        """How often a pixel of such a picture is computed, on average; 1 without a halo."""
        strip = self.strip_rows(width)
        return 1 if strip >= height else 1 + 2 * self.halo / strip

    def in_fp32(self) -> "TorchEngine":
        """The same in fp32; half the height of strips for the same memory."""
        return TorchEngine(
            self._network,
            device=self.device,
            memory=self._memory,
            overlapped=self.overlapped,
        )

    def with_half_the_strip(self, width: int) -> "TorchEngine":
        """The same in strips of half the height.

        Raises:
            ImageTooLarge: for a picture of `width` columns they are as low as they can be.
        """
        strip = self.strip_rows(width)
        if strip == _LEAST_STRIP:
            raise ImageTooLarge(
                f"The memory of '{self.device}' is too small for a picture of {width} columns, "
                "even in the lowest strips: take --device cpu."
            )
        rows = strip // 2 + 2 * self.halo
        memory = 2 * rows * self._bytes_a_row(width)
        return TorchEngine(
            self._network,
            device=self.device,
            precision=self.dtype,
            memory=memory,
            overlapped=self.overlapped,
        )

    @torch.inference_mode()
    def upscale_strip(self, rows: np.ndarray, *, above: int, below: int) -> Tensor:
        """Upscale `rows` (H, W, 3) but the `above` first and `below` last, which are halo.

        Returns:
            Shape (1, 3, scale * (H - above - below), scale * W), in [0, 1] but for overshoots;
            float32 of half precision.
        """
        with _EXACT_PRODUCTS, self.chosen():
            lr = to_tensor(rows, device=self.device)
            lr = lr.to(self.dtype, memory_format=torch.channels_last)
            if self._graphs is None:
                return self.upscale_tensor(lr, above=above, below=below)
            return self._graphs(self.upscale_tensor, lr, above=above, below=below)

    def chosen(self) -> AbstractContextManager[object]:
        """Its device as the current one: what is pinned, captured and launched goes there."""
        return torch.cuda.device(self.device) if self.device.type == "cuda" else nullcontext()

    def drop_graphs(self) -> bool:
        """Give back the memory of captured strips; whether there were any."""
        return self._graphs is not None and self._graphs.drop()

    def upscale_tensor(self, lr: Tensor, *, above: int, below: int) -> Tensor:
        """The arithmetic of a strip that is on the device, (1, 3, H, W): nothing comes or goes."""
        maps = self._features(fill_up(lr, self._head))
        first, last = above, lr.shape[2] - below
        sr = empty_maps(3, self.scale * (last - first), self.scale * lr.shape[3], like=lr)
        sr = sr.float() if self.dtype.itemsize == 2 else sr
        step = self._upsample_rows(lr.shape[3])
        for start in range(first, last, step):
            end = min(start + step, last)
            rows = slice(self.scale * (start - first), self.scale * (end - first))
            self._enlarge(maps, start, end, sr[:, :, rows])
        return sr

    def _features(self, lr: Tensor) -> Tensor:
        """(1, 3, H, W) to the maps that the sub-pixel convolutions take, (1, width, H, W)."""
        maps = head = convolve(lr, self._head)
        for first, second in self._blocks:
            maps = convolve(convolve(maps, first), second, maps if self._skips else None)
        return convolve(maps, self._trunk, head if self._skips else None)

    def _enlarge(self, maps: Tensor, first: int, last: int, sr: Tensor) -> None:
        """Rows [first, last) of the maps (1, width, H, W) to `sr`, (1, 3, scale * rows, ...)."""
        top = max(first - self._upsample_halo, 0)
        maps = maps[:, :, top : last + self._upsample_halo]
        *shuffled, final = self._upsample
        for layer in shuffled:
            maps = convolve_and_shuffle(maps, layer)
        maps = convolve(maps, final)
        convolve_to_picture(maps, self._tail, sr, top=self.scale // 2 * (first - top))

    def _bytes_a_row(self, width: int) -> int:
        return width * self._width * self.dtype.itemsize * _TRUNK_MAPS

    def _upsample_rows(self, width: int) -> int:
        """Rows enlarged at a time: the last maps, and PReLU's copy, take most of the memory."""
        last_maps = 4 * self._width * (self.scale // 2) ** 2
        halves = 5 if self._kernels is None else 3  # which compute in place
        bytes_a_row = width * self.dtype.itemsize * last_maps * halves // 2
        return max(8, self._memory // 2 // bytes_a_row - 2 * self._upsample_halo)

    def _place(self, layer: Layer, *, fill: tuple[int, int] = (1, 1)) -> PlacedLayer:
        return PlacedLayer(layer, self.device, self.dtype, self._kernels, fill=fill)


class _ExactProducts:
    """fp32 is fp32: without this, GPUs multiply with the ten bits of TF32.

    cuDNN has one setting for the whole process, and pictures run side by side: the first keeps
    what the caller had, the last one gives it back.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._strips = 0
        self._callers = "none"

    def __enter__(self) -> None:
        with self._lock:
            if self._strips == 0:
                self._callers = _CONVOLUTIONS.fp32_precision
                _CONVOLUTIONS.fp32_precision = "ieee"
            self._strips += 1

    def __exit__(self, *_: object) -> None:
        with self._lock:
            self._strips -= 1
            if self._strips == 0:
                _CONVOLUTIONS.fp32_precision = self._callers


_EXACT_PRODUCTS = _ExactProducts()


def find_device(name: str) -> torch.device:
    """The device that a name stands for.

    Args:
        name: auto (a CUDA GPU if there is one, else the CPU), cpu, cuda, cuda:N or mps.

    Raises:
        UnavailableDevice: a device that is not there.
    """
    kind, _, index = name.partition(":")
    if kind == "auto":
        kind = "cuda" if torch.cuda.is_available() else "cpu"
    if kind == "mps" and not torch.backends.mps.is_available():
        raise UnavailableDevice("Device 'mps' is not there: this PyTorch sees no Apple GPU.")
    count = torch.cuda.device_count()
    if kind == "cuda" and int(index or 0) >= count:
        raise UnavailableDevice(
            f"Device '{name}' is not there: this PyTorch sees "
            + (f"{count} CUDA GPUs, cuda:0 to cuda:{count - 1}." if count else "no CUDA GPU.")
        )
    if kind == "cuda":
        # By its number: cuda alone is another GPU in each thread that has chosen one.
        return torch.device(kind, int(index) if index else torch.cuda.current_device())
    return torch.device(kind)
