"""The driver's face: today's runs, one run halt by halt, what happens on it. Works without signal (``static/drive``)."""

from __future__ import annotations

import re
import secrets
from datetime import datetime
from pathlib import Path
from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import FileResponse, JSONResponse, RedirectResponse

from api.auth import ContextDep
from api.fields import PathIdentifier
from api.web.forms import Form, FormDep
from api.web.language import language_of, translator
from api.web.rendering import PageRoute, only, page
from api.web.train_forms import MINUTES, late_of
from mobility.actions.declare_rescue import declare_rescue
from mobility.actions.hand_out_manifest import acknowledge_manifest, looks_of
from mobility.actions.local_time import agency_zone
from mobility.actions.read_drive import days_around, list_own_runs, read_drive
from mobility.actions.read_services import list_services
from mobility.actions.say_train_late import TrainSaid, say_train_late_on_run
from mobility.actions.take_driver_events import Reported, take_driver_events
from mobility.domain.accounts import Actor, Role
from mobility.domain.driver_events import EventKind
from mobility.domain.rescues import RescueCause
from mobility.errors import InvalidInputError, Problem, StaleRunError
from mobility.manifests.page import bring_along
from mobility.manifests.words import words_in

router = APIRouter(include_in_schema=False, route_class=PageRoute)

DriverDep = Annotated[Actor, Depends(only(Role.DRIVER))]
_STATIC = Path(__file__).parent / "static" / "drive"
_LARGEST = 2_000_000_000
_DEVICE = re.compile(r"[A-Za-z0-9._:\-]+", re.ASCII)
_EUROS = re.compile(r"[0-9]{1,3}([.,][0-9]{1,2})?")


@router.get("/drive/worker.js")
def service_worker() -> Response:
    """The script that keeps the driver's pages at hand without signal; from here it may answer for /drive."""
    return FileResponse(_STATIC / "worker.js", media_type="text/javascript", headers={"Service-Worker-Allowed": "/drive"})


@router.get("/drive/app.webmanifest")
def web_manifest(request: Request) -> Response:
    """What a telephone needs to keep the page like a program of its own (W3C Web Application Manifest)."""
    _ = translator(language_of(request))
    icon = {"src": "/static/drive/icon.svg", "sizes": "any", "type": "image/svg+xml", "purpose": "any"}
    look = {"display": "standalone", "background_color": "#ffffff", "theme_color": "#0b4f8a", "icons": [icon]}
    names = {"name": _("Meine Tour"), "short_name": _("Meine Tour"), "lang": language_of(request)}
    where = {"id": "/drive", "start_url": "/drive", "scope": "/drive"}
    return JSONResponse(names | where | look, media_type="application/manifest+json")


@router.get("/drive/offline")
def offline_page(request: Request) -> Response:
    """Shown without signal instead of a page that has never been opened."""
    return page(request, "drive/offline.html")


@router.get("/drive")
def drive_page(request: Request, context: ContextDep, driver: DriverDep) -> Response:
    """Today's runs, and those of the days to come."""
    zone = agency_zone(context, driver)
    today = context.clock().astimezone(zone).date()
    names = {service.id: service.name for service in list_services(context, driver)}
    runs = [
        run for run in list_own_runs(context, driver, *days_around(today)) if run.day >= today or run.ends_at > context.clock()
    ]
    runs = [run for run in runs if not run.withdrawn]
    now = [run for run in runs if run.day <= today]
    return page(
        request, "drive/runs.html", now=now, later=[r for r in runs if r.day > today], names=names, zone=zone, today=today
    )


@router.get("/drive/runs/{run_id}")
def run_page(request: Request, run_id: PathIdentifier, context: ContextDep, driver: DriverDep) -> Response:
    """One run: the next halt large, and a button for everything that can happen there."""
    drive = read_drive(context, driver, run_id)
    halts = drive.manifest.halts
    boarded = {rider.leg_id for halt in halts for rider in halt.boarding if rider.done_at and not rider.skipped}
    aboard = boarded - {rider.leg_id for halt in halts for rider in halt.alighting if rider.done_at}
    keep_s = max(0, round((drive.keep_until - context.clock()).total_seconds()))
    shown = page(
        request,
        "drive/run.html",
        keep_s=keep_s,
        now_s=int(context.clock().timestamp()),
        drive=drive,
        halts=halts,
        aboard=boarded,
        seats=sum(rider.seats for halt in halts for rider in halt.boarding if rider.leg_id in aboard),
        event_words=_event_words(request),
        need_words=words_in(language_of(request)).needs,
        bring=bring_along(drive.manifest, language_of(request)),
        zone=agency_zone(context, driver),
        number=lambda: secrets.randbelow(_LARGEST) + 1,
        search=lambda place: quote(f"{place.lat:.6f},{place.lon:.6f}"),
        looks=looks_of(drive.run),
        minutes=MINUTES,
        done=request.query_params.get("done", ""),
    )
    shown.headers["X-Keep-Seconds"] = str(keep_s)
    return shown


