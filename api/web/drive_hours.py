"""The volunteer's own affairs: rides asked for and to pick, hours and days off, kilometres and what comes back for them."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Annotated
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import RedirectResponse

from api.auth import ContextDep
from api.fields import PathIdentifier
from api.web.drive import DriverDep
from api.web.forms import Form, FormDep
from api.web.language import language_of
from api.web.rendering import PageRoute, page
from mobility.actions.answer_ride import answer_ride
from mobility.actions.context import Context
from mobility.actions.fill_duties import OpenDuty, list_open_duties, take_duty
from mobility.actions.list_asked_rides import list_asked_rides, near_villages
from mobility.actions.local_time import agency_zone
from mobility.actions.own_hours import MOST_DAYS, add_hours, end_leave, list_own_hours, take_hours_back, take_leave
from mobility.actions.pick_ride import list_rides_to_pick, pick_ride
from mobility.actions.read_drive import list_own_runs
from mobility.actions.refund_kilometres import refund_of_month
from mobility.actions.share_rides import read_own_shares
from mobility.domain.accounts import Actor
from mobility.domain.service_days import format_time, parse_time
from mobility.domain.services import Service
from mobility.domain.volunteering import Share
from mobility.errors import ConflictError, InvalidInputError, NothingImportedError, Problem
from mobility.manifests.words import words_in

router = APIRouter(include_in_schema=False, route_class=PageRoute)

_SHOWN_FIRST = 10
"""Hours shown at once; the later ones are folded up."""
Month = Annotated[str | None, Query(pattern=r"^20\d\d-(0[1-9]|1[0-2])$")]


def _today(context: Context, actor: Actor) -> tuple[date, ZoneInfo]:
    zone = agency_zone(context, actor)
    return context.clock().astimezone(zone).date(), zone


@router.get("/drive/rides")
def rides_page(request: Request, context: ContextDep, driver: DriverDep) -> Response:
    """What the driver is asked for, and what he may pick: villages, times and needs, nobody's name."""
    today, zone = _today(context, driver)
    runs = list_own_runs(context, driver, today, today + timedelta(days=MOST_DAYS))
    asked, waiting = (
        list_asked_rides(context, driver, today, today + timedelta(days=MOST_DAYS)),
        list_rides_to_pick(context, driver),
    )
    to_pick = [
        (
            booking,
            leg,
            [run for run in runs if run.service_id == leg.service_id and run.day == _day(leg.pickup_window.earliest, zone)],
        )
        for booking, leg in waiting
    ]
    return page(
        request,
        "drive/rides.html",
        asked=asked,
        places=near_villages(context, driver, [*asked, *waiting]),
        to_pick=sorted(to_pick, key=lambda ride: ride[1].pickup_window.earliest),
        zone=zone,
        need_words=words_in(language_of(request)).needs,
        done=request.query_params.get("done", ""),
    )


def _day(moment: datetime, zone: ZoneInfo) -> date:
    return moment.astimezone(zone).date()


@router.post("/drive/rides/{booking_id}/{leg_id}/answer")
def answer(booking_id: PathIdentifier, leg_id: PathIdentifier, context: ContextDep, driver: DriverDep, form: FormDep) -> Response:
    """Yes or no to a ride that was asked for."""
    accepts = form.text("accepts") == "yes"
    answer_ride(context, driver, booking_id, leg_id, accepts=accepts)
    return RedirectResponse(f"/drive/rides?done={'yes' if accepts else 'no'}", 303)


@router.post("/drive/rides/{booking_id}/{leg_id}/pick")
def pick(booking_id: PathIdentifier, leg_id: PathIdentifier, context: ContextDep, driver: DriverDep, form: FormDep) -> Response:
    """Take a ride from the list."""
    try:
        pick_ride(context, driver, booking_id, leg_id, form.text("run_id"))
    except ConflictError:
        return RedirectResponse("/drive/rides?done=gone", 303)
    return RedirectResponse("/drive/rides?done=yes", 303)


@router.get("/drive/hours")
def hours_page(request: Request, context: ContextDep, driver: DriverDep) -> Response:
    """Own hours and days off."""
    return _hours_page(request, context, driver)


def _hours_page(
    request: Request, context: Context, driver: Actor, wrong: str = "", filled: Form | None = None, status: int = 200
) -> Response:
    today, zone = _today(context, driver)
    shifts, leaves, services = list_own_hours(context, driver, today, today + timedelta(days=MOST_DAYS))
    names = {service.id: service.name for service in services}
    duties, shares = _to_take(context, driver)
    return page(
        request,
        "drive/hours.html",
        status,
        duties=duties,
        shares=shares,
        zone=zone,
        shown_first=_SHOWN_FIRST,
        shifts=[(s, names.get(s.service_id, s.service_id), format_time(s.start_s), format_time(s.end_s)) for s in shifts],
        leaves=leaves,
        services=services,
        today=today,
        wrong=wrong,
        filled=filled.text if filled else (lambda _: ""),
        done=request.query_params.get("done", ""),
    )


