"""`fourfold evaluate`: methods measured on test sets, proven, beside the paper, with pictures."""

import os
import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from fourfold.cli.say import refuse_existing, refuse_file, say
from fourfold.errors import InvalidDataset, UnknownMethod, nearest

if TYPE_CHECKING:
    from fourfold.evaluation import Cache, Dataset
    from fourfold.metrics import Protocol


@click.command()
@click.option("--data", metavar="ROOT", help="Folder of test sets. [$FOURFOLD_DATA/test]")
@click.option("--sets", metavar="A,B", help="Which of them. [Set5,Set14,BSD100]")
@click.option("--scale", type=click.IntRange(2), default=4, show_default=True)
@click.option(
    "--method", "methods", multiple=True, metavar="METHOD", help="Repeatable. [all shipped]"
)
@click.option(
    "--protocol", type=click.Choice(["paper", "literature"]), default="paper", show_default=True
)
@click.option("--metrics", metavar="A,B", help="psnr_y, ssim_daala_y, lpips ... [all]")
@click.option("--paper", is_flag=True, help="The paper's tables, ours beside.")
@click.option("--mos", metavar="FILE", help="A study report's JSON, for the MOS column.")
@click.option("--snapshots", metavar="RUN", help="Instead: figure 8, over a run's kept weights.")
@click.option("--against", metavar="NAME", help="Test every method against this one.")
@click.option("--limit", type=click.IntRange(1), metavar="N", help="Pictures of each set.")
@click.option("--out", metavar="DIR", help="For report.html, scores.json, .csv and .tex.")
@click.option(
    "--pictures", type=click.IntRange(0), metavar="N", default=12, help="In the report. [12]"
)
@click.option("--cache", metavar="DIR", help="Keeps what is computed. [~/.cache/fourfold]")
@click.option("--no-cache", is_flag=True, help="Keep nothing.")
@click.option("--overwrite", is_flag=True, help="Replace a report that is there.")
@click.option("--json", "as_json", is_flag=True, help="Print scores.json instead.")
def evaluate(
    data: str | None,
    sets: str | None,
    scale: int,
    methods: tuple[str, ...],
    protocol: str,
    metrics: str | None,
    paper: bool,
    mos: str | None,
    snapshots: str | None,
    against: str | None,
    limit: int | None,
    out: str | None,
    pictures: int,
    cache: str | None,
    no_cache: bool,
    overwrite: bool,
    as_json: bool,
) -> None:
    """Measure methods on test sets, proven first.

    Control rows show whether the copy at hand, the bicubic and the metrics are right. A METHOD is
    nearest, bicubic, original, a model (name, weights file or run), with settings after a colon,
    or NAME=FOLDER for results of another program.

    \b
    fourfold evaluate --paper --out report/
    fourfold evaluate --method srgan:realism=0.5 --method esrgan=results/
    """
    from fourfold.cli.bar import CountBar
    from fourfold.evaluation import (
        Cache,
        default_methods,
        find_dataset,
        find_measures,
        find_methods,
        paper_text,
        proof_text,
        prove,
        read_opinions,
        scores_json,
        summary,
        write_report,
    )
    from fourfold.evaluation import evaluate as measure
    from fourfold.imaging import allow_known_loaders_only
    from fourfold.metrics import LITERATURE, PAPER

    if mos and not paper:
        raise click.UsageError("--mos fills a column of --paper's tables; give both.")
    allow_known_loaders_only()
    # All that a user can get wrong is looked at before it costs time.
    page = "report.html" if snapshots is None else "snapshots.html"
    if out is not None:
        refuse_file(Path(out))
        if not overwrite:
            refuse_existing(Path(out) / page)
    dataset = find_dataset(_root(data), _words(sets), scale=scale, limit=limit)
    rules = PAPER if protocol == "paper" else LITERATURE
    kept = Cache(None if no_cache else _cache_folder(cache))
    if snapshots is not None:
        _draw_snapshots(Path(snapshots), dataset, _words(metrics), rules, kept, out)
        return
    names = methods or (*default_methods(scale), *(("original",) if paper else ()))
    chosen = find_methods(names, scale=scale)
    if against is not None and against not in [method.name for method in chosen]:
        hint = nearest(against, [method.name for method in chosen])
        raise UnknownMethod(f"--against names '{against}', which is not measured. {hint}")
    find_measures(_words(metrics))
    opinions = read_opinions(Path(mos)) if mos else {}

    with CountBar("control rows") as bar:
        proof = prove(dataset, rules, cache=kept, progress=bar)
    if not as_json:
        say(proof_text(proof) + "\n")
    with CountBar("methods") as bar:
        scores = measure(
            chosen,
            dataset,
            protocol=rules,
            metrics=_words(metrics),
            cache=kept,
            proof=proof,
            progress=bar,
        )
    text = summary(scores, paper=paper, against=against, opinions=opinions)
    say(scores_json(scores).rstrip() if as_json else text)
    if out is not None:
        written = write_report(
            Path(out),
            scores,
            dataset,
            chosen,
            cache=kept,
            pictures=pictures,
            text=f"{proof_text(proof)}\n\n{text}",
            paper=paper_text(scores, opinions) if paper else "",
            command=shlex.join(["fourfold", *sys.argv[1:]]),
        )
        say(f"Report        {written[0]}", err=True)
    if scores.failures:
        sys.exit(1)


def _draw_snapshots(
    run: Path,
    dataset: "Dataset",
    metrics: list[str] | None,
    protocol: "Protocol",
    cache: "Cache",
    out: str | None,
) -> None:
    from fourfold.evaluation import (
        find_measures,
        measure_snapshots,
        proof_text,
        prove,
        snapshots_page,
        snapshots_text,
    )
    from fourfold.report import write_page

    measures, missing = find_measures(metrics)
    drawn = measure_snapshots(run, dataset, measures, protocol=protocol, cache=cache)
    proof = prove(dataset, protocol, cache=cache)
    say("\n".join([proof_text(proof), "", snapshots_text(drawn), *missing]))
    if out is not None:
        Path(out).mkdir(parents=True, exist_ok=True)
        write_page(Path(out) / "snapshots.html", snapshots_page(drawn))
        say(f"Report        {Path(out) / 'snapshots.html'}", err=True)


def _root(data: str | None) -> Path:
    """The folder of test sets: as named, else `test` in the folder that the environment names."""
    if data is not None:
        return Path(data)
    if "FOURFOLD_DATA" not in os.environ:
        raise InvalidDataset(
            "There are no test sets: name their folder with --data, or the one above `test` in "
            "FOURFOLD_DATA; docs/reproduce.md says where they come from."
        )
    return Path(os.environ["FOURFOLD_DATA"]) / "test"


def _words(text: str | None) -> list[str] | None:
    return None if text is None else [word.strip() for word in text.split(",") if word.strip()]


def _cache_folder(named: str | None) -> Path:
    if named is not None:
        return Path(named)
    home = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(home) / "fourfold" / "evaluate"
