"""Templates to pages; refusals on pages are pages too."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from functools import cache, partial
from pathlib import Path
from typing import Annotated, Any

from fastapi import Depends, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.exceptions import RequestValidationError
from fastapi.responses import RedirectResponse
from fastapi.routing import APIRoute
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from api.auth import READING, ContextDep, find_page_token, form_token, get_context
from api.errors import status_of
from api.web import language as languages
from api.web.forms import check_is_ours
from api.web.language import Language, language_of
from api.web.navigation import ways_of
from mobility.actions.sign_in import find_actor
from mobility.domain.accounts import Actor, Role
from mobility.errors import MobilityError, NotAllowedError, NotSignedInError

UPLOADING = (Role.AGENCY, Role.PLANNER, Role.ADMIN)
TEMPLATES = Path(__file__).parent / "templates"


@cache
def _environment(language: Language) -> Environment:
    made = Environment(
        loader=FileSystemLoader(TEMPLATES),
        extensions=["jinja2.ext.i18n"],
        autoescape=select_autoescape(default=True, default_for_string=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.install_gettext_translations(languages.translations(language), newstyle=True)  # type: ignore[attr-defined]  # the extension's
    for filter_ in (languages.day, languages.month, languages.clock, languages.euros, languages.number, languages.telephone):
        made.filters[filter_.__name__] = partial(filter_, language=language)
    return made


def page(request: Request, template: str, status_code: int = 200, **values: object) -> Response:
    """A page in the reader's language. Templates know ``language``, ``actor`` (None: nobody signed in), ``ways``, ``csrf`` and
    ``path``, ``back`` (where the same page is had again; empty after a form), and the filters ``day``, ``month``, ``clock(zone=…)``, ``euros``,
    ``number``, ``telephone``.
    """
    language = language_of(request)
    actor: Actor | None = getattr(request.state, "actor", None)
    html = (
        _environment(language)
        .get_template(template)
        .render(
            language=language,
            actor=actor,
            ways=ways_of(actor.role, languages.translator(language)) if actor else [],
            csrf=form_token(request),
            path=request.url.path,
            back=_address(request) if request.method in READING else "",
            **values,
        )
    )
    return Response(html, status_code, media_type="text/html; charset=utf-8", headers={"Content-Language": language})


def _address(request: Request) -> str:
    return f"{request.url.path}?{request.url.query}" if request.url.query else request.url.path


def find_page_actor(request: Request, context: ContextDep) -> Actor | None:
    """Who is signed in here, for pages that everybody may read."""
    try:
        return get_page_actor(request, context)
    except NotSignedInError:
        return None


def get_page_actor(request: Request, context: ContextDep) -> Actor:
    """Who is signed in on this browser. Whatever changes something has been checked by :class:`PageRoute` before.

    Raises:
        NotSignedInError: nobody, or no longer.
    """
    actor = find_actor(context, find_page_token(request))
    request.state.actor = actor
    return actor


PageActorDep = Annotated[Actor, Depends(get_page_actor)]
AnyoneDep = Annotated[Actor | None, Depends(find_page_actor)]


def only(*roles: Role) -> Callable[[Actor], Actor]:
    """A dependency: the actor, when of one of these roles. ``desk: Annotated[Actor, Depends(only(Role.DISPATCHER))]``."""

    def checked(actor: PageActorDep) -> Actor:
        if actor.role not in roles:
            raise NotAllowedError(f"this page is not for the role {actor.role.value}")
        return actor

    return checked


class PageRoute(APIRoute):
    """A route for people: only our own forms change anything, who is not signed in is shown the sign-in, other refusals are told in a
    sentence.
    """

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handler = super().get_route_handler()

        async def for_people(request: Request) -> Response:
            try:
                await self.check_sender(request)
                await check_is_ours(request)
                return await handler(request)
            except NotSignedInError:
                return RedirectResponse("/sign-in", 303)
            except (MobilityError, RequestValidationError) as error:
                status = status_of(error)
            finally:
                await request.close()  # what was uploaded
            return page(request, "refusal.html", status, status=status)

        return for_people

    async def check_sender(self, request: Request) -> None:
        """What is looked at before the body is read; nothing, where bodies are small."""


class UploadRoute(PageRoute):
    """A route for the agency's and the admin's files, which may be large (:data:`api.limits.LARGER`): whoever may not send them is told so
    before any of it is read.
    """

    async def check_sender(self, request: Request) -> None:
        actor = await run_in_threadpool(get_page_actor, request, get_context(request))
        if actor.role not in UPLOADING:
            raise NotAllowedError(f"uploads are not for the role {actor.role.value}")
