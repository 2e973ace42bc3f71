"""A page that stands alone: one HTML file, without network, its own style and script inside.

Its content policy lets nothing be loaded, and nothing run but the script whose hash it names.
"""

import base64
import hashlib
import re
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from fourfold.atomic import written_whole
from fourfold.errors import UnwritableReport
from fourfold.report.blocks import Section

_HERE = Path(__file__).parent


def render_page(
    title: str, sections: Sequence[Section], *, lead: str = "", footer: str = ""
) -> str:
    """The HTML of a page.

    Args:
        title: its heading.
        sections: what it holds, in order.
        lead: the paragraph below the heading.
        footer: how it was made.

    Returns:
        The same text for the same arguments, always.
    """
    style, script = (_asset(name) for name in ("page.css", "page.js"))
    return (
        _environment()
        .get_template("page.html")
        .render(
            title=title,
            lead=lead,
            sections=[
                (_anchor(section.title, number), section) for number, section in enumerate(sections)
            ],
            footer=footer,
            style=style,
            script=script,
            script_hash=_policy_hash(script),
        )
    )


def write_page(path: Path, html: str) -> None:
    """Write a page whole or not at all, in place of one that is there.

    Raises:
        UnwritableReport: the place cannot be written.
    """
    try:
        with written_whole(path) as temporary:
            temporary.write_text(html, encoding="utf-8")
    except OSError as error:
        raise UnwritableReport(f"{path} cannot be written: {error.strerror}.") from error


@cache
def _environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(_HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


@cache
def _asset(name: str) -> str:
    return (_HERE / "assets" / name).read_text(encoding="utf-8")


def _policy_hash(script: str) -> str:
    """The hash by which a content policy knows a script that stands in the page."""
    return "sha256-" + base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()


def _anchor(title: str, number: int) -> str:
    words = "-".join(re.findall(r"[a-z0-9]+", title.lower()))
    return words or f"section-{number + 1}"
