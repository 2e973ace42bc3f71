"""The discriminator on the native kernels: its convolutions in fp32.

In bfloat16, which `judges` chooses where a processor has it, PyTorch's own kernels compute them.
"""

from collections import OrderedDict

from torch import Tensor, nn

from fourfold.engine import TrainingKernels
from fourfold.engine.training import CHANNELS
from fourfold.networks import Discriminator
from fourfold.training.first_convolution import can_be_first, first
from fourfold.training.kernels import can_take, convolve, is_plain


class NativeConvolution(nn.Conv2d):
    """A convolution with another's parameters, on the native kernels where they take it."""

    def __init__(self, convolution: nn.Conv2d, kernels: TrainingKernels) -> None:
        super().__init__(
            convolution.in_channels,
            convolution.out_channels,
            kernel_size=3,
            stride=convolution.stride[0],
            padding=1,
            device="meta",  # no memory for what the next lines replace
        )
        self.weight, self.bias = convolution.weight, convolution.bias
        self.kernels = kernels

    def forward(self, maps: Tensor) -> Tensor:
        """As PyTorch's own."""
        return self.of_activated(maps, None)

    def of_activated(self, maps: Tensor, slope: float | None) -> Tensor:
        """The convolution of maps that a ReLU of this slope below zero still waits for, or none."""
        stride = self.stride[0]
        are_whole = all(side % stride == 0 for side in maps.shape[2:])
        if is_plain(maps) and is_plain(self.weight) and are_whole:
            weight, bias = self.weight, self.bias
            slopes = None if slope is None else maps.new_full((self.in_channels,), slope)
            return convolve(self.kernels, maps, weight, bias, slopes=slopes, stride=stride)
        return super().forward(_activated(maps, slope))


class NativeFirst(nn.Conv2d):
    """A judge's first convolution, with another's parameters."""

    def __init__(self, convolution: nn.Conv2d, kernels: TrainingKernels) -> None:
        super().__init__(3, CHANNELS, kernel_size=3, padding=1, device="meta")
        self.weight, self.bias = convolution.weight, convolution.bias
        self.kernels = kernels

    def forward(self, pixels: Tensor) -> Tensor:
        """As PyTorch's own."""
        if is_plain(pixels) and is_plain(self.weight):
            return first(self.kernels, pixels, self.weight, self.bias)
        return super().forward(pixels)


class NativeLayers(nn.Sequential):
    """A judge's layers: a LeakyReLU is applied by the convolution that reads its map."""

    def forward(self, maps: Tensor) -> Tensor:
        """As those of `Discriminator`."""
        slope = None  # of a ReLU that waits
        for layer in self:
            if isinstance(layer, NativeConvolution):
                maps, slope = layer.of_activated(maps, slope), None
            elif isinstance(layer, nn.LeakyReLU):
                slope = layer.negative_slope
            else:
                maps, slope = layer(_activated(maps, slope)), None
        return _activated(maps, slope)


def _activated(maps: Tensor, slope: float | None) -> Tensor:
    if slope is None:
        return maps
    return nn.functional.leaky_relu(maps, slope)


def discriminator_on(discriminator: Discriminator, kernels: TrainingKernels) -> Discriminator:
    """The same discriminator, its convolutions on the kernels."""
    discriminator.convolutions = _on_kernels(discriminator.convolutions, kernels)
    return discriminator


def _on_kernels(layers: nn.Sequential, kernels: TrainingKernels) -> NativeLayers:
    named = OrderedDict(layers.named_children())
    for name, layer in named.items():
        if isinstance(layer, nn.Conv2d) and can_be_first(layer.weight):
            named[name] = NativeFirst(layer, kernels)
        elif isinstance(layer, nn.Conv2d) and can_take(layer.weight):
            named[name] = NativeConvolution(layer, kernels)
    return NativeLayers(named)
