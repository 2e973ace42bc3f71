"""A rater's moves on the pages."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from tests.studies import Served, Server

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext, Page


def join(context: "BrowserContext", server: Served | Server, url: str | None = None) -> "Page":
    """Consent, and read what to do; the rating page."""
    page = context.new_page()
    page.goto(url or server.join_url)
    page.check("input[name=agree]")
    page.click("button.strong")
    page.click("#notice-button")
    return page


def ready(page: "Page") -> None:
    """Wait until the picture may be rated."""
    page.wait_for_selector("body[data-ready=true]")


def press(page: "Page", key: str) -> None:
    """Press a key that rates, and wait until the rating is saved and what is next stands there."""
    ready(page)
    moved(page, lambda: page.keyboard.press(key))


def click(page: "Page", selector: str) -> None:
    """Click on what rates, and wait the same."""
    ready(page)
    moved(page, lambda: page.click(selector))


def moved(page: "Page", act: Callable[[], None]) -> None:
    """Do something that leads to another picture, or to the end."""
    before = page.text_content("#progress")
    act()
    page.wait_for_function(
        "before => document.getElementById('progress')?.textContent !== before", arg=before
    )
