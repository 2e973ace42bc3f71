"""A rater from the first page to the last, in a real browser, over a lost connection."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from fourfold.study import Question, Study, find_preset, progress, rating_table
from tests.conftest import ROOT
from tests.studies import Served, Server, make_study, serving
from tests.web.conftest import visiting
from tests.web.playing import click, join, moved, press, ready

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.slow

SCREENSHOTS = ROOT / "build" / "screenshots"
SHORT = replace(
    find_preset("short"),
    repeats=1,
    break_every=3,
    least_look=0.2,
    questions=(Question("Age", ("under 30", "30 and over")), Question("Glasses", ("yes", "no"))),
)


def keep(page: "Page", name: str) -> None:
    """Keep a screenshot, to be looked at."""
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=SCREENSHOTS / f"{name}.png")


def test_a_rater_goes_all_the_way(chromium: "Browser", tmp_path: Path):
    with (
        make_study(tmp_path, SHORT, methods=1, images=4) as study,
        serving(study.folder) as server,
        visiting(chromium) as context,
    ):
        page = context.new_page()
        said: list[str] = []
        page.on("console", lambda message: said.append(message.text))
        page.on("pageerror", lambda error: said.append(str(error)))
        page.goto(server.join_url)
        keep(page, "join")
        page.check("input[name=agree]")
        page.keyboard.press("Enter")
        page.wait_for_url("**/questions")
        keep(page, "questions")
        page.check("input[name=question-0][value='1']")
        page.check("input[name=question-1][value='0']")
        page.click("button.strong")
        page.wait_for_selector("#notice[open]")
        keep(page, "instructions")
        pseudonym = progress(study)[0].pseudonym  # known to who stops early, too
        assert f"Your pseudonym is {pseudonym}." in (page.text_content("#notice-text") or "")
        page.keyboard.press("Enter")
        _calibrate(page)
        _rate(page, study)
        page.wait_for_url("**/thanks")
        keep(page, "thanks")
        (rater,) = progress(study)
        assert rater.finished_at is not None and page.text_content("#code")
        table = rating_table(study)
        assert [one.score for one in table.ratings] == [1, 5, 4, 2, 3, 5, 1, 2, 4]
        assert [one.anchor for one in table.ratings[:2]] in ([1, 5], [5, 1])
        assert sum(one.repeat for one in table.ratings) == 1
        assert said == []


def _calibrate(page: "Page") -> None:
    ready(page)
    assert "Press" in (page.text_content("#hint") or "")
    keep(page, "calibration")
    press(page, "1")
    ready(page)
    moved(page, lambda: page.keyboard.press("5"))
    page.click("#notice-button")  # the examples are over


def _rate(page: "Page", study: Study) -> None:
    """Seven pictures by key and by click, one taken back, one reload, two breaks."""
    press(page, "4")
    click(page, "[data-score='3']")
    ready(page)
    moved(page, lambda: page.click("#undo"))
    assert "again" in (page.text_content("#hint") or "")
    press(page, "2")
    press(page, "3")
    keep(page, "break")
    page.click("#notice-button")
    press(page, "5")
    before = page.text_content("#progress")
    page.reload()
    ready(page)
    assert page.text_content("#progress") == before
    keep(page, "rating")
    press(page, "1")
    press(page, "2")
    page.click("#notice-button")
    ready(page)
    page.keyboard.press("4")


def test_a_lost_connection_and_a_closed_page_lose_nothing_and_double_nothing(
    chromium: "Browser", tmp_path: Path
):
    with make_study(tmp_path, methods=1, images=2) as study, visiting(chromium) as context:
        first = Server(study.folder)
        page = join(context, first)
        ready(page)
        first.kill()
        page.keyboard.press("1")
        page.wait_for_selector("text=No connection")
        keep(page, "lost")
        second = Server(study.folder, port=first.port)
        page.wait_for_selector("text=2 of 4")
        ready(page)
        second.kill()
        page.keyboard.press("2")
        page.wait_for_selector("text=No connection")
        page.close()
        with serving(study.folder, port=first.port):
            page = context.new_page()
            page.goto(f"{first.base}/study/rate")
            page.wait_for_selector("text=3 of 4")
            press(page, "3")
            ready(page)
            page.keyboard.press("4")
            page.wait_for_url("**/thanks")
        assert [one.score for one in rating_table(study).ratings] == [1, 2, 3, 4]


@pytest.mark.parametrize(("status", "kind"), [(500, "text/plain"), (429, "text/html")])
def test_an_answer_that_is_not_the_applications_loses_no_rating(
    chromium: "Browser", tmp_path: Path, status: int, kind: str
):
    with (
        make_study(tmp_path, methods=1, images=1) as study,
        serving(study.folder) as server,
        visiting(chromium) as context,
    ):
        page = join(context, server)
        page.route(
            "**/study/ratings",
            lambda route: route.fulfill(status=status, content_type=kind, body="Too busy"),
            times=1,
        )
        press(page, "4")
        ready(page)
        page.keyboard.press("5")
        page.wait_for_url("**/thanks")
        assert [one.score for one in rating_table(study).ratings] == [4, 5]


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Study]:
    """Two pictures, which fit into most windows."""
    root = tmp_path_factory.mktemp("tiny")
    with make_study(root, methods=1, images=1, size=(400, 450)) as study:
        yield study


@pytest.fixture(scope="module")
def server(tiny: Study) -> Iterator[Served]:
    with serving(tiny.folder) as server:
        yield server


def test_the_last_rating_can_be_changed_from_the_last_page(
    chromium: "Browser", tiny: Study, server: Served
):
    with visiting(chromium) as context:
        page = join(context, server)
        press(page, "1")
        ready(page)
        page.keyboard.press("2")
        page.wait_for_url("**/thanks")
        page.click("text=Change my last rating")
        ready(page)
        page.keyboard.press("5")
        page.wait_for_url("**/thanks")
        assert [one.score for one in rating_table(tiny).ratings] == [1, 5]


def test_whoever_hears_the_page_is_told_question_scores_and_progress(
    chromium: "Browser", server: Served
):
    with visiting(chromium) as context:
        page = join(context, server)
        ready(page)
        scores = page.get_by_role("group", name=page.inner_text("h1")).get_by_role("button")
        assert [name.split()[0] for name in scores.all_inner_texts()] == list("12345")
        assert page.get_by_role("progressbar", name="1 of 2").count() == 1
        assert page.get_by_role("main", name=page.inner_text("h1")).count() == 1


def test_nothing_can_be_rated_in_a_window_that_is_too_small(
    launch: "Callable[..., Browser]", server: Served
):
    browser = launch(window=(500, 400))
    with visiting(browser) as context:
        page = join(context, server)
        page.wait_for_selector("text=does not fit")
        assert "450 \u00d7 400" in (page.text_content("#notice-text") or "")
        keep(page, "too-small")
        for key in ("Escape", "3"):
            page.keyboard.press(key)
        assert page.is_visible("#notice")
        assert page.text_content("#progress") == "1 of 2"
        assert page.get_attribute("body", "data-ready") == "false"
    browser.close()


def test_nothing_can_be_rated_where_the_browser_cannot_show_single_pixels(
    chromium: "Browser", server: Served
):
    # An emulated ratio is one that the page is told of and the screen does not have.
    context = chromium.new_context(
        viewport={"width": 1000, "height": 800}, device_scale_factor=1.25
    )
    page = join(context, server)
    page.wait_for_selector("#notice[open]")
    keep(page, "inexact")
    page.keyboard.press("3")
    assert page.text_content("#progress") == "1 of 2"
    assert page.get_attribute("body", "data-ready") == "false"
    context.close()


@pytest.mark.parametrize(
    ("language", "title"), [("de", "Eine Studie zu Bildern"), ("ko", "사진 평가 연구")]
)
def test_pages_speak_the_browsers_language(
    chromium: "Browser", server: Served, language: str, title: str
):
    context = chromium.new_context(no_viewport=True, locale=language)
    page = context.new_page()
    page.goto(server.join_url)
    assert page.text_content("h1") == title
    page.close()
    page = join(context, server)
    assert page.get_attribute("html", "lang") == language
    ready(page)
    keep(page, f"rating-{language}")
    context.close()
