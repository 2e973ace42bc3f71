"""`fourfold study create`: methods' pictures and their originals, made into a study."""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from fourfold.errors import InvalidStudy

if TYPE_CHECKING:
    from fourfold.study import Design


@click.command(
    no_args_is_help=True, short_help="Make STUDY, a folder, from pictures of several methods."
)
@click.argument("folder", metavar="STUDY")
@click.option("--method", "methods", multiple=True, metavar="NAME=FOLDER", help="Pictures.")
@click.option("--reference", required=True, metavar="FOLDER", help="The originals.")
@click.option("--calibration", metavar="FOLDER", help="Originals to calibrate with.")
@click.option("--mode", default="acr", help="acr: 1-5 alone; dcr: beside the original; pair.")
@click.option("--preset", default="paper", show_default=True, help="paper, or short: 15 minutes.")
@click.option("--repeat", type=int, metavar="N", help="Pictures a rater sees twice [10; short 5].")
@click.option("--break-every", type=int, metavar="N", help="Ratings a break [100; short 30].")
@click.option("--least-look", type=float, metavar="SECONDS", help="Before rating [1; short 0.5].")
@click.option("--seed", type=int, default=1, show_default=True, help="Of every order.")
@click.option("--language", default="en", show_default=True, help="en, de or ko.")
@click.option("--consent", metavar="FILE", help="Your own consent text.")
@click.option("--question", "questions", multiple=True, metavar="'TEXT: A | B'", help="Up to five.")
@click.option("--db", metavar="URL", help="Where ratings are kept [study.db in STUDY].")
def create(folder: str, methods: tuple[str, ...], reference: str, **given: Any) -> None:
    """Make STUDY, a folder, from pictures of several methods and their originals.

    A method's folder holds its picture of every original, by the same name. A folder below the
    reference is a set of its own in the results.

    \b
    fourfold study create faces --method srgan=out/srgan --reference originals/
    fourfold study create quick --preset short --method a=a/ --reference hr/
    """
    from fourfold.imaging import allow_known_loaders_only
    from fourfold.study import create_study, method_folders

    allow_known_loaders_only()
    calibration = given.pop("calibration")
    made = create_study(
        folder,
        methods=method_folders(methods),
        reference=Path(reference),
        calibration=Path(calibration) if calibration else None,
        db=given.pop("db"),
        design=_design(**given),
        say=lambda line: click.echo(line, err=True),
    )
    made.close()
    click.echo(folder)


def _design(
    *,
    preset: str,
    repeat: int | None,
    consent: str | None,
    questions: tuple[str, ...],
    **given: Any,
) -> "Design":
    from fourfold.study import Question, find_preset

    values = {name: value for name, value in given.items() if value is not None}
    if repeat is not None:
        values["repeats"] = repeat
    if consent is not None:
        values["consent"] = _text(Path(consent))
    values["questions"] = tuple(Question.parse(line) for line in questions)
    return replace(find_preset(preset), **values)


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except OSError as error:
        raise InvalidStudy(f"{path} cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise InvalidStudy(f"{path} is no text in UTF-8.") from error
