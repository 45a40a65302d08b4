"""A ride in three steps: the wish, the offers, the promise."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Annotated
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Depends, Path, Query, Request, Response
from fastapi.responses import RedirectResponse

from api.auth import ContextDep
from api.fields import PathIdentifier
from api.web.fellows import fellows_said
from api.web.forms import FormDep
from api.web.language import language_of, translator
from api.web.reason_help import help_told
from api.web.rendering import AnyoneDep, PageRoute, only, page
from api.web.resident import wishes
from api.web.resident.telling import Teller, needs_told, reason_told
from api.web.resident.wishes import MOST_SEATS, MOST_WHEELCHAIRS, SHOWN_FIRST, TICKED, Read, Typed, read_wish
from mobility.actions.ask_again import ask_again
from mobility.actions.book_for_others import list_riders_to_book_for
from mobility.actions.book_open_return import NO_WAY_BACK, book_open_return
from mobility.actions.book_ride import book_ride
from mobility.actions.context import Context
from mobility.actions.find_places import list_own_places
from mobility.actions.local_time import agency_zone
from mobility.actions.offer_rides import offer_rides
from mobility.actions.read_bookings import read_booking
from mobility.actions.read_decision import read_decision
from mobility.actions.read_riders import read_own_rider
from mobility.actions.read_services import list_services
from mobility.actions.wait_for_ride import TOLD_BEFORE, wait_for_ride
from mobility.domain.accounts import Actor, Role
from mobility.domain.bookings import Outcome
from mobility.domain.requests import Decision, Offer, Reason, Rejection
from mobility.errors import NotAllowedError, NotFoundError
from mobility.planning.rules import wished_time

router = APIRouter(include_in_schema=False, route_class=PageRoute)

RiderDep = Annotated[Actor, Depends(only(Role.RIDER))]
Earlier = Annotated[str, Query(max_length=64, pattern=r"^\w*$")]
_FIRST, _LAST = 6, 19
_STAYS = timedelta(hours=1)
"""How long somebody is expected to stay where a ride has taken him, until he says otherwise."""


@router.get("/ride")
def wish_page(
    request: Request, context: ContextDep, actor: AnyoneDep, again: Earlier = "", back: Earlier = "", change: Earlier = ""
) -> Response:
    """Step one: where from, where to, when, who; as in an earlier booking (``again``), the way ``back`` of one, or as just asked for
    (``change``).
    """
    _check_is_for(actor)
    if actor is not None and (again or back or change):
        return _wish_page(request, context, actor, Read(_filled_in(context, actor, again, back, change)))
    typed = wishes.kept(context, request)
    return _wish_page(request, context, actor, Read(typed or _usual(context, actor)), was_kept=typed is not None)


def _filled_in(context: Context, actor: Actor, again: str, back: str, change: str) -> Typed:
    if again:
        return _as_before(context, actor, again)
    return _way_back(context, actor, back) if back else _as_asked(context, actor, change)


@router.post("/ride")
def ask(request: Request, context: ContextDep, form: FormDep, actor: AnyoneDep) -> Response:
    """Ask for offers; without a sign-in, keep what was typed and sign in first."""
    _check_is_for(actor)
    typed = Typed.of(form)
    if actor is None:
        response: Response = RedirectResponse("/sign-in", 303)
        wishes.keep(context, request, response, typed)
        return response
    read = read_wish(request, context, actor, typed, agency_zone(context, actor))
    if read.request is None:
        return _wish_page(request, context, actor, read, 422)
    response = _to_offers(offer_rides(context, actor, read.request, combines=True))
    wishes.forget(response)
    return response


@router.get("/ride/offers/{decision_id}")
def offers_page(request: Request, decision_id: PathIdentifier, context: ContextDep, actor: RiderDep) -> Response:
    """Step two: what can be had, or why not and what would help."""
    decision = read_decision(context, actor, decision_id)
    teller = _teller(request, context, actor)
    no = decision.rejection
    return page(
        request,
        "resident/offers.html",
        decision=decision,
        offers=[teller.offer(offer) for offer in decision.offers],
        reason="" if no is None else reason_told(no.reason, teller.texts),
        help="" if no is None else help_told(no.reason, teller.texts),
        can_wait=no is not None
        and no.reason is Reason.NO_CAPACITY
        and decision.request.rider_id == actor.rider_id
        and wished_time(decision.request) - TOLD_BEFORE > context.clock(),
        helps=() if no is None else [teller.alternative(one) for one in no.alternatives],
        over=context.clock() > decision.expires_at,
        when=_asked_time(decision, teller),
        for_whom=_for_whom(context, actor, decision),
    )


@router.post("/ride/wait")
def wait(context: ContextDep, form: FormDep, actor: RiderDep) -> Response:
    """Put me on the waiting list."""
    wish = wait_for_ride(context, actor, form.text("decision", 64))
    return RedirectResponse(f"/rides?done={wish.state.value}", 303)


@router.post("/ride/again")
def ask_once_more(context: ContextDep, form: FormDep, actor: RiderDep) -> Response:
    """The same wish once more: as it was, or with what was suggested (``instead``, the number of an alternative; ``end``: at which end)."""
    instead = form.number("instead", 0, 20)
    at_origin = form.text("end") == "origin"
    return _to_offers(ask_again(context, actor, form.text("decision", 64), instead, at_origin=at_origin))


@router.get("/ride/offers/{decision_id}/{number}")
def confirm_page(
    request: Request, decision_id: PathIdentifier, number: Annotated[int, Path(ge=0, le=20)], context: ContextDep, actor: RiderDep
) -> Response:
    """Step three: what is promised, before it is booked."""
    decision = read_decision(context, actor, decision_id)
    return _confirm_page(request, context, actor, (decision, number))


@router.post("/ride/book")
def book(request: Request, context: ContextDep, form: FormDep, actor: RiderDep) -> Response:
    """Book. An offer is booked once, however often it is sent: by a second press, from another tab, or after going back."""
    decision = read_decision(context, actor, form.text("decision", 64))
    number = form.number("number", 0, 20) or 0
    offer_id, key = _offer(decision, number).id, f"page:{decision.id}:{number}"
    if form.text("back") == "open":
        answer = book_open_return(context, actor, offer_id, f"{key}:open")
    else:
        answer = book_ride(context, actor, offer_id, key)
    if isinstance(answer, Rejection):
        return _confirm_page(request, context, actor, (decision, number), answer)
    cancelled = all(leg.outcome is Outcome.CANCELLED for leg in answer.legs)
    return RedirectResponse(f"/rides/{answer.id}" + ("" if cancelled else "?done=booked"), 303)


def _check_is_for(actor: Actor | None) -> None:
    if actor is not None and actor.role is not Role.RIDER:
        raise NotAllowedError(f"this page is not for the role {actor.role.value}")


def _usual(context: Context, actor: Actor | None) -> Typed:
    """Tomorrow at the same hour, by day."""
    zone = ZoneInfo("Europe/Berlin") if actor is None else agency_zone(context, actor)
    at = context.clock().astimezone(zone) + timedelta(days=1)
    return Typed(day=f"{at:%Y-%m-%d}", time=f"{min(max(at.hour, _FIRST), _LAST):02d}:00")


def _as_before(context: Context, actor: Actor, booking_id: str) -> Typed:
    """The places and people of an earlier booking, tomorrow at its hour."""
    booking = read_booking(context, actor, booking_id)
    first, last = booking.legs[0], booking.legs[-1]
    decision = read_decision(context, actor, booking.decision_id)
    at = first.pickup_window.earliest.astimezone(agency_zone(context, actor))
    tomorrow = _usual(context, actor).day
    return Typed(
        origin=decision.request.origin.name or first.pickup.name,
        to=decision.request.destination.name or last.dropoff.name,
        day=tomorrow,
        time=f"{at:%H:%M}",
        seats=str(booking.party.seats),
        wheelchairs=str(booking.party.wheelchairs),
        assistants=str(booking.party.assistants),
        rider="" if booking.rider_id == actor.rider_id else booking.rider_id,
        fellows=fellows_said(booking.party.fellows),
    )


def _way_back(context: Context, actor: Actor, booking_id: str) -> Typed:
    """From where the ride goes to where it began, an hour after it has arrived."""
    booking, there = read_booking(context, actor, booking_id), _as_before(context, actor, booking_id)
    at = (booking.legs[-1].dropoff_window.latest + _STAYS).astimezone(agency_zone(context, actor))
    return replace(there, origin=there.to, to=there.origin, day=f"{at:%Y-%m-%d}", time=f"{at:%H:%M}")


def _as_asked(context: Context, actor: Actor, decision_id: str) -> Typed:
    """What was asked for, to be changed."""
    wish = read_decision(context, actor, decision_id).request
    at = wished_time(wish).astimezone(agency_zone(context, actor))
    return Typed(
        origin=wish.origin.name,
        to=wish.destination.name,
        day=f"{at:%Y-%m-%d}",
        time=f"{at:%H:%M}",
        meaning="depart" if wish.depart_after else "arrive",
        seats=str(wish.party.seats),
        wheelchairs=str(wish.party.wheelchairs),
        assistants=str(wish.party.assistants),
        fellows=fellows_said(wish.party.fellows),
        needs=tuple(need.value for need in wish.needs),
        rider="" if wish.rider_id in (None, actor.rider_id) else str(wish.rider_id),
    )


def _wish_page(
    request: Request, context: Context, actor: Actor | None, read: Read, status: int = 200, *, was_kept: bool = False
) -> Response:
    _ = translator(language_of(request))
    rider = None if actor is None or actor.rider_id is None else read_own_rider(context, actor)
    told = needs_told(_)
    today = context.clock().astimezone(ZoneInfo("Europe/Berlin")).date()
    return page(
        request,
        "resident/wish.html",
        status,
        read=read,
        typed=read.typed,
        errors=read.errors,
        own=[] if actor is None else list_own_places(context, actor),
        needs=[(need.value, told[need]) for need in SHOWN_FIRST if rider is None or need not in rider.needs],
        rarer=[(n.value, told[n]) for n in TICKED if n not in SHOWN_FIRST and (rider is None or n not in rider.needs)],
        known=[told[need] for need in TICKED if rider is not None and need in rider.needs],
        most_seats=MOST_SEATS,
        most_wheelchairs=MOST_WHEELCHAIRS,
        first_day=today,
        last_day=today + timedelta(days=120),
        was_kept=was_kept,
        helped=[] if actor is None else list_riders_to_book_for(context, actor),
    )


def _confirm_page(
    request: Request, context: Context, actor: Actor, of: tuple[Decision, int], answer: Rejection | None = None
) -> Response:
    decision, number = of
    offer = _offer(decision, number)
    teller = _teller(request, context, actor)
    service = next((one for one in list_services(context, actor) if one.id == offer.service_id), None)
    return page(
        request,
        "resident/confirm.html",
        200 if answer is None else 409,
        decision=decision,
        number=number,
        offer=teller.offer(offer),
        for_whom=_for_whom(context, actor, decision),
        no_way_back=answer is not None and answer.rule == NO_WAY_BACK,
        refused="" if answer is None else reason_told(answer.reason, teller.texts),
        over=context.clock() > decision.expires_at,
        notice_minutes=0 if service is None else service.booking.cancel_notice_s // 60,
    )


def _offer(decision: Decision, number: int) -> Offer:
    if number >= len(decision.offers) or not decision.offers[number].can_be_booked:
        raise NotFoundError("no such offer")
    return decision.offers[number]


def _for_whom(context: Context, actor: Actor, decision: Decision) -> str:
    """Whose ride it will be, when that is somebody else's."""
    names = {rider.id: rider.name for rider in list_riders_to_book_for(context, actor)}
    return names.get(decision.request.rider_id or "", "")


def _to_offers(decision: Decision) -> Response:
    return RedirectResponse(f"/ride/offers/{decision.id}", 303)


def _teller(request: Request, context: Context, actor: Actor) -> Teller:
    return Teller(language_of(request), agency_zone(context, actor))


def _asked_time(decision: Decision, teller: Teller) -> str:
    _ = teller.texts
    wish = decision.request
    moment = wish.depart_after or wish.arrive_by
    if moment is None:
        return ""
    says = _("{day}, ab {time}") if wish.depart_after else _("{day}, Ankunft bis {time}")
    return says.format(day=teller.day(moment), time=teller.time(moment))
