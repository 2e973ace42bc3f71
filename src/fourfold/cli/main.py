"""The command `fourfold`: its verbs, and how errors reach the user."""

import signal
import sys
import warnings

import click

from fourfold import __version__
from fourfold.cli.compare import compare
from fourfold.cli.convert import convert
from fourfold.cli.doctor import doctor
from fourfold.cli.evaluate import evaluate
from fourfold.cli.export import export
from fourfold.cli.models import models
from fourfold.cli.pack import pack
from fourfold.cli.say import complain, say
from fourfold.cli.study import study
from fourfold.cli.train import train
from fourfold.cli.upscale import upscale
from fourfold.errors import FourfoldError, nearest


class _Verbs(click.Group):
    """Suggests the nearest verb for one that does not exist."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and args[0] not in self.commands and not args[0].startswith("-"):
            ctx.fail(f"There is no verb '{args[0]}'. {nearest(args[0], self.commands)}")
        return super().resolve_command(ctx, args)


@click.group(
    cls=_Verbs,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="`fourfold VERB --help` shows a verb's options and examples.",
)
@click.version_option(__version__, prog_name="fourfold", message="%(prog)s %(version)s")
def commands() -> None:
    """Enlarge photographs four times, so that people believe them.

    The networks of the SRGAN paper (Ledig et al. 2017): SRGAN looks true, SRResNet measures true.

    \b
    fourfold upscale holiday.jpg          writes holiday_x4.jpg beside it
    fourfold upscale album/ -o large/     every picture of a folder
    """


for verb in (
    upscale,
    export,
    convert,
    train,
    pack,
    evaluate,
    compare,
    study,
    models,
    doctor,
):
    commands.add_command(verb)


def main() -> None:
    """Run the command; what a user can mend is one sentence on stderr and exit code 1."""
    # Of odd EXIF Pillow has tens of lines to say, none of which a user can mend.
    warnings.filterwarnings("ignore", module=r"PIL\.")
    for name in ("SIGTERM", "SIGHUP"):  # leave nothing half done, as after Ctrl-C
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), _end)
    try:
        commands()
    except FourfoldError as error:
        complain(error)
        sys.exit(1)
    except OSError as error:  # a full disk behind stdout, and what else nobody can foresee
        say(f"Error: {error.filename or 'The output'}: {error.strerror}.", err=True)
        sys.exit(1)


def _end(number: int, _: object) -> None:
    sys.exit(128 + number)
