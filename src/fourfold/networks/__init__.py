"""The networks as PyTorch trains them, and the way between arrays and tensors."""

from fourfold.networks.generator import Generator as Generator
from fourfold.networks.generator import generator_from_weights as generator_from_weights
from fourfold.networks.generator import generator_tensors as generator_tensors
from fourfold.networks.tensors import to_image as to_image
from fourfold.networks.tensors import to_tensor as to_tensor

__all__ = ["Generator", "generator_from_weights", "generator_tensors", "to_image", "to_tensor"]
