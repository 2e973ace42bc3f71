"""fourfold: photographs four times as large, by the networks of the SRGAN paper."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from fourfold.evaluation import evaluate
    from fourfold.upscaling import Upscaler

__version__ = "0.1.0"
__all__ = ["Upscaler", "__version__", "evaluate"]

_HOMES = {"Upscaler": "fourfold.upscaling", "evaluate": "fourfold.evaluation"}


def __getattr__(name: str) -> Any:
    """Load a public name when it is first used: importing fourfold alone loads nothing heavy."""
    if name in _HOMES:
        return getattr(import_module(_HOMES[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
