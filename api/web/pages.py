"""The pages for everybody: front page, sign-in, language, the runs of a day, a manifest. They read well without JavaScript."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import RedirectResponse

from api.auth import COOKIE, ContextDep
from api.fields import PathIdentifier, QueryDay
from api.sessions import sign_in_from
from api.web import language as languages
from api.web.forms import FormDep
from api.web.language import language_of
from api.web.navigation import home_of
from api.web.rendering import AnyoneDep, PageActorDep, PageRoute, page
from api.web.resident import wishes
from mobility.actions.context import Context
from mobility.actions.follow_changes import oversees
from mobility.actions.hand_out_manifest import read_manifest
from mobility.actions.local_time import agency_zone
from mobility.actions.read_runs import list_runs
from mobility.actions.read_services import list_public_services, list_services
from mobility.actions.sign_in import SESSION_LASTS, sign_out
from mobility.domain.accounts import Actor
from mobility.domain.runs import Run
from mobility.domain.services import Service
from mobility.errors import NotSignedInError
from mobility.manifests.page import page_of

router = APIRouter(include_in_schema=False, route_class=PageRoute)

Language = Annotated[Literal["de", "en"], Query()]


_A_YEAR_S = 365 * 86_400


@router.get("/")
def front_page(request: Request, context: ContextDep, _: AnyoneDep) -> Response:
    """What this is, where to book, and whom to ring."""
    services = [service for _, service in list_public_services(context)]
    desks = dict.fromkeys((service.carrier.name, service.carrier.telephone) for service in services)
    return page(request, "front.html", desks=list(desks))


@router.post("/language")
def choose_language(form: FormDep) -> Response:
    """Remember the language on this browser and go back to the page."""
    back = form.text("back", 2000)
    response = RedirectResponse(back if _is_of_ours(back) else "/", 303)
    chosen = "en" if form.text("language") == "en" else "de"
    response.set_cookie(languages.COOKIE, chosen, max_age=_A_YEAR_S, httponly=True, samesite="lax")
    return response


def _is_of_ours(path: str) -> bool:
    """A path of this server, not of another: browsers read a second slash or backslash as the beginning of a host."""
    return path.startswith("/") and not path.startswith(("//", "/\\")) and path.isprintable()


@router.get("/sign-in")
def sign_in_page(request: Request) -> Response:
    """The form."""
    return page(request, "sign_in.html", failed=False, telephone="", no_number=False)


@router.post("/sign-in")
def sign_in_form(request: Request, context: ContextDep, form: FormDep) -> Response:
    """Check the form; a wrong password shows it again."""
    try:
        token, account = sign_in_from(request, context, form.text("name"), form.text("password"))
    except NotSignedInError:
        return page(request, "sign_in.html", 401, failed=True, telephone="", no_number=False)
    return signed_in(request, token, home_of(account.role))


def signed_in(request: Request, token: str, then: str, lasts: timedelta = SESSION_LASTS) -> Response:
    """Go on to a page with a session that is new on this browser, whatever it held before."""
    response = RedirectResponse(then, 303)
    _set_cookie(response, request, token, lasts)
    return response


@router.post("/sign-out")
def sign_out_form(request: Request, context: ContextDep) -> Response:
    """End the session."""
    sign_out(context, request.cookies.get(COOKIE, ""))
    response = RedirectResponse("/sign-in", 303)
    response.delete_cookie(COOKIE, path="/")
    wishes.forget(response)
    return response


@router.get("/runs/today")
def runs_page(request: Request, context: ContextDep, actor: PageActorDep, day: QueryDay | None = None) -> Response:
    """The runs of a day with their manifests."""
    shown = day or _today(context, actor)
    one = timedelta(days=1)
    services = {service.id: service for service in list_services(context, actor)}
    zone = agency_zone(context, actor)
    runs = sorted(list_runs(context, actor, shown), key=_by_start)
    lines = [_run_line(run, services.get(run.service_id), zone) for run in runs]
    follows = f"day:{shown}" if oversees(actor) else " ".join(f"run:{run.id}" for run in runs[:10])
    return page(request, "runs.html", day=shown, runs=lines, follows=follows, yesterday=shown - one, tomorrow=shown + one)


@router.get("/runs/{run_id}/manifest.html")
def manifest_html(
    request: Request, run_id: PathIdentifier, context: ContextDep, actor: PageActorDep, language: Language | None = None
) -> Response:
    """The manifest as a page."""
    return page(
        request,
        "manifest.html",
        page=page_of(read_manifest(context, actor, run_id), language or language_of(request), context.clock()),
    )


def _set_cookie(response: Response, request: Request, token: str, lasts: timedelta) -> None:
    secure = request.url.scheme == "https"
    response.set_cookie(
        COOKIE, token, max_age=int(lasts.total_seconds()), httponly=True, samesite="strict", secure=secure, path="/"
    )


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
