"""Overload is answered, not queued; bodies have a size; every answer carries the headers a browser should heed."""

from __future__ import annotations

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.errors import busy, too_large

MAX_BODY_BYTES = 64 * 1024
_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}


class BodyTooLargeError(Exception):
    """More bytes than announced or allowed."""


class Limits:
    """ASGI middleware: at most ``most_at_once`` requests are worked on, the others are told to come back."""

    def __init__(self, app: ASGIApp, most_at_once: int) -> None:
        self._app = app
        self._most = most_at_once
        self._now = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        sending = _with_headers(send)
        announced = Headers(scope=scope).get("content-length", "0")
        if not announced.isdigit() or int(announced[:12]) > MAX_BODY_BYTES:
            await too_large()(scope, receive, sending)
            return
        if self._now >= self._most:
            await busy()(scope, receive, sending)
            return
        self._now += 1
        try:
            await self._app(scope, _bounded(receive), sending)
        except BodyTooLargeError:
            await too_large()(scope, receive, sending)
        finally:
            self._now -= 1


def _with_headers(send: Send) -> Send:
    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in _HEADERS.items():
                headers.setdefault(name, value)
        await send(message)

    return sending


def _bounded(receive: Receive) -> Receive:
    seen = 0

    async def receiving() -> Message:
        nonlocal seen
        message = await receive()
        seen += len(message.get("body", b""))
        if seen > MAX_BODY_BYTES:
            raise BodyTooLargeError
        return message

    return receiving
