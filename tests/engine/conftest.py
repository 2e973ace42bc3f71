"""Without a native library in this install, the engine's tests are skipped with the reason."""

import pytest

from fourfold.engine import why_not
from tests.conftest import skip_or_fail


@pytest.fixture(autouse=True, scope="session")
def native() -> None:
    """The native library, which an install without a C++ compiler lacks."""
    if (reason := why_not()) is not None:
        skip_or_fail("native", reason)
