"""Settings of a model, written after a colon: `srgan:realism=0.8,consistent=off`."""

import inspect
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from fourfold.errors import UnknownMethod, nearest
from fourfold.upscaling import Upscaler

_SWITCHES = {"on": True, "off": False}


def _switch(text: str) -> bool:
    return _SWITCHES[text]


_KINDS: dict[str, Callable[[str], float | bool]] = {
    "realism": float,
    "consistent": _switch,
    "ensemble": _switch,
}


@dataclass(frozen=True)
class Settings:
    """What was asked for, as the upscaler takes it."""

    keywords: dict[str, Any] = field(default_factory=dict)

    def described(self, upscaler: Upscaler) -> str:
        """All settings that results depend on, those that were not asked for too."""
        shown = []
        for name, default in _accepted().items():
            value = self.keywords.get(name, getattr(upscaler, name, default))
            if isinstance(value, bool):
                value = "on" if value else "off"
            shown.append(f"{name}={value:g}" if isinstance(value, float) else f"{name}={value}")
        return ", ".join(shown)


def read_settings(text: str) -> Settings:
    """Read settings that stand in one word, by commas.

    Raises:
        UnknownMethod: a setting that there is not, or a value that it cannot have.
    """
    keywords = {}
    for word in filter(None, text.split(",")):
        name, _, value = word.partition("=")
        if name not in _accepted():
            raise UnknownMethod(f"There is no setting '{name}'. {nearest(name, _accepted())}")
        try:
            keywords[name] = _KINDS[name](value)
        except (ValueError, KeyError) as error:
            need = "on or off" if _KINDS[name] is _switch else "a number"
            raise UnknownMethod(f"The setting {name} is '{value}'; it needs {need}.") from error
    return Settings(keywords)


def _accepted() -> dict[str, Any]:
    """The settings that the upscaler knows, with its defaults."""
    parameters = inspect.signature(Upscaler).parameters
    return {name: parameters[name].default for name in _KINDS if name in parameters}
