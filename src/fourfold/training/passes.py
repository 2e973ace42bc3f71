"""What the native training kernels are told of a layer: its sizes, and where its tensors lie.

Tensors go by the names that the C interface has for them; None is none. They must be as `last` and
`dense` make them, and be held by the caller until the kernels are done.
"""

from typing import TypeVar

import torch
from torch import Tensor

from fourfold.engine import BackwardPass, FirstPass, ForwardPass, PoolingPass, TailPass

_MaybeTensor = TypeVar("_MaybeTensor", Tensor, "Tensor | None")


def forward_pass(
    maps: Tensor,
    weight: Tensor,
    *,
    stride: int = 1,
    shuffled: bool = False,
    **tensors: Tensor | None,
) -> ForwardPass:
    """A 3x3 convolution; tensors: slopes, bias, skip, output."""
    sizes = _layer(maps, weight) | {"stride": stride, "shuffled": shuffled}
    return ForwardPass(**sizes, **_places(input=maps, weight=weight, **tensors))


def backward_pass(
    maps: Tensor,
    weight: Tensor,
    *,
    stride: int = 1,
    shuffled: bool = False,
    **tensors: Tensor | None,
) -> BackwardPass:
    """Its gradients, of which those that are None are not computed.

    Tensors: gradient, slopes, skip (added to the gradient of the maps), input_gradient,
    slope_gradient, weight_gradient, bias_gradient.
    """
    sizes = _layer(maps, weight) | {"stride": stride, "shuffled": shuffled}
    return BackwardPass(**sizes, **_places(input=maps, weight=weight, **tensors))


def tail_pass(maps: Tensor, weight: Tensor, **tensors: Tensor | None) -> TailPass:
    """The 9x9 tail; tensors: as those of both passes above, without a skip."""
    return TailPass(**_batch(maps), **_places(input=maps, weight=weight, **tensors))


def first_pass(pixels: Tensor, weight: Tensor, **tensors: Tensor | None) -> FirstPass:
    """The gradients of a judge's first convolution, of which those that are None are not computed.

    Tensors: gradient, input_gradient, weight_gradient, bias_gradient.
    """
    return FirstPass(**_batch(pixels), **_places(input=pixels, weight=weight, **tensors))


def pooling_pass(maps: Tensor, **tensors: Tensor | None) -> PoolingPass:
    """The largest of each 2x2 pixels; tensors: output; backward gradient, input_gradient."""
    sizes = _batch(maps) | {"channels": maps.shape[1]}
    return PoolingPass(**sizes, **_places(input=maps, **tensors))


def last(tensor: _MaybeTensor) -> _MaybeTensor:
    """Channels-last, without gaps; the kernels know no other layout."""
    return tensor if tensor is None else tensor.contiguous(memory_format=torch.channels_last)


def dense(tensor: _MaybeTensor) -> _MaybeTensor:
    """Without gaps: vectors."""
    return tensor if tensor is None else tensor.contiguous()


def _batch(maps: Tensor) -> dict[str, int]:
    images, _, height, width = maps.shape
    threads = torch.get_num_threads()
    return {"images": images, "height": height, "width": width, "threads": threads}


def _layer(maps: Tensor, weight: Tensor) -> dict[str, int]:
    return _batch(maps) | {"inputs": maps.shape[1], "outputs": len(weight)}


def _places(**tensors: Tensor | None) -> dict[str, int | None]:
    return {name: None if tensor is None else tensor.data_ptr() for name, tensor in tensors.items()}
