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
def pack(folder: str, out: str, smallest: int) -> None:
    """Pack the photographs below FOLDER into OUT, for training.

    `fourfold train` packs a folder by itself, into its run; a packed set serves many runs.

    \b
    fourfold pack album/ album-packed/
    fourfold train srresnet-mse-cpu --data album-packed/ --run first
    """
    from fourfold.imaging import allow_known_loaders_only
    from fourfold.training import pack as pack_photographs

    target = Path(out)
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise UnwritableImage(f"{target} is there already, and not an empty folder; name another.")
    allow_known_loaders_only()
    pack_photographs(
        [Path(folder)], target, smallest=smallest, say=lambda line: click.echo(line, err=True)
    )
    click.echo(target)
