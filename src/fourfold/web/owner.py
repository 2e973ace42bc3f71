"""The page of whoever runs the study: how far it is, links for raters, opening and closing."""

from urllib.parse import urljoin

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from fourfold.study import Study, invite, progress, rating_table
from fourfold.web.pages import PageError, page
from fourfold.web.raters import Form, OfStudy
from fourfold.web.security import is_token, set_cookie
from fourfold.web.texts import languages

router = APIRouter(prefix="/owner")
_MOST_LINKS = 100


def _check_owner(request: Request) -> None:
    study: Study = request.app.state.study
    if not is_token(request.cookies.get(_cookie(study)), request.app.state.owner_token):
        raise PageError("not_owner")


IsOwner = Depends(_check_owner)


@router.get("/login")
def login_page(request: Request, study: OfStudy, token: str | None = None) -> Response:
    """Ask for the token, or take it from the address that `serve` printed."""
    if token is not None:
        return _let_in(request, study, token)
    return page("owner_login.html", languages()["en"], is_wrong=False)


@router.post("/login")
def login(request: Request, study: OfStudy, form: Form) -> Response:
    """Let in who has the token."""
    return _let_in(request, study, form.get("token", ""))


def _let_in(request: Request, study: Study, token: str) -> Response:
    if not is_token(token, request.app.state.owner_token):
        return page("owner_login.html", languages()["en"], status=403, is_wrong=True)
    response = RedirectResponse("/study/owner", status_code=303)
    set_cookie(response, request, _cookie(study), request.app.state.owner_token)
    return response


@router.get("", dependencies=[IsOwner])
def overview(request: Request, study: OfStudy) -> Response:
    """Show how far the study is."""
    return _overview(request, study, [])


@router.get("/report", dependencies=[IsOwner])
def report(study: OfStudy) -> Response:
    """Give the whole report so far, as a file."""
    from fourfold.study.analysis import analyse, report_html  # matplotlib loads here, not to serve

    content = report_html(analyse(rating_table(study), with_unfinished=True))
    disposition = 'attachment; filename="report.html"'
    return HTMLResponse(content, headers={"content-disposition": disposition})


@router.post("/links", dependencies=[IsOwner])
def make_links(request: Request, study: OfStudy, form: Form) -> Response:
    """Make personal links, shown this once."""
    asked = form.get("count", "")
    count = int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 4 else 0
    links = invite(study, min(count, _MOST_LINKS))
    return _overview(request, study, links)


@router.post("/closing", dependencies=[IsOwner])
def set_closed(study: OfStudy, form: Form) -> Response:
    """Close the study, or open it again."""
    study.set_closed(form.get("closed") == "yes")
    return RedirectResponse("/study/owner", status_code=303)


def _overview(request: Request, study: OfStudy, links: list[tuple[str, str]]) -> Response:
    from fourfold.study.analysis import summarise  # as above

    base = f"{request.app.state.address}/"
    return page(
        "owner.html",
        languages()["en"],
        study=study,
        raters=progress(study),
        summary=summarise(rating_table(study)),
        open_link=urljoin(base, f"study/join/{study.open_link}"),
        links=[(name, urljoin(base, f"study/join/{token}")) for name, token in links],
        is_closed=study.closed_at() is not None,
    )


def _cookie(study: Study) -> str:
    return f"owner-{study.id}"
