"""Of the shipped weights held-out photographs get no lattice, no tint and no white spots."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from fourfold.imaging import read_image, reduce
from fourfold.metrics import colour_shift, lattice_energy, white_spots
from fourfold.upscaling import Upscaler
from fourfold.weights import shipped_names

SHIPPED = [pytest.param(name, marks=pytest.mark.slow) for name in shipped_names()]

SPOTS = {"srgan": 3e-5, "srgan-photo": 6e-5}
"""Share of pixels that may outshine their surroundings: 0, but for a fault that the card names."""


@pytest.mark.parametrize("name", SHIPPED)
def test_held_out_photographs_show_no_artefact(data: Path, name: str):
    upscaler = Upscaler(name, device="cpu")
    scale = upscaler.config.scale
    lattices, shifts, spots = [], [], []
    for hr in _cuts(data / "validation", scale):
        lr = reduce(hr, scale)
        sr = upscaler(lr)
        lattices.append((lattice_energy(sr, hr), lattice_energy(hr, hr)))
        shifts.append(colour_shift(sr, lr, scale=scale))
        spots.append(white_spots(sr, lr, hr=hr))
    assert len(shifts) == 20
    ours, originals = np.nanmean(lattices, axis=0)
    assert ours <= 2 * originals
    assert np.mean(shifts) <= 0.5
    assert np.mean(spots) <= SPOTS.get(name, 0.0)


def _cuts(folder: Path, scale: int) -> Iterator[np.ndarray]:
    """The held-out photographs' top left 384 x 384 pixels, sides that `scale` divides."""
    for path in sorted(folder.iterdir()):
        if path.suffix.lower() in {".jpg", ".jpeg", ".png"}:
            pixels = read_image(path)
            height, width = (min(384, side // scale * scale) for side in pixels.shape[:2])
            yield np.ascontiguousarray(pixels[:height, :width])
