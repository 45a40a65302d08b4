"""Bodies are read once and strictly (RFC 8259, I-JSON RFC 7493): UTF-8, no key twice, no NaN, no bottomless nesting."""

from __future__ import annotations

import json
from collections.abc import Callable, Coroutine
from email.message import Message
from typing import Any, NoReturn

from fastapi import Request, Response
from fastapi.routing import APIRoute

from api.errors import NotJsonError


def read_json(body: bytes) -> object:
    """The value of a JSON text.

    Raises:
        json.JSONDecodeError: with a text that repeats nothing of the body.
    """
    try:
        return json.loads(body.decode("utf-8"), object_pairs_hook=_without_repetition, parse_constant=_no_number)
    except _StrictError as error:
        raise _unreadable(str(error)) from None
    except RecursionError:
        raise _unreadable("is nested too deeply") from None
    except UnicodeDecodeError:
        raise _unreadable("is not UTF-8") from None
    except ValueError:  # malformed, or an integer of thousands of figures
        raise _unreadable("is not JSON") from None


class StrictJsonRoute(APIRoute):
    """A route whose body, if it takes one, is JSON and nothing else."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handler = super().get_route_handler()

        async def strictly(request: Request) -> Response:
            if self.body_field is not None and not _says_json(request):
                raise NotJsonError("send the body as Content-Type: application/json, not compressed")
            return await handler(_StrictRequest(request.scope, request.receive))

        return strictly


class _StrictRequest(Request):
    async def json(self) -> Any:  # noqa: ANN401 - as it is declared by Starlette
        return read_json(await self.body())


class _StrictError(ValueError):
    pass


def _without_repetition(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) < len(pairs):
        raise _StrictError("names a field twice")
    return made


def _no_number(_: str) -> NoReturn:
    raise _StrictError("holds NaN or Infinity, which are no numbers")


def _unreadable(what: str) -> json.JSONDecodeError:
    return json.JSONDecodeError(what, "", 0)


def _says_json(request: Request) -> bool:
    header = Message()
    header["content-type"] = request.headers.get("content-type", "")
    plain = request.headers.get("content-encoding", "identity").strip().lower() == "identity"
    charset = header.get_param("charset", "utf-8")
    return plain and header.get_content_type() == "application/json" and str(charset).lower() in ("utf-8", "utf8")
