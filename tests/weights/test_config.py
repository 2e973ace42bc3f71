"""Configs of generators."""

import pytest

from fourfold.errors import InvalidConfig
from fourfold.weights import GeneratorConfig


def test_the_defaults_are_the_papers():
    config = GeneratorConfig()
    assert (config.scale, config.depth, config.width) == (4, 16, 64)
    assert (config.normalisation, config.slopes, config.skips) == ("batch", "shared", True)


@pytest.mark.parametrize(("scale", "doublings"), [(2, 1), (4, 2), (8, 3)])
def test_there_is_a_sub_pixel_convolution_for_each_doubling(scale: int, doublings: int):
    assert GeneratorConfig(scale=scale).doublings == doublings


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("scale", 3),
        ("scale", "4"),
        ("depth", 0),
        ("depth", 1.5),
        ("width", -64),
        ("width", True),
        ("normalisation", "layer"),
        ("slopes", "each"),
        ("skips", 1),
    ],
)
def test_what_no_generator_can_have_is_named(field: str, value: object):
    with pytest.raises(InvalidConfig, match=f"{field} is {value!r}; it must be"):
        GeneratorConfig(**{field: value})  # type: ignore[arg-type]
