"""The one ASGI application; each job hangs its part into it, and parts do not know each other."""

from collections.abc import Callable
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import RedirectResponse, Response
from fastapi.staticfiles import StaticFiles
from starlette.exceptions import HTTPException

from fourfold.errors import InvalidStudy, InvalidTable, RefusedRating
from fourfold.study import Study
from fourfold.web import owner, raters, rating
from fourfold.web.pages import HERE, PageError, refusal
from fourfold.web.security import Guarded


def create_application(*, study: Study, owner_token: str, address: str) -> FastAPI:
    """The application that serves a study.

    Args:
        study: open; whoever made it closes it.
        owner_token: opens the pages of whoever runs the study.
        address: where raters reach the application, for the links that it shows.
    """
    application = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    application.add_middleware(Guarded)
    application.mount("/static", StaticFiles(directory=HERE / "static"))
    _handle_errors(application)
    application.state.address = address
    _add_study(application, study, owner_token)
    # The pages for upscaling will hang in here, by a function like _add_study.
    return application


def _add_study(application: FastAPI, study: Study, owner_token: str) -> None:
    application.state.study = study
    application.state.owner_token = owner_token
    application.state.language = study.design.language
    for part in (raters, rating, owner):
        application.include_router(part.router, prefix="/study")

    @application.get("/")
    def first_page() -> Response:
        return RedirectResponse("/study/", status_code=303)


def _handle_errors(application: FastAPI) -> None:
    handlers: dict[type[Exception], Callable[[Request, Any], Response]] = {
        PageError: lambda request, error: refusal(request, error.reason),
        RefusedRating: lambda request, error: refusal(request, error.reason),
        InvalidStudy: lambda request, _: refusal(request, "unavailable"),
        InvalidTable: lambda request, _: refusal(request, "no_ratings"),
        HTTPException: lambda request, _: refusal(request, "unknown_page"),
        RequestValidationError: lambda request, _: refusal(request, "unknown_page"),
    }
    for kind, handler in handlers.items():
        application.add_exception_handler(kind, handler)
