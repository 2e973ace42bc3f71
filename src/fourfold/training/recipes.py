"""The recipes that are there, in one table, and the settings that change them."""

import math
import types
from collections.abc import Iterable
from dataclasses import fields, replace
from typing import Any, Literal, get_args, get_origin, get_type_hints

from fourfold.errors import InvalidRecipe, nearest
from fourfold.training.degradation import Degradation
from fourfold.training.recipe import Recipe
from fourfold.weights import GeneratorConfig

_MSE = Recipe(
    name="srresnet-mse",
    reference="SRResNet-MSE as in section 3.2 of the paper: MSE, Adam 1e-4, 10^6 updates",
)
_GAN = Recipe(
    name="srgan-vgg54",
    reference="SRGAN-VGG54 as in section 3.2: phi 5,4, 10^5 updates at 1e-4, 10^5 at 1e-5",
    start="srresnet",
    content="vgg54",
    adversarial=1e-3,
    steps=200_000,
    tenth=100_000,
)
_CPU = Recipe(
    name="srresnet-mse-cpu",
    reference="SRResNet for two cores: no BN, nearest-neighbour start, L1, Muon, averaged",
    generator=GeneratorConfig(normalisation="none"),
    start="nearest",
    content="l1",
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
    validate_every=625,
)

_GAN_CPU = replace(
    _CPU,
    name="srgan-vgg54-cpu",
    reference="SRGAN-VGG54 for two cores: no BN, tones held, averaged",
    start="srresnet",
    content="vgg54",
    adversarial=1e-3,
    tones=1.0,
    judges="auto",
    batch=16,
    steps=5_000,
    learning_rate=7e-5,
    beta2=0.999,
    warm_up=100,
    clip=0.0,
    discriminator_learning_rate=1.5e-4,
    discriminator_alone=250,
)
_FAST = replace(
    _CPU,
    name="srresnet-mse-fast",
    reference="SRResNet in minutes on one GPU: no BN, L1 on 96 pixels, then MSE on 192, averaged",
    batch=64,
    late_share=0.35,
    steps=60_000,
    minutes=6.0,
    warm_up=500,
    decay_share=1.0,
    validate_every=10_000,
)
_GAN_FAST = replace(
    _GAN_CPU,
    name="srgan-vgg54-fast",
    reference="SRGAN-VGG54 in minutes on one GPU: no BN, tones held, averaged",
    adversarial_most=0.2,  # docs/reproduce.md, on one GPU
    batch=32,
    steps=30_000,
    minutes=6.0,
    learning_rate=2e-4,
    warm_up=200,
    decay_share=0.4,
    discriminator_learning_rate=2e-4,
    validate_every=5_000,
)
_PHOTO = Degradation()

