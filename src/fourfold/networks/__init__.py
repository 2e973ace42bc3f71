"""The networks as PyTorch trains them, and the way between arrays and tensors."""

from fourfold.networks.discriminator import Discriminator as Discriminator
from fourfold.networks.discriminator import DiscriminatorConfig as DiscriminatorConfig
from fourfold.networks.generator import Generator as Generator
from fourfold.networks.generator import generator_from_weights as generator_from_weights
from fourfold.networks.generator import generator_tensors as generator_tensors
from fourfold.networks.lpips import LPIPS_SMALLEST_SIDE as LPIPS_SMALLEST_SIDE
from fourfold.networks.lpips import Lpips as Lpips
from fourfold.networks.lpips import shipped_lpips as shipped_lpips
from fourfold.networks.tensors import to_image as to_image
from fourfold.networks.tensors import to_tensor as to_tensor
from fourfold.networks.vgg import VggFeatures as VggFeatures
from fourfold.networks.vgg import VggLayer as VggLayer
from fourfold.networks.vgg_files import keep_convolutions as keep_convolutions
from fourfold.networks.vgg_files import read_vgg as read_vgg

__all__ = [
    "LPIPS_SMALLEST_SIDE",
    "Discriminator",
    "DiscriminatorConfig",
    "Generator",
    "Lpips",
    "VggFeatures",
    "VggLayer",
    "generator_from_weights",
    "generator_tensors",
    "keep_convolutions",
    "read_vgg",
    "shipped_lpips",
    "to_image",
    "to_tensor",
]
