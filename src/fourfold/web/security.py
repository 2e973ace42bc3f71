"""What every answer carries, how much a request may bring, and who runs the study."""

import hmac
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any
from urllib.parse import parse_qs

from fastapi import Request, Response

from fourfold.web.pages import PageError

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

LARGEST_BODY = 16 * 1024
"""Bytes; no form and no rating comes near it."""

HEADERS = {
    # No third party, nothing inline; blob: is how a preloaded picture is shown.
    "content-security-policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; "
        "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",  # a link's token is part of its address
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), microphone=(), geolocation=()",
    "cache-control": "no-store",
}


class Guarded:
    """Puts the headers on every answer of an application, errors included."""

    def __init__(self, application: Callable[[Scope, Receive, Send], Awaitable[None]]) -> None:
        self.application = application

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer as the application does, with the headers."""

        async def send_guarded(message: MutableMapping[str, Any]) -> None:
            if message["type"] == "http.response.start":
                given = {name.lower() for name, _ in message.get("headers", [])}
                message["headers"] = [
                    *message.get("headers", []),
                    *(
                        (name.encode(), value.encode())
                        for name, value in HEADERS.items()
                        if name.encode() not in given
                    ),
                ]
            await send(message)

        await self.application(scope, receive, send_guarded)


async def read_body(request: Request) -> bytes:
    """The body of a request, unless it is larger than any of ours.

    Raises:
        PageError: it is.
    """
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > LARGEST_BODY:
            raise PageError("too_large")
    return body


async def read_form(request: Request) -> dict[str, str]:
    """The fields of a form; of one that came twice, the last.

    Raises:
        PageError: too large, or no form.
    """
    body = await read_body(request)
    try:
        fields = parse_qs(body.decode("utf-8"), keep_blank_values=True, max_num_fields=20)
    except ValueError as error:
        raise PageError("malformed") from error
    return {name: values[-1] for name, values in fields.items()}


def is_token(given: str | None, expected: str) -> bool:
    """Whether a token is the expected one; takes the same time however much of it is."""
    return given is not None and hmac.compare_digest(given.encode(), expected.encode())


def set_cookie(response: Response, request: Request, name: str, value: str) -> None:
    """Keep a token in the browser, out of reach of scripts and of other sites."""
    response.set_cookie(
        name,
        value,
        max_age=90 * 24 * 3600,
        path="/study",
        httponly=True,
        samesite="lax",
        secure=request.url.scheme == "https",
    )
