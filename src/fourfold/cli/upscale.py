"""`fourfold upscale`: pictures in, pictures four times as large out."""

import json
import logging
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, TypedDict, cast

import click

from fourfold import __version__
from fourfold.cli.parameters import Memory, RegionOfPicture
from fourfold.cli.say import complain, say
from fourfold.errors import FourfoldError, UnreadableImage

if TYPE_CHECKING:
    from fourfold.upscaling import EngineName, Job, Ledger, Precision, Upscaler


class Writing(TypedDict):
    """How results are written, as `Upscaler.file` takes it."""

    overwrite: bool
    quality: int
    keep_metadata: bool


_WORTH_AN_ESTIMATE = 60  # seconds
_WORTH_A_PROBE = 200_000  # pixels that no machine needs a minute for; the probe takes a little
_LINE = "{target}  {to} from {from}  {seconds:.1f} s"


@click.command(no_args_is_help=True)
@click.argument("inputs", nargs=-1, required=True, metavar="INPUT...")
@click.option("-o", "--out", metavar="OUT", help="File, or folder for several. [beside INPUT]")
@click.option("--model", help="A name, a weights file or a run. [srgan]")
@click.option("--scale", type=float, metavar="FACTOR", help="From 1 to 4, also between. [4]")
@click.option("--width", type=click.IntRange(1), metavar="PIXELS", help="Fit inside, instead.")
@click.option("--height", type=click.IntRange(1), metavar="PIXELS", help="Likewise; or both.")
@click.option(
    "--realism",
    type=click.FloatRange(0, 1),
    default=1.0,
    metavar="0...1",
    help="How much invented detail; 0 is srresnet. [1]",
)
@click.option(
    "--consistent/--no-consistent",
    default=None,
    help="Whether the result, made small again, is the input. [as the model says: srgan yes]",
)
@click.option("--ensemble", is_flag=True, help="The mean over 8 flips and turns: 8 times as long.")
@click.option(
    "--region", type=RegionOfPicture(), metavar="X,Y,W,H", help="Only this part of the input."
)
@click.option(
    "--engine",
    type=click.Choice(["auto", "native", "torch"]),
    default="auto",
    show_default=True,
    help="What runs the network; native on CPUs.",
)
@click.option("--device", default="auto", show_default=True, help="auto, cpu, cuda, cuda:N, mps.")
@click.option(
    "--precision",
    type=click.Choice(["auto", "fp32", "fp16", "bf16"]),
    default="auto",
    show_default=True,
    help="fp32 on CPUs, fp16 on GPUs.",
)
@click.option(
    "--memory",
    type=Memory(),
    default="2GiB",
    show_default=True,
    metavar="BYTES",
    help="For a GPU's strips, and for pictures that must be held whole.",
)
@click.option("--threads", type=click.IntRange(1), metavar="N", help="Of the native engine. [all]")
@click.option(
    "--quality", type=click.IntRange(1, 100), default=95, metavar="1...100", help="JPEG's. [95]"
)
@click.option("--strip-metadata", is_flag=True, help="Leave out EXIF, XMP and the like.")
@click.option("--overwrite", is_flag=True, help="Replace results that are there.")
@click.option("--skip-existing", is_flag=True, help="Go on with a batch: do what is not done.")
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
    quality: int,
    strip_metadata: bool,
    overwrite: bool,
    skip_existing: bool,
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
    from fourfold.weights import DEFAULT_MODEL, load_weights

    model = model or DEFAULT_MODEL
    allow_known_loaders_only()
    logging.getLogger("pyvips").setLevel(logging.ERROR)  # what it warns of comes as an error too
    if scale is not None and (width or height):
        raise click.UsageError("Take either --scale, or --width and --height.")
    suffix = "_fit" if width or height else f"_x{scale or load_weights(model).config.scale:g}"
    jobs, failures = plan_jobs(inputs, out, suffix=suffix, overwrite=overwrite or skip_existing)
    total = len(jobs) + len(failures)
    asked: dict[str, object] = {"scale": scale, "width": width, "height": height}
    asked |= {"realism": realism, "engine": engine, "device": device, "precision": precision}
    asked |= {"consistent": consistent, "ensemble": ensemble, "region": region, "memory": memory}
    asked |= {"quality": quality, "strip_metadata": strip_metadata}
    done = _DoneBefore(model, asked) if skip_existing else None
    if done is not None:
        jobs = [job for job in jobs if not done.is_done(job)]
    for error in failures:
        complain(error)
    if jobs:
        upscaler = Upscaler(
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
        )
    for number, job in enumerate(jobs, start=1):
        try:
            facts = _upscale_file(
                upscaler,
                job,
                fit=(height, width),
                region=region,
                writing={
                    "overwrite": overwrite or skip_existing,
                    "quality": quality,
                    "keep_metadata": not strip_metadata,
                },
                max_megapixels=max_megapixels,
                label=f"{number}/{len(jobs)} {job.source.name}",
            )
            if done is not None:
                done.record(job)
            facts = {"model": model, "realism": realism, "memory": memory, **facts}
            say(json.dumps(facts) if as_json else _LINE.format(**facts))
        except FourfoldError as error:
            failures.append(error)
            complain(error)
    if failures:
        if total > 1:
            say(f"{len(failures)} of {total} failed.", err=True)
        sys.exit(1)


