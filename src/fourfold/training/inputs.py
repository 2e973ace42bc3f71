"""What a recipe makes of a whole photograph for its network to enlarge."""

import hashlib

import numpy as np
import torch

from fourfold.imaging import reduce
from fourfold.training.degradation import degrade_batch, reach
from fourfold.training.recipe import Recipe
from fourfold.training.reduction import margin, reduce_batch


def lr_of(recipe: Recipe, hr: np.ndarray, name: str) -> np.ndarray:
    """The input that belongs to an original.

    Args:
        recipe: its scale, reduction and degradation.
        hr: shape (scale h, scale w, 3), uint8.
        name: where the recipe degrades its inputs, the same name gives the same copy.

    Returns:
        Shape (h, w, 3), uint8.
    """
    scale = recipe.generator.scale
    if recipe.is_plain:
        return reduce(hr, scale)
    around = reach(scale) if recipe.degradation else margin(scale)
    padded = np.pad(hr, ((around, around), (around, around), (0, 0)), mode="edge")
    batch = torch.from_numpy(padded)[None]
    if recipe.degradation is None:
        return reduce_batch(batch, scale, recipe.reduction)[0].numpy()
    digest = hashlib.sha256(name.encode()).digest()
    rng = torch.Generator().manual_seed(int.from_bytes(digest[:4], "little"))
    lr = degrade_batch(batch, scale, recipe.degradation, kernel=recipe.reduction, rng=rng)
    return lr[0].numpy()
