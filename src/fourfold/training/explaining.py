"""The keys of a recipe, as a user sets them, with what each means."""

import ast
import inspect
from itertools import pairwise
from typing import Any, Literal, get_args, get_origin, get_type_hints

from fourfold.training.recipe import Recipe
from fourfold.training.recipes import FIXED
from fourfold.weights import GeneratorConfig


def explained(recipe: Recipe) -> list[tuple[str, str]]:
    """Each key that can be set with its value, as `key=value`, and what it means."""
    meanings = _meanings(GeneratorConfig) | _meanings(Recipe)
    values = vars(recipe.generator) | vars(recipe)
    return [
        (f"{key}={as_set(values[key])}", meaning)
        for key, meaning in meanings.items()
        if key not in FIXED
    ]


def as_set(value: Any) -> str:
    """A value as it is set: on and off, none, numbers with commas between."""
    if value is None or isinstance(value, bool):
        return {None: "none", True: "on", False: "off"}[value]
    return ",".join(map(str, value)) if isinstance(value, tuple) else str(value)


def _meanings(kind: type) -> dict[str, str]:
    """The fields of a dataclass and the docstrings under them, which Python itself forgets."""
    (definition,) = ast.parse(inspect.getsource(kind)).body
    assert isinstance(definition, ast.ClassDef)
    meanings: dict[str, str] = {}
    hints = get_type_hints(kind)
    for statement, below in pairwise([*definition.body, ast.Pass()]):
        if isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name):
            text = below.value if isinstance(below, ast.Expr) else None
            said = str(text.value).split() if isinstance(text, ast.Constant) else []
            hint = hints[statement.target.id]
            choices = get_args(hint) if get_origin(hint) is Literal else ()
            one_of = [f"One of {', '.join(choices)}."] if choices else []
            meanings[statement.target.id] = " ".join([*said, *one_of])
    return meanings
