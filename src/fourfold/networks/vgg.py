"""The features of VGG19 that the content loss compares.

phi_i,j of the paper is the map after the j-th convolution and its ReLU, before the i-th pooling.

Source: Simonyan and Zisserman 2014, arXiv 1409.1556, configuration E; Ledig et al. 2017, 2.2.1.
"""

from pathlib import Path
from typing import Literal

import torch
from torch import Tensor, nn

from fourfold.weights import read_tensors

VggLayer = Literal["2_2", "5_4"]

_BLOCKS = ((2, 64), (2, 128), (4, 256), (4, 512), (4, 512))  # convolutions and maps of each
_MEAN = (123.68, 116.779, 103.939)  # of R'G'B' from 0 to 255
_RESCALING = 12.75  # the paper divides features by it


class VggFeatures(nn.Module):
    """R'G'B' in [0, 1], shape (N, 3, H, W), to phi / 12.75, (N, C, h, w), float32.

    The layers beyond phi are not built; those before it may be brought to half precision.

    The network is homogeneous: with its input and its biases divided by 12.75 every map is, which
    keeps them small enough for half precision.
    """

    mean: Tensor

    def __init__(self, layer: VggLayer) -> None:
        super().__init__()
        last = tuple(map(int, layer.split("_")))
        self.register_buffer("mean", torch.tensor(_MEAN).view(1, 3, 1, 1), persistent=False)
        self.layers = nn.Sequential()
        channels = 3
        for block, (convolutions, maps) in enumerate(_BLOCKS[: last[0]], start=1):
            if block > 1:
                self.layers.add_module(f"pool{block - 1}", nn.MaxPool2d(2))
            for index in range(1, (last[1] if block == last[0] else convolutions) + 1):
                convolution = nn.Conv2d(channels, maps, kernel_size=3, padding=1)
                self.layers.add_module(f"conv{block}_{index}", convolution)
                self.layers.add_module(f"relu{block}_{index}", nn.ReLU())
                channels = maps

    def forward(self, image: Tensor) -> Tensor:
        centred = (255 * image - self.mean) / _RESCALING  # float32: half a level must not be lost
        return self.layers(centred.to(self.mean.dtype)).float()


def read_vgg(path: Path, layer: VggLayer) -> VggFeatures:
    """VGG19 up to a layer, with the Oxford group's weights, in evaluation mode.

    Args:
        path: safetensors with `conv1_1.weight`, `conv1_1.bias` and so on; R'G'B' input from 0 to
            255 less the means (123.68, 116.779, 103.939).
        layer: "2_2" or "5_4".

    Raises:
        InvalidWeights: the file is not such a VGG19.
    """
    network = VggFeatures(layer)
    shapes = {name: tuple(tensor.shape) for name, tensor in network.layers.state_dict().items()}
    tensors = {name: torch.from_numpy(array) for name, array in read_tensors(path, shapes).items()}
    for name, tensor in tensors.items():
        if name.endswith("bias"):
            tensor /= _RESCALING
    network.layers.load_state_dict(tensors)
    return network.eval().requires_grad_(False).to(memory_format=torch.channels_last)  # type: ignore[call-overload]
