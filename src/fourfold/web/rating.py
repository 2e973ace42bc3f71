"""The rating page, and what its script asks for: where the rater stands, pictures, ratings."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import RedirectResponse, Response
from pydantic import TypeAdapter, ValidationError

from fourfold.study import (
    Entry,
    Rater,
    Standing,
    Study,
    has_answered,
    picture_of,
    picture_path,
    rate,
    standing,
)
from fourfold.web.pages import PageError, page, texts_of
from fourfold.web.raters import OfStudy, rater_of
from fourfold.web.security import read_body

router = APIRouter()
_ENTRY = TypeAdapter(Entry)
_PICTURES = "/study/picture"


async def _read_entry(request: Request) -> Entry:
    body = await read_body(request)
    try:
        return _ENTRY.validate_json(body, strict=True)
    except ValidationError as error:
        raise PageError("malformed") from error


@router.get("/rate")
def rating_page(request: Request, study: OfStudy, undo: bool = False) -> Response:
    """Show the page on which pictures are rated."""
    rater = rater_of(request)
    if not has_answered(study, rater):
        return RedirectResponse("/study/questions", status_code=303)
    if rater.is_finished and not undo:
        return RedirectResponse("/study/thanks", status_code=303)
    texts = texts_of(request, rater.language)
    start = {
        "texts": texts["rate"],
        "mode": study.design.mode,
        "leastLook": study.design.least_look,
        "hasCalibration": bool(study.calibration),
        "rater": rater.pseudonym,
        "standing": _standing(study, rater, undo=undo),
    }
    scores = texts["rate"].get(f"scores_{study.design.mode}")
    return page("rate.html", texts, mode=study.design.mode, start=start, scores=scores)


@router.get("/standing")
def where(request: Request, study: OfStudy, undo: bool = False) -> dict[str, Any]:
    """Say where the rater stands, or with `undo` let them rate the last picture again."""
    return _standing(study, rater_of(request), undo=undo)


@router.post("/ratings")
def take_rating(
    request: Request, study: OfStudy, entry: Annotated[Entry, Depends(_read_entry)]
) -> dict[str, Any]:
    """Take a rating; the answer, which says what comes next, means that it is on the disk."""
    rater = rater_of(request)
    rate(study, rater, entry)
    return _standing(study, rater)


@router.get("/picture/{position}/{place}")
def picture(request: Request, study: OfStudy, position: int, place: int) -> Response:
    """Give a picture that the rater is to see, now or next; its address tells nothing."""
    sha256 = picture_of(study, rater_of(request), position, place)
    try:
        content = picture_path(study.folder / "pictures", sha256).read_bytes()
    except OSError as error:
        raise PageError("unavailable") from error
    return Response(content, media_type="image/png")


def _standing(study: Study, rater: Rater, *, undo: bool = False) -> dict[str, Any]:
    now = standing(study, rater, undo=undo)
    return {
        "position": now.position,
        "total": now.total,
        "entry": now.entry,
        "pictures": _pictures(now, 0),
        "upcoming": _pictures(now, 1),
        "anchor": now.anchor,
        "isCalibrationOver": now.is_calibration_over,
        "isBreak": now.is_break,
        "canUndo": now.can_undo,
        "isFinished": now.is_finished,
    }


def _pictures(now: Standing, ahead: int) -> list[dict[str, Any]]:
    shown = now.upcoming if ahead else now.pictures
    return [
        {
            "source": f"{_PICTURES}/{now.position + ahead}/{place}",
            "width": one.width,
            "height": one.height,
        }
        for place, one in enumerate(shown)
    ]
