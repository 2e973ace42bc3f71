"""`fourfold study serve`: the raters' pages, until the process is asked to end."""

import secrets

import click


@click.command(no_args_is_help=True)
@click.argument("folder", metavar="STUDY")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen at.")
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=8400,
    show_default=True,
    help="0 takes a free one.",
)
@click.option("--address", metavar="URL", help="Where raters reach it [http://HOST:PORT].")
@click.option("--db", metavar="URL", help="Where ratings are kept [study.db in STUDY].")
def serve(folder: str, host: str, port: int, address: str | None, db: str | None) -> None:
    """Serve STUDY to raters; Ctrl-C ends, and loses nothing.

    Raters join by the open link that is printed, or by links of their own (`study links`). The
    owner's link is for whoever runs the study, and new each time.

    \b
    fourfold study serve faces
    fourfold study serve faces --host 0.0.0.0 --address https://study.example.org
    """
    from fourfold.study import Study
    from fourfold.web import create_application, is_loopback, listening_socket
    from fourfold.web import serve as serve_application

    token = secrets.token_urlsafe(24)
    with Study.open(folder, db=db) as study, listening_socket(host, port) as listening:
        shown = f"[{host}]" if ":" in host else host
        base = (address or f"http://{shown}:{listening.getsockname()[1]}").rstrip("/")
        click.echo(f"Raters join at  {base}/study/join/{study.open_link}")
        click.echo(f"You see it at   {base}/study/owner/login?token={token}")
        if not is_loopback(host):
            click.echo(
                "It can be reached from other machines: put a server with HTTPS before it.",
                err=True,
            )
        application = create_application(study=study, owner_token=token, address=base)
        serve_application(application, listening)
