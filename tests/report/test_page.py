"""Pages stand alone, show what they were given, and work in a real browser."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np
import pytest

from fourfold.errors import UnwritableReport
from fourfold.report import (
    Cell,
    Column,
    Comparison,
    Line,
    Listing,
    Notice,
    Plot,
    Point,
    Section,
    Table,
    Text,
    Version,
    plot_intervals,
    plot_lines,
    plot_points,
    plot_shares,
    plot_spread,
    render_page,
    write_page,
)

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

SIZES = {"desktop": (1280, 900), "phone": (390, 844)}


def make_example(photograph: np.ndarray) -> str:
    """A page with one of everything."""
    table = Table(
        columns=[
            Column(title="method", is_number=False),
            Column(title="PSNR", help="decibels, higher is closer"),
            Column(title="LPIPS"),
        ],
        rows=[
            ["nearest", Cell(value=26.26, note="25.1 to 27.3"), Cell(value=0.4012, digits=4)],
            ["bicubic", Cell(value=28.43), Cell(value=0.3414, digits=4)],
            ["srresnet", Cell(value=31.86, is_best=True), Cell(value=0.1718, digits=4)],
            ["original", Cell(value=np.inf), Cell(value=0, digits=4, is_best=True)],
            ["not run", Cell(value=None), Cell(value=-0.5, digits=4)],
        ],
        caption="Means over five pictures.",
    )
    versions = [
        Version(label="original", pixels=photograph),
        Version(label="negative", pixels=255 - photograph, note="PSNR 3.2 dB"),
        Version(label="error", pixels=photograph[:, :, 0], can_slide=False),
    ]
    plots = [
        plot_points(
            [
                Point(label="srgan", x=29.9, y=0.08),
                Point(label="srgan", x=29.4, y=0.088, is_hollow=True),
                Point(label="bicubic", x=28.4, y=0.34),
            ],
            x_label="PSNR, dB",
            y_label="LPIPS",
        ),
        plot_lines([Line(label="a", x=[1, 2, 3], y=[1, 4, 9])], x_label="step", y_label="dB"),
        plot_intervals(["SRGAN", "HR"], [(3.6, 3.4, 3.8), (4.3, 4.2, 4.4)], x_label="MOS"),
        plot_spread(["bicubic", "srgan"], [[28, 29, 33], [29, 30, np.inf]], x_label="PSNR, dB"),
        plot_shares(["SRGAN", "HR"], [[0.1, 0.4, 0.5], [0, 0.2, 0.8]], ["1", "2", "3"]),
    ]
    return render_page(
        "Scores <of> five & more",
        [
            Section("Means", [Notice("All control rows match.", "good"), Text("Words."), table]),
            Section(
                "Plots", [Plot(svg=svg, description="dots", caption="A plot.") for svg in plots]
            ),
            Section("Pictures", [Comparison(title="panda", versions=versions, caption="Face.")]),
            Section("Settings", [Listing("a \\ b <c>"), Notice("Unproven.")], is_folded=True),
        ],
        lead="What came out.",
        footer="fourfold",
    )


@pytest.fixture(scope="module")
def example(photograph: np.ndarray) -> str:
    return make_example(photograph)


@pytest.fixture(params=SIZES)
def page(
    request: pytest.FixtureRequest, chromium: "Browser", example: str, tmp_path: Path
) -> "Iterator[Page]":
    """The example, open at the width of a desk or a phone; any error in it fails the test."""
    path = tmp_path / "page.html"
    write_page(path, example)
    width, height = SIZES[request.param]
    context = chromium.new_context(viewport={"width": width, "height": height}, offline=True)
    opened = context.new_page()
    complaints: list[str] = []
    opened.on("console", lambda message: complaints.append(message.text))
    opened.on("pageerror", lambda error: complaints.append(str(error)))
    opened.goto(path.as_uri())
    yield opened
    context.close()
    assert complaints == []


def column(page: "Page", number: int) -> list[str]:
    cells = page.locator(f"tbody td:nth-child({number})").all()
    return [cell.evaluate("cell => cell.firstChild.textContent") for cell in cells]


def test_the_same_content_gives_the_same_page(photograph: np.ndarray, example: str):
    assert make_example(photograph) == example


def test_nothing_outside_the_page_is_referred_to(example: str):
    links = re.findall(r"""(?:src|href)="([^"]*)"|url\(([^)]*)\)""", example)
    assert links
    for link in map("".join, links):
        assert link.startswith(("#", "data:image/png;base64,")), link
    assert "@import" not in example


