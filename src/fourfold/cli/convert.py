"""`fourfold convert`: pickled weights into a weights file that runs nothing when it is opened."""

from pathlib import Path

import click

from fourfold.cli.say import say
from fourfold.errors import MissingExtra, UnwritableImage, install_line


@click.command(no_args_is_help=True)
@click.argument("pickled", type=click.Path(path_type=Path), metavar="WEIGHTS.pth")
@click.argument("out", type=click.Path(path_type=Path), metavar="OUT.safetensors")
@click.option("--overwrite", is_flag=True, help="Replace a file that is there.")
def convert(pickled: Path, out: Path, overwrite: bool) -> None:
    """Turn a generator's PyTorch file into a weights file of fourfold.

    A pickled file can run any code when it is opened. Its tensors alone are read here, and nothing
    in it is run; the weights file holds nothing else.

    \b
    fourfold convert generator.pth mine.safetensors
    fourfold upscale holiday.jpg --model mine.safetensors
    """
    try:
        from fourfold.networks.pickled import read_pickled
    except ImportError as error:
        raise MissingExtra(f"Converting needs PyTorch: {install_line('torch')}.") from error
    from fourfold.weights import write_weights

    if out.suffix.lower() != ".safetensors":
        raise UnwritableImage(f"{out} is to hold weights: end its name with .safetensors.")
    if out.exists() and not overwrite:
        raise UnwritableImage(f"{out} is there already; --overwrite replaces it.")
    weights = read_pickled(pickled)
    try:
        write_weights(out, weights)
    except OSError as error:
        raise UnwritableImage(f"{out} cannot be written: {error.strerror}.") from error
    config = weights.config
    say(f"{out}  x{config.scale}, {config.depth} blocks of {config.width} channels")
