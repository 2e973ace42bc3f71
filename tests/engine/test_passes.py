"""How often the native engine computes a pixel: what estimates of time count on."""

import pytest

from fourfold.engine import NativeEngine
from fourfold.errors import InvalidImage
from fourfold.weights import GeneratorConfig, fold
from tests.generators import random_weights


@pytest.fixture(scope="module")
def engine() -> NativeEngine:
    return NativeEngine(fold(random_weights(GeneratorConfig(normalisation="none"), 1)))


@pytest.mark.parametrize("width", [1, 320, 1920])
def test_a_picture_in_one_band_is_computed_once(engine: NativeEngine, width: int):
    assert engine.passes(10_000, width) == 1


def test_bands_are_computed_with_their_halos(engine: NativeEngine):
    # Bands of up to 1,280 columns share 2 * 36: four of 1,054 make 4,000.
    assert engine.passes(10_000, 4000) == pytest.approx(4 * 1054 / 4000)


def test_fresh_strips_compute_what_is_above_them_too(engine: NativeEngine):
    # 116 bands of 637 columns, strips of 32 rows. In multiplications a pixel: the head makes 72
    # rows once more, the trunk's 33 layers 38 on average, the up-convolutions 4 and 6 / 2, the
    # tail none. Pictures 100 strips high make a little less above their first rows.
    convolution = 9 * 64 * 64
    once = [81 * 3 * 64, 33 * convolution, 4 * convolution, 16 * convolution, 25 * 256 * 12 * 4]
    rows = [32 + 72, 32 + 38, 32 + 4, 32 + 3, 32]
    strips = sum(a * b for a, b in zip(once, rows, strict=True)) / (32 * sum(once))
    expected = 116 * 637 / 65_536 * strips
    assert engine.passes(3200, 65_536) == pytest.approx(expected, rel=0.02)


def test_a_picture_of_one_fresh_strip_pays_for_its_bands_alone(engine: NativeEngine):
    # 192 rows are a strip at 6,000 columns: 11 bands of 611, which share 2 * 36
    assert engine.passes(192, 6000) == pytest.approx(11 * 611 / 6000)


def test_a_first_strip_without_result_is_not_computed_and_not_counted(engine: NativeEngine):
    # Of 32 rows none is ready: the result lags 38. The next strip begins at the top once more.
    assert engine.passes(64, 65_536) == pytest.approx(116 * 637 / 65_536)


def test_a_width_that_no_picture_has_is_refused(engine: NativeEngine):
    with pytest.raises(InvalidImage, match="1 to 65536"):
        engine.passes(10, 65_537)
