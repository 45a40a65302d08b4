"""The telephone desk: who is calling, the card, somebody new, notes and PIN. Made for the keyboard; works without JavaScript."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import RedirectResponse

from api.auth import ContextDep
from api.fields import PathIdentifier
from api.web.asked import LONGEST, Asked, revealed, search_page
from api.web.desk_view import channel_words, need_words, ride_lines
from api.web.forms import Form, FormDep
from api.web.journey_words import proposal_told
from api.web.language import language_of, telephone, translator
from api.web.place_fields import PlaceAnswer, read_place
from api.web.rendering import PageRoute, only, page
from api.web.trust_view import quiet_of, typed_of
from mobility.actions.book_group import cancel_group
from mobility.actions.call_home import call_home
from mobility.actions.cancel_booking import cancel_booking
from mobility.actions.context import Context
from mobility.actions.find_callers import find_callers, is_number
from mobility.actions.keep_favourites import delete_favourite, keep_favourite
from mobility.actions.keep_rider import RiderEntry, keep_rider
from mobility.actions.list_desk_tasks import list_desk_tasks
from mobility.actions.local_time import agency_zone
from mobility.actions.propose_trains import accept_proposal
from mobility.actions.read_bookings import read_booking
from mobility.actions.read_caller import CallerCard, read_caller
from mobility.actions.rider_notes import add_note, delete_note
from mobility.actions.spoken_pin import check_pin, set_pin
from mobility.actions.wait_for_ride import list_waiting, stop_waiting
from mobility.domain.accounts import Actor, Role
from mobility.domain.requests import Rejection
from mobility.domain.riders import STAYING_SEATED, Channel, Need, Rider
from mobility.errors import ConflictError, InvalidInputError, NotFoundError
from mobility.planning.rules import wished_time

router = APIRouter(include_in_schema=False, route_class=PageRoute)

DeskDep = Annotated[Actor, Depends(only(Role.DISPATCHER, Role.AGENCY, Role.ADMIN))]
BookingId = Annotated[str, Query(max_length=200)]


@router.get("/desk")
def desk_page(request: Request, context: ContextDep, actor: DeskDep, asked: Asked = "") -> Response:
    """The search, and what it found."""
    text = revealed(context, asked)
    found = find_callers(context, actor, text) if text else []
    tasks = list_desk_tasks(context, actor)
    waiting, ringing = len(tasks.waiting), sum(one.call_back for one in tasks.untold)
    asked, by_number = asked if text else "", is_number(text)
    return page(
        request, "desk/search.html", q=text, asked=asked, found=found, by_number=by_number, waiting=waiting, ringing=ringing
    )


@router.post("/desk")
def search(context: ContextDep, actor: DeskDep, form: FormDep) -> Response:
    """Who is calling; exactly one find opens its card."""
    text = form.text("q", LONGEST)
    found = find_callers(context, actor, text) if text else []
    if len(found) == 1:
        return RedirectResponse(f"/desk/riders/{found[0].id}" + ("?by=number" if is_number(text) else ""), 303)
    return search_page(context, "/desk", text)


@router.get("/desk/callers/new")
def new_caller_page(request: Request, context: ContextDep, _: DeskDep, asked: Asked = "") -> Response:
    """The form for somebody new, with what was searched for."""
    text = revealed(context, asked)
    return _rider_form(request, None, {"telephone": text} if is_number(text) else {"name": text})


@router.post("/desk/callers")
def new_caller(request: Request, context: ContextDep, actor: DeskDep, form: FormDep) -> Response:
    """Write somebody down."""
    return _keep(request, context, actor, form, None)


@router.get("/desk/riders/{rider_id}/edit")
def rider_page(request: Request, context: ContextDep, actor: DeskDep, rider_id: PathIdentifier) -> Response:
    """The same form for somebody known."""
    rider = read_caller(context, actor, rider_id).rider
    home = "" if rider.home is None else rider.home.name
    return _rider_form(
        request, rider, {"name": rider.name, "telephone": telephone(rider.telephone, "de"), "home": home, "email": rider.email}
    )


@router.post("/desk/riders/{rider_id}/edit")
def change_rider(request: Request, context: ContextDep, actor: DeskDep, rider_id: PathIdentifier, form: FormDep) -> Response:
    """Keep what has changed."""
    return _keep(request, context, actor, form, read_caller(context, actor, rider_id).rider)


@router.get("/desk/riders/{rider_id}")
def card_page(
    request: Request, context: ContextDep, actor: DeskDep, rider_id: PathIdentifier, return_of: BookingId = ""
) -> Response:
    """The card with the form for a ride; ``return_of`` a booking: the way back."""
    card = read_caller(context, actor, rider_id)
    typed = {} if card.rider.home is None else {"from": card.places[0].label}
    if return_of:
        leg = read_booking(context, actor, return_of).legs[-1]
        typed = {"from": leg.dropoff.name, "to": leg.pickup.name}
    return card_answer(request, context, actor, card, typed=typed)


@router.post("/desk/riders/{rider_id}/notes")
def new_note(request: Request, context: ContextDep, actor: DeskDep, rider_id: PathIdentifier, form: FormDep) -> Response:
    """Write a note down."""
    try:
        add_note(context, actor, rider_id, form.text("text", 500))
    except InvalidInputError:
        return card_answer(request, context, actor, read_caller(context, actor, rider_id), 422, wrong="note")
    return RedirectResponse(f"/desk/riders/{rider_id}?done=noted", 303)


@router.post("/desk/riders/{rider_id}/notes/{note_id}/delete")
def remove_note(context: ContextDep, actor: DeskDep, rider_id: PathIdentifier, note_id: PathIdentifier) -> Response:
    """Take a note away."""
    delete_note(context, actor, note_id)
    return RedirectResponse(f"/desk/riders/{rider_id}?done=note-deleted", 303)


@router.post("/desk/riders/{rider_id}/pin")
def new_pin(request: Request, context: ContextDep, actor: DeskDep, rider_id: PathIdentifier, form: FormDep) -> Response:
    """Agree on a PIN."""
    try:
        set_pin(context, actor, rider_id, form.text("pin", 20))
    except InvalidInputError:
        return card_answer(request, context, actor, read_caller(context, actor, rider_id), 422, wrong="pin")
    return RedirectResponse(f"/desk/riders/{rider_id}?done=pin-set", 303)


@router.post("/desk/riders/{rider_id}/pin/check")
def try_pin(context: ContextDep, actor: DeskDep, rider_id: PathIdentifier, form: FormDep) -> Response:
    """The PIN the caller says."""
    try:
        right = check_pin(context, actor, rider_id, form.text("pin", 20))
    except ConflictError:
        return RedirectResponse(f"/desk/riders/{rider_id}?done=pin-locked", 303)
    return RedirectResponse(f"/desk/riders/{rider_id}?done={'pin-right' if right else 'pin-wrong'}", 303)


@router.post("/desk/riders/{rider_id}/favourites")
def new_favourite(request: Request, context: ContextDep, actor: DeskDep, rider_id: PathIdentifier, form: FormDep) -> Response:
    """Keep a place for the next call."""
    place = read_place(context, actor, form, "place", rider_id)
    try:
        if place.place is not None:
            keep_favourite(context, actor, form.text("name", 60), place.place, rider_id)
            return RedirectResponse(f"/desk/riders/{rider_id}?done=place-kept", 303)
    except InvalidInputError:
        pass
    typed = {"favourite": form.text("name", 60)}
    card = read_caller(context, actor, rider_id)
    return card_answer(request, context, actor, card, 422, typed=typed, wrong="favourite", places={"place": place})


@router.post("/desk/riders/{rider_id}/favourites/{favourite_id}/delete")
def remove_favourite(context: ContextDep, actor: DeskDep, rider_id: PathIdentifier, favourite_id: PathIdentifier) -> Response:
    """Forget a place."""
    delete_favourite(context, actor, favourite_id)
    return RedirectResponse(f"/desk/riders/{rider_id}?done=place-deleted", 303)


@router.post("/desk/riders/{rider_id}/bookings/{booking_id}/cancel")
def cancel_ride(context: ContextDep, actor: DeskDep, rider_id: PathIdentifier, booking_id: PathIdentifier) -> Response:
    """The caller gives a ride back."""
    if read_booking(context, actor, booking_id).rider_id != rider_id:
        raise NotFoundError("no such booking of this rider")
    cancel_booking(context, actor, booking_id, is_heard=True)
    return RedirectResponse(f"/desk/riders/{rider_id}?done=cancelled", 303)


@router.post("/desk/riders/{rider_id}/bookings/{booking_id}/cancel-group")
def cancel_all(context: ContextDep, actor: DeskDep, rider_id: PathIdentifier, booking_id: PathIdentifier) -> Response:
    """The whole group gives its rides back."""
    if read_booking(context, actor, booking_id).rider_id != rider_id:
        raise NotFoundError("no such booking of this rider")
    cancel_group(context, actor, booking_id, is_heard=True)
    return RedirectResponse(f"/desk/riders/{rider_id}?done=cancelled", 303)


@router.post("/desk/riders/{rider_id}/bookings/{booking_id}/call")
def call_for_ride(
    context: ContextDep, actor: DeskDep, rider_id: PathIdentifier, booking_id: PathIdentifier, form: FormDep
) -> Response:
    """The caller is done and wants to go home."""
    if read_booking(context, actor, booking_id).rider_id != rider_id:
        raise NotFoundError("no such booking of this rider")
    answer = call_home(context, actor, booking_id, form.text("leg", 64), is_heard=True)
    return RedirectResponse(f"/desk/riders/{rider_id}?done={'not-called' if isinstance(answer, Rejection) else 'called'}", 303)


@router.post("/desk/riders/{rider_id}/bookings/{booking_id}/proposal")
def accept_for_caller(context: ContextDep, actor: DeskDep, rider_id: PathIdentifier, booking_id: PathIdentifier) -> Response:
    """The caller says yes to the other trains."""
    if read_booking(context, actor, booking_id).rider_id != rider_id:
        raise NotFoundError("no such booking of this rider")
    accept_proposal(context, actor, booking_id)
    return RedirectResponse(f"/desk/riders/{rider_id}?done=accepted", 303)


@router.post("/desk/riders/{rider_id}/waiting/{wish_id}/stop")
def wait_no_more(context: ContextDep, actor: DeskDep, rider_id: PathIdentifier, wish_id: PathIdentifier) -> Response:
    """The caller does not wait any more."""
    stop_waiting(context, actor, wish_id, rider_id)
    return RedirectResponse(f"/desk/riders/{rider_id}?done=not-waiting", 303)


def card_answer(  # noqa: PLR0913 -- everything a form may have to show again
    request: Request,
    context: Context,
    actor: Actor,
    card: CallerCard,
    status: int = 200,
    *,
    typed: dict[str, str] | None = None,
    wrong: str = "",
    places: dict[str, PlaceAnswer] | None = None,
) -> Response:
    """The card; ``typed`` stands in the fields again, ``wrong`` names the field with a mistake, ``places`` what may be meant."""
    language, zone = language_of(request), agency_zone(context, actor)
    _ = translator(language)
    return page(
        request,
        "desk/card.html",
        status,
        card=card,
        rides=ride_lines(list(card.bookings), _),
        proposals=[(b.id, told) for b in card.bookings if (told := proposal_told(b, language, zone, _))],
        waiting=[(wish, wished_time(wish.request)) for wish in list_waiting(context, actor, card.rider.id)],
        needs=need_words(_),
        channels=channel_words(_),
        zone=zone,
        today=context.clock().astimezone(zone).date(),
        typed=typed or {},
        wrong=wrong,
        places=places or {},
        done=request.query_params.get("done", "")[:40],
        by_number=request.query_params.get("by") == "number",
        party=default_party(card.rider),
    )


def default_party(rider: Rider) -> tuple[int, int]:
    """Seats and wheelchair places that this rider takes alone."""
    return (0, 1) if rider.needs & STAYING_SEATED else (1, 0)


def _keep(request: Request, context: Context, actor: Actor, form: Form, known: Rider | None) -> Response:
    home = read_place(context, actor, form, "home", known.id if known else None)
    typed = {name: form.text(name) for name in ("name", "telephone", "home", "email")}
    wrong = {"home"} if home.text and home.place is None else set()
    kept_home = known.home if known and known.home and home.text == known.home.name else home.place
    try:
        entry = RiderEntry(
            name=typed["name"],
            telephone=typed["telephone"],
            home=kept_home,
            needs=frozenset(need for need in Need if need.value in form.texts("needs")),
            max_walk_m=form.number("max_walk_m", 0, 5000),
            channel=next((each for each in Channel if each.value == form.text("channel")), Channel.CALL_BACK),
            language="en" if form.text("language") == "en" else "de",
            email=typed["email"],
            needs_consent=form.text("needs_consent") == "1",
            quiet=quiet_of(form),
        )
        if not wrong or kept_home is not None:
            rider = keep_rider(context, actor, entry, known.id if known else None)
            return RedirectResponse(f"/desk/riders/{rider.id}?done=kept", 303)
    except InvalidInputError as error:
        wrong |= {problem.where for problem in error.problems}
    return _rider_form(request, known, typed, 422, wrong=wrong, home=home, form=form)


def _rider_form(  # noqa: PLR0913 -- everything a form may have to show again
    request: Request,
    rider: Rider | None,
    typed: dict[str, str],
    status: int = 200,
    *,
    wrong: set[str] | None = None,
    home: PlaceAnswer | None = None,
    form: Form | None = None,
) -> Response:
    _ = translator(language_of(request))
    known = {need.value for need in rider.needs} if rider else set()
    return page(
        request,
        "desk/rider.html",
        status,
        rider=rider,
        typed=typed,
        wrong=wrong or set(),
        home=home or PlaceAnswer(text=typed.get("home", "")),
        needs=need_words(_),
        channels=channel_words(_),
        ticked=set(form.texts("needs")) if form else known,
        agreed=form.text("needs_consent") == "1" if form else bool(rider and rider.needs_consent_at),
        channel=(form.text("channel") if form else rider.channel.value if rider else "call_back"),
        messages=typed_of(form, rider),
        speaks=(form.text("language") if form else rider.language if rider else "de"),
        max_walk_m=(form.text("max_walk_m") if form else "" if rider is None or rider.max_walk_m is None else rider.max_walk_m),
    )
