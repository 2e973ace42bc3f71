"""Strips and bands of the native engine, each against the torch engine on the whole picture.

A picture of 330 columns is computed in strips of 32 rows; one of more than 1,920 in bands as well.
Strips lie where the width says, however rows are pushed: only another engine can tell them wrong.
"""

from dataclasses import replace

import numpy as np
import pytest
from _pytest.mark import ParameterSet

from fourfold.engine import NativeEngine
from fourfold.weights import GeneratorConfig, fold
from tests.engine.test_native import exact, noise, upscale
from tests.generators import random_weights

CONFIG = GeneratorConfig(depth=2, normalisation="none", slopes="channel")


def slow(value: int) -> ParameterSet:
    return pytest.param(value, marks=pytest.mark.slow)


@pytest.mark.parametrize("height", [31, 32, 33, 64, *map(slow, (63, 65, 96, 107))])
def test_whole_and_partial_last_strips_join_without_a_trace(height: int):
    is_exact(CONFIG, height, 330)


@pytest.mark.parametrize("skips", [True, False])
@pytest.mark.parametrize("scale", [2, 4, slow(8)])
def test_strips_join_at_every_scale_with_and_without_skips(scale: int, skips: bool):
    is_exact(replace(CONFIG, scale=scale, skips=skips), 41, 330)


@pytest.mark.parametrize("depth", [*map(slow, (1, 3, 16))])
def test_strips_join_at_every_depth(depth: int):
    is_exact(replace(CONFIG, depth=depth), 70, 321)


@pytest.mark.slow
@pytest.mark.parametrize("height", [64, 71])
def test_strips_join_in_bands_too(height: int):
    # The bands meet near the middle; of the columns around it, those with all that they see.
    network = fold(random_weights(replace(CONFIG, depth=1), seed=height))
    lr = noise(height, 1930, seed=1)
    first, last, halo = 900, 1030, 40
    expected = exact(network, lr[:, first - halo : last + halo])[:, 4 * halo : -4 * halo]
    sr = upscale(NativeEngine(network), lr)[:, 4 * first : 4 * last]
    assert np.abs(sr - expected).max() <= 1e-5 * np.abs(expected).max()


@pytest.mark.slow
def test_a_picture_too_wide_to_keep_rows_is_the_same():
    # Beyond 5,900 columns strips, here of 192 rows, find nothing of the ones before. Where bands of
    # about 640 meet, and elsewhere, the columns are those of a picture that is narrow.
    engine = NativeEngine(fold(random_weights(replace(CONFIG, depth=16), seed=3)))
    lr, halo = noise(232, 5990, seed=3), 40
    sr = upscale(engine, lr)
    for first, last in ((0, 60), (560, 680), (5930, 5990)):
        before, after = min(halo, first), min(halo, 5990 - last)
        expected = upscale(engine, lr[:, first - before : last + after])
        expected = expected[:, 4 * before : expected.shape[1] - 4 * after]
        difference = np.abs(sr[:, 4 * first : 4 * last] - expected).max()
        assert difference <= 1e-5 * np.abs(expected).max()


def is_exact(config: GeneratorConfig, height: int, width: int) -> None:
    network = fold(random_weights(config, seed=height))
    lr = noise(height, width, seed=width)
    expected = exact(network, lr)
    sr = upscale(NativeEngine(network), lr)
    assert np.abs(sr - expected).max() <= 1e-5 * np.abs(expected).max()
