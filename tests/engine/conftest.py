"""Without a native library in this install, the engine's tests are skipped with the reason."""

import pytest

from fourfold.engine.library import find_library
from tests.conftest import skip_or_fail


@pytest.fixture(autouse=True, scope="session")
def native() -> None:
    """The native library, which an install without a C++ compiler lacks.

    One that is there and does not work is a failure.
    """
    if find_library() is None:
        skip_or_fail("native", "this install has no native library")
