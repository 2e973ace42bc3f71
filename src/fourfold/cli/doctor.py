"""`fourfold doctor`: what is installed, what works, and in plain words what to mend."""

import platform
import sys
import time
from importlib import import_module
from importlib.util import find_spec

import click

from fourfold import __version__
from fourfold.errors import FourfoldError, install_line


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
    if not complaints:
        _row("engine", _native(complaints))
        _row("PyTorch", _torch())
        _row("weights", _weights(complaints))
        _row("speed", _speed(complaints))
    for complaint in complaints:
        click.echo(f"To mend: {complaint}")
    if complaints:
        sys.exit(1)
    click.echo("All is well.")


def _row(name: str, text: str) -> None:
    click.echo(f"{name:<11}{text}")


def _libraries(complaints: list[str]) -> str:
    from importlib.metadata import PackageNotFoundError, version  # slow to load: not for --help

    found = []
    for package in ("numpy", "safetensors", "pyvips"):
        try:
            import_module(package)
            found.append(f"{package} {version(package)}")
        except (ImportError, OSError, PackageNotFoundError) as error:
            name = "pyvips[binary]" if package == "pyvips" else package
            complaints.append(f"{package} does not load ({error}): pip install '{name}'")
    if not complaints:
        import pyvips

        found.append("libvips " + ".".join(str(pyvips.version(part)) for part in range(3)))
    return ", ".join(found)


def _native(complaints: list[str]) -> str:
    from fourfold.engine import instruction_sets, self_test, why_not

    try:
        reason = why_not()
    except FourfoldError as error:
        complaints.append(str(error))
        return "none"
    if reason is not None and find_spec("torch") is not None:
        return f"PyTorch alone, which is slower. {reason}"
    if reason is not None:
        complaints.append(reason)
        return "none"
    tests = [self_test(isa) for isa in instruction_sets()]
    complaints += [
        f"the {test.isa} kernels compute wrongly (error {test.error:.1g}) and are left out: "
        "please report this processor and compiler."
        for test in tests
        if not test.passed
    ]
    verdicts = [f"{test.isa} {'right' if test.passed else 'WRONG'}" for test in tests]
    if why_not(precision="bf16") is None:
        verdicts.append("amx_bf16 right (for --precision bf16)")
    return f"native; self-test: {', '.join(verdicts)}"


def _torch() -> str:
    """The version and what it can run on; PyTorch is not needed on CPUs."""
    try:
        import torch
    except ImportError:
        return f"not installed; only GPUs and training need it: {install_line('torch')}"
    devices = [
        f"cuda:{index} ({torch.cuda.get_device_name(index)})"
        for index in range(torch.cuda.device_count())
    ]
    if torch.backends.mps.is_available():
        devices.append("mps")
    return f"{torch.__version__}, " + (", ".join(devices) or "sees no GPU")


def _weights(complaints: list[str]) -> str:
    from fourfold.weights import DEFAULT_MODEL, load_weights, shipped_names

    names, sound = shipped_names(), []
    for name in names:
        try:
            load_weights(name)
            sound.append(f"{name} sound")
        except FourfoldError as error:
            complaints.append(f"{error} Install fourfold anew from its checkout.")
    if DEFAULT_MODEL not in names:
        complaints.append("weights are missing; install fourfold anew from its checkout.")
    return ", ".join(sound) or "none"


def _speed(complaints: list[str]) -> str:
    """Output megapixels a second, over at least one second after a first small picture."""
    import numpy as np

    from fourfold.upscaling import Upscaler

    try:
        upscaler = Upscaler()
    except FourfoldError as error:
        if str(error) not in complaints:
            complaints.append(str(error))
        return "none"
    upscaler(np.zeros((8, 8, 3), np.uint8))
    lr = np.zeros((96, 128, 3), np.uint8)
    start = time.perf_counter()
    pictures = 0
    while (seconds := time.perf_counter() - start) < 1:
        upscaler(lr)
        pictures += 1
    pixels = pictures * lr.shape[0] * lr.shape[1] * upscaler.config.scale**2
    return f"{pixels / seconds / 1e6:.2f} output megapixels a second on {upscaler.engine}"
