"""`fourfold models`: the networks that are shipped, and what each is for."""

import textwrap

import click


@click.command()
def models() -> None:
    """List the networks, and what each is for.

    \b
    fourfold models
    fourfold upscale holiday.jpg --model srresnet
    """
    from fourfold.weights import DEFAULT_MODEL, load_weights, shipped_names

    for name in shipped_names():
        weights = load_weights(name)
        label = f"{name} (default)" if name == DEFAULT_MODEL else name
        line = f"{label:<17} x{weights.config.scale}  {weights.card.purpose}"
        click.echo(textwrap.fill(line, width=80, subsequent_indent=" " * 22))
    click.echo("\nAny weights file can stand for a name: --model path/to/weights.safetensors")
