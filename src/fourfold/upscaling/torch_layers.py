"""One folded layer on a device: its convolution, and what follows it, fused where that is possible.

On CUDA GPUs bias, PReLU, skip and shuffle are kernels of our own (`torch_kernels`), which need
Triton: PyTorch brings it along on Linux. Where it is missing or fails they are public operators, as
on every other device.
"""

from functools import cache
from importlib.util import find_spec
from types import ModuleType

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from fourfold.weights import Layer

TENSOR_CORES_TAKE = 8
"""Tensor cores take channels in multiples of this: zeros fill up the picture's 3, the tail's 12."""


class PlacedLayer:
    """A layer's tensors on a device, in channels-last order.

    Args:
        layer: as it was folded.
        device: where it runs.
        precision: of weights and maps.
        kernels: what computes between convolutions: `torch_kernels`, or None for operators.
        fill: with kernels, zeros fill outputs and inputs up to multiples of these.
    """

    def __init__(
        self,
        layer: Layer,
        device: torch.device,
        precision: torch.dtype,
        kernels: ModuleType | None = None,
        *,
        fill: tuple[int, int] = (1, 1),
    ) -> None:
        self.kernels = kernels
        weight = layer.weight if kernels is None else _filled_up(layer.weight, fill)
        self.weight = torch.from_numpy(weight).to(
            device, precision, memory_format=torch.channels_last
        )
        # The kernels sum in fp32, and take what they add so.
        added = precision if kernels is None else torch.float32
        self.bias = torch.from_numpy(layer.bias).to(device, added)
        self.slopes = (
            None if layer.slopes is None else torch.from_numpy(layer.slopes).to(device, added)
        )


def convolve(maps: Tensor, layer: PlacedLayer, skip: Tensor | None = None) -> Tensor:
    """(1, in, H, W) to (1, out, H, W): bias, PReLU if the layer has slopes, then `skip` added."""
    if layer.kernels is not None:
        return layer.kernels.finish(_products(maps, layer), layer.bias, layer.slopes, skip)
    maps = _with_prelu(maps, layer)
    return maps if skip is None else skip + maps


