"""`fourfold compare`: two pictures or folders, by the same metrics, and under a slider."""

import sys
from pathlib import Path

import click

from fourfold.cli.say import complain, refuse_existing, say
from fourfold.errors import FourfoldError


@click.command(no_args_is_help=True)
@click.argument("a")
@click.argument("b")
@click.option("--against", metavar="HR", help="The original, picture or folder, of both.")
@click.option("--metrics", metavar="A,B", help="psnr_y, ssim_y, lpips ... [all that fit]")
@click.option(
    "--protocol", type=click.Choice(["paper", "literature"]), default="paper", show_default=True
)
@click.option(
    "--scale", type=click.IntRange(1), default=4, show_default=True, help="Border cut, pixels."
)
@click.option("-o", "--out", metavar="FILE", help="Write the page here. [no page]")
@click.option("--overwrite", is_flag=True, help="Replace a page that is there.")
def compare(
    a: str,
    b: str,
    against: str | None,
    metrics: str | None,
    protocol: str,
    scale: int,
    out: str | None,
    overwrite: bool,
) -> None:
    """Compare two pictures, or two folders of pictures by name.

    With --against both are measured against the original; without, one against the other. The
    page puts them under a slider at 1:1.

    \b
    fourfold compare small_x4.png other.png -o compare.html
    fourfold compare ours/ theirs/ --against originals/ -o compare.html
    """
    from fourfold.evaluation import (
        compare_page,
        compare_text,
        compare_trio,
        find_measures,
        find_trios,
    )
    from fourfold.imaging import allow_known_loaders_only
    from fourfold.metrics import LITERATURE, PAPER
    from fourfold.report import write_page

    allow_known_loaders_only()
    if out is not None and not overwrite:
        refuse_existing(Path(out))
    rules = PAPER if protocol == "paper" else LITERATURE
    names = [name.strip() for name in metrics.split(",")] if metrics else None
    measures, missing = find_measures(names)
    if names is None:  # there is no small picture that both came from
        measures = [measure for measure in measures if measure.name != "consistency"]
    compared, failures = [], 0
    trios = find_trios(Path(a), Path(b), Path(against) if against else None)
    for trio in trios:
        try:
            compared.append(compare_trio(trio, measures, scale=scale, protocol=rules))
        except FourfoldError as error:
            complain(error)
            failures += 1
    if compared:
        say(compare_text(compared, measures, scale=scale, protocol=rules))
        if out is not None:
            write_page(Path(out), compare_page(compared, measures, scale=scale, protocol=rules))
            say(f"Page          {out}", err=True)
    for sentence in missing:
        say(sentence, err=True)
    if failures:
        sys.exit(1)
