"""JPEG on tensors, against libjpeg."""

import io

import numpy as np
import pytest
import torch
from PIL import Image

from fourfold.training.jpeg import compress


def through_libjpeg(image: np.ndarray, quality: int, *, is_halved: bool) -> np.ndarray:
    file = io.BytesIO()
    subsampling = 2 if is_halved else 0
    Image.fromarray(image).save(file, "JPEG", quality=quality, subsampling=subsampling)
    return np.array(Image.open(file))


def through_ours(image: np.ndarray, quality: int, *, is_halved: bool) -> np.ndarray:
    batch = torch.from_numpy(image)[None]
    return compress(batch, torch.tensor([quality]), torch.tensor([is_halved]))[0].numpy()


def difference(image: np.ndarray, other: np.ndarray) -> float:
    """Mean absolute, levels."""
    return float(np.abs(image.astype(int) - other).mean())


@pytest.mark.parametrize("quality", [1, 40, 50, 75, 95, 100])
@pytest.mark.parametrize("is_halved", [False, True], ids=["444", "420"])
def test_it_is_within_one_level_of_libjpeg(photograph: np.ndarray, quality: int, is_halved: bool):
    image = np.ascontiguousarray(photograph[:43, :59])  # sides that do not divide
    theirs = through_libjpeg(image, quality, is_halved=is_halved)
    ours = difference(through_ours(image, quality, is_halved=is_halved), theirs)
    assert ours < 1
    neighbour = 10 if quality == 1 else quality - 10
    assert difference(through_ours(image, neighbour, is_halved=is_halved), theirs) > ours + 0.5


def test_halved_chroma_is_told_from_whole(photograph: np.ndarray):
    image = np.ascontiguousarray(photograph[:96, :96, ::-1])
    image[::2, ::2, 0] = 255  # colour in single pixels, which halving wipes out
    ours = {is_halved: through_ours(image, 95, is_halved=is_halved) for is_halved in (False, True)}
    for is_halved in (False, True):
        theirs = through_libjpeg(image, 95, is_halved=is_halved)
        assert difference(ours[is_halved], theirs) < 1
        assert difference(ours[not is_halved], theirs) > 10


def test_each_picture_of_a_batch_has_its_own_quality(photograph: np.ndarray):
    image = np.ascontiguousarray(photograph[:48, :64])
    batch = torch.from_numpy(np.stack([image, image[::-1]]))
    both = compress(batch, torch.tensor([40, 90]), torch.tensor([True, False])).numpy()
    np.testing.assert_array_equal(both[0], through_ours(image, 40, is_halved=True))
    np.testing.assert_array_equal(both[1], through_ours(image[::-1].copy(), 90, is_halved=False))


def test_flat_colour_passes_untouched():
    image = np.full((16, 16, 3), 128, np.uint8)
    np.testing.assert_array_equal(through_ours(image, 40, is_halved=True), image)
