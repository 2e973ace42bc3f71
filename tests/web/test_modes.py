"""The other modes: beside the visible original (dcr), and one of two (pair)."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from fourfold.study import Study, rating_table
from fourfold.study.schema import ratings
from tests.studies import QUICK, Served, make_study, serving
from tests.web.conftest import visiting
from tests.web.playing import click, join, press, ready

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = pytest.mark.slow

SIZE = (200, 300)


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, tuple[Study, Served]]]:
    """A study of each mode, of one image by one method and the original, and its server."""
    with ExitStack() as stack:
        found = {}
        for mode in ("dcr", "pair"):
            root = tmp_path_factory.mktemp(mode)
            design = replace(QUICK, mode=mode)  # type: ignore[arg-type]
            study = stack.enter_context(make_study(root, design, methods=1, images=1, size=SIZE))
            found[mode] = (study, stack.enter_context(serving(study.folder)))
        yield found


@pytest.mark.parametrize(
    ("window", "layout"), [((1000, 700), "beside"), ((600, 800), "below"), ((600, 560), "switch")]
)
def test_what_is_compared_is_shown_as_the_window_allows(
    launch: "Callable[..., Browser]",
    served: dict[str, tuple[Study, Served]],
    window: tuple[int, int],
    layout: str,
):
    browser = launch(window=window)
    study, server = served["dcr"]
    with visiting(browser) as context:
        page = join(context, server)
        if layout == "switch":
            page.wait_for_selector("#switch:visible")
            page.keyboard.press("4")
            assert "both" in (page.text_content("#hint") or "")
            page.keyboard.press(" ")
        ready(page)
        assert page.locator("img.picture").count() == 2
        page.keyboard.press("4")
        page.wait_for_selector("text=2 of 2")
    browser.close()
    with study.database.reading() as connection:
        assert layout in connection.scalars(ratings.select().with_only_columns(ratings.c.layout))


def test_a_choice_is_made_by_key_and_by_click(
    chromium: "Browser", served: dict[str, tuple[Study, Served]]
):
    study, server = served["pair"]
    for act, choice in ((press, "a"), (click, "b")):
        with visiting(chromium) as context:
            page = join(context, server)
            ready(page)
            if act is press:
                page.keyboard.press("a")
            else:
                page.click("[data-choice=b]")
            page.wait_for_url("**/thanks")
        made = rating_table(study).choices[-1]
        assert made.choice == choice
        assert {made.method_a, made.method_b} == {"m0", "original"}
