"""Asking for a ride."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Self
from zoneinfo import ZoneInfo

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field, model_validator

from api.auth import ActorDep, ContextDep
from api.fields import Body, Identifier, Instant, Latitude, Longitude, Moment, Text, aware
from api.places_out import PlaceOut, WindowOut
from api.strict_json import StrictJsonRoute
from api.transit import TransitLegOut
from mobility.actions.locate_place import PlaceQuery, locate_place
from mobility.actions.offer_rides import offer_rides
from mobility.domain.places import Place
from mobility.domain.requests import Alternative, Decision, Offer, OfferKind, RideRequest
from mobility.domain.riders import Fellow, Need, Party
from mobility.domain.tariffs import PricePart
from mobility.files.line_words import line_told
from mobility.files.plain_texts import TEXTS
from mobility.files.price_words import TRAIN_EXTRA, price_told

router = APIRouter(tags=["offers"], route_class=StrictJsonRoute)


class PlaceIn(Body):
    """A place: coordinates, a stop, or an address as one would say it on the telephone."""

    lon: Longitude | None = None
    lat: Latitude | None = None
    stop_id: Text | None = None
    address: Text | None = None

    @model_validator(mode="after")
    def one_way_of_saying_it(self) -> Self:
        point = self.lon is not None and self.lat is not None
        half = (self.lon is None) != (self.lat is None)
        if half or point + (self.stop_id is not None) + (self.address is not None) != 1:
            raise ValueError("give either lon and lat, or stop_id, or address")
        return self

    def query(self) -> PlaceQuery:
        """As the action wants it."""
        return PlaceQuery(self.lon, self.lat, self.stop_id, self.address)


class FellowIn(Body):
    """Somebody who travels along, as far as it matters for the price: an age, or a group (a ticket, a pass) that a tariff names."""

    age: Annotated[int, Field(ge=0, le=120)] | None = None
    group: Identifier | None = None

    @model_validator(mode="after")
    def one_thing(self) -> Self:
        if (self.age is None) == (self.group is None):
            raise ValueError("give either age or group")
        return self


class PartyIn(Body):
    """Who travels: seats, and people who stay in their wheelchair. ``assistants`` of those on seats help somebody; ``stowed`` are things
    for the boot, where they are more than one of each kind that the needs name. ``fellows`` are those who may pay less.
    """

    seats: Annotated[int, Field(ge=0, le=50)] = 1
    wheelchairs: Annotated[int, Field(ge=0, le=10)] = 0
    assistants: Annotated[int, Field(ge=0, le=10)] = 0
    stowed: Annotated[int, Field(ge=0, le=20)] = 0
    fellows: list[FellowIn] = Field(default_factory=list, max_length=20)

    @model_validator(mode="after")
    def somebody(self) -> Self:
        if self.seats + self.wheelchairs == 0:
            raise ValueError("at least one person travels")
        if not self.party().assists_somebody:
            raise ValueError("each of the assistants takes one of the seats and helps somebody else")
        if not self.party().describes_no_stranger:
            raise ValueError("fellows are people who travel along, beside the rider and assistants")
        return self

    def party(self) -> Party:
        """As the action wants it."""
        fellows = tuple(Fellow(one.age, one.group or "") for one in self.fellows)
        return Party(self.seats, self.wheelchairs, self.assistants, self.stowed, fellows)


class OfferRequest(Body):
    """From, to, when (exactly one of the two times), who. Times without an offset are local to the agency."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "from": {"address": "Kirschallee 10, Nebelow"},
                    "to": {"address": "Hausarztpraxis am Markt, Auenfurt"},
                    "arrive_by": "2026-12-01T10:00:00+01:00",
                    "party": {"seats": 1},
                    "rider_id": "r-003",
                }
            ]
        }
    )

    origin: PlaceIn = Field(alias="from")
    destination: PlaceIn = Field(alias="to")
    depart_after: Moment | None = None
    arrive_by: Moment | None = None
    party: PartyIn = PartyIn()
    needs: Annotated[list[Annotated[Need, Field(strict=False)]], Field(max_length=20, default_factory=list)]
    max_walk_m: Annotated[int, Field(ge=0, le=5000)] | None = None
    rider_id: Identifier | None = None

    @model_validator(mode="after")
    def one_time(self) -> Self:
        if (self.depart_after is None) == (self.arrive_by is None):
            raise ValueError("give exactly one of depart_after and arrive_by")
        return self

    def wish(self, agency_id: str, origin: Place, destination: Place, zone: ZoneInfo) -> RideRequest:
        """As the action wants it; times without an offset are read in ``zone``."""
        return RideRequest(
            agency_id=agency_id,
            origin=origin,
            destination=destination,
            depart_after=_aware(self.depart_after, zone),
            arrive_by=_aware(self.arrive_by, zone),
            party=self.party.party(),
            needs=frozenset(self.needs),
            max_walk_m=self.max_walk_m,
            rider_id=self.rider_id,
        )


