"""`fourfold upscale`: pictures in, pictures four times as large out."""

import json
import logging
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import click

from fourfold import __version__
from fourfold.errors import FourfoldError, UnwritableImage

if TYPE_CHECKING:
    from fourfold.upscaling import EngineName, Job, Upscaler

_WORTH_AN_ESTIMATE = 60  # seconds
_WORTH_A_PROBE = 200_000  # pixels that no machine needs a minute for; the probe takes a little
_LINE = "{target}  {to} from {from}  {seconds:.1f} s"


@click.command(no_args_is_help=True)
@click.argument("inputs", nargs=-1, required=True, metavar="INPUT...")
@click.option(
    "-o", "--out", metavar="OUT", help="File, or folder for several [INPUT_x4 beside it]."
)
@click.option("--model", default="srgan", show_default=True, help="A name or a weights file.")
@click.option(
    "--realism",
    type=click.FloatRange(0, 1),
    default=1.0,
    help="How much invented detail; 0: srresnet's. [1]",
)
@click.option(
    "--engine",
    type=click.Choice(["auto", "native", "torch"]),
    default="auto",
    show_default=True,
    help="What runs the network; native on CPUs.",
)
@click.option("--device", default="auto", show_default=True, help="auto, cpu, cuda, cuda:N, mps.")
@click.option("--overwrite", is_flag=True, help="Replace results that are there.")
@click.option(
    "--max-megapixels",
    type=click.FloatRange(min=0, min_open=True),
    default=100,
    show_default=True,
    help="Refuse larger inputs.",
)
@click.option("--json", "as_json", is_flag=True, help="Print a line of JSON for each result.")
def upscale(
    inputs: tuple[str, ...],
    out: str | None,
    model: str,
    realism: float,
    engine: "EngineName",
    device: str,
    overwrite: bool,
    max_megapixels: float,
    as_json: bool,
) -> None:
    """Enlarge PNG and JPEG pictures four times.

    INPUT is a picture or a folder of pictures. srgan invents fine detail that looks true: for
    measuring take --model srresnet, and trust neither in medical, forensic or identity matters.

    \b
    fourfold upscale holiday.jpg
    fourfold upscale album/ more/*.png -o large/ --model srresnet
    """
    from fourfold.imaging import allow_known_loaders_only
    from fourfold.upscaling import Upscaler, plan_jobs
    from fourfold.weights import load_weights

    allow_known_loaders_only()
    logging.getLogger("pyvips").setLevel(logging.ERROR)  # what it warns of comes as an error too
    scale = load_weights(model).config.scale
    folder = out is not None and out.endswith(("/", "\\"))
    jobs, failures = plan_jobs(
        [Path(path) for path in inputs], Path(out) if out else None, scale=scale, into_folder=folder
    )
    total = len(jobs) + len(failures)
    if not overwrite:
        failures += [_already(job) for job in jobs if job.target.exists()]
        jobs = [job for job in jobs if not job.target.exists()]
    for error in failures:
        click.echo(f"Error: {error}", err=True)
    upscaler = Upscaler(model, realism=realism, engine=engine, device=device) if jobs else None
    for number, job in enumerate(jobs, start=1):
        assert upscaler is not None
        try:
            facts = _upscale_file(upscaler, job, max_megapixels, f"{number}/{len(jobs)}")
            facts = {"model": model, "realism": realism, **facts}
            click.echo(json.dumps(facts) if as_json else _LINE.format(**facts))
        except FourfoldError as error:
            failures.append(error)
            click.echo(f"Error: {error}", err=True)
    if failures:
        if total > 1:
            click.echo(f"{len(failures)} of {total} failed.", err=True)
        sys.exit(1)


def _already(job: "Job") -> FourfoldError:
    return UnwritableImage(f"{job.target} is there already; --overwrite replaces it.")


def _upscale_file(
    upscaler: "Upscaler", job: "Job", max_megapixels: float, count: str
) -> dict[str, object]:
    """Enlarge one picture from file to file; the facts of it."""
    from fourfold.cli.bar import Bar
    from fourfold.imaging import PictureRows, check_format, prepare_folder

    start = time.perf_counter()
    picture = PictureRows(job.source, max_megapixels=max_megapixels)
    height, width = picture.height, picture.width
    larger_height, larger_width = upscaler.scale * height, upscaler.scale * width
    check_format(job.target, width=larger_width, height=larger_height, has_alpha=picture.bands == 4)
    prepare_folder(job.target.parent)
    if height * width > _WORTH_A_PROBE:
        seconds = upscaler.estimate_seconds(height, width)
        if seconds > _WORTH_AN_ESTIMATE:
            click.echo(f"{job.source} will take about {_minutes(seconds)}.", err=True)
    with Bar(f"{count} {job.source.name}", pixels=larger_height * larger_width) as bar:
        upscaler.file(picture, job.target, progress=bar)
    return {
        "source": str(job.source),
        "target": str(job.target),
        "from": f"{width}x{height}",
        "to": f"{larger_width}x{larger_height}",
        "seconds": round(time.perf_counter() - start, 3),
        "engine": upscaler.engine,
        "fourfold": __version__,
    }


def _minutes(seconds: float) -> str:
    minutes = round(seconds / 60)
    return "a minute" if minutes <= 1 else f"{minutes} minutes"
