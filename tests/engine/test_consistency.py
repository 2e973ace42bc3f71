"""Back-projection in the native library: NumPy's to rounding, in any pieces and on any threads."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fourfold.engine import NativeConsistency, instruction_sets
from fourfold.errors import InvalidConfig, InvalidImage, UnavailableDevice
from fourfold.imaging import back_project, quantise, reduce

sides = st.integers(1, 30)
scales = st.sampled_from([2, 4, 8])


def pictures(height: int, width: int, scale: int, *, channels: int = 3):
    """A picture, and a result that is far from it and leaves [0, 1], float32."""
    rng = np.random.default_rng([height, width, scale])
    lr = rng.random((height, width, channels), np.float32)
    sr = rng.normal(0.5, 0.4, (scale * height, scale * width, channels)).astype(np.float32)
    return lr, sr


def whole(lr: np.ndarray, sr: np.ndarray, *, dtype=np.float32, **options) -> np.ndarray:
    scale = len(sr) // len(lr)
    stage = NativeConsistency(lr.shape[1], scale=scale, channels=lr.shape[2], **options)
    return stage.push(lr, sr, dtype=dtype, last=True)


@pytest.mark.parametrize("isa", instruction_sets())
@given(sides, sides, scales, st.sampled_from([1, 3]))
def test_two_passes_are_those_of_numpy(isa: str, height: int, width: int, scale: int, channels):
    lr, sr = pictures(height, width, scale, channels=channels)
    expected = back_project(sr, lr)
    assert np.abs(whole(lr, sr, isa=isa) - expected).max() < 4e-6


@given(st.integers(1, 90), scales, st.integers(0, 999))
def test_rows_may_come_in_any_pieces(height: int, scale: int, seed: int):
    lr, sr = pictures(height, 5, scale)
    rng = np.random.default_rng(seed)
    stage = NativeConsistency(5, scale=scale)
    cuts = np.sort(rng.integers(0, len(sr) + 1, 4))
    parts, given_lr, given_sr = [], 0, 0
    for cut in cuts:
        rows = slice(given_lr, int(cut) // scale)
        parts.append(stage.push(lr[rows], sr[given_sr:cut], dtype=np.uint8))
        given_lr, given_sr = rows.stop, int(cut)
        assert sum(map(len, parts)) == scale * max(given_lr - 8, 0)
    parts.append(stage.push(lr[given_lr:], sr[given_sr:], dtype=np.uint8, last=True))
    np.testing.assert_array_equal(np.concatenate(parts), whole(lr, sr, dtype=np.uint8))


def test_threads_and_instruction_sets_change_no_bit():
    lr, sr = pictures(75, 41, 4)
    one = whole(lr, sr, threads=1)
    for isa in instruction_sets():
        for threads in (1, 2, 3, 8):
            np.testing.assert_array_equal(whole(lr, sr, threads=threads, isa=isa), one)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_integers_are_clamped_and_rounded_half_up_after_the_passes(dtype: type):
    lr, sr = pictures(20, 20, 4)
    floats = whole(lr, sr)
    assert floats.min() < 0 and floats.max() > 1
    np.testing.assert_array_equal(whole(lr, sr, dtype=dtype), quantise(floats, dtype))


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.float32])
def test_how_well_it_held_is_measured_on_what_was_given(dtype: type):
    lr, sr = pictures(40, 30, 4)
    stage = NativeConsistency(30, scale=4)
    given = stage.push(lr, sr, dtype=dtype, last=True)
    peak = 1 if dtype is np.float32 else np.iinfo(dtype).max
    missing = lr - reduce(np.clip(given.astype(np.float64) / peak, 0, 1), 4)
    assert stage.error == pytest.approx(np.mean(missing**2), rel=1e-4)


def test_what_cannot_be_is_refused():
    for width, scale, channels in ((0, 4, 3), (1 << 20, 4, 3), (5, 3, 3), (5, 4, 2)):
        with pytest.raises(InvalidConfig, match="cannot be made consistent"):
            NativeConsistency(width, scale=scale, channels=channels)
    with pytest.raises(UnavailableDevice, match="instruction set 'none'"):
        NativeConsistency(5, scale=4, isa="none")


def test_rows_that_do_not_belong_together_are_refused():
    lr, sr = pictures(4, 5, 4)
    stage = NativeConsistency(5, scale=4)
    for rows, result, last in ((lr, sr[:15], False), (lr[:3], sr, False), (lr[:3], sr[:13], True)):
        with pytest.raises(InvalidImage, match="rows of the result do not belong"):
            stage.push(rows, result, dtype=np.uint8, last=last)
    with pytest.raises(InvalidImage, match="Rows are float64"):
        stage.push(lr.astype(np.float64), sr, dtype=np.uint8)
    with pytest.raises(InvalidImage, match=r"of shape \(4, 4, 3\)"):
        stage.push(lr[:, :4], sr, dtype=np.uint8)
    with pytest.raises(InvalidImage, match="float64 cannot be given"):
        stage.push(lr, sr, dtype=np.float64)
    assert len(stage.push(lr, sr, dtype=np.uint8, last=True)) == 16
    with pytest.raises(InvalidImage, match="after the picture's last row"):
        stage.push(lr, sr, dtype=np.uint8)
