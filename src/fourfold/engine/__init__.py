"""The native engine over native/: upscales on every processor, without PyTorch."""

from fourfold.engine.consistency import NativeConsistency as NativeConsistency
from fourfold.engine.instruction_sets import SelfTest as SelfTest
from fourfold.engine.instruction_sets import instruction_sets as instruction_sets
from fourfold.engine.instruction_sets import self_test as self_test
from fourfold.engine.native import NativeEngine as NativeEngine
from fourfold.engine.native import NativeStream as NativeStream
from fourfold.engine.native import why_not as why_not

__all__ = [
    "NativeConsistency",
    "NativeEngine",
    "NativeStream",
    "SelfTest",
    "instruction_sets",
    "self_test",
    "why_not",
]
