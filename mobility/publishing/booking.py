"""Booking rules as GTFS and GOFS write them (booking_rules.txt, booking_rules.json: the same fields)."""

from __future__ import annotations

from gtfs.writing import Row
from mobility.domain.fleet import Acceptance
from mobility.domain.services import BookingRules, Service
from mobility.files import plain_words as words
from mobility.publishing.sources import Source

REAL_TIME, WITH_NOTICE = 0, 1
_MIDNIGHT = "00:00:00"


def notice_fields(rules: BookingRules) -> dict[str, object]:
    """How far ahead: real time when no notice is needed, else so many minutes, also where they are more than a day, since that is what the
    file says to the minute. Booking opens at midnight so many days before.
    """
    if rules.min_notice_s < 60:
        return {"booking_type": REAL_TIME}
    return {
        "booking_type": WITH_NOTICE,
        "prior_notice_duration_min": -(-rules.min_notice_s // 60),
        "prior_notice_start_day": rules.max_days_ahead,
        "prior_notice_start_time": _MIDNIGHT,
    }


def contact_fields(source: Source, service: Service) -> dict[str, object]:
    """What to tell, whom to ring, where to read on and where to book."""
    return {
        "message": message(service),
        "phone_number": service.carrier.telephone,
        "info_url": source.rules_url(service),
        "booking_url": source.booking_url,
    }


def booking_rule(source: Source, service: Service, rule_id: str) -> Row:
    """The row of booking_rules.txt."""
    return {"booking_rule_id": rule_id, **notice_fields(service.booking), **contact_fields(source, service)}


def message(service: Service) -> str:
    """What a rider must do, in plain German; with it what booking rules have no field for: who may ride, and that volunteers are asked."""
    rules = service.booking
    notice = f"spätestens {words.duration(rules.min_notice_s, 'de')} vorher" if rules.min_notice_s else "bis kurz vorher"
    ahead = (
        f"höchstens {words.counted(rules.max_days_ahead, 'day', 'de')} im Voraus" if rules.max_days_ahead else "nur am selben Tag"
    )
    said = [f"Bitte buchen: {notice}, {ahead}."]
    if service.eligible_groups:
        said.append(f"Mitfahren dürfen: {words.people(service.eligible_groups, 'de')}.")
    if service.volunteers is not None and service.volunteers.acceptance is not Acceptance.ROSTERED:
        said.append("Ehrenamtliche fahren; die Zusage folgt, wenn jemand Zeit hat.")
    return " ".join(said)
