"""`fourfold upscale`: pictures in, pictures four times as large out."""

import logging
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from fourfold.cli.parameters import (
    Background,
    FormatName,
    Memory,
    Number,
    RegionOfPicture,
    Whole,
    models_and_files,
)
from fourfold.cli.pipes import is_piped, through_files
from fourfold.cli.say import complain, say

if TYPE_CHECKING:
    from fourfold.cli.bar import Bars
    from fourfold.cli.enlarging import Facts
    from fourfold.cli.no_bars import NoBars
    from fourfold.errors import FourfoldError
    from fourfold.upscaling import EngineName, Job, Precision

    Plan = tuple[list[Job], list[FourfoldError]]

_FILE = click.Path(readable=False)  # for the shell's completion; what is wrong is said later


@click.command(no_args_is_help=True)
@click.argument("inputs", nargs=-1, required=True, metavar="INPUT...", type=_FILE)
@click.option(
    "-o",
    "--out",
    type=_FILE,
    metavar="OUT",
    help="File, or folder for several. [beside INPUT]",
)
@click.option(
    "--model",
    metavar="MODEL",
    help="A name, a weights file or a run. [srgan]",
    shell_complete=models_and_files,
)
@click.option("--scale", type=Number(), metavar="FACTOR", help="From 1 to 4, also between. [4]")
@click.option("--width", type=Whole(1), metavar="PIXELS", help="Fit inside, instead.")
@click.option("--height", type=Whole(1), metavar="PIXELS", help="Likewise; or both.")
@click.option(
    "--realism",
    type=Number(0, 1),
    default=1.0,
    metavar="0...1",
    help="Invented detail; 0: srresnet. [1]",
)
@click.option(
    "--consistent/--no-consistent",
    default=None,
    help="Reduced, results are the input. [by model]",
)
@click.option("--ensemble", is_flag=True, help="Mean of 8 flips and turns: 8 times as long.")
@click.option(
    "--region", type=RegionOfPicture(), metavar="X,Y,W,H", help="Only this part of the input."
)
@click.option(
    "--engine",
    type=click.Choice(["auto", "native", "torch"]),
    default="auto",
    help="What runs it. [auto: native on CPUs]",
)
@click.option(
    "--device", default="auto", metavar="NAME", help="auto, cpu, cuda, cuda:N or mps. [auto]"
)
@click.option(
    "--precision",
    type=click.Choice(["auto", "fp32", "fp16", "bf16"]),
    default="auto",
    metavar="NAME",
    help="fp32, fp16 or bf16. [fp32; on GPUs fp16]",
)
@click.option(
    "--memory",
    type=Memory(),
    default="2GiB",
    metavar="BYTES",
    help="For GPU strips, whole pictures. [2GiB]",
)
@click.option("--threads", type=Whole(1), metavar="N", help="Of the native engine. [all]")
@click.option(
    "--format", "format_", type=FormatName(), metavar="NAME", help="Of results. [as INPUT or OUT]"
)
@click.option(
    "--quality",
    type=Whole(1, 100),
    default=95,
    metavar="1...100",
    help="Of JPEG, WebP, AVIF, HEIC. [95]",
)
@click.option(
    "--background",
    type=Background(),
    metavar="COLOUR",
    help="Behind what is transparent: white, #fed.",
)
@click.option("--strip-metadata", is_flag=True, help="Leave out EXIF, XMP and the like.")
@click.option("--overwrite", is_flag=True, help="Replace results that are there.")
@click.option(
    "--skip-existing",
    is_flag=True,
    help="Go on with a batch: make, and replace, what is not noted as done.",
)
@click.option(
    "--max-megapixels",
    type=Number(min=0, min_open=True),
    default=1600,
    metavar="MP",
    help="Refuse what would become larger. [1600]",
)
@click.option("--json", "json_lines", is_flag=True, help="Print a line of JSON for each result.")
@click.option("--quiet", is_flag=True, help="Say nothing but what went wrong.")
def upscale(
    inputs: tuple[str, ...],
    out: str | None,
    model: str | None,
    scale: float | None,
    width: int | None,
    height: int | None,
    realism: float,
    consistent: bool | None,
    ensemble: bool,
    region: tuple[int, int, int, int] | None,
    engine: "EngineName",
    device: str,
    precision: "Precision",
    memory: int,
    threads: int | None,
    format_: str | None,
    quality: int,
    background: tuple[int, int, int] | None,
    strip_metadata: bool,
    overwrite: bool,
    skip_existing: bool,
    max_megapixels: float,
    json_lines: bool,
    quiet: bool,
) -> None:
    """Enlarge pictures four times.

    INPUT is a picture, a folder of pictures, or - for standard input. srgan invents fine detail
    that looks true: for measuring take --model srresnet, and trust neither in medical, forensic or
    identity matters.

    \b
    fourfold upscale holiday.jpg
    fourfold upscale album/ more/*.png -o large/ --model srresnet
    fourfold upscale logo.png --format jpeg --background white
    fourfold upscale - -o - < small.png > large.png
    """
    from fourfold.cli.enlarging import Enlarging, as_json, as_line, end, enlarge_all, enlarge_piped
    from fourfold.cli.resuming import DoneBefore
    from fourfold.imaging import allow_known_loaders_only, extension_of
    from fourfold.upscaling import Upscaler, plan_jobs, results_among
    from fourfold.weights import DEFAULT_MODEL, load_weights, model_at

    model = model or DEFAULT_MODEL
    allow_known_loaders_only()
    logging.getLogger("pyvips").setLevel(logging.ERROR)  # what it warns of comes as an error too
    if scale is not None and (width or height):
        raise click.UsageError("Take either --scale, or --width and --height.")
    piped = is_piped(inputs, out)
    if piped and skip_existing:
        raise click.UsageError("Standard input and output leave nothing to skip.")
    extension = extension_of(format_) if format_ else None
    suffix = "_fit" if width or height else f"_x{scale or load_weights(model).config.scale:g}"
    suffix += "_region" if region else ""  # trying a part must not stand in the whole's way
    asked: dict[str, object] = {"scale": scale, "width": width, "height": height}
    asked |= {"realism": realism, "engine": engine, "device": device, "precision": precision}
    asked |= {"consistent": consistent, "ensemble": ensemble, "region": region, "memory": memory}
    asked |= {"quality": quality, "background": background, "strip_metadata": strip_metadata}

    def plan(paths: Sequence[str | Path], to: str | Path | None) -> "Plan":
        replace = overwrite or skip_existing
        return plan_jobs(paths, to, suffix=suffix, extension=extension, overwrite=replace)

    def enlarging() -> Enlarging:
        return Enlarging(
            upscaler=Upscaler(
                model,
                scale=scale,
                realism=realism,
                engine=engine,
                device=device,
                precision=precision,
                consistent=consistent,
                ensemble=ensemble,
                threads=threads,
                memory=memory,
            ),
            fit=(height, width),
            region=region,
            background=background,
            writing={
                "overwrite": overwrite or skip_existing,
                "quality": quality,
                "keep_metadata": not strip_metadata,
            },
            memory=memory,
            max_megapixels=max_megapixels,
            bars=_bars(quiet=quiet),
            quiet=quiet,
        )

    def show(facts: "Facts") -> str | None:
        if json_lines:
            return as_json({"model": model, "realism": realism, "memory": memory, **facts})
        return None if quiet else as_line(facts)

    if piped:
        enlarged = load_weights(model_at(model, scale)).config.scale
        flow = through_files(
            inputs[0],
            out,
            extension=extension,
            max_megapixels=max_megapixels,
            enlarged=enlarged,
        )
        to_stdout = out in (None, "-")
        with flow as (source, target):
            line = enlarge_piped(
                enlarging(),
                plan([source], target),
                show,
                from_stdin=inputs[0] == "-",
                to_stdout=to_stdout,
            )
        if line is not None:
            say(line, err=to_stdout)  # beside the result no line may be
        return
    for path in results_among(inputs) if out is None and not quiet else ():
        say(f"{path} is left out, as a result of another input; it can be named alone.", err=True)
    jobs, failures = plan(inputs, out)
    done = DoneBefore(model, scale, asked) if skip_existing else None
    if done is not None:
        planned, jobs = len(jobs), [job for job in jobs if not done.is_done(job)]
        if planned > len(jobs) and not quiet:
            say(f"{planned - len(jobs)} of {planned} done before.", err=True)
    for error in failures:
        complain(error)
    if jobs:
        enlarge_all(enlarging(), jobs, failed=len(failures), done_before=done, show=show)
    elif failures:
        end(failed=len(failures), total=len(failures))


def _bars(*, quiet: bool) -> "Bars | NoBars":
    """Bars on a terminal; elsewhere nothing, not even what it takes to load them."""
    from fourfold.cli.no_bars import NoBars

    if quiet or not sys.stderr.isatty():
        return NoBars()
    from fourfold.cli.bar import Bars

    return Bars()
