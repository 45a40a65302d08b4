"""Overload is answered, not queued; bodies have a size; every answer carries the headers a browser should heed."""

from __future__ import annotations

from collections.abc import Mapping

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.errors import BodyTooLargeError, busy, too_large, unexpected
from api.headers import ALWAYS

MAX_BODY_BYTES = 64 * 1024


MOST_FOLLOWING = 400
"""Streams of ``/live``: each waits, and works on nothing."""


def back_as_too_large(path: str) -> Response:
    """Back to the page of the form, which says how large a file may be."""
    return RedirectResponse(f"{path}?too_large=1", 303)


class Limits:
    """ASGI middleware: at most ``most_at_once`` requests are worked on, the others are told to come back. Who only follows changes is
    counted apart.
    """

    def __init__(self, app: ASGIApp, most_at_once: int, larger: Mapping[str, int] | None = None) -> None:
        self._app = app
        self._larger = larger or {}
        self._now = {"working": 0, "following": 0}
        self._limits = {"working": most_at_once, "following": MOST_FOLLOWING}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        sending = _with_headers(send)
        most = self._larger.get(scope["path"], MAX_BODY_BYTES)
        if _announces_too_much(Headers(scope=scope).get("content-length", "0"), most):
            await (too_large() if most == MAX_BODY_BYTES else back_as_too_large(scope["path"]))(scope, receive, sending)
            return
        kind = "following" if scope["path"] == "/live" else "working"
        if self._now[kind] >= self._limits[kind]:
            await busy()(scope, receive, sending)
            return
        self._now[kind] += 1
        try:
            await self._app(scope, _bounded(receive, most), sending)
        except Exception as error:  # noqa: BLE001 - the last door: a server's own log would print what the error says, a name perhaps
            await unexpected(scope, error)(scope, receive, sending)
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
