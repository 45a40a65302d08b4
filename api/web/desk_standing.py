"""Standing orders at the desk: make one, see its days, let it rest, end it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from api.auth import ContextDep
from api.fields import PathIdentifier
from api.web.desk import DeskDep, default_party
from api.web.forms import Form, FormDep
from api.web.language import language_of, translator
from api.web.place_fields import PlaceAnswer, read_place
from api.web.rendering import PageRoute, page
from api.web.standing_view import days_of, shown_orders, weekdays
from mobility.actions.context import Context
from mobility.actions.keep_standing_order import (
    StandingWish,
    end_standing_order,
    make_standing_order,
    pause_standing_order,
    read_standing_order,
    resume_standing_order,
)
from mobility.actions.local_time import agency_zone
from mobility.actions.read_caller import read_caller
from mobility.domain.accounts import Actor
from mobility.domain.places import Place
from mobility.domain.riders import Party, Rider
from mobility.domain.service_days import parse_time
from mobility.domain.standing_orders import DaysOff, Pause
from mobility.errors import ConflictError, InvalidInputError, NotFoundError, Problem

router = APIRouter(include_in_schema=False, route_class=PageRoute)

_FIELDS = ("from", "to", "time", "back_time", "first_day", "last_day", "meaning", "seats", "wheelchairs", "assistants")


@router.get("/desk/riders/{rider_id}/standing")
def standing_page(request: Request, context: ContextDep, actor: DeskDep, rider_id: PathIdentifier) -> Response:
    """What this rider has ordered for every week, and the form for more."""
    return _page(request, context, actor, read_caller(context, actor, rider_id).rider)


@router.post("/desk/riders/{rider_id}/standing")
def make(request: Request, context: ContextDep, actor: DeskDep, rider_id: PathIdentifier, form: FormDep) -> Response:
    """Make one; what is wrong is told on the form."""
    rider = read_caller(context, actor, rider_id).rider
    places = {name: read_place(context, actor, form, name, rider_id) for name in ("from", "to")}
    try:
        make_standing_order(context, actor, _wish(form, rider, places), rider_id)
    except InvalidInputError as error:
        wrong = {problem.where for problem in error.problems}
        return _page(request, context, actor, rider, form=form, wrong=wrong, places=places)
    except ConflictError:
        return _page(request, context, actor, rider, form=form, wrong={"many"}, places=places)
    return _back(rider_id, "made")


@router.post("/desk/riders/{rider_id}/standing/{order_id}/pause")
def pause(
    request: Request, context: ContextDep, actor: DeskDep, rider_id: PathIdentifier, order_id: PathIdentifier, form: FormDep
) -> Response:
    """Let it rest."""
    rider = _rider_of(context, actor, rider_id, order_id)
    try:
        pause_standing_order(context, actor, order_id, Pause(form.day("first_day"), form.day("last_day")))
    except InvalidInputError:
        return _page(request, context, actor, rider, wrong={f"pause:{order_id}"})
    return _back(rider_id, "paused")


@router.post("/desk/riders/{rider_id}/standing/{order_id}/resume")
def resume(context: ContextDep, actor: DeskDep, rider_id: PathIdentifier, order_id: PathIdentifier, form: FormDep) -> Response:
    """Take a pause back."""
    _rider_of(context, actor, rider_id, order_id)
    resume_standing_order(context, actor, order_id, form.day("first_day"))
    return _back(rider_id, "resumed")


@router.post("/desk/riders/{rider_id}/standing/{order_id}/end")
def end(context: ContextDep, actor: DeskDep, rider_id: PathIdentifier, order_id: PathIdentifier) -> Response:
    """End it."""
    _rider_of(context, actor, rider_id, order_id)
    end_standing_order(context, actor, order_id)
    return _back(rider_id, "ended")


def _back(rider_id: str, done: str) -> Response:
    return RedirectResponse(f"/desk/riders/{rider_id}/standing?done={done}", 303)


def _rider_of(context: Context, actor: Actor, rider_id: str, order_id: str) -> Rider:
    """The rider, whose order this is.

    Raises:
        NotFoundError: it is somebody else's.
    """
    order, _ = read_standing_order(context, actor, order_id)
    if order.rider_id != rider_id:
        raise NotFoundError("no such standing order of this rider")
    return read_caller(context, actor, rider_id).rider


def _wish(form: Form, rider: Rider, places: dict[str, PlaceAnswer]) -> StandingWish:
    """What the form says.

    Raises:
        InvalidInputError: all that cannot be read.
    """
    problems = [Problem(name, "is not one place", "choose one") for name, place in places.items() if place.place is None]
    seconds: dict[str, int | None] = {}
    days: dict[str, date | None] = {}
    for name, read in (("time", _seconds), ("back_time", _seconds)):
        try:
            seconds[name] = read(form, name)
        except ValueError:
            problems.append(Problem(name, "is no time of the day", "write it as 09:30"))
    for name in ("first_day", "last_day"):
        try:
            days[name] = form.day(name) if form.text(name) else None
        except InvalidInputError as error:
            problems += error.problems
    if seconds.get("time") is None and "time" in seconds:
        problems.append(Problem("time", "is missing", "write it as 09:30"))
    if days.get("first_day") is None and "first_day" in days:
        problems.append(Problem("first_day", "is missing", "name a day"))
    at_s, first = seconds.get("time"), days.get("first_day")
    if problems or at_s is None or first is None:
        raise InvalidInputError(*problems)
    alone = default_party(rider)
    seats, wheelchairs, assistants = form.number("seats", 0, 8), form.number("wheelchairs", 0, 2), form.number("assistants", 0, 8)
    off = [one for one in DaysOff if one.value in form.texts("days_off")]
    wish = StandingWish(_known(places["from"]), _known(places["to"]), days_of(form), at_s, first, days_off=frozenset(off))
    return replace(
        wish,
        arrives=form.text("meaning") == "arrive",
        back_s=seconds["back_time"],
        last_day=days["last_day"],
        party=Party(alone[0] if seats is None else seats, alone[1] if wheelchairs is None else wheelchairs, assistants or 0),
    )


def _known(answer: PlaceAnswer) -> Place:
    if answer.place is None:
        raise InvalidInputError(Problem("from", "is not one place", "choose one"))
    return answer.place


def _seconds(form: Form, name: str) -> int | None:
    text = form.text(name)
    return parse_time(text) if text else None


def _page(  # noqa: PLR0913 -- everything a form may have to show again
    request: Request,
    context: Context,
    actor: Actor,
    rider: Rider,
    *,
    form: Form | None = None,
    wrong: set[str] | None = None,
    places: dict[str, PlaceAnswer] | None = None,
) -> Response:
    language = language_of(request)
    _ = translator(language)
    today = context.clock().astimezone(agency_zone(context, actor)).date()
    party = default_party(rider)
    usual = {
        "first_day": f"{today + timedelta(days=1)}",
        "meaning": "arrive",
        "seats": str(party[0]),
        "wheelchairs": str(party[1]),
        "assistants": "0",
    }
    usual["from"] = "" if rider.home is None else rider.home.name
    return page(
        request,
        "desk/standing.html",
        422 if wrong else 200,
        rider=rider,
        orders=shown_orders(context, actor, rider.id, language, today),
        weekdays=weekdays(_),
        typed={name: form.text(name) for name in _FIELDS} if form else dict.fromkeys(_FIELDS, "") | usual,
        ticked=set(form.texts("days")) if form else set(),
        off=set(form.texts("days_off")) if form else {DaysOff.PUBLIC_HOLIDAYS.value},
        wrong=wrong or set(),
        places=places or {},
        today=today,
        done=request.query_params.get("done", "")[:20],
    )
