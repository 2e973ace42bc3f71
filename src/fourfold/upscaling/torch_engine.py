"""The folded layers by PyTorch's public operators: the reference engine, and the one for GPUs.

Rows go in and come out as they are ready. A strip of rows is computed with a halo of the rows
that its outputs can see, so that cutting a picture into strips changes nothing: zero padding
meets a kept row at the picture's own edges only.
"""

import math
from threading import Lock

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from fourfold.errors import ImageTooLarge, UnavailableDevice
from fourfold.networks import to_tensor
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
        self._head = self._place(network.head)
        self._blocks = [
            (self._place(first), self._place(second)) for first, second in network.blocks
        ]
        self._trunk = self._place(network.trunk)
        self._upsample = [self._place(layer) for layer in network.upsample]
        self._tail = self._place(network.tail)
        self.halo = network.radius
        """Rows beyond a row that its result can see, the receptive radius: 40 in the paper's."""
        if device.type == "cuda":
            # What lays the weights out runs on this thread's stream, and pictures may on others.
            torch.cuda.synchronize(device)
        # Each 3x3 sub-pixel convolution, then the 5x5 tail before the last shuffle, in lr rows.
        self._upsample_halo = math.ceil(
            sum(0.5**doubling for doubling in range(len(network.upsample)))
            + 2 * 0.5 ** (len(network.upsample) - 1)
        )

    @property
    def name(self) -> str:
        """The engine and where it runs."""
        return f"torch {self.device}"

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
        lr = to_tensor(rows, device=self.device).to(self.dtype, memory_format=torch.channels_last)
        with _EXACT_PRODUCTS:
            return self.upscale_tensor(lr, above=above, below=below)

    def upscale_tensor(self, lr: Tensor, *, above: int, below: int) -> Tensor:
        """The arithmetic of a strip that is on the device, (1, 3, H, W): nothing comes or goes."""
        maps = self._features(lr)
        first, last = above, lr.shape[2] - below
        step = self._upsample_rows(lr.shape[3])
        parts = [
            self._enlarge(maps, start, min(start + step, last))
            for start in range(first, last, step)
        ]
        sr = torch.cat(parts, dim=2)
        return sr.float() if self.dtype.itemsize == 2 else sr

    def _features(self, lr: Tensor) -> Tensor:
        """(1, 3, H, W) to the maps that the sub-pixel convolutions take, (1, width, H, W)."""
        head = _convolve(lr, self._head)
        maps = head
        for first, second in self._blocks:
            residual = _convolve(_convolve(maps, first), second)
            maps = maps + residual if self._skips else residual
        maps = _convolve(maps, self._trunk)
        return head + maps if self._skips else maps

    def _enlarge(self, maps: Tensor, first: int, last: int) -> Tensor:
        """Rows [first, last) of the maps (1, width, H, W) to (1, 3, scale * rows, scale * W)."""
        top = max(first - self._upsample_halo, 0)
        maps = maps[:, :, top : last + self._upsample_halo]
        for index, layer in enumerate(self._upsample):
            if index:
                maps = _shuffle(maps)
            maps = _convolve(maps, layer)
        sr = _shuffle(_convolve(maps, self._tail))
        return sr[:, :, self.scale * (first - top) : self.scale * (last - top)]

    def _bytes_a_row(self, width: int) -> int:
        return width * self._width * self.dtype.itemsize * _TRUNK_MAPS

    def _upsample_rows(self, width: int) -> int:
        """Rows enlarged at a time: the last maps, and PReLU's copy, take most of the memory."""
        last_maps = 4 * self._width * (self.scale // 2) ** 2
        bytes_a_row = width * self.dtype.itemsize * last_maps * 5 // 2
        return max(8, self._memory // 2 // bytes_a_row - 2 * self._upsample_halo)

    def _place(self, layer: Layer) -> "_PlacedLayer":
        return _PlacedLayer(layer, self.device, self.dtype)


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


class _PlacedLayer:
    """A layer's tensors on a device, in channels-last order."""

    def __init__(self, layer: Layer, device: torch.device, precision: torch.dtype) -> None:
        self.weight = torch.from_numpy(layer.weight).to(
            device, precision, memory_format=torch.channels_last
        )
        self.bias = torch.from_numpy(layer.bias).to(device, precision)
        self.slopes = (
            None if layer.slopes is None else torch.from_numpy(layer.slopes).to(device, precision)
        )


def _convolve(maps: Tensor, layer: _PlacedLayer) -> Tensor:
    maps = F.conv2d(maps, layer.weight, layer.bias, padding=layer.weight.shape[2] // 2)
    return maps if layer.slopes is None else F.prelu(maps, layer.slopes)


def _shuffle(maps: Tensor) -> Tensor:
    """Channels (row phase, column phase, channel) to places: (1, 4 C, H, W) to (1, C, 2 H, 2 W)."""
    _, channels, height, width = maps.shape
    blocks = maps.permute(0, 2, 3, 1).reshape(height, width, 2, 2, channels // 4)
    placed = blocks.permute(0, 2, 1, 3, 4).reshape(1, 2 * height, 2 * width, channels // 4)
    return placed.permute(0, 3, 1, 2)