def _event_words(request: Request) -> dict[EventKind, str]:
    _ = translator(language_of(request))
    return {
        EventKind.BOARDED: _("eingestiegen"),
        EventKind.ALIGHTED: _("ausgestiegen"),
        EventKind.NO_SHOW: _("niemand da"),
        EventKind.PASSED: _("Halt vorbei"),
        EventKind.WALK_UP: _("ohne Buchung"),
        EventKind.PAID: _("kassiert"),
    }


@router.post("/drive/runs/{run_id}/report")
def report(run_id: PathIdentifier, context: ContextDep, driver: DriverDep, form: FormDep) -> Response:
    """One report without a script: it happens now. Sent twice (the number is the form's) it counts once."""
    device = form.text("device", 64) or f"form-{driver.account_id}"
    if not _DEVICE.fullmatch(device):
        raise InvalidInputError(Problem("device", "is no device of ours", "load the page again"))
    taken = take_driver_events(context, driver, run_id, device, context.clock(), [_reported(form, context.clock())])
    said = "problem" if taken[0].problem else "carried" if taken[0].beats_cancellation else "noted"
    return RedirectResponse(f"/drive/runs/{run_id}?done={said}", 303)


def _reported(form: Form, now: datetime) -> Reported:
    kind = form.text("kind")
    if kind not in set(EventKind):
        raise InvalidInputError(Problem("kind", "is nothing that can be reported"))
    return Reported(
        sequence=form.number("sequence", 1, _LARGEST) or secrets.randbelow(_LARGEST) + 1,
        kind=EventKind(kind),
        at=now,
        leg_id=form.text("leg_id") or None,
        halt=form.text("halt") or None,
        delay_s=form.number("delay_s", 0, 6 * 3600) or 0,
        persons=form.number("persons", -20, 20) or 0,
        undoes=form.number("undoes", 1, _LARGEST),
        cents=_cents(form.text("euros", 20)),
    )


def _cents(text: str) -> int:
    """Euros as a driver types them; nothing typed is nothing taken.

    Raises:
        InvalidInputError: no sum of money.
    """
    if not text:
        return 0
    if not _EUROS.fullmatch(text):
        raise InvalidInputError(Problem("euros", "is no sum of money", "such as 2,50"))
    euros, _, cents = text.replace(".", ",").partition(",")
    return int(euros) * 100 + int(f"{cents}00"[:2])


@router.post("/drive/runs/{run_id}/seen")
def seen(run_id: PathIdentifier, context: ContextDep, driver: DriverDep, form: FormDep) -> Response:
    """The driver has seen the run as it is now; who waited for that is confirmed. When it has changed since, it is shown again."""
    try:
        acknowledge_manifest(context, driver, run_id, form.text("looks", 64))
    except StaleRunError:
        return RedirectResponse(f"/drive/runs/{run_id}?done=moved", 303)
    return RedirectResponse(f"/drive/runs/{run_id}?done=seen", 303)


@router.post("/drive/runs/{run_id}/train")
def train(run_id: PathIdentifier, context: ContextDep, driver: DriverDep, form: FormDep) -> Response:
    """The train with which somebody comes is late, or does not come."""
    say_train_late_on_run(context, driver, run_id, TrainSaid(form.text("trip_id", 200), late_of(form)))
    return RedirectResponse(f"/drive/runs/{run_id}?done=train", 303)


@router.post("/drive/runs/{run_id}/rescue")
def rescue(request: Request, run_id: PathIdentifier, context: ContextDep, driver: DriverDep, form: FormDep) -> Response:
    """The vehicle or the driver cannot go on; a tick says that this is meant."""
    cause = form.text("cause")
    if cause not in set(RescueCause) or not form.text("sure"):
        return RedirectResponse(f"/drive/runs/{run_id}?done=unsure#rescue", 303)
    rescued = declare_rescue(context, driver, run_id, RescueCause(cause))
    return page(request, "drive/rescued.html", rides=len(rescued.rides), found=sum(r.run_id is not None for r in rescued.rides))