RECIPES: dict[str, Recipe] = {
    recipe.name: recipe
    for recipe in (
        _MSE,
        replace(
            _MSE,
            name="srresnet-vgg22",
            reference="SRResNet-VGG22 as in the paper: phi 2,2 and total variation of weight 2e-8",
            content="vgg22",
            total_variation=2e-8,
        ),
        replace(
            _GAN,
            name="srgan-mse",
            reference="SRGAN-MSE as in the paper: pixels and adversarial loss",
            content="mse",
        ),
        replace(
            _GAN,
            name="srgan-vgg22",
            reference="SRGAN-VGG22 as in the paper: phi 2,2 and adversarial loss",
            content="vgg22",
        ),
        _GAN,
        # docs/reproduce.md, short runs in pairs: Muon makes most of few crops.
        replace(_CPU, optimiser="muon", muon_rate=4e-4),
        _FAST,
        replace(
            _GAN_FAST,
            name="srgan-mse-fast",
            reference="SRGAN-MSE in minutes on one GPU: no BN, averaged",
            content="mse",
            adversarial_most=0.0,
            tones=0.0,
        ),
        replace(
            _GAN_FAST,
            name="srgan-vgg22-fast",
            reference="SRGAN-VGG22 in minutes on one GPU: no BN, tones held, averaged",
            content="vgg22",
        ),
        _GAN_FAST,
        _GAN_CPU,
        replace(
            _MSE,
            name="srresnet-photo",
            reference="SRResNet for blurred, noisy, compressed photographs; else as in the paper",
            generator=GeneratorConfig(normalisation="none"),
            start="srresnet",
            degradation=_PHOTO,
            crops_from="area",
            turned=True,
            steps=200_000,
            decay=None,
        ),
        replace(
            _GAN,
            name="srgan-photo",
            reference="SRGAN-VGG54 for blurred, noisy, compressed photographs; tones held",
            generator=GeneratorConfig(normalisation="none"),
            start="srgan",
            degradation=_PHOTO,
            crops_from="area",
            turned=True,
            tones=1.0,
            discriminator_alone=250,
        ),
        replace(
            _CPU,
            name="srresnet-photo-cpu",
            reference="srresnet-mse-cpu for blurred, noisy, compressed photographs",
            start="srresnet",
            degradation=_PHOTO,
            learning_rate=2e-4,
        ),
        replace(
            _GAN_CPU,
            name="srgan-photo-cpu",
            reference="srgan-vgg54-cpu for blurred, noisy, compressed photographs",
            start="srgan",
            adversarial=2e-2,  # docs/reproduce.md, the shipped networks
            degradation=_PHOTO,
            clean=0.4,
        ),
    )
}

FIXED = {"name", "reference", "generator", "degradation"}
"""What of a recipe no user sets."""

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
            the steps that see so many; 20k and 1M stand for 20,000 and 1,000,000. Of `steps`
            and `crops` the later counts.

    Raises:
        InvalidRecipe: an unknown key, or a value that the key cannot have.
        InvalidConfig: a generator that cannot be built.
    """
    training: dict[str, Any] = {}
    generator: dict[str, Any] = {}
    homes = _keys(Recipe, training) | _keys(GeneratorConfig, generator)
    crops: int | None = None
    for setting in settings:
        key, equals, text = setting.partition("=")
        if not equals:
            raise InvalidRecipe(f"'{setting}' is no setting; write key=value, as in batch=8.")
        if key == "crops":
            crops = _parse(key, text, int)
            training["minutes"] = 0.0
        elif key in homes:
            kind, values = homes[key]
            values[key] = _parse(key, text, kind)
            if key == "steps":  # said in so many words, it outweighs a recipe's own minutes
                training.setdefault("minutes", 0.0)
                crops = None
        else:
            known = nearest(key, [*homes, "crops"])
            raise InvalidRecipe(f"A recipe has no key '{key}'. {known}")
    if crops is not None:  # of batches as they are in the end, wherever they were set
        training["steps"] = _steps_for(crops, recipe, training)
    return replace(recipe, **training, generator=replace(recipe.generator, **generator))


def _steps_for(crops: int, recipe: Recipe, settings: dict[str, Any]) -> int:
    """The steps that see so many crops, with what was set."""
    late_share, late_batch, batch = (
        settings.get(name, getattr(recipe, name)) for name in ("late_share", "late_batch", "batch")
    )
    return math.ceil(crops / ((1 - late_share) * batch + late_share * late_batch))


def _keys(kind: type, values: dict[str, Any]) -> dict[str, tuple[Any, dict[str, Any]]]:
    """The fields of a dataclass that a user may set: name -> (type, where its value goes)."""
    hints = get_type_hints(kind)
    names = (entry.name for entry in fields(kind))
    return {name: (hints[name], values) for name in names if name not in FIXED}


def _parse(key: str, text: str, kind: Any) -> Any:
    """The value of type `kind` that `text` stands for."""
    if get_origin(kind) is Literal:
        if text not in get_args(kind):
            raise InvalidRecipe(f"{key} is '{text}'. {nearest(text, get_args(kind))}")
        return text
    if get_origin(kind) is tuple:  # whole numbers with commas between
        return tuple(_parse(key, part, int) for part in text.split(",") if text)
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