class _DoneBefore:
    """What earlier calls with the same settings have done, by a ledger in each folder.

    Args:
        model: whose weights the results depend on.
        asked: the options that change results, as they were asked for: `auto` stays so, for a batch
            that goes on another machine is not done again.
    """

    def __init__(self, model: str, asked: dict[str, object]) -> None:
        from fourfold.weights import load_partner, load_weights, model_at, tensors_sha256

        self._settings = dict(asked)
        model = str(model_at(model, cast("float | None", asked["scale"])))
        self._settings["weights"] = tensors_sha256(load_weights(model).tensors)
        if asked["realism"] != 1:
            self._settings["partner"] = tensors_sha256(load_partner(model).tensors)
        self._ledgers: dict[Path, Ledger] = {}
        self._fingerprints: dict[Job, str] = {}

    def is_done(self, job: "Job") -> bool:
        try:
            return self._ledger(job).is_done(job.target, self._fingerprint(job))
        except UnreadableImage:
            return False  # its own turn says so, and the others go on

    def record(self, job: "Job") -> None:
        self._ledger(job).record(job.target, self._fingerprint(job))

    def _fingerprint(self, job: "Job") -> str:
        from fourfold.upscaling import fingerprint

        if job not in self._fingerprints:  # a hash of the whole file
            self._fingerprints[job] = fingerprint(job.source, self._settings)
        return self._fingerprints[job]

    def _ledger(self, job: "Job") -> "Ledger":
        from fourfold.upscaling import Ledger

        folder = job.target.parent
        if folder not in self._ledgers:
            self._ledgers[folder] = Ledger(folder)
        return self._ledgers[folder]


def _upscale_file(
    upscaler: "Upscaler",
    job: "Job",
    *,
    fit: tuple[int | None, int | None],
    region: tuple[int, int, int, int] | None,
    writing: "Writing",
    max_megapixels: float,
    label: str,
) -> dict[str, object]:
    """Enlarge one picture from file to file; the facts of it."""
    from fourfold.cli.bar import Bar
    from fourfold.imaging import PictureRows, check_format, prepare_folder
    from fourfold.upscaling import Region, fitting_size

    start = time.perf_counter()
    picture = PictureRows(job.source, max_megapixels=max_megapixels)
    height, width = picture.height, picture.width
    size = upscaler.result_size(height, width)
    if fit != (None, None):
        size = fitting_size(
            height, width, fit_height=fit[0], fit_width=fit[1], largest=upscaler.config.scale
        )
    part = Region(*(region or (0, 0, width, height)))
    shape = part.size(height, width, size)
    check_format(job.target, height=shape[0], width=shape[1], has_alpha=picture.bands == 4)
    prepare_folder(job.target.parent)
    if part.height * part.width > _WORTH_A_PROBE:
        seconds = upscaler.estimate_seconds(part.height, part.width)
        if seconds > _WORTH_AN_ESTIMATE:
            say(f"{job.source} will take about {_minutes(seconds)}.", err=True)
    with Bar(label, pixels=shape[0] * shape[1]) as bar:
        facts = upscaler.file(
            picture,
            job.target,
            size=size,
            region=part if region else None,
            progress=bar,
            **writing,
        )
    return {
        "source": str(job.source),
        "target": str(job.target),
        "from": f"{width}x{height}",
        "to": f"{shape[1]}x{shape[0]}",
        "seconds": round(time.perf_counter() - start, 3),
        **facts.as_record(),
        "region": region,
        "fourfold": __version__,
    }


def _minutes(seconds: float) -> str:
    minutes = round(seconds / 60)
    return "a minute" if minutes <= 1 else f"{minutes} minutes"
