"""The pages there are so far: a front page, sign-in, the runs of a day, a manifest. They read well without JavaScript."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Annotated
from urllib.parse import parse_qs
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from starlette.concurrency import run_in_threadpool

from api.auth import COOKIE, ActorDep, ContextDep
from api.fields import PathIdentifier
from mobility.actions.hand_out_manifest import read_manifest
from mobility.actions.read_runs import list_runs
from mobility.actions.read_services import list_services
from mobility.actions.sign_in import SESSION_LASTS, sign_in
from mobility.domain.runs import Run
from mobility.errors import NotSignedInError
from mobility.manifests.page import page_of

router = APIRouter(include_in_schema=False)
_templates = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"),
    autoescape=select_autoescape(default=True, default_for_string=True),
    undefined=StrictUndefined,
)


def _page(template: str, status: int = 200, **values: object) -> Response:
    html = _templates.get_template(template).render(**values)
    return Response(html, status, media_type="text/html; charset=utf-8")


@router.get("/")
def front_page() -> Response:
    """What this is and where to go."""
    return _page("front.html")


@router.get("/sign-in")
def sign_in_page() -> Response:
    """The form."""
    return _page("sign_in.html", failed=False)


@router.post("/sign-in")
async def sign_in_form(request: Request, context: ContextDep) -> Response:
    """Check the form; a wrong password shows it again."""
    fields = parse_qs((await request.body()).decode("utf-8", "replace"), max_num_fields=10)
    name, password = (fields.get(key, [""])[0][:200].replace("\0", "") for key in ("name", "password"))
    try:
        token, _ = await run_in_threadpool(sign_in, context, name, password)
    except NotSignedInError:
        return _page("sign_in.html", 401, failed=True)
    response = RedirectResponse("/runs/today", 303)
    response.set_cookie(COOKIE, token, max_age=int(SESSION_LASTS.total_seconds()), httponly=True, samesite="strict", path="/")
    return response


@router.get("/runs/today")
def runs_page(context: ContextDep, actor: ActorDep, day: date | None = None) -> Response:
    """The runs of a day with their manifests."""
    zones = {service.id: ZoneInfo(service.timezone) for service in list_services(context, actor)}
    names = {service.id: service.name for service in list_services(context, actor)}
    today = context.clock().astimezone(next(iter(zones.values()), ZoneInfo("Europe/Berlin"))).date()
    shown = day if day is not None and 2000 <= day.year <= 2200 else today
    runs = [_run_line(run, names[run.service_id], zones[run.service_id]) for run in list_runs(context, actor, shown)]
    one = timedelta(days=1)
    return _page("runs.html", day=shown, runs=runs, yesterday=shown - one, tomorrow=shown + one)


def _run_line(run: Run, service: str, zone: ZoneInfo) -> dict[str, object]:
    start, end = (f"{moment.astimezone(zone):%H:%M}" for moment in (run.starts_at, run.ends_at))
    return {"id": run.id, "vehicle": run.vehicle.name, "service": service, "rides": len(run.leg_ids), "start": start, "end": end}


@router.get("/runs/{run_id}/manifest.html")
def manifest_html(
    run_id: PathIdentifier, context: ContextDep, actor: ActorDep, language: Annotated[str, "de or en"] = "de"
) -> Response:
    """The manifest as a page."""
    chosen = "en" if language == "en" else "de"
    return _page("manifest.html", page=page_of(read_manifest(context, actor, run_id), chosen, context.clock()))
