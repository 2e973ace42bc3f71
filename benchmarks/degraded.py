"""Test sets as photographs come by: a fixed copy whose small pictures are blurred, noisy, JPEGs.

    python benchmarks/degraded.py --data "$FOURFOLD_DATA/test" --out FOLDER
    fourfold evaluate --data FOLDER --method srgan-photo --method srgan --method bicubic

Every small picture passes the frozen `Degradation` that the `-photo` recipes train on, seeded by
the set's and the picture's name: anyone's copy has the same pixels. The control rows of `evaluate`
rightly say that these inputs are not the bicubic's.
"""

import argparse
from pathlib import Path

import numpy as np

from fourfold.evaluation import find_dataset
from fourfold.imaging import allow_known_loaders_only, write_image
from fourfold.training import find_recipe
from fourfold.training.inputs import lr_of


def main() -> None:
    """Write SET/HR/NAME.png, three channels, and SET/LRx4/NAME.png beside it."""
    parser = argparse.ArgumentParser(description="A fixed degraded copy of test sets.")
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    arguments = parser.parse_args()
    allow_known_loaders_only()
    recipe = find_recipe("srgan-photo-cpu")
    dataset = find_dataset(arguments.data)
    for pair in dataset.pairs:
        _, hr = pair.read()
        hr = hr if hr.ndim == 3 else np.stack([hr] * 3, axis=2)  # its noise may be coloured
        for kind, image in (("HR", hr), ("LRx4", lr_of(recipe, hr, pair.title))):
            folder = arguments.out / pair.test_set / kind
            folder.mkdir(parents=True, exist_ok=True)
            write_image(image, folder / f"{pair.name}.png")
    print(f"{len(dataset.pairs)} pictures of {', '.join(dataset.sets)} in {arguments.out}")


if __name__ == "__main__":
    main()
