"""VGG19's features of results beside those of their originals, on the native kernels.

From its third block on both go through a layer together, so that its many weights are read once.
They are frozen, and nothing moves an original: the gradient is computed for the results alone.
"""

from collections.abc import Sequence
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn
from torch.autograd.function import once_differentiable
from torch.nn import functional as F

from fourfold.engine import TrainingKernels
from fourfold.engine.training import MOST_CHANNELS
from fourfold.networks import VggFeatures
from fourfold.training.fused import has_passes
from fourfold.training.fused_judges import fused_features
from fourfold.training.kernels import is_plain
from fourfold.training.passes import backward_pass, first_pass, forward_pass, last, pooling_pass

_APART = 2
"""Blocks that originals go through alone: few weights, and large maps that need not be kept."""

_Block = list[tuple[Tensor, Tensor]]
"""Weights and biases of the convolutions between two poolings, each but the first after a ReLU."""


def features_of_both(
    features: VggFeatures, sr: Tensor, hr: Tensor, *, kernels: TrainingKernels | None
) -> tuple[Tensor, Tensor]:
    """VGG19's features of results, and of originals, through which no gradient goes.

    Args:
        features: frozen.
        sr: results, shape (N, 3, H, W).
        hr: originals, shape (N, 3, H, W).
        kernels: compute in float32 on a CPU; PyTorch's own do all else, and all if None.
    """
    if kernels is None or not (is_plain(sr) and is_plain(features.mean)):
        through = partial(fused_features, features) if has_passes(sr.device) else features
        with torch.no_grad():
            originals = through(hr)
        return through(sr), originals
    pixels = features.centred(sr), features.centred(hr)
    both: tuple[Tensor, Tensor] = _Features.apply(kernels, _blocks(features), *pixels)  # type: ignore[no-untyped-call]
    return both[0].relu(), both[1].relu()


def _blocks(features: VggFeatures) -> list[_Block]:
    blocks: list[_Block] = [[]]
    for layer in features.layers:
        if isinstance(layer, nn.Conv2d):
            assert layer.bias is not None
            blocks[-1].append((last(layer.weight), layer.bias))
        elif isinstance(layer, nn.MaxPool2d):
            blocks.append([])
    return blocks


class _Features(torch.autograd.Function):
    """The last maps of both, before their ReLU."""

    @staticmethod
    def forward(
        ctx: Any, kernels: TrainingKernels, blocks: Sequence[_Block], sr: Tensor, hr: Tensor
    ) -> tuple[Tensor, Tensor]:
        chain = _begin(kernels, blocks[:_APART], sr)
        originals = _begin(kernels, blocks[:_APART], hr)[-1]
        if together := blocks[_APART:]:
            pooled = [_pool(kernels, maps) for maps in (chain[-1], originals)]
            of_both = _through(kernels, last(torch.cat(pooled)), together)
            originals = of_both[-1][len(sr) :]
            chain += [maps[: len(sr)] for maps in of_both]  # dense, as the whole is
        results = chain.pop()
        ctx.save_for_backward(*chain)
        ctx.kernels, ctx.blocks = kernels, blocks
        ctx.mark_non_differentiable(originals)
        return results, originals

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor, _: Tensor) -> tuple[Tensor | None, ...]:
        kernels, chain = ctx.kernels, list(ctx.saved_tensors)
        (first, *rest), *others = ctx.blocks
        gradient = last(gradient)
        for block in reversed(others):
            gradient = _convolve_backward(kernels, chain, block, gradient)
            gradient = _pool_backward(kernels, chain.pop(), gradient)
        gradient = _convolve_backward(kernels, chain, rest, gradient)
        (pixels,) = chain
        of_pixels = torch.empty_like(pixels)
        kernels.first_backward(
            first_pass(pixels, first[0], gradient=gradient, input_gradient=of_pixels)
        )
        return None, None, of_pixels, None


def _begin(kernels: TrainingKernels, blocks: Sequence[_Block], pixels: Tensor) -> list[Tensor]:
    """The pixels and each map of the first blocks; their first convolution is PyTorch's own."""
    (first, *rest), *others = blocks
    pixels = last(pixels)
    maps = last(F.conv2d(pixels, *first, padding=1))  # nothing to be won
    return [pixels, *_through(kernels, maps, [rest, *others])]


def _through(kernels: TrainingKernels, maps: Tensor, blocks: Sequence[_Block]) -> list[Tensor]:
    """The maps that blocks read, and each map from there on."""
    chain = [maps]
    for index, block in enumerate(blocks):
        if index:
            chain.append(_pool(kernels, chain[-1]))
        chain += _convolve(kernels, chain[-1], block)
    return chain


def _convolve(kernels: TrainingKernels, maps: Tensor, block: _Block) -> list[Tensor]:
    """The map after each convolution, before its ReLU: in one call."""
    chain, slopes = [maps], maps.new_zeros(MOST_CHANNELS)
    layers = []
    for weight, bias in block:
        after = _empty(maps, len(weight), *maps.shape[2:])
        layers.append(forward_pass(chain[-1], weight, slopes=slopes, bias=bias, output=after))
        chain.append(after)
    kernels.forward(*layers)
    return chain[1:]


def _convolve_backward(
    kernels: TrainingKernels, chain: list[Tensor], block: _Block, gradient: Tensor
) -> Tensor:
    """The gradient of what a block reads; the maps that it reads are taken off the chain."""
    gradients, slopes = [gradient], gradient.new_zeros(MOST_CHANNELS)
    read = [chain.pop() for _ in block]
    layers = []
    for maps, (weight, _) in zip(read, reversed(block), strict=True):
        of_maps = torch.empty_like(maps)
        layers.append(
            backward_pass(
                maps, weight, gradient=gradients[-1], slopes=slopes, input_gradient=of_maps
            )
        )
        gradients.append(of_maps)
    kernels.backward(*layers)
    return gradients[-1]


def _pool(kernels: TrainingKernels, maps: Tensor) -> Tensor:
    """The largest of each 2x2 pixels, before the ReLU: it is the largest above zero too."""
    maps = _even(maps)
    height, width = maps.shape[2:]
    largest = _empty(maps, maps.shape[1], height // 2, width // 2)
    kernels.pool_forward(pooling_pass(maps, output=largest))
    return largest


def _pool_backward(kernels: TrainingKernels, maps: Tensor, gradient: Tensor) -> Tensor:
    even = _even(maps)
    of_even = torch.empty_like(even)
    kernels.pool_backward(pooling_pass(even, gradient=gradient, input_gradient=of_even))
    if even.shape == maps.shape:
        return of_even
    beyond = [a - b for a, b in zip(maps.shape, even.shape, strict=True)]
    return last(F.pad(of_even, (0, beyond[3], 0, beyond[2])))


def _even(maps: Tensor) -> Tensor:
    """Without a last row or column that no 2x2 pixels are left for."""
    height, width = (side // 2 * 2 for side in maps.shape[2:])
    return last(maps[:, :, :height, :width])


def _empty(maps: Tensor, *shape: int) -> Tensor:
    """As many maps, channels-last."""
    return torch.empty((len(maps), *shape), memory_format=torch.channels_last)
