"""Generator configs, weights files, their names, and the plain layers that engines run."""

from fourfold.weights.config import BATCH_NORM_EPSILON as BATCH_NORM_EPSILON
from fourfold.weights.config import GeneratorConfig as GeneratorConfig
from fourfold.weights.config import tensor_shapes as tensor_shapes
from fourfold.weights.files import Card as Card
from fourfold.weights.files import Partner as Partner
from fourfold.weights.files import Weights as Weights
from fourfold.weights.files import check_tensors as check_tensors
from fourfold.weights.files import read_weights as read_weights
from fourfold.weights.files import tensors_sha256 as tensors_sha256
from fourfold.weights.files import write_weights as write_weights
from fourfold.weights.fold import FoldedGenerator as FoldedGenerator
from fourfold.weights.fold import Layer as Layer
from fourfold.weights.fold import fold as fold
from fourfold.weights.interpolation import interpolate as interpolate
from fourfold.weights.names import DEFAULT_MODEL as DEFAULT_MODEL
from fourfold.weights.names import load_partner as load_partner
from fourfold.weights.names import load_weights as load_weights
from fourfold.weights.names import model_at as model_at
from fourfold.weights.names import run_weights as run_weights
from fourfold.weights.names import shipped_names as shipped_names
from fourfold.weights.names import weights_path as weights_path
from fourfold.weights.tensors import read_tensors as read_tensors

__all__ = [
    "BATCH_NORM_EPSILON",
    "DEFAULT_MODEL",
    "Card",
    "FoldedGenerator",
    "GeneratorConfig",
    "Layer",
    "Partner",
    "Weights",
    "check_tensors",
    "fold",
    "interpolate",
    "load_partner",
    "load_weights",
    "model_at",
    "read_tensors",
    "read_weights",
    "run_weights",
    "shipped_names",
    "tensor_shapes",
    "tensors_sha256",
    "weights_path",
    "write_weights",
]
