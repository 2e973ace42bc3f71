"""`fourfold export`: a network as an ONNX file, for other runtimes."""

from pathlib import Path

import click

from fourfold.cli.parameters import Number, models_and_files
from fourfold.cli.say import say
from fourfold.errors import amount


@click.command(no_args_is_help=True)
@click.argument("model", shell_complete=models_and_files)
@click.argument("out", type=click.Path(path_type=Path), metavar="OUT.onnx")
@click.option(
    "--realism",
    type=Number(0, 1),
    default=1.0,
    metavar="0...1",
    help="How much invented detail; 0 is srresnet. [1]",
)
@click.option("--overwrite", is_flag=True, help="Replace a file that is there.")
def export(model: str, out: Path, realism: float, overwrite: bool) -> None:
    """Write MODEL as an ONNX file, of free batch, height and width.

    The file is compared with fourfold's own engine in ONNX Runtime before it is kept. Input lr and
    output sr are float32 R'G'B' planes in [0, 1]; clamp the output, and it is the picture as
    `fourfold upscale --no-consistent` makes it.

    \b
    fourfold export srgan srgan.onnx
    fourfold export srgan between.onnx --realism 0.5
    """
    from fourfold.upscaling.onnx_export import export_onnx

    export_onnx(out, model, realism=realism, overwrite=overwrite)
    say(f"{out}  {amount(out.stat().st_size)}")
