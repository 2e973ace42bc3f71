"""The pages by which a rater joins: link, consent, questions; and the last, thanks."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import RedirectResponse, Response

from fourfold.errors import RefusedRating
from fourfold.study import Rater, Study, check_link, find_rater, has_answered
from fourfold.study import answer_questions as keep_answers
from fourfold.study import join as join_study
from fourfold.web.pages import PageError, page, texts_of
from fourfold.web.security import is_token, read_form, set_cookie

router = APIRouter()
_BASE = "/study"


async def study_of(request: Request) -> Study:
    """The study that is served."""
    study: Study = request.app.state.study
    return study


def maybe_rater(request: Request) -> Rater | None:
    """Whom the browser's session belongs to."""
    study: Study = request.app.state.study
    session = request.cookies.get(_cookie(study))
    return find_rater(study, session) if session else None


def rater_of(request: Request) -> Rater:
    """The rater who asks; called in the page's own thread, for each dependency would take another.

    Raises:
        PageError: no session, or one that is not known.
    """
    rater = maybe_rater(request)
    if rater is None:
        raise PageError("no_session")
    return rater


OfStudy = Annotated[Study, Depends(study_of)]
Form = Annotated[dict[str, str], Depends(read_form)]


@router.get("/")
def first(request: Request) -> Response:
    """Lead a rater to where they were."""
    return _to("thanks" if rater_of(request).is_finished else "rate")


@router.get("/join/{token}")
def consent(request: Request, study: OfStudy, token: str) -> Response:
    """Show the consent text, or lead a rater on who has joined in this browser."""
    if maybe_rater(request) is not None and not _invites_another(study, token):
        return _to("")
    check_link(study, token)
    return page(
        "join.html", texts_of(request), name=study.name, token=token, consent=study.design.consent
    )


@router.post("/join/{token}")
def join(request: Request, study: OfStudy, token: str, form: Form) -> Response:
    """Take a rater in who agrees."""
    if maybe_rater(request) is not None and not _invites_another(study, token):
        return _to("")
    check_link(study, token)
    if form.get("agree") != "yes":
        raise PageError("consent")
    session = join_study(study, token, language=texts_of(request, form.get("language")).code)
    response = _to("questions" if study.design.questions else "rate")
    set_cookie(response, request, _cookie(study), session)
    return response


@router.get("/questions")
def questions(request: Request, study: OfStudy) -> Response:
    """Show the laboratory's questions."""
    rater = rater_of(request)
    if has_answered(study, rater):
        return _to("rate")
    texts = texts_of(request, rater.language)
    return page("questions.html", texts, name=study.name, questions=study.design.questions)


@router.post("/questions")
def answer_questions(request: Request, study: OfStudy, form: Form) -> Response:
    """Keep the answers."""
    rater = rater_of(request)
    given = [form.get(f"question-{number}", "") for number in range(len(study.design.questions))]
    if not all(choice.isascii() and choice.isdigit() and len(choice) < 4 for choice in given):
        raise PageError("answers")
    keep_answers(study, rater, [int(choice) for choice in given])
    return _to("rate")


@router.get("/thanks")
def thanks(request: Request) -> Response:
    """Show the completion code to a rater who has finished."""
    rater = rater_of(request)
    if not rater.is_finished:
        return _to("rate")
    return page("thanks.html", texts_of(request, rater.language), rater=rater)


def _invites_another(study: Study, token: str) -> bool:
    """Whether a link is an unused personal one: of whoever comes next at a laboratory's screen."""
    try:
        check_link(study, token)
    except RefusedRating:
        return False
    return not is_token(token, study.open_link)


def _to(path: str) -> Response:
    return RedirectResponse(f"{_BASE}/{path}", status_code=303)


def _cookie(study: Study) -> str:
    return f"rater-{study.id}"  # two studies on one machine share its cookies, whatever the port
