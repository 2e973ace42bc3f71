"""What the ratings of a study say: pure functions from a table of ratings to results and pages."""

from typing import TYPE_CHECKING, Any

from fourfold.study.analysis.analyse import analyse as analyse
from fourfold.study.analysis.files import report_json as report_json
from fourfold.study.analysis.metrics import MetricScores as MetricScores
from fourfold.study.analysis.metrics import read_scores as read_scores
from fourfold.study.analysis.results import Analysis as Analysis
from fourfold.study.analysis.summary import Summary as Summary
from fourfold.study.analysis.summary import summarise as summarise
from fourfold.study.analysis.text import report_text as report_text

if TYPE_CHECKING:
    from fourfold.study.analysis.report import report_html as report_html
    from fourfold.study.analysis.report import write_report as write_report

__all__ = [
    "Analysis",
    "MetricScores",
    "Summary",
    "analyse",
    "read_scores",
    "report_html",
    "report_json",
    "report_text",
    "summarise",
    "write_report",
]


def __getattr__(name: str) -> Any:
    """Load what draws when it is first used: a server that sums up needs no matplotlib."""
    if name not in ("report_html", "write_report"):
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from fourfold.study.analysis import report

    return getattr(report, name)
