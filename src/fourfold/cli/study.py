"""`fourfold study`: what people see, asked and kept; one file a verb below it."""

import click

from fourfold.cli.study_create import create
from fourfold.cli.study_keep import close, export, forget, import_, links
from fourfold.cli.study_report import report
from fourfold.cli.study_serve import serve
from fourfold.errors import nearest


class _Verbs(click.Group):
    """Suggests the nearest verb for one that does not exist."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and args[0] not in self.commands and not args[0].startswith("-"):
            ctx.fail(f"There is no verb 'study {args[0]}'. {nearest(args[0], self.commands)}")
        return super().resolve_command(ctx, args)


@click.group(cls=_Verbs, short_help="Ask people how good pictures look, as the paper does.")
def study() -> None:
    """Ask people how good pictures look, as the paper's mean-opinion-score test does.

    \b
    fourfold study create faces --method srgan=out/srgan --reference originals/
    fourfold study serve faces
    """


for verb in (create, serve, report, links, close, export, import_, forget):
    study.add_command(verb)
