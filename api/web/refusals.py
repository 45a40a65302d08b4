"""A refusal for people: whoever asks with a browser (``Accept: text/html``; RFC 9110, 12.5.1) is told by a page, programs by JSON."""

from __future__ import annotations

from fastapi import Request, Response
from starlette.types import Scope

from api.web.rendering import page

_KEPT = ("allow", "retry-after")


def for_whom_asks(scope: Scope, answer: Response) -> Response:
    """The refusal as it is, or as a page of the same status."""
    request = Request(scope)
    if "text/html" not in request.headers.get("accept", ""):
        return answer
    shown = page(request, "refusal.html", answer.status_code, status=answer.status_code)
    for name in _KEPT:
        if name in answer.headers:
            shown.headers[name] = answer.headers[name]
    return shown
