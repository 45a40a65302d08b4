"""The pages there are so far: a front page, sign-in, the runs of a day, a manifest. They read well without JavaScript."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Annotated, Literal
from urllib.parse import parse_qs
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import RedirectResponse
from starlette.concurrency import run_in_threadpool

from api.auth import COOKIE, ActorDep, ContextDep
from api.fields import PathIdentifier, QueryDay
from api.sessions import sign_in_from
from api.web.rendering import PageRoute, page
from mobility.actions.context import Context
from mobility.actions.hand_out_manifest import read_manifest
from mobility.actions.local_time import agency_zone
from mobility.actions.read_runs import list_runs
from mobility.actions.read_services import list_services
from mobility.actions.sign_in import SESSION_LASTS, sign_out
from mobility.domain.accounts import Actor
from mobility.domain.runs import Run
from mobility.domain.services import Service
from mobility.errors import InvalidInputError, NotSignedInError, Problem
from mobility.manifests.page import page_of

router = APIRouter(include_in_schema=False, route_class=PageRoute)

Language = Annotated[Literal["de", "en"], Query()]


@router.get("/")
def front_page() -> Response:
    """What this is and where to go."""
    return page("front.html")


@router.get("/sign-in")
def sign_in_page() -> Response:
    """The form."""
    return page("sign_in.html", failed=False)


@router.post("/sign-in")
async def sign_in_form(request: Request, context: ContextDep) -> Response:
    """Check the form; a wrong password shows it again."""
    name, password = _fields(await request.body())
    try:
        token, _ = await run_in_threadpool(sign_in_from, request, context, name, password)
    except NotSignedInError:
        return page("sign_in.html", 401, failed=True)
    response = RedirectResponse("/runs/today", 303)
    _set_cookie(response, request, token)
    return response


@router.post("/sign-out")
def sign_out_form(request: Request, context: ContextDep) -> Response:
    """End the session. The cookie counts here: no other site can make a browser send it (``SameSite=Strict``)."""
    sign_out(context, request.cookies.get(COOKIE, ""))
    response = RedirectResponse("/sign-in", 303)
    response.delete_cookie(COOKIE, path="/")
    return response


@router.get("/runs/today")
def runs_page(context: ContextDep, actor: ActorDep, day: QueryDay | None = None) -> Response:
    """The runs of a day with their manifests."""
    shown = day or _today(context, actor)
    one = timedelta(days=1)
    services = {service.id: service for service in list_services(context, actor)}
    zone = agency_zone(context, actor)
    runs = sorted(list_runs(context, actor, shown), key=_by_start)
    lines = [_run_line(run, services.get(run.service_id), zone) for run in runs]
    return page("runs.html", day=shown, runs=lines, yesterday=shown - one, tomorrow=shown + one)


@router.get("/runs/{run_id}/manifest.html")
def manifest_html(run_id: PathIdentifier, context: ContextDep, actor: ActorDep, language: Language = "de") -> Response:
    """The manifest as a page."""
    return page("manifest.html", page=page_of(read_manifest(context, actor, run_id), language, context.clock()))


def _fields(form: bytes) -> tuple[str, str]:
    """Name and password of an urlencoded form."""
    try:
        fields = parse_qs(form.decode("utf-8", "replace"), max_num_fields=10)
    except ValueError:
        raise InvalidInputError(Problem("form", "cannot be read", "send name and password")) from None
    name, password = (fields.get(key, [""])[0][:200].replace("\0", "") for key in ("name", "password"))
    return name, password


def _set_cookie(response: Response, request: Request, token: str) -> None:
    lasts = int(SESSION_LASTS.total_seconds())
    secure = request.url.scheme == "https"
    response.set_cookie(COOKIE, token, max_age=lasts, httponly=True, samesite="strict", secure=secure, path="/")


def _today(context: Context, actor: Actor) -> date:
    return context.clock().astimezone(agency_zone(context, actor)).date()


def _by_start(run: Run) -> tuple[datetime, str, str]:
    return run.starts_at, run.vehicle.name, run.id


def _run_line(run: Run, service: Service | None, zone: ZoneInfo) -> dict[str, object]:
    """A run stays its provider's when the service has gone to another one: then its id stands for the name, in the agency's time."""
    zone, name = (zone, run.service_id) if service is None else (ZoneInfo(service.timezone), service.name)
    start, end = (f"{moment.astimezone(zone):%H:%M}" for moment in (run.starts_at, run.ends_at))
    rides = len(run.leg_ids)
    return {"id": run.id, "vehicle": run.vehicle.name, "service": name, "rides": rides, "start": start, "end": end}
