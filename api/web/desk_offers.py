"""The desk asks for a ride, reads the offers out and books: the first offer is held at once, another one when it is chosen."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from api.auth import ContextDep
from api.fields import PathIdentifier
from api.web.desk import DeskDep, card_answer, default_party
from api.web.desk_view import need_words, reason_words, suggestions
from api.web.fellows import FIELD as FELLOWS
from api.web.fellows import described
from api.web.forms import Form, FormDep
from api.web.journey_words import parts_told
from api.web.language import language_of, translator
from api.web.place_fields import PlaceAnswer, read_place
from api.web.reason_help import help_told
from api.web.rendering import PageRoute, page
from api.web.times_said import read_time
from mobility.actions.book_for_others import list_consents
from mobility.actions.book_group import book_group, can_be_split
from mobility.actions.book_open_return import NO_WAY_BACK, book_open_return
from mobility.actions.book_ride import book_ride
from mobility.actions.context import Context
from mobility.actions.find_places import list_own_places
from mobility.actions.hold_offer import find_hold, hold_offer, release_hold
from mobility.actions.local_time import agency_zone
from mobility.actions.offer_rides import offer_rides
from mobility.actions.read_caller import read_caller
from mobility.actions.read_decision import read_decision
from mobility.actions.wait_for_ride import TOLD_BEFORE, wait_for_ride
from mobility.domain.accounts import Actor
from mobility.domain.bookings import LegState, Outcome
from mobility.domain.requests import Decision, OfferKind, Reason, Rejection, RideRequest
from mobility.domain.riders import Need, Party, Rider
from mobility.domain.waiting import WaitingState
from mobility.errors import ConflictError, InvalidInputError, NotFoundError, Problem
from mobility.files.line_words import line_told
from mobility.files.price_words import TRAIN_EXTRA, price_told
from mobility.planning.rules import wished_time

router = APIRouter(include_in_schema=False, route_class=PageRoute)

_SPLIT = (Reason.PARTY_TOO_LARGE, Reason.NO_CAPACITY)
"""After these a group may find places in several vehicles."""
_MINUTES = (-60, -30, 30, 60)
"""How much earlier or later can be asked for with one press."""


@router.post("/desk/riders/{rider_id}/offers")
def ask(request: Request, context: ContextDep, actor: DeskDep, rider_id: PathIdentifier, form: FormDep) -> Response:
    """Ask; what cannot be understood is asked about on the card."""
    places = {name: _place(context, actor, form, name, rider_id) for name in ("from", "to")}
    typed = {name: form.text(name) for name in ("from", "to", "when", "seats", "wheelchairs", "assistants", "stowed", FELLOWS)}
    typed["needs"] = " ".join(form.texts("needs")[:30])
    card = read_caller(context, actor, rider_id)
    try:
        return _asked(context, actor, _wish(context, actor, card.rider, form, places))
    except InvalidInputError as error:
        wrong = " ".join(problem.where for problem in error.problems)
        return card_answer(request, context, actor, card, 422, typed=typed, wrong=wrong, places=places)


@router.get("/desk/riders/{rider_id}/offers/{decision_id}")
def offers_page(
    request: Request, context: ContextDep, actor: DeskDep, rider_id: PathIdentifier, decision_id: PathIdentifier
) -> Response:
    """The offers, to be read out; or why there is none, and what would work."""
    zone, language = agency_zone(context, actor), language_of(request)
    _ = translator(language)
    decision = _decision(context, actor, rider_id, decision_id)
    no = decision.rejection
    told = request.query_params.get("no", "")
    zone, language = agency_zone(context, actor), language_of(request)
    return page(
        request,
        "desk/offers.html",
        card=read_caller(context, actor, rider_id),
        decision=decision,
        hold=find_hold(context, actor, decision_id),
        zone=zone,
        lines=[line_told(offer.line, language, zone) if offer.line else "" for offer in decision.offers],
        reasons=reason_words(_),
        help="" if no is None else help_told(no.reason, _),
        needs=need_words(_),
        no=Reason(told) if told in set(Reason) else None,
        can_wait=no is not None
        and no.reason is Reason.NO_CAPACITY
        and wished_time(decision.request) - TOLD_BEFORE > context.clock(),
        can_split=_could_be_split(decision),
        no_way_back=request.query_params.get("back") == "no",
        unheld=request.query_params.get("held") == "no",
        suggestions=[] if no is None else suggestions(no.alternatives, _),
        minutes=_MINUTES,
        prices=[price_told(offer.price_parts, language) for offer in decision.offers],
        train_extra=TRAIN_EXTRA[language],
        parts=[parts_told(offer, language, zone, _) for offer in decision.offers],
        now=context.clock(),
        helpers=[one for one in list_consents(context, actor, rider_id) if one.holds(context.clock())],
    )


@router.post("/desk/riders/{rider_id}/offers/{decision_id}/hold")
def hold(context: ContextDep, actor: DeskDep, rider_id: PathIdentifier, decision_id: PathIdentifier, form: FormDep) -> Response:
    """Another offer is chosen: its place is kept instead."""
    decision = _decision(context, actor, rider_id, decision_id)
    return RedirectResponse(_page_of(decision) + _held(context, actor, _offer_id(decision, form)), 303)


@router.post("/desk/riders/{rider_id}/offers/{decision_id}/book")
def book(context: ContextDep, actor: DeskDep, rider_id: PathIdentifier, decision_id: PathIdentifier, form: FormDep) -> Response:
    """Accepted. Sent twice it books once: the key is the offer's own."""
    decision = _decision(context, actor, rider_id, decision_id)
    offer_id = _offer_id(decision, form)
    key, is_open = f"desk:{offer_id.rpartition('.')[0]}", form.text("back") == "open"
    consent_id = form.text("consent", 64) or None
    is_heard = consent_id is None  # whoever else rings, the rider has yet to be told
    if is_open:
        answer = book_open_return(context, actor, offer_id, f"{key}:open", rider_id, is_heard=is_heard, consent_id=consent_id)
    else:
        answer = book_ride(context, actor, offer_id, key, rider_id, is_heard=is_heard, consent_id=consent_id)
    if isinstance(answer, Rejection) and answer.rule == NO_WAY_BACK:
        return RedirectResponse(f"{_page_of(decision)}?back=no", 303)
    if isinstance(answer, Rejection):
        return RedirectResponse(f"{_page_of(decision)}?no={answer.reason.value}", 303)
    if all(leg.outcome is Outcome.CANCELLED for leg in answer.legs):  # booked before, and given back since
        return RedirectResponse(f"{_page_of(decision)}?no={Reason.OFFER_EXPIRED.value}", 303)
    done = "booked" if answer.legs[0].state is LegState.ON_RUN else "asked"
    return RedirectResponse(f"/desk/riders/{rider_id}?done={done}&booking={answer.id}", 303)


