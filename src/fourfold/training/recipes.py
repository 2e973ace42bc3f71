"""The recipes that are there, in one table, and the settings that change them."""

import types
from collections.abc import Iterable
from dataclasses import fields, replace
from typing import Any, Literal, get_args, get_origin, get_type_hints

from fourfold.errors import InvalidRecipe, nearest
from fourfold.training.recipe import Recipe
from fourfold.weights import GeneratorConfig

RECIPES: dict[str, Recipe] = {
    recipe.name: recipe
    for recipe in (
        Recipe(
            name="srresnet-mse",
            reference="SRResNet-MSE as in section 3.2 of the paper: MSE, Adam 1e-4, 10^6 updates",
        ),
        Recipe(
            name="srresnet-mse-cpu",
            reference="SRResNet for two cores: no BN, nearest-neighbour start, L1, averaged",
            generator=GeneratorConfig(normalisation="none"),
            start="nearest",
            loss="l1",
            batch=8,
            crops_from="area",
            turned=True,
            steps=2_500,
            learning_rate=4e-4,
            beta2=0.99,
            warm_up=300,
            decay=None,
            clip=1.0,
            average=0.999,
            validate_every=500,
        ),
    )
}

_FIXED = {"name", "reference", "generator"}
_SUFFIXES = {"k": 1_000, "M": 1_000_000}
_WORDS = {"on": True, "true": True, "off": False, "false": False}


def find_recipe(name: str) -> Recipe:
    """The recipe of that name.

    Raises:
        InvalidRecipe: there is none; the message suggests the nearest name.
    """
    if name not in RECIPES:
        raise InvalidRecipe(f"There is no recipe '{name}'. {nearest(name, RECIPES)}")
    return RECIPES[name]


def with_settings(recipe: Recipe, settings: Iterable[str]) -> Recipe:
    """The recipe with some values changed.

    Args:
        recipe: what is changed.
        settings: `key=value`, the key a field of the recipe or of its generator, or `crops` for
            the steps that see so many; 20k and 1M stand for 20,000 and 1,000,000.

    Raises:
        InvalidRecipe: an unknown key, or a value that the key cannot have.
        InvalidConfig: a generator that cannot be built.
    """
    training: dict[str, Any] = {}
    generator: dict[str, Any] = {}
    homes = _keys(Recipe, training) | _keys(GeneratorConfig, generator)
    for setting in settings:
        key, equals, text = setting.partition("=")
        if not equals:
            raise InvalidRecipe(f"'{setting}' is no setting; write key=value, as in batch=8.")
        if key == "crops":
            batch = training.get("batch", recipe.batch)
            training["steps"] = -(-_parse(key, text, int) // batch)
        elif key in homes:
            kind, values = homes[key]
            values[key] = _parse(key, text, kind)
        else:
            known = nearest(key, [*homes, "crops"])
            raise InvalidRecipe(f"A recipe has no key '{key}'. {known}")
    return replace(recipe, **training, generator=replace(recipe.generator, **generator))


def _keys(kind: type, values: dict[str, Any]) -> dict[str, tuple[Any, dict[str, Any]]]:
    """The fields of a dataclass that a user may set: name -> (type, where its value goes)."""
    hints = get_type_hints(kind)
    names = (entry.name for entry in fields(kind))
    return {name: (hints[name], values) for name in names if name not in _FIXED}


def _parse(key: str, text: str, kind: Any) -> Any:
    """The value of type `kind` that `text` stands for."""
    if get_origin(kind) is Literal:
        if text not in get_args(kind):
            raise InvalidRecipe(f"{key} is '{text}'. {nearest(text, get_args(kind))}")
        return text
    if isinstance(kind, types.UnionType):  # int | None
        return None if text == "none" else _parse(key, text, int)
    if kind is bool and text in _WORDS:
        return _WORDS[text]
    try:
        if kind is int:
            factor = _SUFFIXES.get(text[-1:], 1)
            return round(float(text[:-1]) * factor) if factor > 1 else int(text)
        if kind is float:
            return float(text)
    except (ValueError, OverflowError):
        pass
    need = {int: "a whole number", float: "a number", bool: "on or off"}[kind]
    raise InvalidRecipe(f"{key} is '{text}'; it must be {need}.")
