"""Small photographs to train on, recipes that take a blink, and a VGG19 of random weights."""

import io
import tarfile
from dataclasses import replace
from pathlib import Path

import numpy as np
from safetensors.numpy import save_file

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
TINY_GAN = replace(
    TINY,
    adversarial=1e-3,
    tones=1.0,
    discriminator_width=2,
    discriminator_dense=8,
    discriminator_learning_rate=1e-3,
)
TINY_X4 = replace(TINY, generator=replace(TINY.generator, scale=4))
TINY_X8 = replace(TINY, generator=replace(TINY.generator, scale=8), hr_crop=24)


def write_photographs(folder: Path, count: int = 6, *, left: int = 60) -> Path:
    """Write `count` photographs of odd sizes, about 40x50, into a folder with a folder in it.

    Args:
        folder: is made.
        count: of photographs.
        left: another number gives other photographs.
    """
    (folder / "more").mkdir(parents=True)
    sources = sorted(DEMO.glob("*.jpg"))
    for index in range(count):
        pixels = read_image(sources[index % len(sources)])
        top = 40 * index % (len(pixels) - 60)
        cut = np.ascontiguousarray(pixels[top : top + 37 + index, left : left + 50 + index])
        write_image(cut, folder / ("more" if index % 2 else ".") / f"{index}.png")
    return folder


def write_shards(photographs: Path, folder: Path) -> list[str]:
    """Shards of two photographs each, with what else WebDataset's shards hold: their names.

    Args:
        photographs: a folder of them, taken in the order of their paths.
        folder: where the shards come to lie, as `shard-00.tar` and so on.
    """
    folder.mkdir(exist_ok=True)
    files = sorted(photographs.rglob("*.png"))
    names = [str(folder / f"shard-{index:02}.tar") for index in range(len(files) // 2)]
    for index, name in enumerate(names):
        with tarfile.open(name, "w") as tar:
            for key, path in enumerate(files[2 * index : 2 * index + 2]):
                tar.add(path, f"{key:06d}.png")
                label = tarfile.TarInfo(f"{key:06d}.cls")
                label.size = 1
                tar.addfile(label, io.BytesIO(b"7"))
            broken = tarfile.TarInfo("broken.jpg")
            broken.size = 4
            tar.addfile(broken, io.BytesIO(b"none"))
    return names


def random_vgg(path: Path) -> dict[str, np.ndarray]:
    """Write a VGG19 of random weights, up to its fourth convolution; its tensors."""
    rng = np.random.default_rng(19)
    tensors: dict[str, np.ndarray] = {}
    inputs = 3
    for name, maps in (("1_1", 64), ("1_2", 64), ("2_1", 128), ("2_2", 128)):
        weight = rng.normal(0, np.sqrt(2 / (9 * inputs)), (maps, inputs, 3, 3))
        tensors[f"conv{name}.weight"] = weight.astype(np.float32)
        tensors[f"conv{name}.bias"] = rng.normal(0, 1, maps).astype(np.float32)
        inputs = maps
    save_file(tensors, path, {"mean_rgb": "123.68,116.779,103.939", "std": "1,1,1"})
    return tensors
