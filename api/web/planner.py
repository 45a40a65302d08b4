"""The planner's pages: a day on the map, loads, what was asked and answered. Nobody is named here, whoever looks."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query, Request, Response

from api.auth import ContextDep
from api.fields import QueryDay
from api.web.csv_files import csv_response
from api.web.language import Language, language_of, translator
from api.web.language import clock as clock_text
from api.web.load_drawing import draw_load
from api.web.map_drawing import MapDrawn, draw_map, letter_of
from api.web.planner_words import answer_words
from api.web.rendering import PageRoute, only, page
from mobility.actions.context import Context
from mobility.actions.count_decisions import STEP, DemandReport, DemandRow, count_decisions
from mobility.actions.local_time import agency_zone
from mobility.actions.look_at_day import look_at_day
from mobility.domain.accounts import Actor, Role

router = APIRouter(include_in_schema=False, route_class=PageRoute)

PlannerDep = Annotated[Actor, Depends(only(Role.PLANNER, Role.AGENCY, Role.ADMIN))]
RunQuery = Annotated[str | None, Query(max_length=200, pattern=r"^[A-Za-z0-9._:\-]+$")]
Month = Annotated[str | None, Query(pattern=r"^20\d\d-(0[1-9]|1[0-2])$")]


@router.get("/planner")
def day_page(
    request: Request, context: ContextDep, actor: PlannerDep, day: QueryDay | None = None, run: RunQuery = None
) -> Response:
    """A day on the map, its runs and their loads."""
    shown, zone, language = day or today(context, actor), agency_zone(context, actor), language_of(request)
    seen = look_at_day(context, actor, shown, run)
    drawn = draw_map(seen, lambda halt: clock_text(halt.planned, language, zone))
    return page(
        request,
        "planner/day.html",
        day=shown,
        before=shown - timedelta(days=1),
        after=shown + timedelta(days=1),
        only_run=run,
        map=drawn,
        runs=[(letter_of(number), number % 8, one, draw_load(one, zone)) for number, one in enumerate(seen.runs)],
        idle=seen.idle,
        zone=zone,
        legend=_legend(drawn),
    )


def _legend(drawn: MapDrawn | None) -> list[tuple[str, int, str]]:
    """Letter, look and name of what is on the map."""
    return [] if drawn is None else [(one.letter, one.look, f"{one.run.service}, {one.run.vehicle}") for one in drawn.runs]


@router.get("/planner/decisions")
def decisions_page(request: Request, context: ContextDep, actor: PlannerDep, month: Month = None) -> Response:
    """What was asked for and answered in a month."""
    report = count_decisions(context, actor, _day_of(context, actor, month))
    return page(
        request,
        "planner/decisions.html",
        report=report,
        tables=_tables(report, language_of(request)),
        earlier=report.month - timedelta(days=1),
        later=None if report.running else report.month + timedelta(days=32),
        step=STEP,
    )


def _day_of(context: Context, actor: Actor, month: str | None) -> date:
    return today(context, actor) if month is None else date.fromisoformat(f"{month}-01")


Cut = Literal["reason", "village", "hour", "service", "line"]


@router.get("/planner/decisions.csv")
def decisions_csv(request: Request, context: ContextDep, actor: PlannerDep, by: Cut, month: Month = None) -> Response:
    """One of the tables to take away."""
    report = count_decisions(context, actor, _day_of(context, actor, month))
    _, head, rows = _tables(report, language_of(request))[by]
    return csv_response(f"requests-by-{by}-{report.month:%Y-%m}.csv", head, rows)


Table = tuple[str, list[str], list[tuple[str, ...]]]


def _tables(report: DemandReport, language: Language) -> dict[str, Table]:
    """Heading, columns and rows, by what is counted."""
    _ = translator(language)
    words = answer_words(language)
    asked, refused, nowhere = _("Anfragen"), _("davon abgelehnt"), _("unbekannt")

    def both(rows: tuple[DemandRow, ...], end: str = "") -> list[tuple[str, ...]]:
        return [((row.key or nowhere) + end, row.asked, row.refused) for row in rows]

    return {
        "reason": (
            _("Nach Antwort"),
            [_("Antwort"), asked],
            [(words.get(row.key, row.key), row.asked) for row in report.by_reason],
        ),
        "village": (_("Nach Ort des Einstiegs"), [_("Ort"), asked, refused], both(report.by_village)),
        "hour": (_("Nach gewünschter Stunde"), [_("Stunde"), asked, refused], both(report.by_hour, _(" Uhr"))),
        "service": (
            _("Nach Angebot"),
            [_("zuerst angeboten"), _("Anfragen mit Angebot")],
            [(row.key, row.asked) for row in report.by_service],
        ),
        "line": (
            _("Auf eine Linie verwiesen"),
            [_("Linie und Haltestelle"), _("Anfragen"), _("davon ohne Fahrt")],
            both(report.by_line),
        ),
    }


def today(context: Context, actor: Actor) -> date:
    """The agency's day."""
    now: datetime = context.clock()
    return now.astimezone(agency_zone(context, actor)).date()
