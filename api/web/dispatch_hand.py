"""Moving and swapping by hand: where a ride could go, what would change, then doing it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import RedirectResponse
from starlette.datastructures import FormData

from api.auth import ContextDep
from api.fields import PathIdentifier
from api.web import dispatch_view as view
from api.web.dispatch import DeskDep
from api.web.forms import Form, FormDep
from api.web.language import language_of, translator
from api.web.rendering import PageRoute, page
from mobility.actions.by_hand import ConsentMissingError, Hand, PlanMovedError, Preview, ReasonMissingError
from mobility.actions.context import Context
from mobility.actions.local_time import agency_zone
from mobility.actions.move_ride import Move, move_ride, possible_moves, preview_move
from mobility.actions.see_runs import DeskRun, names_of, see_day, see_run
from mobility.actions.swap_rides import Swap, preview_swap, swap_rides
from mobility.domain.accounts import Actor
from mobility.errors import ConflictError, NotFoundError
from mobility.planning.by_hand import Spot

router = APIRouter(include_in_schema=False, route_class=PageRoute)

Run = Annotated[str | None, Query(max_length=200, pattern=r"^[A-Za-z0-9._:\-]+$")]
Place = Annotated[str, Query(max_length=4, pattern=r"^\d*$")]


@router.get("/desk/runs/{run_id}/rides/{leg_id}/move")
def move_page(  # noqa: PLR0913, PLR0917  (what a page's address says)
    request: Request,
    run_id: PathIdentifier,
    leg_id: PathIdentifier,
    context: ContextDep,
    actor: DeskDep,
    to: Run = None,
    after_pickup: Place = "",
    after_dropoff: Place = "",
) -> Response:
    """Where to; then what it would change."""
    seen = _with_ride(context, actor, run_id, leg_id)
    if to is None:
        return _choices(request, context, actor, seen, leg_id)
    return _show_move(request, context, actor, Move(leg_id, run_id, to, _spot(after_pickup, after_dropoff)), Form(FormData()))


def _spot(after_pickup: str, after_dropoff: str) -> Spot:
    first, second = (int(text) if text else None for text in (after_pickup, after_dropoff))
    return Spot(first, max(first or 0, second) if second is not None else None)


def _with_ride(context: Context, actor: Actor, run_id: str, leg_id: str) -> DeskRun:
    seen = see_run(context, actor, run_id)
    if leg_id not in seen.rides:
        raise NotFoundError("no such ride on this run")
    return seen


def _choices(request: Request, context: Context, actor: Actor, seen: DeskRun, leg_id: str) -> Response:
    _, ride, zone = translator(language_of(request)), seen.rides[leg_id], agency_zone(context, actor)
    found = possible_moves(context, actor, seen.run.id, leg_id)
    legs = {leg for run, _preview in found for leg in run.leg_ids} | {leg_id}
    names = names_of(context, actor, legs)
    choices = [
        (
            view.run_name(run, zone),
            run,
            None if preview is None else view.meetings(preview, [leg_id], names, zone)[:1],
            [] if preview is None else view.objection_sentences(preview, names, _),
            preview,
        )
        for run, preview in found
    ]
    return page(
        request,
        "dispatch/move.html",
        seen=seen,
        ride=ride,
        choices=choices,
        zone=zone,
    )


@router.post("/desk/runs/{run_id}/rides/{leg_id}/move")
def move(
    request: Request, run_id: PathIdentifier, leg_id: PathIdentifier, context: ContextDep, actor: DeskDep, form: FormDep
) -> Response:
    """Do it, as it was looked at."""
    spot = _spot(str(form.number("after_pickup", 0, 999) or ""), str(form.number("after_dropoff", 0, 999) or ""))
    if form.text("after_pickup") == "0":
        spot = Spot(0, spot.after_dropoff)
    wanted = Move(leg_id, run_id, form.text("to"), spot)
    try:
        move_ride(context, actor, wanted, _hand(form))
    except (PlanMovedError, ReasonMissingError, ConsentMissingError) as error:
        return _show_move(request, context, actor, wanted, form, error)
    return RedirectResponse(f"/desk/runs/{wanted.to_run_id}?done=moved", 303)


def _hand(form: Form) -> Hand:
    return Hand(form.text("seen") or None, form.text("reason"), agreed=form.text("agreed") == "yes")


def _show_move(
    request: Request, context: Context, actor: Actor, wanted: Move, form: Form, error: ConflictError | None = None
) -> Response:
    seen = _with_ride(context, actor, wanted.run_id, wanted.leg_id)
    target = seen if wanted.to_run_id == wanted.run_id else see_run(context, actor, wanted.to_run_id)
    names = {leg: ride.rider.name for each in (seen, target) for leg, ride in each.rides.items()}
    return _show(
        request,
        context,
        actor,
        lambda: preview_move(context, actor, wanted),
        "dispatch/move_preview.html",
        error,
        names=names,
        legs=[wanted.leg_id],
        form=form,
        seen=seen,
        target=target,
        target_name=view.run_name(target.run, agency_zone(context, actor)),
        ride=seen.rides[wanted.leg_id],
        wanted=wanted,
        kinds=view.kind_words(translator(language_of(request))),
    )


def _show(  # noqa: PLR0913  (what is shown, and why again)
    request: Request,
    context: Context,
    actor: Actor,
    look: Callable[[], Preview],
    template: str,
    error: ConflictError | None,
    *,
    names: dict[str, str],
    legs: list[str],
    **more: object,
) -> Response:
    """What would change; 409 or 422 when it was not done as it was sent."""
    _, zone = translator(language_of(request)), agency_zone(context, actor)
    try:
        preview: Preview | None = look()
    except ConflictError:
        preview = None
    status = 200 if error is None else 409 if isinstance(error, PlanMovedError) else 422
    return page(
        request,
        template,
        status,
        preview=preview,
        meetings=[] if preview is None else view.meetings(preview, legs, names, zone),
        objections=[] if preview is None else view.objection_sentences(preview, names, _),
        moved_on=isinstance(error, PlanMovedError),
        reason_missing=isinstance(error, ReasonMissingError),
        consent_missing=isinstance(error, ConsentMissingError),
        zone=zone,
        **more,
    )


@router.get("/desk/runs/{run_id}/rides/{leg_id}/swap")
def swap_page(  # noqa: PLR0913, PLR0917  (what a page's address says)
    request: Request,
    run_id: PathIdentifier,
    leg_id: PathIdentifier,
    context: ContextDep,
    actor: DeskDep,
    with_run: Run = None,
    with_leg: Run = None,
) -> Response:
    """With whom; then what it would change."""
    seen = _with_ride(context, actor, run_id, leg_id)
    if with_run is None or with_leg is None:
        others = [one for one in see_day(context, actor, seen.run.day) if one.run.service_id == seen.run.service_id]
        shown = [see_run(context, actor, one.run.id) for one in others if one.run.id != run_id and one.run.leg_ids]
        lines = [
            (other, [line for line in view.visit_lines(other) if line.may_act]) for other in shown if not other.run.withdrawn
        ]
        return page(
            request, "dispatch/swap.html", seen=seen, ride=seen.rides[leg_id], others=lines, zone=agency_zone(context, actor)
        )
    return _show_swap(request, context, actor, Swap(leg_id, run_id, with_leg, with_run), Form(FormData()))


@router.post("/desk/runs/{run_id}/rides/{leg_id}/swap")
def swap(
    request: Request, run_id: PathIdentifier, leg_id: PathIdentifier, context: ContextDep, actor: DeskDep, form: FormDep
) -> Response:
    """Do it, as it was looked at."""
    wanted = Swap(leg_id, run_id, form.text("with_leg"), form.text("with_run"))
    try:
        swap_rides(context, actor, wanted, _hand(form))
    except (PlanMovedError, ReasonMissingError, ConsentMissingError) as error:
        return _show_swap(request, context, actor, wanted, form, error)
    return RedirectResponse(f"/desk/runs/{wanted.other_run_id}?done=swapped", 303)


def _show_swap(
    request: Request, context: Context, actor: Actor, wanted: Swap, form: Form, error: ConflictError | None = None
) -> Response:
    seen, other = (
        _with_ride(context, actor, wanted.run_id, wanted.leg_id),
        _with_ride(context, actor, wanted.other_run_id, wanted.other_leg_id),
    )
    names = {leg: ride.rider.name for each in (seen, other) for leg, ride in each.rides.items()}
    return _show(
        request,
        context,
        actor,
        lambda: preview_swap(context, actor, wanted),
        "dispatch/swap_preview.html",
        error,
        names=names,
        legs=[wanted.leg_id, wanted.other_leg_id],
        form=form,
        seen=seen,
        target=other,
        ride=seen.rides[wanted.leg_id],
        other_ride=other.rides[wanted.other_leg_id],
        wanted=wanted,
    )
