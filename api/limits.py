"""Overload is answered, not queued; bodies have a size; every answer carries the headers a browser should heed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.errors import BodyTooLargeError, Told, busy, too_large, unexpected
from api.headers import ALWAYS

MAX_BODY_BYTES = 64 * 1024


MOST_FOLLOWING = 400
"""Streams of ``/live``: each waits, and works on nothing."""


@dataclass(frozen=True, slots=True)
class Larger:
    """A form that may be larger than all others, and the page that says so when it is too large (empty: a program is told)."""

    bytes: int
    page: str = ""

    def refused(self) -> Response:
        """Back to that page."""
        return RedirectResponse(f"{self.page}?too_large=1", 303)


class Limits:
    """ASGI middleware: at most ``most_at_once`` requests are worked on, the others are told to come back. Who only follows changes is
    counted apart.
    """

    def __init__(self, app: ASGIApp, most_at_once: int, told: Told, larger: Mapping[str, Larger] | None = None) -> None:
        self._app = app
        self._told = told
        self._larger = larger or {}
        self._now = {"working": 0, "following": 0}
        self._limits = {"working": most_at_once, "following": MOST_FOLLOWING}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        sending = _with_headers(send)
        larger = self._larger.get(scope["path"])
        most = MAX_BODY_BYTES if larger is None else larger.bytes
        if _announces_too_much(Headers(scope=scope).get("content-length", "0"), most):
            await (self._told(scope, too_large()) if larger is None or not larger.page else larger.refused())(
                scope, receive, sending
            )
            return
        kind = "following" if scope["path"] == "/live" else "working"
        if self._now[kind] >= self._limits[kind]:
            await self._told(scope, busy())(scope, receive, sending)
            return
        self._now[kind] += 1
        try:
            await self._app(scope, _bounded(receive, most), sending)
        except Exception as error:  # noqa: BLE001 - the last door: a server's own log would print what the error says, a name perhaps
            await self._told(scope, unexpected(scope, error))(scope, receive, sending)
        finally:
            self._now[kind] -= 1


def _announces_too_much(length: str, most: int) -> bool:
    """Also true for what is no length at all; ``isdigit`` alone takes "²" for one."""
    figures = length.lstrip("0") or "0"
    return not (figures.isascii() and figures.isdigit() and len(figures) < 12 and int(figures) <= most)


def _with_headers(send: Send) -> Send:
    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in ALWAYS.items():
                headers.setdefault(name, value)
        await send(message)

    return sending


def _bounded(receive: Receive, most: int) -> Receive:
    seen = 0

    async def receiving() -> Message:
        nonlocal seen
        message = await receive()
        seen += len(message.get("body", b""))
        if seen > most:
            raise BodyTooLargeError
        return message

    return receiving
