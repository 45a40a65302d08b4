"""About me: how I am told things, who hears that I have arrived, who may book for me."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import RedirectResponse

from api.auth import ContextDep
from api.fields import PathIdentifier
from api.web.forms import Form, FormDep
from api.web.language import language_of, translator
from api.web.rendering import PageRoute, page
from api.web.resident.booking import RiderDep
from api.web.trust_view import (
    Typed,
    contact_of,
    messages_of,
    shown_consents,
    shown_contacts,
    typed_of,
)
from mobility.actions.arrival_contacts import add_arrival_contact, list_arrival_contacts, remove_arrival_contact
from mobility.actions.book_for_others import list_consents, withdraw_consent
from mobility.actions.context import Context
from mobility.actions.keep_messages import keep_messages
from mobility.actions.local_time import agency_zone
from mobility.actions.read_riders import read_own_rider
from mobility.actions.read_services import list_services
from mobility.domain.accounts import Actor
from mobility.errors import ConflictError, InvalidInputError, NotFoundError

router = APIRouter(include_in_schema=False, route_class=PageRoute)

Done = Annotated[Literal["kept", "named", "removed", "withdrawn", ""], Query()]


@router.get("/about-me")
def about_page(request: Request, context: ContextDep, actor: RiderDep, done: Done = "") -> Response:
    """Everything that holds, to change."""
    return _page(request, context, actor, done=done)


@router.post("/about-me/messages")
def keep(request: Request, context: ContextDep, actor: RiderDep, form: FormDep) -> Response:
    """How I want to be told things."""
    try:
        keep_messages(context, actor, _own(actor), messages_of(form))
    except InvalidInputError as error:
        return _page(request, context, actor, 422, form=form, error=error)
    return RedirectResponse("/about-me?done=kept", 303)


@router.post("/about-me/contacts")
def name_contact(request: Request, context: ContextDep, actor: RiderDep, form: FormDep) -> Response:
    """Somebody who is to hear that I have arrived."""
    try:
        add_arrival_contact(context, actor, _own(actor), contact_of(form))
    except (InvalidInputError, ConflictError) as error:
        return _page(request, context, actor, 422, form=form, error=error, part="contact")
    return RedirectResponse("/about-me?done=named", 303)


@router.post("/about-me/contacts/{contact_id}/delete")
def remove_contact(context: ContextDep, actor: RiderDep, contact_id: PathIdentifier) -> Response:
    """He or she need not hear it any more."""
    remove_arrival_contact(context, actor, _own(actor), contact_id)
    return RedirectResponse("/about-me?done=removed", 303)


@router.post("/about-me/consents/{consent_id}/withdraw")
def withdraw(context: ContextDep, actor: RiderDep, consent_id: PathIdentifier) -> Response:
    """Nobody is to book for me so any more."""
    withdraw_consent(context, actor, _own(actor), consent_id)
    return RedirectResponse("/about-me?done=withdrawn", 303)


def _own(actor: Actor) -> str:
    """The rider the sign-in belongs to.

    Raises:
        NotFoundError: it is an office's.
    """
    if actor.rider_id is None:
        raise NotFoundError("this account belongs to no rider")
    return actor.rider_id


def _page(  # noqa: PLR0913 -- everything a form may have to show again
    request: Request,
    context: Context,
    actor: Actor,
    status: int = 200,
    *,
    done: str = "",
    form: Form | None = None,
    error: InvalidInputError | ConflictError | None = None,
    part: str = "messages",
) -> Response:
    _, rider, zone = translator(language_of(request)), read_own_rider(context, actor), agency_zone(context, actor)
    numbers = dict.fromkeys((service.carrier.name, service.carrier.telephone) for service in list_services(context, actor))
    consents = [one for one in list_consents(context, actor, rider.id) if one.holds(context.clock())]
    return page(
        request,
        "resident/about_me.html",
        status,
        rider=rider,
        messages=typed_of(form if part == "messages" else None, rider),
        contact=typed_of(form, None) if part == "contact" else Typed(),
        wrong={} if error is None else _wrong(error, part),
        contacts=shown_contacts(list_arrival_contacts(context, actor, rider.id), _),
        consents=shown_consents(consents, _, language_of(request), zone),
        numbers=list(numbers)[:1],
        done=done,
    )


def _wrong(error: InvalidInputError | ConflictError, part: str) -> dict[str, bool]:
    """Which fields of which form are marked."""
    if isinstance(error, ConflictError):
        return {"contact-many": True}
    return {f"{part}-{problem.where}": True for problem in error.problems}
