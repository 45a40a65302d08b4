"""The admin's pages: overview, logbook, and services with their files."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from contextlib import suppress
from itertools import groupby
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Path, Request, Response
from fastapi.responses import RedirectResponse

from api.auth import ContextDep
from api.fields import PathIdentifier
from api.web.admin_words import logbook_words, note_told
from api.web.file_problems import told
from api.web.forms import Form, FormDep
from api.web.language import language_of, translator
from api.web.rendering import PageRoute, UploadRoute, only, page
from api.web.uploads import SERVICE_CHECK, SERVICES
from mobility.actions.ask_sources import list_sources
from mobility.actions.context import Context
from mobility.actions.load_service import load_service
from mobility.actions.local_time import agency_zone
from mobility.actions.logbook import names_of_accounts, read_logbook
from mobility.actions.open_runs import open_coming_runs
from mobility.actions.read_services import list_service_texts, list_services
from mobility.domain.accounts import Actor, Role, system_actor
from mobility.errors import InvalidInputError, NotFoundError, Problem, UnavailableError
from mobility.files.plain_language import describe
from mobility.files.service_file import MAX_SERVICE_BYTES, read_service

router = APIRouter(include_in_schema=False, route_class=PageRoute)
uploads = APIRouter(include_in_schema=False, route_class=UploadRoute)

AdminDep = Annotated[Actor, Depends(only(Role.ADMIN))]
_ENTRIES = 200
_LINE = re.compile(r", line (\d+)")
NAME = "service.toml"


@router.get("/admin")
def overview_page(request: Request, context: ContextDep, actor: AdminDep) -> Response:
    """Where to find what, and what was changed lately."""
    return _logbook(request, context, actor, ("admin/overview.html", 10))


@router.get("/admin/logbook")
def logbook_page(request: Request, context: ContextDep, actor: AdminDep) -> Response:
    """Who changed what when."""
    return _logbook(request, context, actor, ("admin/logbook.html", _ENTRIES))


def _logbook(request: Request, context: Context, actor: Actor, shown: tuple[str, int]) -> Response:
    """A page with the newest entries: its template, and how many."""
    template, limit = shown
    zone, language = agency_zone(context, actor), language_of(request)
    _ = translator(language)
    entries = groupby(read_logbook(context, actor, limit), lambda entry: entry.at.astimezone(zone).date())
    return page(
        request,
        template,
        days=[(day, list(of_day)) for day, of_day in entries],
        names=names_of_accounts(context, actor) | {system_actor(actor.agency_id).account_id: _("Kommandozeile")},
        words=logbook_words(language),
        note=lambda entry: note_told(entry, language),
        zone=zone,
        sources=list_sources(context, actor.agency_id),
    )


@router.get(SERVICES)
def services_page(request: Request, context: ContextDep, actor: AdminDep, too_large: Literal["1"] | None = None) -> Response:
    """All services, and the form for a new one."""
    loose = [Problem(NAME, "is larger than a service file can be", "is it the right file?")] if too_large else []
    services, loose = list_services(context, actor), [told(problem, language_of(request)) for problem in loose]
    return page(request, "admin/services.html", 422 if loose else 200, services=services, text="", lines=[], loose=loose)


@router.get("/admin/services/{service_id}")
def service_page(request: Request, context: ContextDep, actor: AdminDep, service_id: PathIdentifier) -> Response:
    """A service's rules, its text to be changed, its versions."""
    texts = list_service_texts(context, actor, service_id)
    return _service(request, context, actor, service_id, (len(texts), texts))


@router.get("/admin/services/{service_id}/versions/{number}")
def service_version_page(
    request: Request, context: ContextDep, actor: AdminDep, service_id: PathIdentifier, number: Annotated[int, Path(ge=1)]
) -> Response:
    """An earlier text; saving it again makes it the newest."""
    texts = list_service_texts(context, actor, service_id)
    if number > len(texts):
        raise NotFoundError("version: not found")
    return _service(request, context, actor, service_id, (number, texts))


def _service(request: Request, context: Context, actor: Actor, service_id: str, shown: tuple[int, list[str]]) -> Response:
    number, texts = shown
    service = read_service(texts[number - 1], NAME)
    return page(
        request,
        "admin/service.html",
        service=service,
        sections=describe(service, language_of(request)),
        text=texts[number - 1],
        number=number,
        versions=list(range(len(texts), 0, -1)),
        entries=read_logbook(context, actor, 20, service_id),
        names=names_of_accounts(context, actor),
        zone=agency_zone(context, actor),
    )


@uploads.post(SERVICE_CHECK)
def check_form(request: Request, context: ContextDep, actor: AdminDep, form: FormDep) -> Response:
    """What the text says in plain language, or what is wrong with it at its lines; nothing is saved."""
    try:
        text = service_text(form)
        service = read_service(text, NAME)
    except InvalidInputError as error:
        return _wrong(request, context, actor, error.problems, form)
    known = {one.id for one in list_services(context, actor)}
    sections = describe(service, language_of(request))
    return page(request, "admin/service_check.html", service=service, sections=sections, text=text, replaces=service.id in known)


@uploads.post(SERVICES)
def save_form(request: Request, context: ContextDep, actor: AdminDep, form: FormDep) -> Response:
    """Save the text as the service's newest version and open the days that can be booked with it."""
    try:
        service = load_service(context, actor.agency_id, service_text(form), NAME, actor)
    except InvalidInputError as error:
        return _wrong(request, context, actor, error.problems, form)
    with suppress(InvalidInputError, UnavailableError):  # then the worker opens them at night, once streets and people are there
        open_coming_runs(context, actor.agency_id)
    return RedirectResponse(f"{SERVICES}/{service.id}", 303)


def service_text(form: Form) -> str:
    """The file sent, else the text typed.

    Raises:
        InvalidInputError: neither, too large, or not UTF-8.
    """
    sent = form.file("file")
    if sent is None:
        text = form.text("text", MAX_SERVICE_BYTES)
    else:
        try:
            text = sent.file.read(MAX_SERVICE_BYTES + 1).decode("utf-8")
        except UnicodeDecodeError:
            raise InvalidInputError(Problem(NAME, "not UTF-8 text", 'save the file with the encoding "UTF-8"')) from None
    if not text.strip():
        raise InvalidInputError(Problem(NAME, "is empty", "choose a file or write a text"))
    return text.replace("\r\n", "\n").rstrip() + "\n"


def _wrong(request: Request, context: Context, actor: Actor, problems: Iterable[Problem], form: Form) -> Response:
    """The text with what is wrong under the lines concerned."""
    at_line: dict[int, list[Problem]] = defaultdict(list)
    loose: list[Problem] = []
    for problem in problems:
        found, shown = _LINE.search(problem.where), told(problem, language_of(request))
        if found:
            at_line[int(found.group(1))].append(shown)
        else:
            loose.append(shown)
    try:
        text = service_text(form)
    except InvalidInputError:
        text = ""
    lines = [(number, line, at_line.get(number, [])) for number, line in enumerate(text.split("\n"), start=1)]
    services = list_services(context, actor)
    return page(request, "admin/services.html", 422, services=services, text=text, lines=lines, loose=loose)
