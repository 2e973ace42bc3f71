"""VGG19 and the discriminator on the native kernels: their 3x3 convolutions in fp32.

In bfloat16, which `judges` chooses where a processor has it, PyTorch's own kernels compute them.
"""

from collections import OrderedDict

from torch import Tensor, nn

from fourfold.engine import TrainingKernels
from fourfold.networks import Discriminator, VggFeatures
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

    def of_activated(self, maps: Tensor, slopes: Tensor | None) -> Tensor:
        """The convolution of PReLU(maps)."""
        stride = self.stride[0]
        are_whole = all(side % stride == 0 for side in maps.shape[2:])
        if is_plain(maps) and is_plain(self.weight) and are_whole:
            weight, bias = self.weight, self.bias
            return convolve(self.kernels, maps, weight, bias, slopes=slopes, stride=stride)
        return super().forward(maps if slopes is None else nn.functional.prelu(maps, slopes))


class NativeLayers(nn.Sequential):
    """VGG19's layers: a ReLU is applied by the convolution that reads its map.

    A pooling may come before the ReLU: the largest of all is the largest above zero.
    """

    def forward(self, maps: Tensor) -> Tensor:
        """As those of `VggFeatures`."""
        is_waiting = False  # for a ReLU
        for layer in self:
            if isinstance(layer, NativeConvolution):
                slopes = maps.new_zeros(maps.shape[1]) if is_waiting else None
                maps, is_waiting = layer.of_activated(maps, slopes), False
            elif isinstance(layer, nn.ReLU):
                is_waiting = True
            elif isinstance(layer, nn.MaxPool2d):
                maps = layer(maps)
            else:
                assert not is_waiting
                maps = layer(maps)
        return maps.relu() if is_waiting else maps


def discriminator_on(discriminator: Discriminator, kernels: TrainingKernels) -> Discriminator:
    """The same discriminator, its convolutions on the kernels."""
    _replace(discriminator.convolutions, kernels)
    return discriminator


def features_on(features: VggFeatures, kernels: TrainingKernels) -> VggFeatures:
    """The same features, their convolutions on the kernels."""
    _replace(features.layers, kernels)
    features.layers = NativeLayers(OrderedDict(features.layers.named_children()))
    return features


def _replace(layers: nn.Sequential, kernels: TrainingKernels) -> None:
    for name, layer in list(layers.named_children()):
        if isinstance(layer, nn.Conv2d) and can_take(layer.weight):
            layers.add_module(name, NativeConvolution(layer, kernels))
