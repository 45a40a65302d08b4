"""The only place with HTTP statuses for errors: every refusal is problem+json (RFC 9457) without personal data."""

from __future__ import annotations

import logging
from collections.abc import Mapping

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from mobility.domain.requests import Rejection
from mobility.errors import (
    ConflictError,
    InvalidInputError,
    KeyReusedError,
    MobilityError,
    NotAllowedError,
    NotFoundError,
    NotSignedInError,
    UnavailableError,
)

_log = logging.getLogger("api")
_STATUSES: Mapping[type[MobilityError], int] = {
    InvalidInputError: 422,
    NotSignedInError: 401,
    NotAllowedError: 403,
    NotFoundError: 404,
    KeyReusedError: 422,
    ConflictError: 409,
    UnavailableError: 503,
}


def problem(status: int, title: str, detail: str = "", headers: Mapping[str, str] | None = None, **more: object) -> JSONResponse:
    """A problem document."""
    body = {"type": "about:blank", "title": title, "status": status, "detail": detail, **more}
    return JSONResponse(body, status, headers=dict(headers or {}), media_type="application/problem+json")


def rejected(rejection: Rejection) -> JSONResponse:
    """A booking that cannot be made: the closed list's reason, and what would help."""
    return problem(409, "No ride booked", rejection.rule, reason=rejection.reason.value)


def busy() -> JSONResponse:
    """More work than can be answered soon."""
    return problem(503, "Busy", "too many requests at this moment; try again soon", {"Retry-After": "2"})


def too_large() -> JSONResponse:
    """A body nobody needs."""
    return problem(413, "Too large", "the request body is larger than this service accepts")


def install(app: FastAPI) -> None:
    """Register the handlers."""
    app.add_exception_handler(MobilityError, _expected)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(Exception, _unexpected)


def _expected(_: Request, error: Exception) -> JSONResponse:
    status = next((_STATUSES[kind] for kind in type(error).__mro__ if kind in _STATUSES), 500)
    headers = {"WWW-Authenticate": "Bearer"} if status == 401 else {"Retry-After": "5"} if status == 503 else None
    more = (
        {"problems": [{"where": p.where, "what": p.what, "mend": p.mend} for p in error.problems]}
        if isinstance(error, InvalidInputError)
        else {}
    )
    return problem(status, _title(status), str(error), headers, **more)


def _invalid(_: Request, error: Exception) -> JSONResponse:
    """Which field, and what is wrong with it; never the value, which may be a person's."""
    found = error.errors() if isinstance(error, RequestValidationError) else []
    problems = [{"where": ".".join(str(part) for part in one["loc"]), "what": _plain(one["msg"]), "mend": ""} for one in found]
    detail = "; ".join(f"{one['where']}: {one['what']}" for one in problems[:5])
    return problem(422, _title(422), detail, problems=problems)


def _plain(message: str) -> str:
    return message.removeprefix("Value error, ").encode("ascii", "replace").decode()


def _http(_: Request, error: Exception) -> JSONResponse:
    status = error.status_code if isinstance(error, HTTPException) else 500
    headers = error.headers if isinstance(error, HTTPException) else None
    return problem(status, _title(status), str(error.detail) if isinstance(error, HTTPException) else "", headers)


def _unexpected(request: Request, error: Exception) -> JSONResponse:
    route = request.scope.get("route")
    _log.error("unexpected %s at %s", type(error).__name__, getattr(route, "path", "?"))
    return problem(500, _title(500), "this is our mistake; it has been written down")


def _title(status: int) -> str:
    titles = {
        400: "Not readable",
        401: "Not signed in",
        403: "Not allowed",
        404: "Not found",
        405: "Not possible here",
        409: "In conflict with what is there",
        422: "Not usable as it is",
        503: "Not available now",
    }
    return titles.get(status, "Something went wrong")
