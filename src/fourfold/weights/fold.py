"""A weights file turned into the plain layers that every engine runs; float64 numpy.

The network that runs is not the network that trains: batch normalisation disappears into the
convolution before it, the sub-pixel convolutions write what the shuffle would have copied, and
the 9x9 tail works on the maps before the last shuffle, at a quarter of the positions.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from fourfold.weights.config import BATCH_NORM_EPSILON
from fourfold.weights.files import Weights


@dataclass(frozen=True, kw_only=True)
class Layer:
    """A convolution with stride 1 and zero padding, then PReLU where it has slopes."""

    weight: np.ndarray
    """Shape (out, in, k, k), float64; a cross-correlation with padding k // 2."""
    bias: np.ndarray
    """Shape (out,), float64."""
    slopes: np.ndarray | None = None
    """Shape (out,), float64, of any value: PReLU is y if y >= 0, else slope * y."""


@dataclass(frozen=True, kw_only=True)
class FoldedGenerator:
    """The generator as plain layers, in the order in which rows pass them.

    maps = head(lr); after each block maps += conv2(conv1(maps)); then trunk(maps) + head(lr);
    all but the last of `upsample` are followed by a shuffle, `tail` by the only one left:
    (4 * width) maps become 12, which are the 2x2 phases of R'G'B'. A shuffle of channels in the
    order (row phase, column phase, channel) is a copy of blocks. Without `skips` nothing is added.
    """

    scale: int
    width: int
    skips: bool
    head: Layer
    """9x9, 3 -> width, with slopes."""
    blocks: tuple[tuple[Layer, Layer], ...]
    """3x3, width -> width; the first of each pair has slopes."""
    trunk: Layer
    """3x3, width -> width."""
    upsample: tuple[Layer, ...]
    """3x3, width -> 4 * width, outputs (row phase, column phase, channel), with slopes."""
    tail: Layer
    """5x5, 4 * width -> 12; inputs and outputs (row phase, column phase, channel)."""

    @property
    def radius(self) -> int:
        """Pixels of the input beyond a pixel that its result sees: 40 in the paper's.

        9x9 head, two 3x3 a block, 3x3 trunk; 3 for the sub-pixel convolutions, 1 + 1/2 + ..., and
        the tail's 2 of the last maps' pixels, rounded up at every scale.
        """
        return 4 + 2 * len(self.blocks) + 1 + 3


def fold(weights: Weights) -> FoldedGenerator:
    """Fold a generator's weights into the plain layers that compute the same."""
    tensors = {name: tensor.astype(np.float64) for name, tensor in weights.tensors.items()}
    config = weights.config

    def slopes(name: str, channels: int) -> np.ndarray:
        return np.broadcast_to(tensors[f"{name}.prelu.weight"], (channels,)).copy()

    return FoldedGenerator(
        scale=config.scale,
        width=config.width,
        skips=config.skips,
        head=_layer(tensors, "head.conv", slopes=slopes("head", config.width)),
        blocks=tuple(
            (
                _layer(
                    tensors,
                    f"blocks.{index}.conv1",
                    norm=f"blocks.{index}.norm1",
                    slopes=slopes(f"blocks.{index}", config.width),
                ),
                _layer(tensors, f"blocks.{index}.conv2", norm=f"blocks.{index}.norm2"),
            )
            for index in range(config.depth)
        ),
        trunk=_layer(tensors, "trunk.conv", norm="trunk.norm"),
        upsample=tuple(
            _phases_first(
                _layer(
                    tensors,
                    f"upsample.{index}.conv",
                    slopes=np.repeat(slopes(f"upsample.{index}", config.width), 4),
                )
            )
            for index in range(config.doublings)
        ),
        tail=_polyphase(_layer(tensors, "tail")),
    )


def _layer(
    tensors: Mapping[str, np.ndarray],
    conv: str,
    *,
    norm: str | None = None,
    slopes: np.ndarray | None = None,
) -> Layer:
    weight, bias = tensors[f"{conv}.weight"], tensors[f"{conv}.bias"]
    if norm is not None and f"{norm}.weight" in tensors:
        deviation = np.sqrt(tensors[f"{norm}.running_var"] + BATCH_NORM_EPSILON)
        gain = tensors[f"{norm}.weight"] / deviation
        weight = weight * gain[:, None, None, None]
        bias = (bias - tensors[f"{norm}.running_mean"]) * gain + tensors[f"{norm}.bias"]
    return Layer(weight=weight, bias=bias, slopes=slopes)


def _phases_first(layer: Layer) -> Layer:
    """Reorder output channels from (channel, i, j), PixelShuffle's, to (i, j, channel)."""
    outputs = len(layer.bias)
    order = np.arange(outputs).reshape(-1, 2, 2).transpose(1, 2, 0).ravel()
    assert layer.slopes is not None
    return Layer(weight=layer.weight[order], bias=layer.bias[order], slopes=layer.slopes[order])


def _polyphase(tail: Layer) -> Layer:
    """Move the 9x9 tail before the last shuffle, as a 5x5 from (i, j, channel) to (i, j, R'G'B').

    Output pixel (2y + a, 2x + b) reads shuffled pixel (2y + a + u - 4, 2x + b + v - 4) for each
    tap (u, v): phase ((a + u) % 2, (b + v) % 2) of unshuffled pixel (y + (a + u - 4) // 2, ...).
    """
    outputs, channels, side, _ = tail.weight.shape
    weight = np.zeros((2, 2, outputs, 2, 2, channels, 5, 5))
    for a in range(2):
        for b in range(2):
            for u in range(side):
                for v in range(side):
                    row, column = a + u - 4, b + v - 4
                    weight[a, b, :, row % 2, column % 2, :, row // 2 + 2, column // 2 + 2] = (
                        tail.weight[:, :, u, v]
                    )
    return Layer(weight=weight.reshape(4 * outputs, 4 * channels, 5, 5), bias=np.tile(tail.bias, 4))
