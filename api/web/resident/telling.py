"""Offers, refusals and rides in plain sentences."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from api.web.journey_words import lines_told, parts_told
from api.web.language import Language, clock, day, euros, translator
from mobility.actions.follow_ride import FollowedRide, Stage
from mobility.domain.fleet import Acceptance
from mobility.domain.requests import Alternative, Offer, OfferKind, Reason, Window
from mobility.domain.riders import Need
from mobility.domain.tariffs import PartKind, PricePart
from mobility.files.line_words import line_told
from mobility.files.price_words import TRAIN_EXTRA, price_told

Texts = Callable[[str], str]
_WALKED_M_PER_MIN = 60


@dataclass(frozen=True, slots=True)
class Teller:
    """Speaks one language, and tells the time of one place."""

    language: Language
    zone: ZoneInfo

    @property
    def texts(self) -> Texts:
        return translator(self.language)

    def time(self, moment: datetime) -> str:
        """``9:05``."""
        return clock(moment, self.language, self.zone)

    def day(self, moment: datetime) -> str:
        """``Montag, 8. Juni 2026``."""
        return day(moment.astimezone(self.zone).date(), self.language)

    def until(self, moment: datetime) -> str:
        """As :meth:`time`, rounded up: nobody hears a promise that ends too early."""
        return self.time(moment + timedelta(seconds=59, microseconds=999_999))

    def between(self, window: Window) -> str:
        """``zwischen 9:05 und 9:20``."""
        _ = self.texts
        first, last = self.time(window.earliest), self.until(window.latest)
        if first == last:
            return _("um {time}").format(time=first)
        return _("zwischen {earliest} und {latest}").format(earliest=first, latest=last)

    def walk(self, metres: int) -> str:
        """``350 m zu Fuß, etwa 6 Minuten``; empty at the door."""
        if metres < 20:
            return ""
        _ = self.texts
        rounded = max(50, round(metres / 50) * 50)
        return _("{metres} m zu Fuß, etwa {minutes} Minuten").format(
            metres=rounded, minutes=max(1, round(metres / _WALKED_M_PER_MIN))
        )

    def price(self, cents: int | None) -> str:
        """``2,50 €``, or that it costs nothing, or what the ordinary ticket costs."""
        _ = self.texts
        if cents is None:
            return _("der übliche Fahrpreis")
        return euros(cents, self.language) if cents else _("kostenlos")

    def price_parts(self, parts: Sequence[PricePart]) -> list[str]:
        """Why it costs that; nothing where one person simply pays the fare, or nobody pays at all."""
        plain = len(parts) == 1 and parts[0].kind is PartKind.FARE and parts[0].persons == 1
        return [] if plain else price_told(parts, self.language)

    def offer(self, offer: Offer) -> dict[str, object]:
        """What a page says of an offer."""
        _ = self.texts
        return {
            "says": self._says(offer),
            "is_ride": offer.kind is not OfferKind.ORDINARY_LINE,
            "parts": parts_told(offer, self.language, self.zone, _),
            "by_timetable": offer.kind is OfferKind.JOURNEY,
            "train_extra": TRAIN_EXTRA[self.language] if offer.kind in (OfferKind.JOURNEY, OfferKind.RIDE_TO_LINE) else "",
            "day": self.day(offer.pickup_window.earliest),
            "pickup": offer.pickup.name or _("an Ihrer Tür"),
            "walk_to": self.walk(offer.walk_to_pickup_m),
            "dropoff": offer.dropoff.name or _("an der Tür"),
            "walk_from": self.walk(offer.walk_from_dropoff_m),
            "arrives": self.between(offer.dropoff_window),
            "price": self.price(offer.price_cents),
            "price_parts": self.price_parts(offer.price_parts),
            "carrier": offer.carrier,
            "telephone": offer.carrier_telephone,
            "waits": self._waits(offer),
            "told": ""
            if offer.line is None or offer.kind is OfferKind.JOURNEY
            else line_told(offer.line, self.language, self.zone),
        }

    def _says(self, offer: Offer) -> str:
        _ = self.texts
        when, lines = self.between(offer.pickup_window), lines_told(offer.transit, _)
        if offer.kind is OfferKind.ORDINARY_LINE:
            return _("Sie fahren {when} mit {service}, ohne Anmeldung").format(service=lines or offer.service_name, when=when)
        if offer.kind is OfferKind.RIDE_TO_LINE:
            says = _("{service} bringt Sie zur Haltestelle und holt Sie {when} ab")
            return says.format(service=offer.service_name, when=when)
        if offer.ride_to is None and offer.ride_from is not None:
            return _("Sie fahren {when} mit {lines}, dann holt Sie {service} ab").format(
                lines=lines, when=when, service=offer.service_name
            )
        says = (
            _("{service} holt Sie {when} ab, weiter mit {lines}")
            if offer.kind is OfferKind.JOURNEY
            else _("{service} holt Sie {when} ab")
        )
        return says.format(service=offer.service_name, when=when, lines=lines)

    def _waits(self, offer: Offer) -> str:
        """What happens before a volunteer's ride is sure."""
        _ = self.texts
        if offer.acceptance is Acceptance.ROSTERED or not offer.can_be_booked:
            return ""
        if offer.answer_by is None:
            return _("Hier fahren Freiwillige. Wir fragen erst jemanden und sagen Ihnen dann Bescheid.")
        when = f"{self.day(offer.answer_by)}, {self.time(offer.answer_by)}"
        return _("Hier fahren Freiwillige. Wir fragen erst jemanden und sagen Ihnen Bescheid, spätestens {when}.").format(
            when=when
        )

    def alternative(self, found: Alternative) -> dict[str, object]:
        """What would work instead: a time or a stop to press, a number to ring."""
        _ = self.texts
        if found.kind == "time" and found.depart_after is not None:
            when = _("{day}, ab {time}").format(day=self.day(found.depart_after), time=self.time(found.depart_after))
            return {"kind": "time", "says": when}
        if found.kind == "stop" and found.place is not None:
            return {"kind": "stop", "says": found.place.name}
        name, _colon, number = found.text.rpartition(": ")
        return {"kind": "telephone", "says": name, "telephone": number}

    def stage(self, ride: FollowedRide) -> str:
        """Where a ride stands, in a sentence."""
        return _stages(self.texts)[ride.stage].format(
            when=self.between(ride.leg.pickup_window),
            arrives=self.between(ride.leg.dropoff_window),
            expected=self.time(ride.expected) if ride.expected else "",
        )

    def late(self, ride: FollowedRide) -> str:
        """How late, when it matters; else empty."""
        if ride.late_s < 60:
            return ""
        _ = self.texts
        minutes = -(-ride.late_s // 60)
        return _("Das Fahrzeug kommt etwa {minutes} Minuten später als zugesagt, gegen {expected}.").format(
            minutes=minutes, expected=self.time(ride.expected) if ride.expected else ""
        )


def _stages(_: Texts) -> Mapping[Stage, str]:
    return {
        Stage.ASKED: _(
            "Wir fragen gerade, wer Sie fahren kann. Ihr Platz ist so lange für Sie frei gehalten. Wir sagen Ihnen Bescheid."
        ),
        Stage.WAITING: _("Ihre Fahrt wartet noch auf jemanden, der sie übernimmt. Wir sagen Ihnen Bescheid."),
        Stage.BOOKED: _("Ihre Fahrt ist gebucht. Das Fahrzeug kommt {when}. Die genaue Zeit sagen wir Ihnen kurz vorher."),
        Stage.NARROWED: _("Ihre Fahrt ist gebucht. Das Fahrzeug kommt {when}."),
        Stage.ON_ITS_WAY: _("Das Fahrzeug ist unterwegs und kommt gegen {expected} zu Ihnen."),
        Stage.ABOARD: _("Sie sind unterwegs. Ankunft gegen {expected}."),
        Stage.ARRIVED: _("Sie sind angekommen."),
        Stage.RESCUE: _("Ihr Fahrzeug ist ausgefallen. Wir suchen ein anderes und rufen Sie an."),
        Stage.CANCELLED: _("Diese Fahrt ist abgesagt. Es kommt kein Fahrzeug."),
        Stage.MISSED: _("Das Fahrzeug war da und hat Sie nicht angetroffen."),
        Stage.NOT_CONFIRMED: _("Leider hat niemand Zeit für diese Fahrt gefunden."),
    }


def reason_told(reason: Reason, _: Texts) -> str:
    """A refusal in a sentence, and what would help."""
    return {
        Reason.OUTSIDE_AREA: _("Einer der Orte liegt außerhalb des Gebiets, in dem wir fahren."),
        Reason.TOO_FAR_TO_WALK: _("Die nächste Haltestelle ist für Sie zu weit zu Fuß."),
        Reason.NO_ROAD: _("Dorthin führt keine Straße, die unsere Fahrzeuge befahren können."),
        Reason.ABOVE_CEILING: _(
            "Zu diesem Preis dürfen wir diese Fahrt nicht anbieten. Rufen Sie uns an, vielleicht fährt jemand anders."
        ),
        Reason.TOO_SHORT: _("Die Strecke ist so kurz, dass wir sie nicht fahren dürfen."),
        Reason.NOT_OPEN: _("Zu dieser Zeit fährt hier niemand."),
        Reason.TOO_LATE: _("Für diese Fahrt ist es zum Buchen zu spät."),
        Reason.TOO_EARLY: _("So weit im Voraus kann man noch nicht buchen."),
        Reason.NOT_ELIGIBLE: _("Diese Fahrten sind für andere Gruppen von Menschen gedacht."),
        Reason.NEEDS_NOT_SERVED: _("Kein Fahrzeug hat das, was Sie brauchen."),
        Reason.PARTY_TOO_LARGE: _("So viele Menschen auf einmal kann kein Fahrzeug mitnehmen."),
        Reason.ORDINARY_LINE: _("Dorthin fährt zu dieser Zeit schon ein Bus oder Zug, ohne Anmeldung."),
        Reason.NO_CAPACITY: _("Zu dieser Zeit sind alle Fahrzeuge vergeben."),
        Reason.NO_SERVICE: _("Hier ist noch kein Angebot eingerichtet."),
        Reason.OFFER_EXPIRED: _("Dieses Angebot galt nur ein paar Minuten und ist abgelaufen. Bitte suchen Sie noch einmal."),
        Reason.TAKEN_MEANWHILE: _("Den letzten Platz hat eben jemand anders gebucht. Bitte suchen Sie noch einmal."),
    }[reason]


def needs_told(_: Texts) -> Mapping[Need, str]:
    """What can be needed, as tick boxes say it."""
    return {
        Need.WALKING_FRAME: _("Ich habe einen Rollator dabei"),
        Need.BOARDING_HELP: _("Ich brauche Hilfe beim Einsteigen"),
        Need.FRONT_SEAT: _("Ich muss vorne sitzen"),
        Need.DOOR_TO_DOOR: _("Ich muss an der Tür abgeholt werden"),
        Need.GUIDE_DOG: _("Ich habe einen Assistenzhund dabei"),
        Need.CHILD_SEAT: _("Wir brauchen einen Kindersitz (etwa 1 bis 4 Jahre)"),
        Need.FOLDABLE_WHEELCHAIR: _("Mein Rollstuhl wird zusammengeklappt, ich sitze auf einem Sitz"),
        Need.ELECTRIC_WHEELCHAIR: _("Mein Rollstuhl ist elektrisch, ich bleibe darin sitzen"),
        Need.MOBILITY_SCOOTER: _("Ich fahre auf meinem Elektromobil (E-Scooter) mit"),
        Need.STEP_FREE: _("Ich kann keine Stufe steigen"),
        Need.HELP_TO_DOOR: _("Ich möchte von der Wohnungstür an begleitet werden"),
        Need.LOW_VISION: _("Ich sehe schlecht"),
        Need.LOW_HEARING: _("Ich höre schlecht"),
        Need.ORIENTATION_HELP: _("Ich finde mich allein nicht zurecht"),
        Need.INFANT_SEAT: _("Wir brauchen eine Babyschale (bis etwa 15 Monate)"),
        Need.BOOSTER_SEAT: _("Wir brauchen eine Sitzerhöhung (etwa 4 bis 12 Jahre)"),
        Need.PUSHCHAIR: _("Wir haben einen Kinderwagen dabei"),
    }
