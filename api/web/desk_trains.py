"""The desk and the trains: which of them somebody relies on, and what is said of them where no machine says it."""

from __future__ import annotations

from datetime import date

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from api.auth import ContextDep
from api.fields import PathIdentifier
from api.web.desk import DeskDep
from api.web.forms import Form, FormDep
from api.web.rendering import PageRoute, page
from api.web.train_forms import MINUTES, late_of
from mobility.actions.list_awaited_trains import list_awaited_trains
from mobility.actions.local_time import agency_zone
from mobility.actions.report_trip import TripWord, report_trip, withdraw_trip_report
from mobility.errors import InvalidInputError, Problem

router = APIRouter(include_in_schema=False, route_class=PageRoute)


@router.get("/desk/trains")
def trains_page(request: Request, context: ContextDep, actor: DeskDep) -> Response:
    """By departure."""
    trains, zone = list_awaited_trains(context, actor), agency_zone(context, actor)
    done = request.query_params.get("done", "")[:20]
    return page(request, "desk/trains.html", trains=trains, zone=zone, minutes=MINUTES, done=done)


@router.post("/desk/trains")
def report(context: ContextDep, actor: DeskDep, form: FormDep) -> Response:
    """So late, or cancelled: for everybody who relies on it."""
    report_trip(context, actor, TripWord(form.text("trip_id", 200), _day(form), late_of(form)))
    return RedirectResponse("/desk/trains?done=reported", 303)


@router.post("/desk/trains/{report_id}/withdraw")
def withdraw(context: ContextDep, actor: DeskDep, report_id: PathIdentifier) -> Response:
    """It was a mistake."""
    withdraw_trip_report(context, actor, report_id)
    return RedirectResponse("/desk/trains?done=withdrawn", 303)


def _day(form: Form) -> date:
    try:
        return date.fromisoformat(form.text("day", 10))
    except ValueError:
        raise InvalidInputError(Problem("day", "is not a day such as 2026-12-01", "load the page again")) from None