def convolve_and_shuffle(maps: Tensor, layer: PlacedLayer) -> Tensor:
    """(1, in, H, W) to (1, out / 4, 2 H, 2 W)."""
    if layer.kernels is None:
        return _shuffled(_with_prelu(maps, layer))
    placed = empty_maps(len(layer.bias) // 4, 2 * maps.shape[2], 2 * maps.shape[3], like=maps)
    return layer.kernels.finish_shuffled(_products(maps, layer), layer.bias, layer.slopes, placed)


def convolve_to_picture(maps: Tensor, layer: PlacedLayer, sr: Tensor, *, top: int) -> None:
    """The tail: rows of the result from the maps before the last shuffle, written to `sr`.

    Args:
        maps: shape (1, in, H, W).
        layer: with three channels a phase, without slopes.
        sr: shape (1, 3, 2 rows, 2 W), channels-last memory.
        top: rows of `maps` above those of `sr`.
    """
    rows = slice(top, top + sr.shape[2] // 2)
    if layer.kernels is None:
        sr.copy_(_shuffled(_with_prelu(maps, layer)[:, :, rows]))
    else:
        layer.kernels.finish_shuffled(_products(maps, layer)[:, :, rows], layer.bias, None, sr)


def to_levels(sr: Tensor, dtype: np.dtype) -> tuple[Tensor, Tensor]:
    """Rows of the result as they come into files, and whether all of them is finite.

    Args:
        sr: shape (1, 3, H, W).
        dtype: of the rows: floats stay as they are, integers are clamped and rounded.
    """
    if dtype.kind == "f":
        return sr, torch.isfinite(sr).all()
    peak = int(np.iinfo(dtype).max)
    levels = torch.uint8 if dtype == np.uint8 else torch.int32
    kernels = kernels_for(sr.device, sr.dtype)
    if kernels is not None:
        finished: tuple[Tensor, Tensor] = kernels.to_levels(sr, peak, levels)
        return finished
    return torch.floor(sr.clamp(0, 1) * peak + 0.5).to(levels), torch.isfinite(sr).all()


def empty_maps(channels: int, height: int, width: int, *, like: Tensor) -> Tensor:
    """Memory for one picture's maps, channels last."""
    return torch.empty(
        (1, channels, height, width),
        dtype=like.dtype,
        device=like.device,
        memory_format=torch.channels_last,
    )


def fill_up(lr: Tensor, layer: PlacedLayer) -> Tensor:
    """A picture (1, 3, H, W) in channels-last memory, with channels of zeros if `layer` has any."""
    missing = layer.weight.shape[1] - lr.shape[1]
    if missing == 0:
        return lr
    return F.pad(lr, (0, 0, 0, 0, 0, missing)).contiguous(memory_format=torch.channels_last)


def kernels_for(device: torch.device, precision: torch.dtype) -> ModuleType | None:
    """The kernels that run on a device; None if there are none, or they do not work there."""
    if device.type != "cuda" or precision == torch.float64 or find_spec("triton") is None:
        return None
    return _tried(device, precision)


@cache
def _tried(device: torch.device, precision: torch.dtype) -> ModuleType | None:
    """The kernels, if on this device they compute what the operators do.

    Triton compiles them at first use, and for that wants a C compiler and Python's headers, which
    an installed machine may lack.
    """
    try:
        from fourfold.upscaling import torch_kernels  # seconds to load

        with torch.cuda.device(device), torch.inference_mode():
            return torch_kernels if agree(torch_kernels, device, precision) else None
    except Exception:  # whatever fails in a compiler: there are operators that do the same
        return None


def agree(kernels: ModuleType, device: torch.device, precision: torch.dtype) -> bool:
    """Whether small maps come out the same by kernels and by operators."""
    rng = np.random.default_rng(0)
    layer = Layer(
        weight=rng.normal(size=(8, 8, 1, 1)), bias=rng.normal(size=8), slopes=rng.normal(size=8)
    )
    maps = torch.from_numpy(rng.normal(size=(1, 8, 5, 7))).to(device, precision)
    maps = maps.contiguous(memory_format=torch.channels_last)
    fused = PlacedLayer(layer, device, precision, kernels)
    plain = PlacedLayer(layer, device, precision)
    levels, is_finite = kernels.to_levels(maps, 255, torch.uint8)
    pairs = (
        (convolve(maps, fused, maps), convolve(maps, plain, maps)),
        (convolve_and_shuffle(maps, fused), convolve_and_shuffle(maps, plain)),
        (levels / 255, maps.clamp(0, 1)),
    )
    alike = ((ours.float() - theirs.float()).abs().max() < 0.3 for ours, theirs in pairs)
    return bool(is_finite) and all(alike)


def _products(maps: Tensor, layer: PlacedLayer) -> Tensor:
    """The convolution without its bias, channels last."""
    maps = F.conv2d(maps, layer.weight, padding=layer.weight.shape[2] // 2)
    return maps.contiguous(memory_format=torch.channels_last)


def _with_prelu(maps: Tensor, layer: PlacedLayer) -> Tensor:
    maps = F.conv2d(maps, layer.weight, layer.bias, padding=layer.weight.shape[2] // 2)
    return maps if layer.slopes is None else F.prelu(maps, layer.slopes)


def _shuffled(maps: Tensor) -> Tensor:
    """Channels (row phase, column phase, channel) to places: (1, 4 C, H, W) to (1, C, 2 H, 2 W)."""
    _, channels, height, width = maps.shape
    blocks = maps.permute(0, 2, 3, 1).reshape(height, width, 2, 2, channels // 4)
    placed = blocks.permute(0, 2, 1, 3, 4).reshape(1, 2 * height, 2 * width, channels // 4)
    return placed.permute(0, 3, 1, 2)


def _filled_up(weight: np.ndarray, fill: tuple[int, int]) -> np.ndarray:
    """Channels of zeros after those of (out, in, k, k)."""
    outputs, inputs = (-weight.shape[axis] % multiple for axis, multiple in enumerate(fill))
    return np.pad(weight, ((0, outputs), (0, inputs), (0, 0), (0, 0)))
