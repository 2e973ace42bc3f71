"""What a generator's weights are before the first step."""

from dataclasses import replace
from pathlib import Path

import torch
from torch import nn

from fourfold.errors import InvalidRecipe
from fourfold.networks import (
    Discriminator,
    DiscriminatorConfig,
    Generator,
    generator_from_weights,
)
from fourfold.training.explaining import as_set
from fourfold.training.recipe import Recipe
from fourfold.weights import GeneratorConfig, Weights, load_weights, shipped_names

_COLOURS = 3


def choose_start(recipe: Recipe, model: str | Path | None) -> tuple[Recipe, str | Path | None]:
    """What a run starts from where nothing is named: the recipe's own start.

    Where that is a shipped network, the recipe's generator takes its normalisation, which is none.

    Returns:
        The recipe, and the model to start from, if any.

    Raises:
        InvalidRecipe: the recipe's generator is another than the shipped network.
    """
    if model is not None or recipe.start not in shipped_names():
        return recipe, model
    shipped = load_weights(recipe.start).config
    generator = replace(recipe.generator, normalisation=shipped.normalisation)
    if differs := _difference(generator, shipped):
        name, theirs, ours = differs
        raise InvalidRecipe(
            f"{recipe.start}, which the recipe starts from, has {name} {theirs}, its generator "
            f"here has {ours}. Set {name}={theirs}, name other weights with --init, or start anew "
            "with start=kaiming."
        )
    return replace(recipe, generator=generator), recipe.start


def new_generator(recipe: Recipe) -> Generator:
    """A generator with the recipe's random start; the recipe's seed fixes it."""
    generator = Generator(recipe.generator)
    rng = torch.Generator().manual_seed(recipe.seed)
    with torch.no_grad():
        _fill_kaiming(generator, rng)
        if recipe.start == "nearest":
            _carry_pixels(generator)
    return generator


def new_discriminator(recipe: Recipe) -> Discriminator:
    """A discriminator for the recipe's crops, with a random start that the seed fixes."""
    config = DiscriminatorConfig(
        side=recipe.hr_crop, width=recipe.discriminator_width, dense=recipe.discriminator_dense
    )
    discriminator = Discriminator(config)
    rng = torch.Generator().manual_seed(recipe.seed + 1)
    for module in discriminator.modules():
        if isinstance(module, nn.Conv2d | nn.Linear):
            nn.init.kaiming_normal_(module.weight, a=0.2, generator=rng)
            assert module.bias is not None
            nn.init.zeros_(module.bias)
    return discriminator


def continued_generator(recipe: Recipe, weights: Weights) -> Generator:
    """A generator that goes on from trained weights.

    From another scale it takes head, blocks, trunk and the enlargements by 2 that both have. What
    follows carries the first three maps on as if they were colours, all else small: they are not,
    and yet nothing else that was tried learns as fast (docs/reproduce.md).

    Raises:
        InvalidRecipe: depth, width, normalisation, slopes or skips differ from the recipe's.
    """
    _check_same_trunk(recipe.generator, weights.config)
    if weights.config == recipe.generator:
        return generator_from_weights(weights).train()
    generator = new_generator(recipe)
    if recipe.start != "nearest" and recipe.generator.width >= _COLOURS:
        with torch.no_grad():
            _carry_pixels(generator)
    stages = (f"upsample.{stage}." for stage in range(_shared_doublings(recipe, weights)))
    prefixes = ("head.", "blocks.", "trunk.", *stages)
    taken = {
        name: torch.from_numpy(tensor).float()
        for name, tensor in weights.tensors.items()
        if name.startswith(prefixes)
    }
    generator.load_state_dict(taken, strict=False)
    return generator


def what_it_starts_from(recipe: Recipe, model: str | Path | None, weights: Weights | None) -> str:
    """What a run begins with, in a few words: weights and what is taken of them, or random ones."""
    if weights:
        return f"{model}, {what_is_taken(recipe, weights)}"
    return (
        "random weights that enlarge by nearest neighbour"
        if recipe.start == "nearest"
        else "random weights"
    )


def what_is_taken(recipe: Recipe, weights: Weights) -> str:
    """What `continued_generator` goes on from, and what starts anew, in a few words."""
    taken = f"normalisation {weights.config.normalisation}"
    theirs, ours = weights.config.scale, recipe.generator.scale
    if theirs == ours:
        return taken
    stages = {1: "the first enlargement", 2: "the first two enlargements"}
    return (
        f"{taken}: a x{theirs}, of which head, blocks, trunk and "
        f"{stages[_shared_doublings(recipe, weights)]} by 2 go on; what follows, for x{ours}, "
        "starts anew"
    )


def _shared_doublings(recipe: Recipe, weights: Weights) -> int:
    return min(recipe.generator.doublings, weights.config.doublings)


def _check_same_trunk(wanted: GeneratorConfig, given: GeneratorConfig) -> None:
    if differs := _difference(wanted, given):
        name, theirs, ours = differs
        raise InvalidRecipe(
            f"The weights to start from have {name} {theirs}, the recipe's generator has {ours}. "
            f"Set {name}={theirs}, or start from other weights."
        )


def _difference(wanted: GeneratorConfig, given: GeneratorConfig) -> tuple[str, str, str] | None:
    """The first key in which two trunks differ, and its values as they are set: given, wanted."""
    for name in ("depth", "width", "normalisation", "slopes", "skips"):
        ours, theirs = getattr(wanted, name), getattr(given, name)
        if ours != theirs:
            return name, as_set(theirs), as_set(ours)
    return None


def _fill_kaiming(generator: Generator, rng: torch.Generator) -> None:
    """He et al. 2015 for PReLU of slope 1/4; residuals and the tail begin small.

    The four phases of a sub-pixel convolution begin equal, so that no checkerboard does
    (Aitken et al. 2017, arXiv 1707.02937).
    """
    for name, module in generator.named_modules():
        if not isinstance(module, nn.Conv2d):
            continue
        nn.init.kaiming_normal_(module.weight, a=0.25, generator=rng)
        assert module.bias is not None
        nn.init.zeros_(module.bias)
        if name.startswith("upsample."):
            module.weight.copy_(module.weight[::4].repeat_interleave(4, dim=0))
        if generator.config.normalisation == "none" and name.endswith(("conv2", "trunk.conv")):
            module.weight.mul_(0.1)


def _carry_pixels(generator: Generator) -> None:
    """Let three maps carry R'G'B' through untouched, so that the network enlarges from the start.

    They pass PReLU as they are, because no pixel is below 0; all else that reaches the result is
    small. A prototype stood at 29.35 dB on Set5 after 4,000 crops from here, and at 26.6 after
    3,200 from a random start.
    """
    subpixel = [stage.get_submodule("conv") for stage in generator.upsample]
    for convolution in (generator.head.get_submodule("conv"), *subpixel):
        assert isinstance(convolution, nn.Conv2d)
        phases, middle = (4 if convolution in subpixel else 1), convolution.kernel_size[0] // 2
        for colour in range(_COLOURS):
            maps = slice(phases * colour, phases * (colour + 1))
            convolution.weight[maps] = 0
            convolution.weight[maps, colour, middle, middle] = 1
    generator.tail.weight.mul_(0.01)
    for colour in range(_COLOURS):
        generator.tail.weight[colour, colour, 4, 4] = 1