class PricePartOut(BaseModel):
    """A part of a price; negative for what is taken off. ``told`` says it (``de`` and ``en``)."""

    kind: str
    persons: int
    each_cents: int
    cents: int
    group: Annotated[str, Field(description="of the concession; empty where there is none")]
    told: dict[str, str]

    @classmethod
    def of(cls, parts: Sequence[PricePart]) -> list[Self]:
        """From the domain."""
        told = {language: price_told(parts, language) for language in TEXTS}
        return [
            cls(
                kind=part.kind.value,
                persons=part.persons,
                each_cents=part.each_cents,
                cents=part.cents,
                group=part.group,
                told={language: sentences[number] for language, sentences in told.items()},
            )
            for number, part in enumerate(parts)
        ]


class OfferOut(BaseModel):
    """One concrete answer; ``kind`` ``ordinary_line`` names a bus or train that needs no booking, ``told`` says how to ride it (``de`` and
    ``en``); ``ride_to_line`` is a ride to its stop; ``journey`` is a train or bus with a ride to it, from it, or both: its price is that of
    the rides, which are booked together (``price_holds`` says so). ``price_parts`` add up to the price.
    """

    id: str
    kind: str
    service_id: str
    service: str
    carrier: str
    carrier_telephone: str
    legal_basis: str
    driver: str
    acceptance: str
    answer_by: Instant | None
    pickup: PlaceOut
    pickup_window: WindowOut
    walk_to_pickup_m: int
    dropoff: PlaceOut
    dropoff_window: WindowOut
    walk_from_dropoff_m: int
    price_cents: int | None
    price_parts: list[PricePartOut]
    price_holds: Annotated[
        dict[str, str] | None, Field(description="what is not part of the price: the tickets of trains and buses")
    ]
    currency: str = "EUR"
    told: dict[str, str] | None
    ride_to: Annotated[OfferOut | None, Field(description="of a journey: the ride to the first train or bus")]
    transit: Annotated[list[TransitLegOut], Field(description="trains and buses, in order")]
    ride_from: Annotated[OfferOut | None, Field(description="of a journey: the ride from the last train or bus")]

    @classmethod
    def of(cls, offer: Offer, zone: ZoneInfo) -> Self:
        """From the domain."""
        line = offer.line
        return cls(
            id=offer.id,
            kind=offer.kind.value,
            service_id=offer.service_id,
            service=offer.service_name,
            carrier=offer.carrier,
            carrier_telephone=offer.carrier_telephone,
            legal_basis=offer.legal_basis.value,
            driver=offer.driver_kind,
            acceptance=offer.acceptance.value,
            answer_by=offer.answer_by,
            pickup=PlaceOut.of(offer.pickup),
            pickup_window=WindowOut.of(offer.pickup_window),
            walk_to_pickup_m=offer.walk_to_pickup_m,
            dropoff=PlaceOut.of(offer.dropoff),
            dropoff_window=WindowOut.of(offer.dropoff_window),
            walk_from_dropoff_m=offer.walk_from_dropoff_m,
            price_cents=offer.price_cents,
            price_parts=PricePartOut.of(offer.price_parts),
            price_holds={str(language): said for language, said in TRAIN_EXTRA.items()}
            if offer.kind in (OfferKind.JOURNEY, OfferKind.RIDE_TO_LINE)
            else None,
            told=None if line is None else {language: line_told(line, language, zone) for language in TEXTS},
            ride_to=None if offer.ride_to is None else cls.of(offer.ride_to, zone),
            transit=[TransitLegOut.of(ride) for ride in offer.transit],
            ride_from=None if offer.ride_from is None else cls.of(offer.ride_from, zone),
        )


class AlternativeOut(BaseModel):
    """Something that would work instead."""

    kind: str
    text: str
    depart_after: Instant | None
    place: PlaceOut | None

    @classmethod
    def of(cls, found: Alternative) -> Self:
        """From the domain."""
        place = None if found.place is None else PlaceOut.of(found.place)
        return cls(kind=found.kind, text=found.text, depart_after=found.depart_after, place=place)


class RejectionOut(BaseModel):
    """A "no": reason from the closed list, and the nearest thing that would work."""

    reason: str
    rule: str
    alternatives: list[AlternativeOut]


class OffersOut(BaseModel):
    """The answer to a request: at most five offers, or a rejection."""

    decision_id: str
    expires_at: Instant
    offers: list[OfferOut]
    rejection: RejectionOut | None

    @classmethod
    def of(cls, decision: Decision, zone: ZoneInfo) -> Self:
        """From the domain; sentences tell the time of ``zone``."""
        no = decision.rejection
        return cls(
            decision_id=decision.id,
            expires_at=decision.expires_at,
            offers=[OfferOut.of(offer, zone) for offer in decision.offers],
            rejection=None
            if no is None
            else RejectionOut(reason=no.reason.value, rule=no.rule, alternatives=[AlternativeOut.of(a) for a in no.alternatives]),
        )


@router.post("/offers")
def create_offers(body: OfferRequest, context: ContextDep, actor: ActorDep) -> OffersOut:
    """Ask for a ride: concrete offers, by train and bus with rides to them and from them too, or a reasoned "no"."""
    origin, zone = locate_place(context, actor, body.origin.query(), "from")
    destination, _ = locate_place(context, actor, body.destination.query(), "to")
    request = body.wish(actor.agency_id, origin, destination, zone)
    return OffersOut.of(offer_rides(context, actor, request, combines=True), zone)


def _aware(moment: datetime | None, zone: ZoneInfo) -> datetime | None:
    return None if moment is None else aware(moment, zone)
