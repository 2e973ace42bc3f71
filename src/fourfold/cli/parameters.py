"""Options that are no plain numbers: an amount of memory, a part of a picture."""

import math
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from click.shell_completion import CompletionItem

from fourfold.errors import FourfoldError

if TYPE_CHECKING:
    _Parameter = click.ParamType[Any]
else:
    _Parameter = click.ParamType  # older clicks' takes no type

_UNITS = {"": 1, "k": 1e3, "m": 1e6, "g": 1e9, "ki": 2**10, "mi": 2**20, "gi": 2**30}


def models_and_files(
    ctx: click.Context,  # noqa: ARG001 - click calls it so
    param: click.Parameter,  # noqa: ARG001
    incomplete: str,
) -> list[CompletionItem]:
    """For the shell: the shipped models that go on like this, and whatever files do."""
    from fourfold.weights import shipped_names

    names = [name for name in shipped_names() if name.startswith(incomplete)]
    return [*map(CompletionItem, names), CompletionItem(incomplete, type="file")]


class Number(click.FloatRange):
    """A number in a range; not nan, which no comparison refuses, nor infinity."""

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        """As a finite number; a usage error for anything else."""
        number = float(super().convert(value, param, ctx))
        if not math.isfinite(number):
            self.fail(f"'{value}' is no finite number.", param, ctx)
        return number

    def _describe_range(self) -> str:
        """What click would write into help beside the option's own words, which say it."""
        return ""


class Whole(click.IntRange):
    """A whole number in a range."""

    def _describe_range(self) -> str:
        """What click would write into help beside the option's own words, which say it."""
        return ""


class Memory(_Parameter):
    """Bytes, with a unit or without: 800MB, 2GB, 1.5GiB."""

    name = "memory"

    def convert(
        self, value: str | int, param: click.Parameter | None, ctx: click.Context | None
    ) -> int:
        """As a number of bytes; a usage error for anything else."""
        if isinstance(value, int):
            return value
        match = re.fullmatch(r"([0-9]{0,18}\.?[0-9]{1,18}) *([kmg]i?)?b?", value.strip().lower())
        amount = int(float(match[1]) * _UNITS[match[2] or ""]) if match else 0
        if amount < 1:
            self.fail(f"'{value}' is no amount of memory, such as 800MB or 2GB.", param, ctx)
        return amount


class RegionOfPicture(_Parameter):
    """X,Y,W,H: a part of the input, in its pixels from the upper left."""

    name = "region"

    def convert(
        self,
        value: str | tuple[int, int, int, int],
        param: click.Parameter | None,
        ctx: click.Context | None,
    ) -> tuple[int, int, int, int]:
        """As four whole numbers; a usage error for anything else."""
        if isinstance(value, tuple):
            return value
        match = re.fullmatch(r"(\d{1,9}),(\d{1,9}),(\d{1,9}),(\d{1,9})", value.replace(" ", ""))
        if match is None:
            self.fail(f"'{value}' is not X,Y,W,H, such as 100,40,64,48.", param, ctx)
        x, y, width, height = map(int, match.groups())
        return x, y, width, height


class FormatName(_Parameter):
    """The name of a format, or one of its extensions: jpeg, jpg, .jpg; as the room's own name."""

    name = "format"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """As the format's name in lower case; a usage error for anything else."""
        from fourfold.imaging import format_named_by, format_names

        known = format_names()
        name = value.lower().removeprefix(".")
        if name not in known:
            try:
                name = format_named_by(Path(f"x.{name}")).name.lower()
            except FourfoldError:
                self.fail(f"'{value}' is no format. Known are: {', '.join(known)}.", param, ctx)
        return name

    def shell_complete(
        self,
        ctx: click.Context,  # noqa: ARG002 - click calls it so
        param: click.Parameter,  # noqa: ARG002
        incomplete: str,
    ) -> list[CompletionItem]:
        """The names that go on like this."""
        from fourfold.imaging import format_names

        return [CompletionItem(name) for name in format_names() if name.startswith(incomplete)]


class Background(_Parameter):
    """A colour: white, #fff, #ffffff."""

    name = "colour"

    def convert(
        self,
        value: str | tuple[int, int, int],
        param: click.Parameter | None,
        ctx: click.Context | None,
    ) -> tuple[int, int, int]:
        """As R'G'B' from 0 to 255; a usage error for anything else."""
        from fourfold.imaging import colour_of

        if isinstance(value, tuple):
            return value
        try:
            return colour_of(value)
        except FourfoldError as error:
            self.fail(str(error), param, ctx)
