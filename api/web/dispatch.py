"""The dispatcher's day: all runs at a glance, one run with its visits, pin, answer for a driver, undo."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import RedirectResponse

from api.auth import ContextDep
from api.fields import PathIdentifier, QueryDay
from api.web import dispatch_view as view
from api.web.day_drawing import draw_run, span_of
from api.web.forms import FormDep
from api.web.language import language_of, translator
from api.web.rendering import PageRoute, only, page
from mobility.actions.answer_ride import answer_ride
from mobility.actions.context import Context
from mobility.actions.hand_out_manifest import acknowledge_manifest
from mobility.actions.local_time import agency_zone
from mobility.actions.pin_ride import pin_ride
from mobility.actions.see_runs import see_day, see_run
from mobility.actions.settle_rescue import list_left
from mobility.actions.undo_by_hand import UndoImpossibleError, Why, find_undoable, undo_by_hand
from mobility.domain.accounts import Actor, Role

router = APIRouter(include_in_schema=False, route_class=PageRoute)

DeskDep = Annotated[Actor, Depends(only(Role.DISPATCHER, Role.AGENCY, Role.ADMIN))]
Done = Annotated[
    Literal["moved", "swapped", "pinned", "unpinned", "undone", "answered", "acknowledged", "entered", "rescued"] | None, Query()
]


@router.get("/desk/day")
def day_page(request: Request, context: ContextDep, actor: DeskDep, day: QueryDay | None = None, done: Done = None) -> Response:
    """The runs of a day."""
    return show_day(request, context, actor, day or today(context, actor), done=done)


def show_day(
    request: Request, context: Context, actor: Actor, day: date, *, done: str | None = None, why: Why | None = None
) -> Response:
    """The day, with what was done, or why something could not be undone."""
    _, zone = translator(language_of(request)), agency_zone(context, actor)
    seen = see_day(context, actor, day)
    span, now = span_of([one.run for one in seen], zone), context.clock()
    lines = [(one, draw_run(one.run, span, now), view.badges(one, _)) for one in seen if span is not None]
    return page(
        request,
        "dispatch/day.html",
        200 if why is None else 409,
        day=day,
        before=day - timedelta(days=1),
        after=day + timedelta(days=1),
        lines=lines,
        span=span,
        zone=zone,
        left=len(list_left(context, actor)),
        undoable=find_undoable(context, actor),
        done=done,
        why=None if why is None else view.why_words(_)[why],
        reached={one.run.id: view.reached_words(one.run.reached_by, _) for one in seen},
    )


def today(context: Context, actor: Actor) -> date:
    """The day on the wall."""
    return context.clock().astimezone(agency_zone(context, actor)).date()


@router.get("/desk/runs/{run_id}")
def run_page(request: Request, run_id: PathIdentifier, context: ContextDep, actor: DeskDep, done: Done = None) -> Response:
    """One run, visit by visit."""
    _, zone = translator(language_of(request)), agency_zone(context, actor)
    seen = see_run(context, actor, run_id)
    span = span_of([seen.run], zone)
    return page(
        request,
        "dispatch/run.html",
        seen=seen,
        visits=view.visit_lines(seen),
        kinds=view.kind_words(_),
        badges=view.badges(seen, _),
        reached=view.reached_words(seen.run.reached_by, _),
        span=span,
        line=None if span is None else draw_run(seen.run, span, context.clock()),
        zone=zone,
        undoable=find_undoable(context, actor),
        begun=context.clock() >= seen.run.starts_at,
        done=done,
    )


@router.post("/desk/runs/{run_id}/rides/{leg_id}/pin")
def pin(run_id: PathIdentifier, leg_id: PathIdentifier, context: ContextDep, actor: DeskDep, form: FormDep) -> Response:
    """Pin a ride, or let it go."""
    pinned = form.text("pinned") == "yes"
    pin_ride(context, actor, run_id, leg_id, pinned=pinned)
    return RedirectResponse(f"/desk/runs/{run_id}?done={'pinned' if pinned else 'unpinned'}", 303)


@router.post("/desk/runs/{run_id}/rides/{leg_id}/answer")
def answer(run_id: PathIdentifier, leg_id: PathIdentifier, context: ContextDep, actor: DeskDep, form: FormDep) -> Response:
    """The driver has said yes or no on the telephone."""
    seen = see_run(context, actor, run_id)
    if leg_id in seen.rides:
        answer_ride(context, actor, seen.rides[leg_id].booking.id, leg_id, accepts=form.text("accepts") == "yes")
    return RedirectResponse(f"/desk/runs/{run_id}?done=answered", 303)


@router.post("/desk/runs/{run_id}/acknowledged")
def acknowledged(run_id: PathIdentifier, context: ContextDep, actor: DeskDep) -> Response:
    """The driver has the manifest as it is now."""
    acknowledge_manifest(context, actor, run_id)
    return RedirectResponse(f"/desk/runs/{run_id}?done=acknowledged", 303)


@router.post("/desk/day/undo")
def undo(request: Request, context: ContextDep, actor: DeskDep, form: FormDep) -> Response:
    """Take back what was done last, as the page named it."""
    last = find_undoable(context, actor)
    day = last.runs[0].day if last is not None and last.runs else today(context, actor)
    try:
        undo_by_hand(context, actor, form.text("action", 64) or None)
    except UndoImpossibleError as error:
        return show_day(request, context, actor, day, why=error.why)
    return RedirectResponse(f"/desk/day?day={day}&done=undone", 303)
