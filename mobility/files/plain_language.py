"""A service's rules as a page in plain language, made from the same source as everything else."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from math import floor

from mobility.domain.fleet import Acceptance
from mobility.domain.services import Access, DayKind, Fallback, Service, Yielding
from mobility.domain.tariffs import SEVERELY_DISABLED, Tariff
from mobility.files import plain_words as words
from mobility.files.plain_texts import TEXTS, Language

EXAMPLE_RIDE_S = 20 * 60
MOST_STOPS_NAMED = 12
_ALL = 100
_SENTENCE_END = re.compile(r"(?<=[.?!]) (?=[A-ZÄÖÜ])")


@dataclass(frozen=True, slots=True)
class Section:
    """A heading and the sentences below it."""

    heading: str
    sentences: tuple[str, ...]


Told = Iterator[tuple[str, dict[str, object]]]


def describe(service: Service, language: Language, only: Collection[str] = ()) -> list[Section]:
    """What a rider should know of a service, section by section; sections with nothing to say are left out. ``only``: of these sections.

    Raises:
        KeyError: a language other than ``"de"`` and ``"en"``.
    """
    texts = TEXTS[language]
    sections = []
    for heading, tell in _SECTIONS.items():
        if only and heading not in only:
            continue
        sentences = [sentence for key, values in tell(service, language) for sentence in _sentences(texts[key], values)]
        if sentences:
            sections.append(Section(texts[heading], tuple(sentences)))
    return sections


def _sentences(template: str, values: dict[str, object]) -> list[str]:
    """A text's sentences, one each; what is put into them is never split, and a closing dot not doubled."""
    filled = [part.format(**values) for part in _SENTENCE_END.split(template)]
    return [sentence[:-1] if sentence.endswith("..") else sentence for sentence in filled]


def _about(service: Service, _: Language) -> Told:
    yield str(service.form), {"name": service.name}


def _who(service: Service, language: Language) -> Told:
    if service.eligible_groups:
        yield "only_groups", {"groups": words.people(service.eligible_groups, language)}
    else:
        yield "everybody", {}
    if service.needs:
        yield "needs", {"needs": words.needs(service.needs, language)}
    else:
        yield "no_needs", {}


def _where(service: Service, language: Language) -> Told:
    yield str(service.access), {}
    if service.zones:
        yield "zones", {"zones": words.listed([zone.name for zone in service.zones], language)}
    if len(service.stops) > MOST_STOPS_NAMED:
        yield "many_stops", {"count": len(service.stops)}
    elif service.stops:
        yield "stops", {"stops": "; ".join(stop.name for stop in service.stops)}
    if service.use_feed_stops:
        yield "feed_stops", {}
    if service.access is not Access.DOOR_TO_DOOR and service.ride.max_walk_m:
        yield "max_walk", {"metres": service.ride.max_walk_m}


def _when(service: Service, language: Language) -> Told:
    for hours in service.hours:
        spoken = {"start": words.clock(hours.start_s, language), "end": words.clock(hours.end_s, language)}
        yield "hours", {"days": words.days(hours.days, language), **spoken}
    if not any(DayKind.HOLIDAY in hours.days for hours in service.hours):
        yield "not_on_holidays", {}
    if service.closed_on:
        dates = [words.calendar_date(day, language) for day in sorted(service.closed_on)]
        yield "closed_on", {"dates": words.listed(dates, language)}


def _booking(service: Service, language: Language) -> Told:
    rules = service.booking
    if rules.min_notice_s:
        yield "min_notice", {"duration": words.duration(rules.min_notice_s, language)}
    else:
        yield "no_notice", {}
    if rules.max_days_ahead:
        yield "days_ahead", {"days": words.counted(rules.max_days_ahead, "day", language)}
    else:
        yield "today_only", {}
    if rules.cancel_notice_s:
        yield "cancel", {"duration": words.duration(rules.cancel_notice_s, language)}
    else:
        yield "cancel_any", {}
    if service.walk_up_seats:
        yield "walk_up_one" if service.walk_up_seats == 1 else "walk_up", {"count": service.walk_up_seats}


def _promise(service: Service, language: Language) -> Told:
    rules, ride = service.promise, service.ride
    late = words.duration(rules.pickup_late_s, language)
    if rules.pickup_early_s:
        yield "pickup_window", {"early": words.duration(rules.pickup_early_s, language), "late": late}
    else:
        yield "pickup_late", {"late": late}
    yield "dropoff_window", {"late": words.duration(rules.dropoff_late_s, language)}
    if rules.narrow_before_s is not None and rules.narrow_to_s is not None:
        before, width = (words.duration(seconds, language) for seconds in (rules.narrow_before_s, rules.narrow_to_s))
        yield "narrowed", {"before": before, "width": width}
    longest = floor((EXAMPLE_RIDE_S * ride.max_factor + ride.max_extra_s) / 60) * 60
    spoken = {"direct": words.duration(EXAMPLE_RIDE_S, language), "longest": words.duration(longest, language)}
    yield "longest_ride", {**spoken}
    if service.line is not None:
        yield "line_late", {"late": words.duration(service.line.max_late_s, language)}


def _price(service: Service, language: Language) -> Told:
    tariff = service.tariff
    if tariff.is_free:
        yield "free", {}
        return
    yield from _fares(service, language)
    if tariff.surcharge_cents:
        yield "surcharge", {"price": words.price(tariff.surcharge_cents, language)}
    yield from _paying_less(tariff, language)
    if service.ceiling is not None:
        yield "ceiling", {"price": words.price(service.ceiling.cents_per_km, language)}


