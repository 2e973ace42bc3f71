"""Pictures reach the screen sample for sample, and where they cannot, nothing can be rated."""

import io
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image

from fourfold.imaging import read_image
from fourfold.study import Study
from tests.studies import QUICK, Served, make_study, serving
from tests.web.conftest import visiting
from tests.web.playing import join, press, ready

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.slow

SIZE = (151, 203)


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Study]:
    with make_study(tmp_path_factory.mktemp("exact"), QUICK, size=SIZE) as study:
        yield study


@pytest.fixture(scope="module")
def server(study: Study) -> Iterator[Served]:
    with serving(study.folder) as server:
        yield server


def shown(page: "Page") -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(page.screenshot())).convert("RGB"))


def holds(screen: np.ndarray, picture: np.ndarray) -> bool:
    """Whether the picture is on the screen, sample for sample, anywhere."""
    height, width = picture.shape[:2]
    rows, columns = screen.shape[0] - height + 1, screen.shape[1] - width + 1
    start = (screen[:rows, :columns] == picture[0, 0]).all(axis=-1)
    return any(
        np.array_equal(screen[top : top + height, left : left + width], picture)
        for top, left in np.argwhere(start)
    )


def pictures(study: Study) -> dict[str, np.ndarray]:
    paths = (study.folder / "pictures").glob("*.png")
    return {path.name: read_image(path) for path in paths}


@pytest.mark.parametrize("ratio", [1, 1.25, 1.5, 2])
def test_the_screen_shows_the_pictures_samples(
    launch: "Callable[..., Browser]", server: Served, study: Study, ratio: float
):
    # An odd window, so that the middle of the stage lies between pixels.
    browser = launch(ratio=ratio, window=(941, 733))
    with visiting(browser) as context:
        page = join(context, server)
        assert page.evaluate("devicePixelRatio") == ratio
        for key in ("3", "5"):
            ready(page)
            screen = shown(page)
            assert sum(holds(screen, picture) for picture in pictures(study).values()) == 1
            press(page, key)
    browser.close()


def test_one_sample_off_is_seen(study: Study):
    picture = next(iter(pictures(study).values()))
    screen = np.full((700, 900, 3), 128, np.uint8)
    screen[100 : 100 + picture.shape[0], 50 : 50 + picture.shape[1]] = picture
    assert holds(screen, picture)
    screen[130, 80, 1] ^= 1
    assert not holds(screen, picture)
