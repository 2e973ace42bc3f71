"""`fourfold study report`: what the ratings of a study say."""

from pathlib import Path

import click

from fourfold.cli.say import say


@click.command(no_args_is_help=True)
@click.argument("folder", metavar="STUDY")
@click.option("--out", metavar="DIR", help="For report.html, .json, CSV and LaTeX [STUDY/report].")
@click.option("--scores", metavar="FILE", help="scores.json of fourfold evaluate, to set beside.")
@click.option("--unfinished", is_flag=True, help="Count raters who did not finish, too.")
@click.option("--seed", type=click.IntRange(min=0), default=1, show_default=True, metavar="N")
@click.option("--db", metavar="URL", help="Where ratings are kept [study.db in STUDY].")
@click.option("--json", "as_json", is_flag=True, help="Print report.json instead of the tables.")
def report(
    folder: str,
    out: str | None,
    scores: str | None,
    unfinished: bool,
    seed: int,
    db: str | None,
    as_json: bool,
) -> None:
    """Say what the ratings of STUDY say, and how sure of it one may be.

    Mean opinion scores with intervals, their distribution, ranks, which methods differ, and how far
    raters can be relied on: as tables here, as a page and files in DIR.

    \b
    fourfold study report faces
    fourfold study report faces --scores evaluation/scores.json --out faces-report
    """
    from fourfold.study.analysis import analyse, read_scores, report_json, report_text, write_report
    from fourfold.study.studies import Study
    from fourfold.study.table import rating_table

    measured = read_scores(Path(scores)) if scores else None
    with Study.open(folder, db=db) as study:
        table = rating_table(study)
    analysis = analyse(table, seed=seed, scores=measured, with_unfinished=unfinished)
    written = write_report(Path(out) if out else Path(folder) / "report", analysis)
    say(report_json(analysis).rstrip() if as_json else report_text(analysis))
    say(f"\nThe whole report: {written[0]}", err=True)
