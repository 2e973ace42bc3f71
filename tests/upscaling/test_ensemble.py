"""The mean over eight flips and rotations."""

from collections.abc import Callable

import numpy as np
import pytest

from fourfold import Upscaler
from fourfold.errors import ImageTooLarge
from fourfold.upscaling.engines import open_engine
from fourfold.upscaling.ensemble import EnsembleEngine
from fourfold.weights import GeneratorConfig, fold
from tests.generators import random_weights

NETWORK = fold(random_weights(GeneratorConfig(depth=1, width=4, scale=2), seed=1))
ENGINE = open_engine(NETWORK, engine="torch", device="cpu", memory=1 << 30)


def ensemble(lr: np.ndarray) -> np.ndarray:
    return EnsembleEngine(ENGINE).open(lr.shape[1]).push(lr, last=True)


def test_it_is_the_mean_of_the_eight_turned_back():
    lr = np.random.default_rng(1).random((9, 14, 3), np.float32)

    def sr(picture: np.ndarray) -> np.ndarray:
        return ENGINE.open(picture.shape[1]).push(np.ascontiguousarray(picture), last=True)

    eight = [np.rot90(sr(np.rot90(lr, turn)), -turn) for turn in range(4)]
    eight += [np.rot90(sr(np.rot90(np.flipud(lr), turn)), -turn)[::-1] for turn in range(4)]
    assert len(eight) == 8
    np.testing.assert_allclose(ensemble(lr), np.mean(eight, axis=0), rtol=0, atol=2e-6)


def test_the_result_of_a_turned_picture_is_the_turned_result():
    lr = np.random.default_rng(2).random((8, 11, 3), np.float32)
    turns: list[Callable[[np.ndarray], np.ndarray]] = [
        np.fliplr,
        np.flipud,
        np.rot90,
        lambda picture: np.swapaxes(picture, 0, 1),
    ]
    for turn in turns:
        np.testing.assert_allclose(ensemble(turn(lr)), turn(ensemble(lr)), rtol=0, atol=2e-6)


def test_rows_may_come_in_pieces_and_integers_are_rounded_once():
    lr = np.random.default_rng(3).integers(0, 256, (9, 5, 3), dtype=np.uint8)
    stream = EnsembleEngine(ENGINE).open(5)
    assert stream.push(lr[:4]).shape == (0, 10, 3)
    sr = stream.push(lr[4:], last=True)
    assert sr.dtype == np.uint8
    exact = np.clip(ensemble(lr / np.float32(255)), 0, 1) * 255
    assert np.abs(sr - exact).max() <= 0.5 + 1e-3


def test_upscaler_takes_it_and_it_may_be_consistent_too(photograph: np.ndarray):
    lr = photograph[:24, :30]
    told: list[int] = []
    plain = Upscaler("srgan", consistent=False)(lr)
    mean = Upscaler("srgan", consistent=False, ensemble=True)(
        lr, progress=lambda done, _: told.append(done)
    )
    assert mean.shape == plain.shape and 0 < np.abs(mean.astype(int) - plain).mean() < 10
    assert told == [3, 6, 9, 12, 15, 18, 21, 24]
    held = Upscaler("srgan", consistent=True, ensemble=True)(lr)
    assert 0 < np.abs(held.astype(int) - mean).mean() < 2


def test_a_picture_that_memory_cannot_hold_is_refused_with_the_estimate(photograph: np.ndarray):
    with pytest.raises(ImageTooLarge, match=r"64x48 pixels takes about 1\.2 MB"):
        Upscaler("srgan", ensemble=True, memory=1_100_000)(photograph)
    Upscaler("srgan", ensemble=True, memory=1_100_000)(photograph[:40], region=(0, 0, 4, 4))
