"""The only place with HTTP statuses for errors: every refusal is problem+json (RFC 9457) without personal data."""

from __future__ import annotations

import logging
import re
import traceback
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict
from starlette.exceptions import HTTPException
from starlette.types import Scope

from mobility.domain.requests import Rejection
from mobility.errors import (
    ConflictError,
    InvalidInputError,
    KeyReusedError,
    MobilityError,
    NotAllowedError,
    NotFoundError,
    NotSignedInError,
    TooManyAttemptsError,
    UnavailableError,
)

_log = logging.getLogger("api")


class NotJsonError(MobilityError):
    """The body is not announced as JSON."""


class BodyTooLargeError(HTTPException):
    """More bytes than allowed came, whatever was announced; FastAPI lets only this kind of error through while it reads."""

    def __init__(self) -> None:
        super().__init__(413, "the request body is larger than this service accepts")


_STATUSES: Mapping[type[MobilityError], int] = {
    InvalidInputError: 422,
    NotSignedInError: 401,
    NotAllowedError: 403,
    NotFoundError: 404,
    KeyReusedError: 422,
    ConflictError: 409,
    NotJsonError: 415,
    TooManyAttemptsError: 429,
    UnavailableError: 503,
}
_TITLES: Mapping[int, str] = {
    400: "Not readable",
    401: "Not signed in",
    403: "Not allowed",
    404: "Not found",
    405: "Not possible here",
    409: "In conflict with what is there",
    413: "Too large",
    415: "Not JSON",
    422: "Not usable as it is",
    429: "Too many attempts",
    503: "Not available now",
}
_HEADERS: Mapping[int, Mapping[str, str]] = {
    401: {"WWW-Authenticate": "Bearer"},
    429: {"Retry-After": "60"},
    503: {"Retry-After": "5"},
}


class ProblemIn(BaseModel):
    """One thing wrong with a request: where, what, and how to mend it."""

    where: str
    what: str
    mend: str


class Problem(BaseModel):
    """A refusal (RFC 9457). ``problems`` with unusable input, ``reason`` (a closed list) when a ride cannot be booked."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "type": "about:blank",
                    "title": "Not usable as it is",
                    "status": 422,
                    "detail": "body: give exactly one of depart_after and arrive_by",
                    "problems": [{"where": "body", "what": "give exactly one of depart_after and arrive_by", "mend": ""}],
                }
            ]
        }
    )

    type: str
    title: str
    status: int
    detail: str
    problems: list[ProblemIn] = []
    reason: str | None = None


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
    return problem(413, title_of(413), BodyTooLargeError().detail)


def unexpected(scope: Scope, error: Exception) -> JSONResponse:
    """Our mistake: written down with the lines of code concerned, without what the error says, which may be personal."""
    lines = "".join(traceback.format_tb(error.__traceback__)[-8:])
    _log.error("unexpected %s at %s\n%s", type(error).__name__, getattr(scope.get("route"), "path", "?"), lines)
    return problem(500, title_of(500), "this is our mistake; it has been written down")


def status_of(error: Exception) -> int:
    """The HTTP status for an error."""
    if isinstance(error, RequestValidationError):
        return 422
    return next((_STATUSES[kind] for kind in type(error).__mro__ if kind in _STATUSES), 500)


def title_of(status: int) -> str:
    """A status in plain words."""
    return _TITLES.get(status, "Something went wrong")


Told = Callable[[Scope, Response], Response]
"""Turns a problem document into what whoever asks can read."""


def install(app: FastAPI, told: Told) -> None:
    """Register the handlers; ``told``: how it is said where no address of ours has been reached, or nothing could be read."""

    def http(request: Request, error: Exception) -> Response:
        return told(request.scope, _http(request, error))

    app.add_exception_handler(MobilityError, _expected)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, http)


def _expected(_: Request, error: Exception) -> JSONResponse:
    status = status_of(error)
    more = (
        {"problems": [{"where": p.where, "what": p.what, "mend": p.mend} for p in error.problems]}
        if isinstance(error, InvalidInputError)
        else {}
    )
    return problem(status, title_of(status), _told(error), _HEADERS.get(status), **more)


def _told(error: Exception) -> str:
    """What the store did not find, without the id that was asked for: it may be anything, a telephone number too."""
    return re.sub(r"^(\w+) .*: not found$", r"\1: not found", str(error), flags=re.DOTALL)


def _invalid(_: Request, error: Exception) -> JSONResponse:
    """Which field, and what is wrong with it; never the value, which may be a person's."""
    found = error.errors() if isinstance(error, RequestValidationError) else []
    problems = [{"where": _where(one), "what": _what(one), "mend": ""} for one in found[:20]]
    detail = "; ".join(f"{one['where']}: {one['what']}" for one in problems[:5])
    return problem(422, title_of(422), detail, problems=problems)


def _where(one: Mapping[str, Any]) -> str:
    """The field's path. An unknown field's name and a position in the text are the sender's, not ours."""
    loc: Sequence[Any] = one["loc"]
    known = loc[:-1] if one["type"] in ("extra_forbidden", "json_invalid") else loc
    return ".".join(str(part) for part in known)


def _what(one: Mapping[str, Any]) -> str:
    if one["type"] == "json_invalid":
        return str(one["ctx"]["error"])
    if one["type"] == "extra_forbidden":
        return "holds a field that is not known here"
    return str(one["msg"]).removeprefix("Value error, ")


def _http(request: Request, error: Exception) -> JSONResponse:
    status = error.status_code if isinstance(error, HTTPException) else 500
    headers = dict(error.headers or {}) if isinstance(error, HTTPException) else {}
    if status == 405:
        headers["Allow"] = _allowed(request) or headers.get("Allow", "")
    return problem(status, title_of(status), str(error.detail) if isinstance(error, HTTPException) else "", headers)


def _allowed(request: Request) -> str:
    """All methods of this address: Starlette names those of the first route only (RFC 9110, 15.5.6)."""
    patterns = {re.sub(r"\\{\w+\\}", "[^/]+", re.escape(path)): item for path, item in request.app.openapi()["paths"].items()}
    methods = [method.upper() for pattern, item in patterns.items() if re.fullmatch(pattern, request.url.path) for method in item]
    return ", ".join(methods)
