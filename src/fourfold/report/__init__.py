"""Pages that stand alone: tables, plots and pictures in one HTML file, for print and screen."""

from fourfold.errors import MissingExtra, install_line

try:
    import jinja2 as _jinja2  # noqa: F401
    import matplotlib as _matplotlib  # noqa: F401
except ImportError as error:
    raise MissingExtra(
        f"Reports need Jinja2 and matplotlib: {install_line('evaluate')}."
    ) from error

from fourfold.report.blocks import Block as Block
from fourfold.report.blocks import Cell as Cell
from fourfold.report.blocks import Column as Column
from fourfold.report.blocks import Comparison as Comparison
from fourfold.report.blocks import Listing as Listing
from fourfold.report.blocks import Notice as Notice
from fourfold.report.blocks import Plot as Plot
from fourfold.report.blocks import Section as Section
from fourfold.report.blocks import Table as Table
from fourfold.report.blocks import Text as Text
from fourfold.report.blocks import Version as Version
from fourfold.report.page import render_page as render_page
from fourfold.report.page import write_page as write_page
from fourfold.report.pictures import picture_url as picture_url
from fourfold.report.plots import Line as Line
from fourfold.report.plots import Point as Point
from fourfold.report.plots import plot_intervals as plot_intervals
from fourfold.report.plots import plot_lines as plot_lines
from fourfold.report.plots import plot_points as plot_points
from fourfold.report.plots import plot_shares as plot_shares
from fourfold.report.plots import plot_spread as plot_spread

__all__ = [
    "Block",
    "Cell",
    "Column",
    "Comparison",
    "Line",
    "Listing",
    "Notice",
    "Plot",
    "Point",
    "Section",
    "Table",
    "Text",
    "Version",
    "picture_url",
    "plot_intervals",
    "plot_lines",
    "plot_points",
    "plot_shares",
    "plot_spread",
    "render_page",
    "write_page",
]