@router.post("/desk/riders/{rider_id}/offers/{decision_id}/group")
def split(context: ContextDep, actor: DeskDep, rider_id: PathIdentifier, decision_id: PathIdentifier) -> Response:
    """In several vehicles, all or nobody. Sent twice it books once."""
    decision = _decision(context, actor, rider_id, decision_id)
    answer = book_group(context, actor, decision.request, f"desk:{decision_id}:group", is_heard=True)
    if isinstance(answer, Rejection):
        return RedirectResponse(f"{_page_of(decision)}?no={answer.reason.value}", 303)
    return RedirectResponse(f"/desk/riders/{rider_id}?done=booked", 303)


@router.post("/desk/riders/{rider_id}/offers/{decision_id}/wait")
def wait(context: ContextDep, actor: DeskDep, rider_id: PathIdentifier, decision_id: PathIdentifier) -> Response:
    """The caller waits for a place."""
    _decision(context, actor, rider_id, decision_id)
    wish = wait_for_ride(context, actor, decision_id)
    done = "waiting" if wish.state is WaitingState.WAITING else ""
    return RedirectResponse(f"/desk/riders/{rider_id}?done={done}", 303)


@router.post("/desk/riders/{rider_id}/offers/{decision_id}/hang-up")
def hang_up(context: ContextDep, actor: DeskDep, rider_id: PathIdentifier, decision_id: PathIdentifier) -> Response:
    """The caller does not want it: the place is free at once."""
    _decision(context, actor, rider_id, decision_id)
    release_hold(context, actor, decision_id)
    return RedirectResponse("/desk", 303)


@router.post("/desk/riders/{rider_id}/offers/{decision_id}/again")
def ask_again(
    context: ContextDep, actor: DeskDep, rider_id: PathIdentifier, decision_id: PathIdentifier, form: FormDep
) -> Response:
    """The same ride at another time, or from or to another stop: a counter-offer taken up."""
    decision = _decision(context, actor, rider_id, decision_id)
    release_hold(context, actor, decision_id)
    return _asked(context, actor, _changed(context, decision, form))


def _could_be_split(decision: Decision) -> bool:
    """No single vehicle takes this group, and several might."""
    if any(offer.kind is OfferKind.RIDE for offer in decision.offers) or not can_be_split(decision.request.party):
        return False
    return decision.rejection is None or decision.rejection.reason in _SPLIT


