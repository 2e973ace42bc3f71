"""A real browser: Debian's Chromium, driven by Playwright."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext


@contextmanager
def visiting(browser: "Browser") -> "Iterator[BrowserContext]":
    """A visitor of their own cookies, whose window is the browser's."""
    context = browser.new_context(no_viewport=True)
    context.set_default_timeout(20_000)
    yield context
    context.close()
