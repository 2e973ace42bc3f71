"""`fourfold doctor`: what is installed, what works, and in plain words what to mend."""

import platform
import sys
import time
from importlib.metadata import PackageNotFoundError, version

import click

from fourfold import __version__
from fourfold.errors import FourfoldError


@click.command()
def doctor() -> None:
    """Check this installation, and measure its speed for a second.

    \b
    fourfold doctor
    fourfold doctor > report.txt    to attach to a question
    """
    from fourfold.cli.machine import processor

    complaints: list[str] = []
    _row("fourfold", f"{__version__} on Python {platform.python_version()}, {platform.platform()}")
    _row("processor", processor())
    _row("libraries", _libraries(complaints))
    _row("devices", _devices())
    _row("weights", _weights(complaints))
    if not complaints:
        _row("speed", _speed())
    for complaint in complaints:
        click.echo(f"To mend: {complaint}")
    if complaints:
        sys.exit(1)
    click.echo("All is well.")


def _row(name: str, text: str) -> None:
    click.echo(f"{name:<11}{text}")


def _libraries(complaints: list[str]) -> str:
    found = []
    for package in ("numpy", "safetensors", "pyvips", "torch"):
        try:
            found.append(f"{package} {version(package)}")
        except PackageNotFoundError:
            found.append(f"no {package}")
    try:
        import pyvips

        found.append("libvips " + ".".join(str(pyvips.version(part)) for part in range(3)))
    except (ImportError, OSError) as error:
        complaints.append(f"libvips does not load ({error}): pip install 'pyvips[binary]'")
    try:
        import torch  # noqa: F401 - whether it loads is the question
    except ImportError:
        complaints.append(
            "PyTorch does not load, and nothing runs without it yet: pip install 'fourfold[torch]'"
        )
    return ", ".join(found)


def _devices() -> str:
    try:
        import torch
    except ImportError:
        return "none without PyTorch"
    names = [f"cpu ({torch.get_num_threads()} threads)"]
    for index in range(torch.cuda.device_count()):
        names.append(f"cuda:{index} ({torch.cuda.get_device_name(index)})")
    if torch.backends.mps.is_available():
        names.append("mps")
    return ", ".join(names)


def _weights(complaints: list[str]) -> str:
    from fourfold.weights import load_weights, shipped_names

    sound = []
    for name in shipped_names():
        try:
            load_weights(name)
            sound.append(f"{name} sound")
        except FourfoldError as error:
            complaints.append(f"{error} Install fourfold anew: pip install --force-reinstall")
    if not sound and not complaints:
        complaints.append("no weights are shipped with this installation; install it anew.")
    return ", ".join(sound) or "none"


def _speed() -> str:
    """Output megapixels a second, over at least one second after a first small picture."""
    import numpy as np

    from fourfold.upscaling import Upscaler

    upscaler = Upscaler()
    upscaler(np.zeros((8, 8, 3), np.uint8))
    lr = np.zeros((96, 128, 3), np.uint8)
    start = time.perf_counter()
    pictures = 0
    while (seconds := time.perf_counter() - start) < 1:
        upscaler(lr)
        pictures += 1
    pixels = pictures * lr.shape[0] * lr.shape[1] * upscaler.scale**2
    return f"{pixels / seconds / 1e6:.2f} output megapixels a second on {upscaler.device} (srgan)"
