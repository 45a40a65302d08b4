"""What drivers took, against what was due: a page for the desk, and a table for the county's cashier."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from api.auth import ContextDep
from api.web.csv_files import csv_response
from api.web.desk import DeskDep
from api.web.dispatch import today
from api.web.forms import day_of
from api.web.rendering import PageRoute, page
from mobility.actions.account_cash import RunCash, account_days
from mobility.actions.context import Context
from mobility.actions.read_services import list_services
from mobility.domain.accounts import Actor

router = APIRouter(include_in_schema=False, route_class=PageRoute)

Month = Annotated[str, Query(max_length=7)]
HEAD = ("day", "run", "service", "vehicle", "driver", "rides", "due_eur", "taken_eur", "difference_eur", "rides_that_differ")


@router.get("/desk/cash")
def cash_page(request: Request, context: ContextDep, actor: DeskDep, month: Month = "") -> Response:
    """The runs of a month on which money was due or taken."""
    first, last = _span(context, actor, month)
    runs = account_days(context, actor, first, last)
    names = {service.id: service.name for service in list_services(context, actor)}
    return page(
        request,
        "dispatch/cash.html",
        runs=runs,
        names=names,
        first=first,
        before=first - timedelta(days=1),
        after=last + timedelta(days=1),
    )


@router.get("/desk/cash.csv")
def cash_file(context: ContextDep, actor: DeskDep, month: Month = "") -> Response:
    """The same for the cashier: sums by run, no rider in it."""
    first, last = _span(context, actor, month)
    return csv_response(f"cash-{first:%Y-%m}.csv", HEAD, [_row(run) for run in account_days(context, actor, first, last)])


def _span(context: Context, actor: Actor, month: str) -> tuple[date, date]:
    first = day_of(f"{month}-01", "month") if month else today(context, actor).replace(day=1)
    return first, (first + timedelta(days=32)).replace(day=1) - timedelta(days=1)


def _row(run: RunCash) -> tuple[object, ...]:
    euros = (run.due_cents, run.taken_cents, run.taken_cents - run.due_cents)
    amounts = [f"{'-' if cents < 0 else ''}{abs(cents) // 100}.{abs(cents) % 100:02d}" for cents in euros]
    return (run.day, run.run_id, run.service_id, run.vehicle, run.driver_id or "", len(run.legs), *amounts, run.rides_that_differ)
