"""Making a study: pictures checked and copied, the design written down."""

import hashlib
import json
import secrets
import shutil
from collections.abc import Callable, Mapping
from dataclasses import asdict, replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from sqlalchemy import Connection, insert

from fourfold.errors import InvalidStudy
from fourfold.imaging import read_image
from fourfold.study.database import Database
from fourfold.study.design import Design
from fourfold.study.pictures import (
    Stimulus,
    calibration_stimuli,
    check_methods,
    find_images,
    rated_stimuli,
)
from fourfold.study.ratings import REFERENCE
from fourfold.study.schema import stimuli, studies
from fourfold.study.studies import MARK, PICTURES, Study, sqlite_url
from fourfold.study.trials import images_a_rater

_LEAST_TO_SET_ASIDE = 4


def create_study(
    folder: Path | str,
    *,
    methods: Mapping[str, Path],
    reference: Path,
    design: Design,
    calibration: Path | None = None,
    db: str | None = None,
    say: Callable[[str], None] = lambda _: None,
) -> Study:
    """Make a study in a folder that is not there yet, whole or not at all, and open it.

    Args:
        folder: is made; its name is the study's.
        methods: folder of each method's pictures, by name.
        reference: folder of the originals, which are rated too, hidden.
        design: all else.
        calibration: folder of originals to calibrate with; None: some of the reference's.
        db: URL of the database; None: `study.db` in the folder.
        say: is told what the study will be.

    Raises:
        InvalidStudy: something does not fit; the sentence names it.
        UnreadableImage: a picture cannot be read.
    """
    folder = Path(folder)
    if folder.exists():
        raise InvalidStudy(f"{folder} is there already; name a folder that is not.")
    images = find_images(reference)
    found = {name: find_images(path) for name, path in methods.items()}
    if design.mode == "pair":
        design = replace(design, calibration=0)
    told, cropped = _calibration_images(images, calibration, design)
    if calibration is not None:
        _check_apart(told, images)
    elif not cropped:
        images = {name: path for name, path in images.items() if name not in told}
    design = replace(design, calibration=len(told))
    check_methods(images, found)
    names = (*methods, REFERENCE)
    shown = images_a_rater(design, methods=len(names), images=len(images))
    part = folder.with_name(f".{folder.name}.{secrets.token_hex(4)}.part")
    try:
        (part / PICTURES).mkdir(parents=True)
        pictures = part / PICTURES
        rated = list(rated_stimuli(pictures, images, found))
        shown_first = list(calibration_stimuli(pictures, told, cropped=cropped))
        study_id = secrets.token_hex(8)
        (part / MARK).write_text(json.dumps({"id": study_id, "name": folder.name}) + "\n")
        database = Database(db or sqlite_url(part))
        try:
            with database.writing() as connection:
                _insert(connection, (study_id, folder.name), design, names, (rated, shown_first))
        finally:
            database.close()
        part.rename(folder)
    except OSError as error:
        raise InvalidStudy(f"{folder} cannot be made: {error.strerror}.") from error
    finally:
        shutil.rmtree(part, ignore_errors=True)
    _tell(say, design, images=len(images), shown=shown, methods=len(names), cropped=cropped)
    return Study.open(folder, db=db)


def _calibration_images(
    reference: Mapping[str, Path], calibration: Path | None, design: Design
) -> tuple[dict[str, Path], bool]:
    """Originals to calibrate with, and whether they are crops of pictures that are rated."""
    if calibration is not None:
        given = find_images(calibration)
        return _some(given, min(design.calibration, len(given)), design.seed), False
    if len(reference) < _LEAST_TO_SET_ASIDE:
        return _some(reference, min(design.calibration, len(reference)), design.seed), True
    return _some(reference, min(design.calibration, len(reference) // 4), design.seed), False


def _check_apart(told: Mapping[str, Path], rated: Mapping[str, Path]) -> None:
    """No one is told the score of a picture and then asked for it."""
    images = {_samples_sha256(path): name for name, path in rated.items()}
    for name, path in told.items():
        if image := images.get(_samples_sha256(path)):
            raise InvalidStudy(
                f"Calibration's {name} is {image}, which is rated; calibrate with other pictures."
            )


def _samples_sha256(path: Path) -> str:
    pixels = read_image(path)
    return hashlib.sha256(repr(pixels.shape).encode() + pixels.tobytes()).hexdigest()


def _some(images: Mapping[str, Path], count: int, seed: int) -> dict[str, Path]:
    names = np.random.default_rng(seed).permutation(sorted(images))[:count]
    return {str(name): images[str(name)] for name in sorted(names)}


def _insert(
    connection: Connection,
    identity: tuple[str, str],
    design: Design,
    methods: tuple[str, ...],
    pictures: tuple[list[Stimulus], list[Stimulus]],
) -> None:
    study_id, name = identity
    connection.execute(
        insert(studies).values(
            id=study_id,
            name=name,
            design=json.dumps(asdict(design)),
            methods=json.dumps(methods),
            open_link=secrets.token_urlsafe(16),
            created_at=datetime.now(UTC),
        )
    )
    for is_calibration, group in enumerate(pictures):
        rows = [_row(study_id, stimulus, bool(is_calibration)) for stimulus in group]
        if rows:
            connection.execute(insert(stimuli), rows)


def _row(study_id: str, stimulus: Stimulus, is_calibration: bool) -> dict[str, object]:
    row = asdict(stimulus) | {"study_id": study_id, "is_calibration": is_calibration}
    row["image_set"] = row.pop("set")
    return row


def _tell(
    say: Callable[[str], None],
    design: Design,
    *,
    images: int,
    shown: int,
    methods: int,
    cropped: bool,
) -> None:
    if cropped and design.calibration:
        say(
            f"With {images} images, calibration shows the middle of those that are rated; "
            "name others by --calibration."
        )
    say(f"{images} images by {methods} methods, the hidden original among them.")
    if shown < images:
        say(f"Each rater sees {shown} of the images, another choice each.")
