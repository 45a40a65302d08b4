"""What somebody typed on the first page of booking: kept while signing in, checked, and made a request."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from fastapi import Request, Response

from api.web.fellows import FIELD as FELLOWS
from api.web.fellows import described
from api.web.forms import Form
from api.web.language import language_of, translator
from api.web.place_fields import PlaceAnswer, understood_place
from mobility.actions.context import Context
from mobility.domain.accounts import Actor
from mobility.domain.requests import RideRequest
from mobility.domain.riders import Need, Party
from mobility.errors import InvalidInputError

COOKIE = "wish"
_LASTS_S = 1800
MOST_SEATS, MOST_WHEELCHAIRS = 8, 2
TICKED = tuple(need for need in Need if need is not Need.WHEELCHAIR)
"""Who stays in a wheelchair is counted, not ticked."""
SHOWN_FIRST = (Need.WALKING_FRAME, Need.BOARDING_HELP, Need.FRONT_SEAT, Need.DOOR_TO_DOOR, Need.GUIDE_DOG, Need.CHILD_SEAT)
"""What most people need; the rest is folded away until somebody looks for it."""


@dataclass(frozen=True, slots=True)
class Typed:
    """The fields as they stand, unchecked."""

    origin: str = ""
    origin_id: str = ""
    to: str = ""
    to_id: str = ""
    day: str = ""
    time: str = ""
    meaning: str = "depart"
    seats: str = "1"
    wheelchairs: str = "0"
    assistants: str = "0"
    fellows: str = ""
    needs: tuple[str, ...] = ()
    rider: str = ""

    @classmethod
    def of(cls, form: Form) -> Typed:
        """From the form."""
        texts = {one.name: form.text(one.name) for one in fields(cls) if one.name != "needs"}
        return cls(**texts, needs=tuple(form.texts("needs")[:20]))


@dataclass(frozen=True, slots=True)
class Read:
    """What was typed, what it means, and what is wrong with it by field. ``request`` is None while something is wrong."""

    typed: Typed
    origin: PlaceAnswer = field(default_factory=PlaceAnswer)
    to: PlaceAnswer = field(default_factory=PlaceAnswer)
    errors: Mapping[str, str] = field(default_factory=dict)
    request: RideRequest | None = None


def read_wish(request: Request, context: Context, actor: Actor, typed: Typed, zone: ZoneInfo) -> Read:
    """The wish, or what must be mended first. Whether the actor may ask for this rider is decided where it is asked."""
    _ = translator(language_of(request))
    origin = understood_place(context, actor, typed.origin, typed.origin_id)
    to = understood_place(context, actor, typed.to, typed.to_id)
    when, party = _moment(typed, zone), _party(typed)
    errors = {}
    for name, answer in (("origin", origin), ("to", to)):
        if answer.place is None:
            errors[name] = (
                _("Das kann mehrere Orte meinen. Bitte wählen Sie einen aus.")
                if answer.choices
                else _("Diesen Ort kennen wir nicht. Bitte schreiben Sie Straße, Hausnummer und Ort.")
            )
    if not errors and origin.place == to.place:
        errors["to"] = _("Start und Ziel sind derselbe Ort.")
    if when is None:
        errors["day"] = _("Bitte geben Sie Tag und Uhrzeit an.")
    elif abs(when - context.clock()) > timedelta(days=400):
        errors["day"] = _("Dieser Tag ist zu weit weg. Stimmt das Jahr?")
    if party is None:
        errors["seats"] = _("Bitte geben Sie an, wie viele Menschen mitfahren.")
    elif not party.assists_somebody:
        errors["seats"] = _("Eine Begleitperson sitzt auf einem der Sitzplätze und hilft jemandem. Bitte zählen Sie noch einmal.")
    told = None if party is None else _described(context, actor, typed, party)
    if party is not None and told is None:
        errors[FELLOWS] = _(
            "Bitte Alter oder Fahrkarten der Mitfahrenden, mit Komma getrennt, höchstens so viele, wie mitfahren."
        )
    party = told or party
    if errors or origin.place is None or to.place is None or party is None:
        return Read(typed, origin, to, errors)
    needs = frozenset(Need(need) for need in typed.needs if need in {one.value for one in TICKED})
    needs |= frozenset({Need.WHEELCHAIR}) if party.wheelchairs else frozenset()
    depart = when if typed.meaning != "arrive" else None
    arrive = when if typed.meaning == "arrive" else None
    wish = RideRequest(
        actor.agency_id, origin.place, to.place, depart, arrive, party, needs, rider_id=typed.rider or actor.rider_id
    )
    return Read(typed, origin, to, {}, wish)


def _moment(typed: Typed, zone: ZoneInfo) -> datetime | None:
    try:
        return datetime.combine(date.fromisoformat(typed.day), time.fromisoformat(typed.time), zone)
    except ValueError:
        return None


def _party(typed: Typed) -> Party | None:
    seats, wheelchairs = _count(typed.seats, MOST_SEATS), _count(typed.wheelchairs, MOST_WHEELCHAIRS)
    assistants = _count(typed.assistants, MOST_SEATS)
    if seats is None or wheelchairs is None or assistants is None or seats + wheelchairs == 0:
        return None
    return Party(seats, wheelchairs, assistants)


def _described(context: Context, actor: Actor, typed: Typed, party: Party) -> Party | None:
    """The party with those who may pay less; None when that cannot be understood."""
    try:
        return described(context, actor, typed.fellows, party)
    except InvalidInputError:
        return None


def _count(text: str, most: int) -> int | None:
    """Empty counts as none."""
    text = text or "0"
    return int(text) if text.isascii() and text.isdigit() and len(text) < 3 and int(text) <= most else None


def keep(context: Context, request: Request, response: Response, typed: Typed) -> None:
    """Remember what was typed on this browser, for half an hour, so that signing in loses nothing."""
    text = base64.urlsafe_b64encode(json.dumps(asdict(typed)).encode()).decode()
    secure = request.url.scheme == "https"
    response.set_cookie(COOKIE, context.sign(text), max_age=_LASTS_S, httponly=True, samesite="strict", secure=secure, path="/")


def kept(context: Context, request: Request) -> Typed | None:
    """What was typed before signing in."""
    text = context.verify(request.cookies.get(COOKIE, ""))
    if not text:
        return None
    try:
        found = json.loads(base64.urlsafe_b64decode(text))
        return Typed(**{**found, "needs": tuple(found["needs"])})
    except (ValueError, TypeError, KeyError):
        return None  # of an older version


def forget(response: Response) -> None:
    """The wish has been asked."""
    response.delete_cookie(COOKIE, path="/")
