"""Every kind of picture in rows: any portions give the picture that the whole gives."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fourfold.imaging import enlarge
from fourfold.upscaling.engines import open_engine
from fourfold.upscaling.rows import upscale_rows
from fourfold.weights import GeneratorConfig, fold
from tests.generators import random_weights

NETWORK = fold(random_weights(GeneratorConfig(depth=1, width=64), seed=5))


@pytest.mark.parametrize("engine", ["native", "torch"])
@given(
    st.sampled_from([(), (2,), (3,), (4,)]),
    st.sampled_from([np.uint8, np.uint16, np.float32, np.float64]),
    st.integers(1, 70),
    st.lists(st.integers(1, 30), max_size=6),
)
def test_any_portions_give_the_same_rows(engine, bands, dtype, height, portions):
    kind = open_engine(NETWORK, engine=engine, device="cpu", memory=1)
    image = np.random.default_rng(height).random((height, 6, *bands))
    if np.dtype(dtype).kind == "u":
        image = image * np.iinfo(dtype).max
    image = image.astype(dtype)
    whole = np.concatenate(list(upscale_rows(kind, [image], height=height)))
    assert whole.shape == (4 * height, 24, *bands) and whole.dtype == dtype
    cuts = [cut for cut in np.cumsum(portions) if cut < height]
    parts = np.split(image, cuts)
    pieces = np.concatenate(list(upscale_rows(kind, parts, height=height)))
    np.testing.assert_array_equal(pieces, whole)
    if bands in ((2,), (4,)) and np.dtype(dtype).kind == "u":
        np.testing.assert_array_equal(whole[:, :, -1], enlarge(image[:, :, -1], 4))
