"""The exact bicubic, against exact rational arithmetic, the reference, and MATLAB's own files."""

import math
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from fourfold.errors import InvalidImage
from fourfold.imaging import RowReduction, enlarge, read_image, reduce
from fourfold.imaging import resize as resize_module
from fourfold.imaging.cubic import Boundary

small_pictures = arrays(
    np.uint8,
    st.one_of(
        st.tuples(st.integers(1, 20), st.integers(1, 20)),
        st.tuples(st.integers(1, 20), st.integers(1, 20), st.sampled_from([1, 3, 4])),
    ),
)


def cubic(distance: Fraction) -> Fraction:
    d = abs(distance)
    if d <= 1:
        return Fraction(3, 2) * d**3 - Fraction(5, 2) * d**2 + 1
    if d <= 2:
        return -Fraction(1, 2) * d**3 + Fraction(5, 2) * d**2 - 4 * d + 2
    return Fraction(0)


def exact_pass(line: list[int], scale: Fraction) -> list[int]:
    """One pass of imresize over one line, by its definition, without a rounding but the last."""
    shrink = min(scale, Fraction(1))
    result = []
    for output in range(1, math.ceil(scale * len(line)) + 1):
        centre = output / scale + (1 - 1 / scale) / 2
        reach = 2 / shrink
        taps = range(math.ceil(centre - reach), math.floor(centre + reach) + 1)
        weights = [cubic(shrink * (centre - tap)) for tap in taps]
        values = [line[min(max(tap - 1, 0), len(line) - 1)] for tap in taps]
        mean = sum(w * v for w, v in zip(weights, values, strict=True)) / sum(weights)
        result.append(min(max(math.floor(mean + Fraction(1, 2)), 0), 255))
    return result


def exact_resize(image: np.ndarray, scale: Fraction) -> np.ndarray:
    columns = [exact_pass([int(v) for v in column], scale) for column in image.T]
    rows = [exact_pass(list(row), scale) for row in np.array(columns).T.tolist()]
    return np.array(rows, np.uint8)


@given(
    arrays(np.uint8, st.tuples(st.integers(1, 9), st.integers(1, 9))), st.sampled_from([2, 4, 8])
)
def test_reducing_and_enlarging_are_exact(image: np.ndarray, factor: int):
    np.testing.assert_array_equal(reduce(image, factor), exact_resize(image, Fraction(1, factor)))
    np.testing.assert_array_equal(enlarge(image, factor), exact_resize(image, Fraction(factor)))


@given(
    small_pictures,
    st.one_of(st.sampled_from([1, 2, 3, 4, 8]), st.floats(1, 6)),
    st.sampled_from(["clamp", "symmetric"]),
)
def test_every_factor_equals_the_reference(
    matlab_imresize: Callable[..., np.ndarray],
    image: np.ndarray,
    factor: float,
    boundary: Boundary,
):
    for values in (image, image / 255):
        np.testing.assert_array_equal(
            reduce(values, factor, boundary=boundary),
            matlab_imresize(values, 1 / factor, boundary=boundary),
        )
        np.testing.assert_array_equal(
            enlarge(values, factor, boundary=boundary),
            matlab_imresize(values, factor, boundary=boundary),
        )


@pytest.mark.parametrize("factor", [2, 4])
@given(data=st.data())
def test_libvips_computes_the_very_same(factor: int, data: st.DataObject):
    height, width = data.draw(st.integers(1, 12)), data.draw(st.integers(1, 12))
    image = data.draw(arrays(np.uint8, (height * factor, width * factor, 3)))
    assert resize_module._libvips_is_exact(factor)
    np.testing.assert_array_equal(
        resize_module._reduce_by_libvips(image, factor),
        resize_module._resize(image, 1 / factor, "clamp"),
    )


@given(
    small_pictures,
    st.tuples(st.floats(0.05, 1), st.floats(0.05, 1)),
    st.lists(st.integers(0, 9), max_size=6),
)
def test_rows_reduced_in_any_portions_equal_the_reference(
    matlab_imresize: Callable[..., np.ndarray],
    image: np.ndarray,
    scales: tuple[float, float],
    portions: list[int],
):
    size = tuple(
        math.ceil(scale * side) for scale, side in zip(scales, image.shape[:2], strict=True)
    )
    reduction = RowReduction(height=image.shape[0], width=image.shape[1], to=size)
    cuts = np.minimum(np.cumsum(portions, dtype=int), len(image))
    parts = [reduction.push(part) for part in np.split(image, cuts)]
    np.testing.assert_array_equal(np.concatenate(parts), matlab_imresize(image, size=size))


def test_the_lr_files_made_by_matlab_come_out_without_one_differing_sample(data: Path):
    compared = 0
    for hr in sorted((data / "test").glob("Set*/HR/*.png")):
        lr = read_image(hr.parent.parent / "LRx4" / hr.name)
        np.testing.assert_array_equal(reduce(read_image(hr), 4), lr, err_msg=str(hr))
        compared += 1
    assert compared == 19


def test_mirroring_at_the_edge_is_told_apart(data: Path):
    hr = read_image(data / "test/Set5/HR/butterfly.png")
    different = (reduce(hr, 4, boundary="symmetric") != reduce(hr, 4)).any(axis=2)
    assert different.any() and not different[2:-2, 2:-2].any()


def test_sixteen_bits_are_rounded_as_sixteen_bits():
    ramp = np.arange(10_000, 42_000, 500, dtype=np.uint16).reshape(8, 8)
    exact = enlarge(ramp.astype(np.float64), 2)
    assert enlarge(ramp, 2).dtype == np.uint16
    assert np.abs(enlarge(ramp, 2) - exact).max() <= 1


def test_sixteen_bits_are_exact_by_large_factors():
    image = np.random.default_rng(0).integers(60_000, 65_536, (32, 24), dtype=np.uint16)
    for factor in (4, 8):
        exact = reduce(image.astype(np.float64), factor)
        assert np.abs(reduce(image, factor) - exact).max() < 2


def test_a_constant_picture_stays_constant():
    for dtype in (np.uint8, np.uint16):
        white = np.full((7, 5, 3), np.iinfo(dtype).max, dtype)
        assert (reduce(white, 3) == np.iinfo(dtype).max).all()
        assert (enlarge(white, 4) == np.iinfo(dtype).max).all()


@pytest.mark.parametrize(
    "image",
    [np.zeros((0, 4), np.uint8), np.zeros(4), np.zeros((4, 4), bool), np.zeros((4, 4), int)],
)
def test_what_is_no_picture_is_refused(image: np.ndarray):
    with pytest.raises(InvalidImage, match="not a picture"):
        reduce(image, 4)


def test_factors_below_one_are_refused():
    with pytest.raises(InvalidImage, match="reduced by 1 or more"):
        reduce(np.zeros((4, 4)), 0.25)
    with pytest.raises(InvalidImage, match="enlarged by 1 or more"):
        enlarge(np.zeros((4, 4)), 0.25)


def test_an_unknown_boundary_is_refused():
    with pytest.raises(InvalidImage, match="'clamp' or 'symmetric'"):
        reduce(np.zeros((8, 8)), 2, boundary="wrap")  # type: ignore[arg-type]
