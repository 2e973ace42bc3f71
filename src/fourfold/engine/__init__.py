"""The native engine over native/: upscales on every processor, without PyTorch."""

from fourfold.engine.consistency import NativeConsistency as NativeConsistency
from fourfold.engine.instruction_sets import SelfTest as SelfTest
from fourfold.engine.instruction_sets import instruction_sets as instruction_sets
from fourfold.engine.instruction_sets import self_test as self_test
from fourfold.engine.native import NativeEngine as NativeEngine
from fourfold.engine.native import NativePrecision as NativePrecision
from fourfold.engine.native import NativeStream as NativeStream
from fourfold.engine.native import why_not as why_not
from fourfold.engine.processors import cores_at_hand as cores_at_hand
from fourfold.engine.training import BackwardPass as BackwardPass
from fourfold.engine.training import FirstPass as FirstPass
from fourfold.engine.training import ForwardPass as ForwardPass
from fourfold.engine.training import PoolingPass as PoolingPass
from fourfold.engine.training import TailPass as TailPass
from fourfold.engine.training import TrainingKernels as TrainingKernels
from fourfold.engine.training import load_training_kernels as load_training_kernels
from fourfold.engine.training import training_self_test as training_self_test

__all__ = [
    "BackwardPass",
    "FirstPass",
    "ForwardPass",
    "NativeConsistency",
    "NativeEngine",
    "NativePrecision",
    "NativeStream",
    "PoolingPass",
    "SelfTest",
    "TailPass",
    "TrainingKernels",
    "cores_at_hand",
    "instruction_sets",
    "load_training_kernels",
    "self_test",
    "training_self_test",
    "why_not",
]
