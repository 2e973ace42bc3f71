"""Small photographs to train on, and a recipe that takes a blink."""

from dataclasses import replace
from pathlib import Path

import numpy as np

from fourfold.imaging import read_image, write_image
from fourfold.training import Recipe
from fourfold.weights import GeneratorConfig

DEMO = Path(__file__).parent.parent / "demo" / "photographs" / "hr"

TINY = Recipe(
    name="tiny",
    reference="a test",
    generator=GeneratorConfig(scale=2, depth=1, width=4, normalisation="none"),
    start="nearest",
    hr_crop=16,
    batch=2,
    crops_from="area",
    turned=True,
    steps=6,
    learning_rate=1e-3,
    warm_up=1,
    decay=2,
    clip=1.0,
    average=0.9,
    validate_every=3,
)
TINY_X4 = replace(TINY, generator=replace(TINY.generator, scale=4))


def write_photographs(folder: Path, count: int = 6) -> Path:
    """Write `count` photographs of odd sizes, about 40x50, into a folder with a folder in it."""
    (folder / "more").mkdir(parents=True)
    sources = sorted(DEMO.glob("*.jpg"))
    for index in range(count):
        pixels = read_image(sources[index % len(sources)])
        top = 40 * index
        cut = np.ascontiguousarray(pixels[top : top + 37 + index, 60 : 110 + index])
        write_image(cut, folder / ("more" if index % 2 else ".") / f"{index}.png")
    return folder
