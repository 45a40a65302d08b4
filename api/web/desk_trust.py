"""Whom a rider trusts, written down by the desk: who may book, who hears that the rider has arrived."""

from __future__ import annotations

from datetime import datetime, time, timedelta

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from api.auth import ContextDep
from api.fields import PathIdentifier
from api.web.desk import DeskDep
from api.web.forms import Form, FormDep
from api.web.language import language_of, translator
from api.web.rendering import PageRoute, page
from api.web.trust_view import Typed, contact_of, given_of, given_words, shown_consents, shown_contacts, typed_of
from mobility.actions.arrival_contacts import add_arrival_contact, list_arrival_contacts, remove_arrival_contact
from mobility.actions.book_for_others import ConsentEntry, list_consents, record_consent, withdraw_consent
from mobility.actions.context import Context
from mobility.actions.local_time import agency_zone
from mobility.actions.read_caller import read_caller
from mobility.domain.accounts import Actor
from mobility.errors import ConflictError, InvalidInputError

router = APIRouter(include_in_schema=False, route_class=PageRoute)

_FIELDS = ("helper", "telephone", "sign_in", "last_day")


@router.get("/desk/riders/{rider_id}/trust")
def trust_page(request: Request, context: ContextDep, actor: DeskDep, rider_id: PathIdentifier) -> Response:
    """What holds, and what has ended."""
    return _page(request, context, actor, rider_id)


@router.post("/desk/riders/{rider_id}/consents")
def record(request: Request, context: ContextDep, actor: DeskDep, rider_id: PathIdentifier, form: FormDep) -> Response:
    """The rider has agreed."""
    try:
        record_consent(context, actor, rider_id, _consent(context, actor, form))
    except InvalidInputError as error:
        return _page(request, context, actor, rider_id, form=form, error=error, part="consent")
    return RedirectResponse(f"/desk/riders/{rider_id}/trust?done=recorded", 303)


@router.post("/desk/riders/{rider_id}/consents/{consent_id}/withdraw")
def withdraw(context: ContextDep, actor: DeskDep, rider_id: PathIdentifier, consent_id: PathIdentifier) -> Response:
    """The rider agrees no more."""
    withdraw_consent(context, actor, rider_id, consent_id)
    return RedirectResponse(f"/desk/riders/{rider_id}/trust?done=withdrawn", 303)


@router.post("/desk/riders/{rider_id}/contacts")
def name_contact(request: Request, context: ContextDep, actor: DeskDep, rider_id: PathIdentifier, form: FormDep) -> Response:
    """Somebody is to hear of arrivals."""
    try:
        add_arrival_contact(context, actor, rider_id, contact_of(form))
    except (InvalidInputError, ConflictError) as error:
        return _page(request, context, actor, rider_id, form=form, error=error, part="contact")
    return RedirectResponse(f"/desk/riders/{rider_id}/trust?done=named", 303)


@router.post("/desk/riders/{rider_id}/contacts/{contact_id}/delete")
def remove_contact(context: ContextDep, actor: DeskDep, rider_id: PathIdentifier, contact_id: PathIdentifier) -> Response:
    """Nobody is told there any more."""
    remove_arrival_contact(context, actor, rider_id, contact_id)
    return RedirectResponse(f"/desk/riders/{rider_id}/trust?done=removed", 303)


def _consent(context: Context, actor: Actor, form: Form) -> ConsentEntry:
    last = form.day("last_day") if form.text("last_day") else None
    until = None if last is None else datetime.combine(last + timedelta(days=1), time(), agency_zone(context, actor))
    return ConsentEntry(form.text("helper"), given_of(form), form.text("telephone", 40), form.text("sign_in", 80), until)


def _page(  # noqa: PLR0913 -- everything a form may have to show again
    request: Request,
    context: Context,
    actor: Actor,
    rider_id: str,
    *,
    form: Form | None = None,
    error: InvalidInputError | ConflictError | None = None,
    part: str = "",
) -> Response:
    language, zone, now = language_of(request), agency_zone(context, actor), context.clock()
    _, rider = translator(language), read_caller(context, actor, rider_id).rider
    consents = list_consents(context, actor, rider_id)
    holding = [one for one in consents if one.holds(now)]
    where = [problem.where for problem in error.problems] if isinstance(error, InvalidInputError) else ["many"]
    return page(
        request,
        "desk/trust.html",
        200 if error is None else 422,
        rider=rider,
        holding=shown_consents(holding, _, language, zone),
        ended=shown_consents([one for one in consents if one not in holding], _, language, zone),
        contacts=shown_contacts(list_arrival_contacts(context, actor, rider_id), _),
        given=given_words(_),
        typed={name: form.text(name) for name in _FIELDS} if form is not None and part == "consent" else {},
        said=form.text("given") if form is not None else "",
        contact=typed_of(form, None) if part == "contact" else Typed(),
        wrong={} if error is None else {f"{part}-{name}": True for name in where},
        done=request.query_params.get("done", "")[:20],
    )