def _to_take(context: Context, driver: Actor) -> tuple[list[OpenDuty], list[tuple[Service, date, Share]]]:
    """Duties that nobody holds and he may take, and what he has driven."""
    try:
        return list_open_duties(context, driver), read_own_shares(context, driver)
    except NothingImportedError:  # nothing imported yet
        return [], []


@router.post("/drive/duties/{run_id}/take")
def take(run_id: PathIdentifier, context: ContextDep, driver: DriverDep) -> Response:
    """Take a duty that nobody holds."""
    try:
        take_duty(context, driver, run_id)
    except ConflictError:
        return RedirectResponse("/drive/hours?done=gone", 303)
    return RedirectResponse("/drive/hours?done=taken", 303)


@router.post("/drive/hours")
def add(request: Request, context: ContextDep, driver: DriverDep, form: FormDep) -> Response:
    """Declare hours; what cannot be is said, with the form as it was filled in."""
    try:
        start_s, end_s = (_time(form, name) for name in ("start", "end"))
        add_hours(context, driver, form.text("service"), form.day("day"), start_s, end_s)
    except ConflictError:
        return _hours_page(request, context, driver, "overlap", form, 409)
    except InvalidInputError as error:
        return _hours_page(request, context, driver, error.problems[0].where, form, 422)
    return RedirectResponse("/drive/hours?done=added", 303)


@router.post("/drive/hours/{shift_id}/back")
def take_back(shift_id: PathIdentifier, context: ContextDep, driver: DriverDep, form: FormDep) -> Response:
    """Take hours back; when riders are booked only with a tick."""
    try:
        take_hours_back(context, driver, shift_id, form.day("day"), moves_riders=bool(form.text("sure")))
    except ConflictError:
        return RedirectResponse("/drive/hours?done=riders", 303)
    return RedirectResponse("/drive/hours?done=back", 303)


@router.post("/drive/leave")
def leave(request: Request, context: ContextDep, driver: DriverDep, form: FormDep) -> Response:
    """Days off; when riders are booked only with a tick."""
    try:
        take_leave(context, driver, form.day("first"), form.day("last"), moves_riders=bool(form.text("sure")))
    except ConflictError:
        return _hours_page(request, context, driver, "riders", form, 409)
    except InvalidInputError as error:
        return _hours_page(request, context, driver, error.problems[0].where, form, 422)
    return RedirectResponse("/drive/hours?done=leave", 303)


@router.post("/drive/leave/{leave_id}/end")
def leave_ends(leave_id: PathIdentifier, context: ContextDep, driver: DriverDep) -> Response:
    """The days off count no longer."""
    end_leave(context, driver, leave_id, _today(context, driver)[0])
    return RedirectResponse("/drive/hours?done=ended", 303)


def _time(form: Form, name: str) -> int:
    try:
        return parse_time(form.text(name))
    except ValueError:
        raise InvalidInputError(Problem(name, "is no time", "write it as 08:30")) from None


@router.get("/drive/kilometres")
def kilometres_page(request: Request, context: ContextDep, driver: DriverDep, month: Month = None) -> Response:
    """What was driven in a month, and what comes back for it."""
    first = _month(context, driver, month)
    before, after = (first - timedelta(days=1)).replace(day=1), (first + timedelta(days=32)).replace(day=1)
    runs = refund_of_month(context, driver, first)
    return page(request, "drive/kilometres.html", runs=runs, month=first, before=before, after=after)


@router.get("/drive/kilometres.csv")
def kilometres_csv(context: ContextDep, driver: DriverDep, month: Month = None) -> Response:
    """The same for a spreadsheet (semicolons, decimal comma)."""
    first = _month(context, driver, month)
    lines = ["Tag;Dienst;Fahrten;Kilometer;Euro"]
    for run in refund_of_month(context, driver, first):
        name = run.service.replace(";", ",").lstrip("=+-@")
        figures = f"{run.rides};{run.metres / 1000:.1f};{run.cents / 100:.2f}".replace(".", ",")
        lines.append(f"{run.day:%d.%m.%Y};{name};{figures}")
    named = {"Content-Disposition": f'attachment; filename="kilometer-{first:%Y-%m}.csv"'}
    return Response("\ufeff" + "\r\n".join(lines) + "\r\n", media_type="text/csv; charset=utf-8", headers=named)


def _month(context: Context, driver: Actor, month: str | None) -> date:
    return _today(context, driver)[0].replace(day=1) if month is None else date.fromisoformat(f"{month}-01")