def _fares(service: Service, language: Language) -> Told:
    tariff = service.tariff
    names = {zone.id: zone.name for zone in service.zones}
    for fare in tariff.zone_fares:
        zones = sorted(names.get(zone, zone) for zone in fare.zones)
        spoken: dict[str, object] = {"zones": words.listed(zones, language), "price": words.price(fare.cents, language)}
        yield "zone_fare" if len(zones) > 1 else "zone_fare_within", spoken
    for band in tariff.bands:
        yield "band", {"km": words.kilometres(band.up_to_m, language), "price": words.price(band.cents, language)}
    if tariff.bands:
        yield "band_beyond", {"price": words.price(tariff.bands[-1].cents, language)}
    else:
        if tariff.base_cents:
            yield "base_otherwise" if tariff.zone_fares else "base", {"price": words.price(tariff.base_cents, language)}
        if tariff.cents_per_km:
            yield "per_km_too" if tariff.base_cents else "per_km", {"price": words.price(tariff.cents_per_km, language)}
    if tariff.max_cents is not None and not tariff.is_flat:
        yield "max_price", {"price": words.price(tariff.max_cents, language)}


def _paying_less(tariff: Tariff, language: Language) -> Told:
    if tariff.free_groups:
        yield "free_groups", {"groups": words.people(tariff.free_groups, language)}
    if tariff.severely_disabled_free and SEVERELY_DISABLED not in tariff.free_groups:
        yield "severely_disabled", {}
    for one in tariff.concessions:
        group = words.group_name(one.group, language) + words.ages(one.from_age, one.to_age, language)
        yield f"pays_{one.pays}", {"group": group, "percent": one.percent}
        if one.escort_free:
            yield "escort_free", {}
    if tariff.assistants_free:
        yield "assistants_free", {}
    if tariff.fellow_percent < _ALL:
        yield "fellows", {"percent": tariff.fellow_percent}
    if tariff.shared_percent < _ALL:
        yield "shared", {"percent": tariff.shared_percent}
    if tariff.group is not None:
        yield "group_price", {"count": tariff.group.persons, "price": words.price(tariff.group.cents, language)}


def _parallel(service: Service, language: Language) -> Told:
    rule = service.parallel
    if rule.sends_to_lines:
        yield "line_first", {}
        before, after = (words.duration(seconds, language) for seconds in (rule.before_s, rule.after_s))
        yield "line_window", {"before": before, "after": after}
        yield "line_walk", {"metres": rule.max_walk_m}
        for need, metres in rule.walk_by_need_m:
            yield "line_walk_for", {"people": words.people(frozenset(), language, frozenset({need})), "metres": metres}
        if rule.max_changes:
            yield "line_changes_one" if rule.max_changes == 1 else "line_changes", {"count": rule.max_changes}
        if rule.lead_s:
            yield "line_lead", {"within": words.duration(rule.lead_s, language)}
        if rule.exempt_needs or rule.exempt_groups:
            yield "exempt", {"people": words.people(rule.exempt_groups, language, rule.exempt_needs)}
        if rule.night_from_s is not None and rule.night_until_s is not None:
            start, end = (words.clock(seconds, language) for seconds in (rule.night_from_s, rule.night_until_s))
            yield "exempt_at_night", {"start": start, "end": end}
    if rule.min_ride_m:
        yield "min_ride", {"metres": rule.min_ride_m}
        yield "min_ride_walk", {}


def _connection(service: Service, language: Language) -> Told:
    rules = service.connection
    if service.volunteers is not None and service.volunteers.acceptance is not Acceptance.ROSTERED:
        return  # only rides that are certain go to trains
    if rules.change_s:
        yield "change", {"change": words.duration(rules.change_s, language)}
    if rules.yields is Yielding.RIDER and rules.hold_max_s:
        yield "hold", {"hold": words.duration(rules.hold_max_s, language)}
    else:
        yield "no_hold", {}
    spoken = {
        "later": words.duration(rules.later_within_s, language),
        "telephone": words.telephone(rules.taxi_telephone, language) if rules.taxi_telephone else "",
    }
    yield "fallback", {}
    for way in rules.fallback:
        yield f"way_{way}", {**spoken}
    if rules.last_train != tuple(way for way in rules.fallback if way is not Fallback.LATER_TRAIN):
        yield "last_train", {}
        for way in rules.last_train:
            yield f"way_{way}", {**spoken}


def _drivers(service: Service, language: Language) -> Told:
    rules = service.volunteers
    if rules is None:
        return
    yield str(rules.acceptance), {"answer": words.duration(rules.answer_within_s, language)}
    if rules.acceptance is not Acceptance.ROSTERED and rules.confirm_before_s:
        yield "confirm", {"duration": words.duration(rules.confirm_before_s, language)}


def _contact(service: Service, language: Language) -> Told:
    yield "carrier", {"name": service.carrier.name}
    yield "telephone", {"telephone": words.telephone(service.carrier.telephone, language)}
    yield str(service.legal_basis), {}


_SECTIONS: dict[str, Callable[[Service, Language], Told]] = {
    "about": _about,
    "who": _who,
    "where": _where,
    "when": _when,
    "booking": _booking,
    "promise": _promise,
    "price": _price,
    "parallel": _parallel,
    "connection": _connection,
    "drivers": _drivers,
    "contact": _contact,
}
