"""A study's report: a page that stands alone, and the same as files for machines."""

from pathlib import Path

from fourfold import __version__
from fourfold.report import render_page
from fourfold.study.analysis import files
from fourfold.study.analysis.page import report_sections
from fourfold.study.analysis.results import Analysis


def write_report(folder: Path, analysis: Analysis) -> list[Path]:
    """Write `report.html`, `report.json`, CSV and, of scores, `mos.tex` into a folder.

    Files of these names give way; anything else in the folder stays.

    Returns:
        The paths that were written, the page first.

    Raises:
        UnwritableReport: the place cannot be written.
    """
    texts = {
        "report.html": report_html(analysis),
        "report.json": files.report_json(analysis),
        "tests.csv": files.tests_csv(analysis),
        "raters.csv": files.raters_csv(analysis),
    }
    if analysis.mode == "pair":
        texts["strengths.csv"] = files.strengths_csv(analysis)
    else:
        texts["mos.csv"] = files.mos_csv(analysis)
        texts["pictures.csv"] = files.pictures_csv(analysis)
        texts["mos.tex"] = files.mos_latex(analysis)
    return files.write_files(folder, texts)


def report_html(analysis: Analysis) -> str:
    """The page alone."""
    counted, raters = len(analysis.counted), len(analysis.raters)
    return render_page(
        f"Study: {analysis.study}",
        report_sections(analysis),
        lead=f"{counted} of {raters} raters count; {analysis.images} images.",
        footer=f"Made by fourfold {__version__}; the bootstrap's seed is {analysis.seed}.",
    )
