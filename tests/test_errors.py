"""The tree of errors."""

from fourfold import errors
from fourfold.errors import FourfoldError, amount, nearest


def test_every_error_is_a_fourfold_error_and_drawn_in_its_tree():
    kinds = [
        kind
        for kind in vars(errors).values()
        if isinstance(kind, type) and issubclass(kind, Exception)
    ]
    assert len(kinds) > 5
    for kind in kinds:
        assert issubclass(kind, FourfoldError)
        assert FourfoldError.__doc__ is not None and kind.__name__ in FourfoldError.__doc__


def test_the_nearest_name_is_suggested():
    assert nearest("srgna", ["srgan", "srresnet"]) == "Did you mean 'srgan'?"


def test_all_names_are_listed_where_none_is_near():
    assert nearest("xyz", ["srresnet", "srgan"]) == "Known are: srgan, srresnet."


def test_an_amount_is_in_the_unit_that_fits():
    assert [amount(count) for count in (900, 9_000, 4_320_000, 2 << 30)] == [
        "0.9 kB",
        "9.0 kB",
        "4.3 MB",
        "2.1 GB",
    ]
