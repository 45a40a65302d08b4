"""My rides: what is coming, when it comes, cancelling, and what has been."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import FileResponse, RedirectResponse

from api.auth import ContextDep
from api.fields import PathIdentifier
from api.web.forms import FormDep
from api.web.journey_words import proposal_told, transit_told
from api.web.language import language_of
from api.web.rendering import PageRoute, page
from api.web.resident.booking import RiderDep
from api.web.resident.telling import Teller
from api.web.train_forms import MINUTES, late_of
from mobility.actions.book_for_others import helper_of, list_riders_to_book_for
from mobility.actions.call_home import call_home
from mobility.actions.cancel_booking import cancel_booking
from mobility.actions.context import Context
from mobility.actions.follow_ride import FollowedRide, follow_booking, list_rides
from mobility.actions.local_time import agency_zone
from mobility.actions.propose_trains import accept_proposal
from mobility.actions.say_train_late import TrainSaid, can_be_said, say_train_late
from mobility.actions.wait_for_ride import list_waiting, stop_waiting
from mobility.domain.accounts import Actor
from mobility.domain.bookings import Booking, Journey, LegState
from mobility.domain.requests import Rejection
from mobility.domain.waiting import WaitingWish
from mobility.errors import ConflictError
from mobility.planning.connecting import chains_of
from mobility.planning.rules import wished_time

router = APIRouter(include_in_schema=False, route_class=PageRoute)

_PAST_SHOWN = 20
_WORKER = Path(__file__).parent.parent / "static" / "resident" / "worker.js"
_STILL_COMING = timedelta(hours=2)

Done = Annotated[Literal["booked", "cancelled", "called", "not-called", "train", "accepted", "not-proposed", ""], Query()]


@router.get("/rides")
def rides_page(request: Request, context: ContextDep, actor: RiderDep) -> Response:
    """What is coming first, then what has been."""
    teller, now = _teller(request, context, actor), context.clock()
    coming: list[dict[str, object]] = []
    past: list[dict[str, object]] = []
    names = {rider.id: rider.name for rider in list_riders_to_book_for(context, actor)}
    for ride in list_rides(context, actor):
        over = ride.leg.state is LegState.CLOSED or ride.leg.dropoff_window.latest + _STILL_COMING < now
        (past if over else coming).append(_shown(teller, ride) | {"for_whom": names.get(ride.booking.rider_id, "")})
    waiting = [_waited_for(teller, wish) for wish in list_waiting(context, actor)]
    return page(
        request,
        "resident/rides.html",
        coming=coming,
        past=past[::-1][:_PAST_SHOWN],
        waiting=waiting,
        done=request.query_params.get("done", "")[:20],
        now=teller.time(now),
    )


@router.post("/rides/waiting/{wish_id}/stop")
def wait_no_more(wish_id: PathIdentifier, context: ContextDep, actor: RiderDep) -> Response:
    """I do not wait any more."""
    stop_waiting(context, actor, wish_id)
    return RedirectResponse("/rides?done=stopped", 303)


@router.get("/rides-worker.js")
def worker() -> Response:
    """The script that keeps the page of rides for a moment without a connection; at the root, so that it may see that page."""
    return FileResponse(_WORKER, media_type="text/javascript", headers={"Cache-Control": "no-cache"})


@router.get("/rides/{booking_id}")
def ride_page(request: Request, booking_id: PathIdentifier, context: ContextDep, actor: RiderDep, done: Done = "") -> Response:
    """When is it coming."""
    teller = _teller(request, context, actor)
    followed = follow_booking(context, actor, booking_id)
    return page(
        request,
        "resident/ride.html",
        rides=[_shown(teller, ride) | _trains_around(teller, ride, context.clock()) for ride in followed],
        minutes=MINUTES,
        may_return=_goes_one_way(followed[0].booking),
        proposed=_proposed(teller, followed[0].booking),
        booking_id=booking_id,
        by_whom=helper_of(context, actor, followed[0].booking),
        for_whom={one.id: one.name for one in list_riders_to_book_for(context, actor)}.get(followed[0].booking.rider_id, ""),
        done=done,
        now=teller.time(context.clock()),
    )


@router.post("/rides/{booking_id}/call")
def call(booking_id: PathIdentifier, context: ContextDep, actor: RiderDep, form: FormDep) -> Response:
    """I am done: fetch me now, or as soon as there is room; else the ride of the evening stands."""
    answer = call_home(context, actor, booking_id, form.text("leg", 64))
    return RedirectResponse(f"/rides/{booking_id}?done={'not-called' if isinstance(answer, Rejection) else 'called'}", 303)


@router.post("/rides/{booking_id}/train")
def train(booking_id: PathIdentifier, context: ContextDep, actor: RiderDep, form: FormDep) -> Response:
    """My train is late, or does not come."""
    say_train_late(context, actor, booking_id, TrainSaid(form.text("trip_id", 200), late_of(form)))
    return RedirectResponse(f"/rides/{booking_id}?done=train", 303)


@router.post("/rides/{booking_id}/proposal")
def accept(booking_id: PathIdentifier, context: ContextDep, actor: RiderDep) -> Response:
    """Yes to the other trains."""
    try:
        accept_proposal(context, actor, booking_id)
    except ConflictError:
        return RedirectResponse(f"/rides/{booking_id}?done=not-proposed", 303)
    return RedirectResponse(f"/rides/{booking_id}?done=accepted", 303)


@router.get("/rides/{booking_id}/cancel")
def cancel_page(request: Request, booking_id: PathIdentifier, context: ContextDep, actor: RiderDep) -> Response:
    """Ask before a ride is given back; late is said."""
    teller, now = _teller(request, context, actor), context.clock()
    rides = follow_booking(context, actor, booking_id)
    late = any(now > ride.cancel_in_time_until for ride in rides)
    possible = any(ride.can_be_cancelled for ride in rides)
    shown = [_shown(teller, ride) for ride in rides]
    return page(request, "resident/cancel.html", rides=shown, booking_id=booking_id, late=late, possible=possible)


@router.post("/rides/{booking_id}/cancel")
def cancel(booking_id: PathIdentifier, context: ContextDep, actor: RiderDep) -> Response:
    """Give the ride back."""
    cancel_booking(context, actor, booking_id)
    return RedirectResponse(f"/rides/{booking_id}?done=cancelled", 303)


def _trains_around(teller: Teller, ride: FollowedRide, now: datetime) -> dict[str, object]:
    """The trains and buses after the ride to them; before the ride from them where that is the only one."""
    journeys, leg_id = ride.booking.journeys, ride.leg.id

    def told(journey: Journey) -> list[dict[str, object]]:
        return [
            {
                "says": transit_told(leg, teller.language, teller.zone, teller.texts),
                "trip_id": leg.trip_id,
                "can_be_said": can_be_said(leg, now),
                "word": next((one for one in journey.said if one.is_about(leg)), None),
            }
            for leg in journey.transit
        ]

    before = next((told(one) for one in journeys if one.ride_from == leg_id and one.ride_to is None), [])
    after = next((told(one) for one in journeys if one.ride_to == leg_id), [])
    return {"trains_before": before, "trains_after": after}


def _proposed(teller: Teller, booking: Booking) -> list[str]:
    """The other trains and rides that the rider may say yes to, in sentences; none where nothing is proposed."""
    return proposal_told(booking, teller.language, teller.zone, teller.texts) if chains_of(booking) else []


def _goes_one_way(booking: Booking) -> bool:
    """One ride, or one journey with a ride at each end."""
    of_first = {leg_id for journey in booking.journeys[:1] for leg_id in (journey.ride_to, journey.ride_from)}
    return len(booking.legs) == 1 or {leg.id for leg in booking.legs} <= of_first


def _teller(request: Request, context: Context, actor: Actor) -> Teller:
    return Teller(language_of(request), agency_zone(context, actor))


def _waited_for(teller: Teller, wish: WaitingWish) -> dict[str, str]:
    moment, _ = wished_time(wish.request), teller.texts
    says = _("{day}, ab {time}") if wish.request.depart_after else _("{day}, Ankunft bis {time}")
    return {
        "id": wish.id,
        "when": says.format(day=teller.day(moment), time=teller.time(moment)),
        "pickup": wish.request.origin.name,
        "dropoff": wish.request.destination.name,
        "until": f"{teller.day(wish.until)}, {teller.time(wish.until)}",
    }


def _shown(teller: Teller, ride: FollowedRide) -> dict[str, object]:
    leg, service = ride.leg, ride.service
    return {
        "booking_id": ride.booking.id,
        "leg_id": leg.id,
        "waits_for_call": leg.open_return and ride.can_be_cancelled,
        "run_id": leg.run_id,
        "day": teller.day(leg.pickup_window.earliest),
        "when": teller.between(leg.pickup_window),
        "arrives": teller.between(leg.dropoff_window),
        "pickup": leg.pickup.name,
        "dropoff": leg.dropoff.name,
        "stage": ride.stage.value,
        "says": teller.stage(ride),
        "late": teller.late(ride),
        "price": teller.price(leg.price_cents),
        "price_parts": teller.price_parts(leg.price_parts),
        "service": service.name,
        "carrier": service.carrier.name,
        "telephone": service.carrier.telephone,
        "can_be_cancelled": ride.can_be_cancelled,
        "until": f"{teller.day(ride.cancel_in_time_until)}, {teller.time(ride.cancel_in_time_until)}",
    }
