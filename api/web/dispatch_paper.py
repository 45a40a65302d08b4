"""The day on paper: the evening's pack as one PDF, what was handed out, and entering afterwards what happened."""

from __future__ import annotations

import re
from datetime import date, datetime, time, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from api.auth import ContextDep
from api.fields import PathIdentifier, QueryDay
from api.web.dispatch import DeskDep, today
from api.web.forms import Form, FormDep
from api.web.language import language_of
from api.web.rendering import PageRoute, page
from mobility.actions.context import Context
from mobility.actions.enter_afterwards import Entry, Happened, enter_afterwards
from mobility.actions.local_time import agency_zone
from mobility.actions.make_paper_pack import hand_out_pack, read_paper_pack
from mobility.actions.see_runs import DeskRun, see_day, see_run
from mobility.domain.accounts import Actor
from mobility.domain.fleet import ReachedBy
from mobility.domain.runs import Run, Visit, VisitKind
from mobility.errors import InvalidInputError, Problem, StaleRunError
from mobility.manifests.pack import pack_pdf

router = APIRouter(include_in_schema=False, route_class=PageRoute)

_TIME = re.compile(r"(\d{1,2})[:., ]?(\d{2})")
_AFTER_MIDNIGHT = timedelta(hours=12)


@router.get("/desk/paper")
def paper_page(
    request: Request, context: ContextDep, actor: DeskDep, day: QueryDay | None = None, done: Literal["handed"] | None = None
) -> Response:
    """The pack of a day, and which manifests have been handed out."""
    return _show_paper(request, context, actor, day or _tomorrow(context, actor), done=done is not None)


def _tomorrow(context: Context, actor: Actor) -> date:
    return today(context, actor) + timedelta(days=1)


def _show_paper(
    request: Request, context: Context, actor: Actor, day: date, *, done: bool = False, stale: bool = False
) -> Response:
    runs = [one for one in see_day(context, actor, day) if not one.run.withdrawn]
    return page(
        request,
        "dispatch/paper.html",
        409 if stale else 200,
        day=day,
        before=day - timedelta(days=1),
        after=day + timedelta(days=1),
        runs=runs,
        on_paper=[one for one in runs if one.run.reached_by is ReachedBy.PAPER],
        zone=agency_zone(context, actor),
        done=done,
        stale=stale,
    )


@router.get("/desk/paper/pack.pdf")
def pack(request: Request, context: ContextDep, actor: DeskDep, day: QueryDay) -> Response:
    """The pack itself. Reading it records nothing."""
    pdf = pack_pdf(read_paper_pack(context, actor, day), context.clock(), language_of(request), agency_zone(context, actor))
    name = f'inline; filename="papiermappe-{day}.pdf"'
    return Response(pdf, media_type="application/pdf", headers={"Content-Disposition": name, "Cache-Control": "no-store"})


@router.post("/desk/paper/handed-out")
def handed_out(request: Request, context: ContextDep, actor: DeskDep, form: FormDep) -> Response:
    """The ticked manifests are in their drivers' hands."""
    day = form.day("day")
    try:
        wanted = {run_id: int(revision) for run_id, _, revision in (one.rpartition("@") for one in form.texts("run"))}
    except ValueError as error:
        raise InvalidInputError(Problem("run", "cannot be read", "load the page again")) from error
    try:
        hand_out_pack(context, actor, wanted)
    except StaleRunError:
        return _show_paper(request, context, actor, day, stale=True)
    return RedirectResponse(f"/desk/paper?day={day}" + ("&done=handed" if wanted else ""), 303)


@router.get("/desk/runs/{run_id}/afterwards")
def afterwards_page(request: Request, run_id: PathIdentifier, context: ContextDep, actor: DeskDep) -> Response:
    """A line for each ride: what became of it."""
    return _show_afterwards(request, context, actor, see_run(context, actor, run_id))


def _show_afterwards(
    request: Request,
    context: Context,
    actor: Actor,
    seen: DeskRun,
    form: Form | None = None,
    problems: dict[str, str] | None = None,
) -> Response:
    wrong = problems or {}
    return page(
        request,
        "dispatch/afterwards.html",
        200 if form is None else 409 if "stale" in wrong else 422,
        seen=seen,
        rides=[(leg_id, *_ends(seen.run, leg_id), seen.rides[leg_id]) for leg_id in seen.run.leg_ids if leg_id in seen.rides],
        typed=form.text if form is not None else (lambda _: ""),
        problems=wrong,
        zone=agency_zone(context, actor),
        begun=context.clock() >= seen.run.starts_at,
    )


def _ends(run: Run, leg_id: str) -> tuple[Visit | None, Visit | None]:
    found = {visit.kind: visit for visit in run.visits if visit.leg_id == leg_id}
    return found.get(VisitKind.PICKUP), found.get(VisitKind.DROPOFF)


@router.post("/desk/runs/{run_id}/afterwards")
def afterwards(request: Request, run_id: PathIdentifier, context: ContextDep, actor: DeskDep, form: FormDep) -> Response:
    """All entries, or none and what is wrong with them."""
    seen, zone = see_run(context, actor, run_id), agency_zone(context, actor)
    try:
        entries = [entry for leg_id in seen.run.leg_ids if (entry := _entry(form, seen.run, leg_id, zone)) is not None]
        walk_ups = form.number("walk_ups", 0, 99) or 0
        enter_afterwards(context, actor, run_id, form.number("revision", 0, 10**9) or 0, entries, walk_ups=walk_ups)
    except StaleRunError:
        return _show_afterwards(request, context, actor, seen, form, {"stale": "stale"})
    except InvalidInputError as error:
        return _show_afterwards(request, context, actor, seen, form, {one.where: one.what for one in error.problems})
    return RedirectResponse(f"/desk/runs/{run_id}?done=entered", 303)


def _entry(form: Form, run: Run, leg_id: str, zone: ZoneInfo) -> Entry | None:
    """What stands in a ride's line; None when it is empty. A time alone means that the rider rode."""
    what, boarded, alighted = (form.text(f"{name}-{leg_id}") for name in ("what", "on", "off"))
    if not (what or boarded or alighted):
        return None
    if what not in {"", *(one.value for one in Happened)}:
        raise InvalidInputError(Problem(leg_id, "impossible"))
    on, off = (_moment(text, run, zone, leg_id) for text in (boarded, alighted))
    return Entry(leg_id, Happened(what or Happened.RODE.value), on, off)


def _moment(text: str, run: Run, zone: ZoneInfo, leg_id: str) -> datetime | None:
    """``9:05``, ``905`` or ``9.05`` on the run's day; small hours belong to the night after it."""
    if not text:
        return None
    found = _TIME.fullmatch(text)
    if found is None or not (int(found[1]) <= 23 and int(found[2]) <= 59):
        raise InvalidInputError(Problem(leg_id, "no_time"))
    moment = datetime.combine(run.day, time(int(found[1]), int(found[2])), zone)
    return moment if moment > run.starts_at - _AFTER_MIDNIGHT else moment + timedelta(days=1)
