"""The networks as PyTorch trains them, and the way between arrays and tensors."""

from fourfold.networks.generator import Generator as Generator
from fourfold.networks.generator import generator_from_weights as generator_from_weights
from fourfold.networks.generator import generator_tensors as generator_tensors
from fourfold.networks.lpips import LPIPS_SMALLEST_SIDE as LPIPS_SMALLEST_SIDE
from fourfold.networks.lpips import Lpips as Lpips
from fourfold.networks.lpips import shipped_lpips as shipped_lpips
from fourfold.networks.tensors import to_image as to_image
from fourfold.networks.tensors import to_tensor as to_tensor

__all__ = [
    "LPIPS_SMALLEST_SIDE",
    "Generator",
    "Lpips",
    "generator_from_weights",
    "generator_tensors",
    "shipped_lpips",
    "to_image",
    "to_tensor",
]
