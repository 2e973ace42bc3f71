"""LPIPS with AlexNet: the distance of two pictures in a network's features, weighted by learning.

Source: Zhang et al. 2018, arXiv 1801.03924, version 0.1; AlexNet as torchvision trained it.
Weights and licences: shipped/lpips_alex.md.
"""

from collections.abc import Sequence
from pathlib import Path

import torch
from torch import Tensor, nn

from fourfold.weights import read_tensors

LPIPS_SMALLEST_SIDE = 31
"""Pixels; below it nothing is left for the second pooling."""

_FILE = Path(__file__).parent / "shipped" / "lpips_alex.safetensors"
_MEAN = (-0.030, -0.088, -0.188)  # of R'G'B' in [-1, 1]
_DEVIATION = (0.458, 0.448, 0.450)


class Lpips(nn.Module):
    """Two batches of R'G'B' in [0, 1], both (N, 3, H, W), to their distances, (N,).

    Sides are at least 31 pixels. Each feature vector is brought to length 1; squared differences
    are weighted by channel, averaged over the positions, summed over the five layers.
    """

    mean: Tensor
    deviation: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(3, 64, kernel_size=11, stride=4, padding=2)
        self.conv2 = nn.Conv2d(64, 192, kernel_size=5, padding=2)
        self.conv3 = nn.Conv2d(192, 384, kernel_size=3, padding=1)
        self.conv4 = nn.Conv2d(384, 256, kernel_size=3, padding=1)
        self.conv5 = nn.Conv2d(256, 256, kernel_size=3, padding=1)
        self.pool = nn.MaxPool2d(kernel_size=3, stride=2)
        for index, channels in enumerate((64, 192, 384, 256, 256)):
            self.add_module(f"lin{index}", nn.Conv2d(channels, 1, kernel_size=1, bias=False))
        for name, values in (("mean", _MEAN), ("deviation", _DEVIATION)):
            self.register_buffer(name, torch.tensor(values).view(1, 3, 1, 1), persistent=False)

    def forward(self, sr: Tensor, hr: Tensor) -> Tensor:
        return self.distance(self.features(sr), self.features(hr))

    def distance(self, ours: Sequence[Tensor], theirs: Sequence[Tensor]) -> Tensor:
        """The distances of two batches from their `features`, (N,), float64."""
        distance = torch.zeros(len(ours[0]), dtype=torch.float64, device=ours[0].device)
        for index, pair in enumerate(zip(ours, theirs, strict=True)):
            difference = _unit_length(pair[0]) - _unit_length(pair[1])
            weighted = self.get_submodule(f"lin{index}")(difference**2)  # (N, 1, h, w)
            distance = distance + weighted.double().mean(dim=(1, 2, 3))
        return distance

    def features(self, image: Tensor) -> list[Tensor]:
        """The five feature maps of R'G'B' in [0, 1], each after its ReLU."""
        first = self.conv1((2 * image - 1 - self.mean) / self.deviation).relu()
        second = self.conv2(self.pool(first)).relu()
        third = self.conv3(self.pool(second)).relu()
        fourth = self.conv4(third).relu()
        return [first, second, third, fourth, self.conv5(fourth).relu()]


def shipped_lpips() -> Lpips:
    """LPIPS with the weights that come with fourfold, float32, in evaluation mode.

    Raises:
        InvalidWeights: the file is missing or damaged; install fourfold anew.
    """
    network = Lpips()
    shapes = {name: tuple(tensor.shape) for name, tensor in network.state_dict().items()}
    tensors = read_tensors(_FILE, shapes)
    network.load_state_dict({name: torch.from_numpy(array) for name, array in tensors.items()})
    return network.eval().requires_grad_(False)


def _unit_length(maps: Tensor) -> Tensor:
    return maps / (maps.square().sum(dim=1, keepdim=True).sqrt() + 1e-10)
