"""The report of a study as sections of a page, opening with a paragraph ready to print."""

from fourfold.report import Listing, Notice, Section, Text
from fourfold.report.blocks import Block
from fourfold.study.analysis.files import mos_latex
from fourfold.study.analysis.page_differences import differences
from fourfold.study.analysis.page_raters import metrics, raters, reliability
from fourfold.study.analysis.page_results import score_sections, strength_sections
from fourfold.study.analysis.prose import methods_paragraph
from fourfold.study.analysis.results import Analysis


def report_sections(analysis: Analysis) -> list[Section]:
    """Everything that the report says, in the order in which a reader asks."""
    is_pair = analysis.mode == "pair"
    sections = [
        Section("Methods", [Text(methods_paragraph(analysis)), *_warnings(analysis)]),
        *(strength_sections(analysis) if is_pair else score_sections(analysis)),
        Section("Which methods differ", differences(analysis)),
        Section("How far raters can be relied on", reliability(analysis)),
    ]
    if analysis.metrics:
        sections.append(Section("Metrics beside what raters say", metrics(analysis)))
    sections.append(Section("Raters", [raters(analysis)], is_folded=True))
    if not is_pair:
        sections.append(
            Section("LaTeX", [Listing(mos_latex(analysis), title="mos.tex")], is_folded=True)
        )
    return sections


def _warnings(analysis: Analysis) -> list[Block]:
    blocks: list[Block] = []
    if not any(rater.is_finished for rater in analysis.raters):
        blocks.append(Notice("No rater has finished yet: these are first glances, not results."))
    if len(analysis.counted) < 15:
        blocks.append(
            Notice(
                f"Only {len(analysis.counted)} raters count. ITU-R BT.500 asks for 15 at least; "
                "intervals from fewer are too narrow."
            )
        )
    blocks.append(
        Text(
            "Scores of two studies cannot be compared: other raters, screens and pictures move "
            "them all. Nor can these be set beside the published ones as if they were one table."
        )
    )
    return blocks
