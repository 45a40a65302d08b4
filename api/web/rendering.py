"""Templates to pages; refusals on pages are pages too."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

from fastapi import Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import RedirectResponse
from fastapi.routing import APIRoute
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from api.errors import status_of
from mobility.errors import MobilityError, NotSignedInError

_templates = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"),
    autoescape=select_autoescape(default=True, default_for_string=True),
    undefined=StrictUndefined,
)


def page(template: str, status_code: int = 200, **values: object) -> Response:
    """A page."""
    html = _templates.get_template(template).render(**values)
    return Response(html, status_code, media_type="text/html; charset=utf-8")


class PageRoute(APIRoute):
    """A route for people: who is not signed in is shown the form, other refusals are told in a sentence."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handler = super().get_route_handler()

        async def for_people(request: Request) -> Response:
            try:
                return await handler(request)
            except NotSignedInError:
                return RedirectResponse("/sign-in", 303)
            except (MobilityError, RequestValidationError) as error:
                status = status_of(error)
                return page("refusal.html", status, status=status)

        return for_people