def test_text_is_shown_as_it_is_and_never_as_markup(example: str):
    assert "Scores &lt;of&gt; five &amp; more" in example and "<of>" not in example


def test_every_reference_in_a_plot_leads_to_one_element_of_the_page(example: str):
    used = set(re.findall(r"url\(#([\w-]+)\)", example)) | set(
        re.findall(r'xlink:href="#([\w-]+)"', example)
    )
    assert used and all(f'id="{name}"' in example for name in used)


def test_a_name_with_dollars_is_a_name_and_no_formula():
    points = [Point(label=r"$\nothing$", x=1, y=2), Point(label="$a^2$", x=2, y=1)]
    svg = plot_points(points, x_label="x", y_label="y")
    assert r"$\nothing$" in svg and "$a^2$" in svg
    assert "$a^2$" in plot_spread(["$a^2$"], [[1.0, 2.0]], x_label="x")


def test_plots_take_the_colours_of_the_page(example: str):
    assert "var(--ink)" in example and "#010203" not in example


def test_a_click_on_a_title_sorts_by_value_and_none_stays_last(page: "Page"):
    page.get_by_role("button", name="PSNR").click()
    assert column(page, 2) == ["∞", "31.86", "28.43", "26.26", "–"]
    page.get_by_role("button", name="PSNR").click()
    assert column(page, 2) == ["26.26", "28.43", "31.86", "∞", "–"]
    page.get_by_role("button", name="method").click()
    assert column(page, 1) == ["bicubic", "nearest", "not run", "original", "srresnet"]


def test_pictures_are_shown_at_one_to_one(page: "Page", photograph: np.ndarray):
    box = page.locator(".versions img").first.bounding_box()
    assert box is not None
    assert (box["width"], box["height"]) == (photograph.shape[1], photograph.shape[0])


def test_zoom_enlarges_every_version(page: "Page", photograph: np.ndarray):
    page.get_by_role("button", name="4:1").click()
    for image in page.locator(".versions img").all():
        box = image.bounding_box()
        assert box is not None and box["width"] == 4 * photograph.shape[1]


def test_the_slider_shows_the_left_picture_up_to_the_pointer_and_the_right_beyond(page: "Page"):
    page.get_by_role("button", name="Slider").click()
    stage = page.locator(".stage")
    stage.scroll_into_view_if_needed()
    page.locator(".slider input").fill("25")
    assert page.locator(".over").evaluate("e => e.style.width") == "25%"
    labels = page.locator(".tools select").first.locator("option").all_text_contents()
    assert labels == ["original", "negative"]
    sources = [image.get_attribute("src") for image in page.locator(".versions img").all()[:2]]
    assert page.locator(".over img").get_attribute("src") == sources[0]
    assert page.locator(".stage > img").get_attribute("src") == sources[1]
    page.locator(".tools select").nth(1).select_option("original")
    assert page.locator(".stage > img").get_attribute("src") == sources[0]


def test_the_sliders_handle_stands_over_the_seam_at_every_zoom(page: "Page"):
    page.get_by_role("button", name="Slider").click()
    for zoom in ("1:1", "2:1"):
        page.get_by_role("button", name=zoom).click()
        stage, handle = (page.locator(f".slider {part}") for part in (".stage", "input"))
        boxes = (stage.bounding_box(), handle.bounding_box())
        assert boxes[0] and boxes[1] and boxes[0]["width"] == boxes[1]["width"]


def test_the_page_is_never_wider_than_the_window(page: "Page"):
    page.get_by_role("button", name="Slider").click()
    page.get_by_role("button", name="4:1").click()
    wider = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
    assert wider <= 0


def test_dark_and_light_follow_the_system(page: "Page"):
    colours = set()
    schemes: tuple[Literal["light", "dark"], ...] = ("light", "dark")
    for scheme in schemes:
        page.emulate_media(color_scheme=scheme)
        colours.add(page.evaluate("getComputedStyle(document.body).backgroundColor"))
    assert len(colours) == 2


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path):
    with pytest.raises(UnwritableReport, match=r"nowhere.*No such file"):
        write_page(tmp_path / "nowhere" / "page.example", "")
    assert list(tmp_path.iterdir()) == []
