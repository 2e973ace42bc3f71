"""A real browser: Debian's Chromium, driven by Playwright."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from tests.conftest import skip_or_fail

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext


@pytest.fixture(scope="session")
def launch() -> "Iterator[Callable[..., Browser]]":
    """Starts a headless Chromium at a device-pixel ratio, colours as the files have them.

    The ratio is the browser's own, as on a screen that has it: Playwright's emulated one would
    make the page believe in pixels that the browser does not lay out.
    """
    path = shutil.which("chromium") or shutil.which("chromium-browser")
    if path is None:
        skip_or_fail("chromium", "there is no chromium to play a rater with")
    try:
        from playwright.sync_api import sync_playwright
    except ModuleNotFoundError:
        skip_or_fail("chromium", "playwright is not installed")

    with sync_playwright() as playwright:

        def start(*, ratio: float = 1, window: tuple[int, int] = (1000, 800)) -> "Browser":
            return playwright.chromium.launch(
                executable_path=path,
                args=[
                    "--no-sandbox",
                    "--disable-gpu",
                    "--force-color-profile=srgb",
                    f"--force-device-scale-factor={ratio}",
                    f"--window-size={window[0]},{window[1]}",
                ],
            )

        yield start


@pytest.fixture(scope="session")
def chromium(launch: "Callable[..., Browser]") -> "Iterator[Browser]":
    """One at ratio 1, for all that asks for no other."""
    browser = launch()
    yield browser
    browser.close()


@contextmanager
def visiting(browser: "Browser") -> "Iterator[BrowserContext]":
    """A visitor of their own cookies, whose window is the browser's."""
    context = browser.new_context(no_viewport=True)
    context.set_default_timeout(20_000)
    yield context
    context.close()
