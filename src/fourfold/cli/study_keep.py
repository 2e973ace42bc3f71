"""`fourfold study links`, `close`, `export`, `import` and `forget`: what is done with a study."""

from pathlib import Path

import click

_DB = click.option("--db", metavar="URL", help="Where ratings are kept [study.db in STUDY].")


@click.command(no_args_is_help=True, short_help="Print personal links to STUDY, one a line.")
@click.argument("folder", metavar="STUDY")
@click.option("--count", type=click.IntRange(min=1), default=1, show_default=True)
@click.option("--renew", metavar="RATER", help="A new link for a rater who lost theirs.")
@click.option("--address", default="http://127.0.0.1:8400", show_default=True, metavar="URL")
@_DB
def links(folder: str, count: int, renew: str | None, address: str, db: str | None) -> None:
    """Print personal links to STUDY: a pseudonym and an address a line, shown this once.

    Each lets one person join, in one browser.

    \b
    fourfold study links faces --count 26 --address https://study.example.org
    """
    from fourfold.study import Study, invite, renew_link

    with Study.open(folder, db=db) as study:
        made = [(renew, renew_link(study, renew))] if renew else invite(study, count)
    for pseudonym, token in made:
        click.echo(f"{pseudonym}  {address.rstrip('/')}/study/join/{token}")


@click.command(no_args_is_help=True)
@click.argument("folder", metavar="STUDY")
@click.option("--again", is_flag=True, help="Open it again instead.")
@_DB
def close(folder: str, again: bool, db: str | None) -> None:
    """Close STUDY: it takes no more ratings, also while it is served."""
    from fourfold.study import Study

    with Study.open(folder, db=db) as study:
        study.set_closed(not again)
    click.echo(f"{folder} is {'open' if again else 'closed'}.", err=True)


@click.command(no_args_is_help=True)
@click.argument("folder", metavar="STUDY")
@click.argument("file", metavar="FILE")
@_DB
def export(folder: str, file: str, db: str | None) -> None:
    """Write all of STUDY, pictures and ratings, into one FILE.

    Links and sessions are left out: who has the file cannot rate for another.

    \b
    fourfold study export faces faces.zip
    """
    from fourfold.study import Study, export_study

    with Study.open(folder, db=db) as study:
        export_study(study, Path(file))
    click.echo(file)


@click.command("import", no_args_is_help=True)
@click.argument("file", metavar="FILE")
@click.argument("folder", metavar="STUDY")
@_DB
def import_(file: str, folder: str, db: str | None) -> None:
    """Make STUDY, a new folder, of a FILE that `export` wrote."""
    from fourfold.study import import_study

    import_study(Path(file), Path(folder), db=db).close()
    click.echo(folder)


@click.command(no_args_is_help=True, short_help="Delete RATER, with every answer of theirs.")
@click.argument("folder", metavar="STUDY")
@click.argument("rater", metavar="RATER")
@_DB
def forget(folder: str, rater: str, db: str | None) -> None:
    """Delete RATER, by pseudonym or completion code, with every answer of theirs."""
    from fourfold.study import Study
    from fourfold.study import forget as forget_rater

    with Study.open(folder, db=db) as study:
        deleted = forget_rater(study, rater)
    click.echo(f"{rater} and {deleted} ratings are deleted.", err=True)
