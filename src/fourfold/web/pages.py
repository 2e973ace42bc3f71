"""Pages from templates in the visitor's language, and the page or message that refuses."""

from pathlib import Path
from typing import Any

from fastapi import Request
from fastapi.responses import HTMLResponse, JSONResponse, Response
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from fourfold.web.texts import Texts, choose_language, languages

HERE = Path(__file__).parent

STATUSES = {
    "no_session": 401,
    "unknown_link": 403,
    "not_owner": 403,
    "consent": 422,
    "answers": 422,
    "picture": 404,
    "unknown_page": 404,
    "no_ratings": 404,
    "out_of_turn": 409,
    "undo": 409,
    "used_link": 409,
    "closed": 410,
    "too_large": 413,
    "malformed": 422,
    "out_of_range": 422,
    "too_soon": 422,
    "unavailable": 503,
}
"""HTTP status of each reason to refuse; the words are in the texts' [refused]."""

_templates = Environment(
    loader=FileSystemLoader(HERE / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


class PageError(Exception):
    """A request that is answered by a page that refuses; `reason` is a key of STATUSES."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def texts_of(request: Request, language: str | None = None) -> Texts:
    """The texts for a visitor: of the language they chose, or their browser's, or the study's."""
    asked = request.query_params.get("language") or language
    accepted = request.headers.get("accept-language", "")
    return languages()[choose_language(asked, accepted, default=request.app.state.language)]


def page(template: str, texts: Texts, *, status: int = 200, **values: Any) -> HTMLResponse:
    """A page from a template; `t` holds its language's texts."""
    content = _templates.get_template(template).render(
        texts=texts, t=texts.pages, languages=languages(), **values
    )
    return HTMLResponse(content, status_code=status)


def refusal(request: Request, reason: str) -> Response:
    """The page that refuses, or for a script the same as JSON."""
    texts = texts_of(request)
    status = STATUSES[reason]
    sentence = texts["refused"][reason]
    if "application/json" in request.headers.get("accept", ""):
        return JSONResponse({"reason": reason, "error": sentence}, status_code=status)
    return page("refused.html", texts, status=status, sentence=sentence)
