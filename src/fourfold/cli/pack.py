"""`fourfold pack`: a folder of photographs as one file that training maps into memory."""

from pathlib import Path

import click

from fourfold.errors import UnwritableImage


@click.command(no_args_is_help=True)
@click.argument("folder")
@click.argument("out")
@click.option(
    "--smallest",
    type=click.IntRange(min=1),
    default=96,
    show_default=True,
    help="Least side of a photograph, pixels.",
)
@click.option("--sample", type=click.IntRange(min=1), metavar="N", help="N of them, at random.")
@click.option("--seed", type=int, default=1, show_default=True, help="Decides which N.")
def pack(folder: str, out: str, smallest: int, sample: int | None, seed: int) -> None:
    """Pack the photographs below FOLDER into OUT, for training.

    `fourfold train` packs a folder by itself, into its run; a packed set serves many runs.

    \b
    fourfold pack album/ album-packed/
    fourfold train srresnet-mse-cpu --data album-packed/ --run first
    """
    from fourfold.imaging import allow_known_loaders_only
    from fourfold.training import Sample
    from fourfold.training import pack as pack_photographs

    target = Path(out)
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise UnwritableImage(f"{target} is there already, and not an empty folder; name another.")
    allow_known_loaders_only()
    pack_photographs(
        [Path(folder)],
        target,
        smallest=smallest,
        sample=Sample(sample, seed) if sample else None,
        say=lambda line: click.echo(line, err=True),
    )
    click.echo(target)