def _place(context: Context, actor: Actor, form: Form, name: str, rider_id: str) -> PlaceAnswer:
    """A place field, in which one figure means the rider's own place of that number."""
    text = form.text(name)
    if len(text) == 1 and text.isascii() and text.isdigit():
        own = list_own_places(context, actor, rider_id)
        if 1 <= int(text) <= len(own):
            return PlaceAnswer(own[int(text) - 1].label, own[int(text) - 1].id, own[int(text) - 1].place)
    return read_place(context, actor, form, name, rider_id)


def _wish(context: Context, actor: Actor, rider: Rider, form: Form, places: dict[str, PlaceAnswer]) -> RideRequest:
    """What was asked for; everything that is wrong is told at once."""
    problems = [Problem(name, "is not one place", "choose one") for name, place in places.items() if place.place is None]
    said, party = None, None
    try:
        party = described(context, actor, form.text(FELLOWS), _party(form, rider))
    except InvalidInputError as error:
        problems += error.problems
    try:
        said = read_time(form.text("when"), context.clock(), agency_zone(context, actor))
    except InvalidInputError as error:
        problems += error.problems
    origin, destination = places["from"].place, places["to"].place
    if said is None or party is None or origin is None or destination is None:
        raise InvalidInputError(*problems)
    leaves, arrives = (None, said.moment) if said.arrives else (said.moment, None)
    needs = frozenset(need for need in Need if need.value in form.texts("needs"))
    return RideRequest(actor.agency_id, origin, destination, leaves, arrives, party, needs, rider_id=rider.id)


def _party(form: Form, rider: Rider) -> Party:
    alone = default_party(rider)
    seats, wheelchairs = form.number("seats", 0, 50), form.number("wheelchairs", 0, 10)
    assistants, stowed = form.number("assistants", 0, 50) or 0, form.number("stowed", 0, 20) or 0
    party = Party(alone[0] if seats is None else seats, alone[1] if wheelchairs is None else wheelchairs, assistants, stowed)
    if party.persons == 0:
        raise InvalidInputError(Problem("seats", "nobody travels", "one person at least"))
    if not party.assists_somebody:
        raise InvalidInputError(Problem("assistants", "is more than can help somebody", "one for each person, on a seat"))
    return party


def _asked(context: Context, actor: Actor, wish: RideRequest) -> Response:
    """The answer's page, its first ride held."""
    decision = offer_rides(context, actor, wish, combines=True)
    first = next((offer for offer in decision.offers if offer.can_be_booked), None)
    return RedirectResponse(_page_of(decision) + ("" if first is None else _held(context, actor, first.id)), 303)


def _held(context: Context, actor: Actor, offer_id: str) -> str:
    """Keep the place; what to say on the page when that cannot be."""
    try:
        answer = hold_offer(context, actor, offer_id)
    except ConflictError:
        return "?held=no"
    return f"?no={answer.reason.value}" if isinstance(answer, Rejection) else ""


def _page_of(decision: Decision) -> str:
    return f"/desk/riders/{decision.request.rider_id}/offers/{decision.id}"


def _decision(context: Context, actor: Actor, rider_id: str, decision_id: str) -> Decision:
    decision = read_decision(context, actor, decision_id)
    if decision.request.rider_id != rider_id:
        raise NotFoundError("no such offers for this rider")
    return decision


def _offer_id(decision: Decision, form: Form) -> str:
    number = form.number("offer", 1, 9)
    if number is None or number > len(decision.offers):
        raise NotFoundError("no such offer")
    return decision.offers[number - 1].id


def _changed(context: Context, decision: Decision, form: Form) -> RideRequest:
    request = decision.request
    number, minutes = form.number("alternative", 0, 9), form.number("minutes", -120, 120)
    if number is None:
        return _shifted(context, request, timedelta(minutes=minutes or 0))
    found = decision.rejection.alternatives if decision.rejection is not None else ()
    if number >= len(found):
        raise NotFoundError("no such alternative")
    chosen = found[number]
    if chosen.depart_after is not None:
        return replace(request, depart_after=chosen.depart_after, arrive_by=None)
    if chosen.place is None:
        raise NotFoundError("nothing to ask for again")
    return replace(request, origin=chosen.place) if form.text("end") == "from" else replace(request, destination=chosen.place)


def _shifted(context: Context, request: RideRequest, by: timedelta) -> RideRequest:
    if request.arrive_by is not None:
        return replace(request, arrive_by=request.arrive_by + by)
    start = request.depart_after or context.clock()
    return replace(request, depart_after=max(start + by, context.clock()))
