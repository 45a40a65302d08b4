"""What must fit together across the sections of a service file."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import combinations

import shapely

from mobility.domain.fleet import Acceptance
from mobility.domain.riders import Need
from mobility.domain.service_days import format_time
from mobility.domain.services import Access, DayKind, ServiceForm
from mobility.files.explanations import Finding, suggest
from mobility.files.field_types import all_days
from mobility.files.service_schema import DutyKeys, HoursKeys, ServiceKeys
from mobility.files.tariff_checks import law_findings, tariff_findings

DAY_S = 24 * 3600
_FAR_DEGREES = 1.0
"""From the zones: about a hundred kilometres; no service stops there, someone has mistyped."""
TIMETABLED = frozenset({ServiceForm.LINE_WITH_DEVIATION, ServiceForm.TRIPS_IF_BOOKED})
_WEEK: list[DayKind] = [kind for kind in DayKind if kind is not DayKind.HOLIDAY]


def service_findings(keys: ServiceKeys) -> list[Finding]:
    """Everything that does not fit together, in no particular order."""
    return [finding for check in _CHECKS for finding in check(keys)]


def repeated_ids(section: str, ids: Sequence[str]) -> Iterator[Finding]:
    """Ids that stand in a list of tables more than once."""
    first: dict[str, int] = {}
    for index, one in enumerate(ids):
        if first.setdefault(one, index) != index:
            yield Finding((section, index, "id"), f"the id is already that of {section}[{first[one]}]", "give each its own id")


def _ids_are_unique(keys: ServiceKeys) -> Iterator[Finding]:
    yield from repeated_ids("zones", [zone.id for zone in keys.zones])
    yield from repeated_ids("stops", [stop.id for stop in keys.stops])
    yield from repeated_ids("vehicles", [vehicle.id for vehicle in keys.vehicles])
    yield from repeated_ids("duties", [duty.id for duty in keys.duties])


def _sections_of_the_form(keys: ServiceKeys) -> Iterator[Finding]:
    form, timetabled, volunteers = keys.form, keys.form in TIMETABLED, keys.form is ServiceForm.VOLUNTEER_RIDES
    rules: list[tuple[str, bool, bool]] = [
        ("line", keys.line is not None, timetabled),
        ("volunteers", keys.volunteers is not None, volunteers),
        ("vehicles", bool(keys.vehicles), not volunteers),
        ("duties", bool(keys.duties), not volunteers),
    ]
    if keys.staffing is not None and volunteers:
        yield Finding(("staffing",), f'not used with form = "{form}"', "volunteers' own hours are no duties: remove the section")
    for section, is_there, is_wanted in rules:
        if is_wanted and not is_there:
            brackets = f"[[{section}]]" if section in {"vehicles", "duties"} else f"[{section}]"
            yield Finding(("form",), f'form = "{form}" needs the section {brackets}', f"add {brackets} or change form")
        if is_there and not is_wanted:
            yield Finding((section,), f'not used with form = "{form}"', "remove the section or change form")


def _places_suit_the_access(keys: ServiceKeys) -> Iterator[Finding]:
    has_stops = bool(keys.stops) or keys.use_feed_stops
    if keys.access is not Access.DOOR_TO_DOOR and not has_stops:
        yield Finding(("access",), f'access = "{keys.access}" needs stops', "add [[stops]] or use_feed_stops = true")
    if keys.access is not Access.STOP_TO_STOP and not keys.zones:
        yield Finding(("access",), f'access = "{keys.access}" needs an area', "add [[zones]]")
    if keys.use_feed_stops and not keys.zones and keys.form not in TIMETABLED:
        yield Finding(("use_feed_stops",), "would mean every stop of the feed", "add [[zones]] that say which of them")
    if Need.DOOR_TO_DOOR in keys.needs and keys.access is Access.STOP_TO_STOP:
        yield Finding(("needs",), 'door_to_door cannot be kept with access = "stop_to_stop"', "remove it or change access")


def _stops_lie_in_zones(keys: ServiceKeys) -> Iterator[Finding]:
    if not keys.zones:
        return
    area = shapely.union_all([shapely.Polygon(zone.polygon) for zone in keys.zones])
    shapely.prepare(area)
    west, south, east, north = area.buffer(_FAR_DEGREES).bounds
    for index, stop in enumerate(keys.stops):
        far = [key for key, off in (("lon", not west < stop.lon < east), ("lat", not south < stop.lat < north)) if off]
        for key in far:
            yield Finding(("stops", index, key), "puts the stop a hundred kilometres or so from all zones", f"correct {key}")
        if stop.outside_because is None and not far and not area.covers(shapely.Point(stop.lon, stop.lat)):
            mend = 'correct lon and lat, or say why: outside_because = "…"'
            yield Finding(("stops", index), "lies outside of all zones", mend)


def _hours_fit(keys: ServiceKeys) -> Iterator[Finding]:
    for index, hours in enumerate(keys.hours):
        yield from span_findings(("hours", index), hours.start, hours.end)
    for (first, a), (second, b) in combinations(enumerate(keys.hours), 2):
        if all_days(a.days) & all_days(b.days) and a.start < b.end and b.start < a.end:
            yield Finding(("hours", second), f"overlaps hours[{first}] on the same day", "join the two, or correct days or times")


def span_findings(path: tuple[str | int, ...], start_s: int, end_s: int) -> Iterator[Finding]:
    """An end that is not after its start, or more than a day later."""
    if end_s <= start_s:
        after_midnight = f'for {format_time(end_s)} in the following night write "{format_time(end_s + DAY_S)}"'
        mend = after_midnight if end_s + DAY_S < 2 * DAY_S and end_s != start_s else "correct start or end"
        yield Finding((*path, "end"), "end is not after start", mend)
    elif end_s - start_s > DAY_S:
        yield Finding((*path, "end"), "longer than 24 hours", "correct start or end")


def _booking_fits(keys: ServiceKeys) -> Iterator[Finding]:
    notice = keys.booking.min_notice_min
    if notice > (keys.booking.max_days_ahead + 1) * 24 * 60:
        mend = "raise max_days_ahead or lower min_notice_min"
        yield Finding(("booking", "min_notice_min"), "no ride could ever be booked: max_days_ahead is shorter", mend)
    if keys.promise.pickup_early_min + keys.promise.pickup_late_min == 0:
        mend = "allow at least a minute early or late"
        yield Finding(("promise", "pickup_late_min"), "a pickup to the second cannot be promised", mend)
    if keys.staffing is not None and keys.staffing.stand_by_days > keys.booking.max_days_ahead:
        what = "asks for a duty before rides of its day can be booked"
        mend = f"at most booking.max_days_ahead = {keys.booking.max_days_ahead}, or raise that"
        yield Finding(("staffing", "stand_by_days"), what, mend)
    rules = keys.volunteers
    if rules and rules.acceptance is not Acceptance.ROSTERED and rules.confirm_before_min >= max(notice, 1):
        what = "a ride booked at the last moment would have to be confirmed before it was booked"
        mend = f"lower it below booking.min_notice_min = {notice}, or raise that"
        yield Finding(("volunteers", "confirm_before_min"), what, mend)


def _promise_fits(keys: ServiceKeys) -> Iterator[Finding]:
    promise = keys.promise
    if (promise.narrow_before_min is None) != (promise.narrow_to_min is None):
        there, missing = ("narrow_before_min", "narrow_to_min")[:: 1 if promise.narrow_to_min is None else -1]
        yield Finding(("promise", there), f"needs {missing} beside it", f"add {missing}, or remove {there}")
    wide = promise.pickup_early_min + promise.pickup_late_min
    if promise.narrow_to_min is not None and promise.narrow_to_min > wide:
        mend = "at most pickup_early_min + pickup_late_min"
        yield Finding(("promise", "narrow_to_min"), f"wider than the {wide} minutes it would narrow", mend)


def _vehicles_serve_the_needs(keys: ServiceKeys) -> Iterator[Finding]:
    if keys.vehicles and Need.WHEELCHAIR in keys.needs and not any(vehicle.wheelchair_places for vehicle in keys.vehicles):
        yield Finding(("needs",), "wheelchair is promised, but no vehicle has wheelchair_places", "add places or remove the need")
    for index, vehicle in enumerate(keys.vehicles):
        if Need.WHEELCHAIR in vehicle.equipment and not vehicle.wheelchair_places:
            path = ("vehicles", index, "equipment")
            yield Finding(path, "wheelchair without wheelchair_places", "add wheelchair_places = 1 or remove wheelchair")
        if keys.walk_up_seats >= vehicle.seats:
            yield Finding(("walk_up_seats",), f"leaves no seat to book in vehicles[{index}]", f"fewer than {vehicle.seats}")


def _duties_fit(keys: ServiceKeys) -> Iterator[Finding]:
    vehicles = [vehicle.id for vehicle in keys.vehicles]
    stops = {stop.id for stop in keys.stops}
    for index, duty in enumerate(keys.duties):
        path = ("duties", index)
        yield from span_findings(path, duty.start, duty.end)
        yield from _break_findings(index, duty)
        if duty.vehicle not in vehicles:
            yield Finding((*path, "vehicle"), "no vehicle of this id", suggest(duty.vehicle, vehicles) or "add [[vehicles]]")
        if duty.base.stop is not None and duty.base.stop not in stops:
            mend = suggest(duty.base.stop, sorted(stops)[:20]) or "add it to [[stops]]"
            yield Finding((*path, "base", "stop"), "no stop of this id in this file", mend)
        if not any(_meet(duty, hours) for hours in keys.hours):
            yield Finding(path, "never within the opening hours of its days", "correct its days or times, or [[hours]]")


def _meet(duty: DutyKeys, hours: HoursKeys) -> bool:
    return bool(all_days(duty.days) & all_days(hours.days)) and duty.start < hours.end and hours.start < duty.end


def _break_findings(index: int, duty: DutyKeys) -> Iterator[Finding]:
    free_from = duty.start
    for number, rule in sorted(enumerate(duty.breaks), key=lambda pair: pair[1].earliest):
        path = ("duties", index, "breaks", number)
        if rule.latest < rule.earliest:
            yield Finding((*path, "latest"), "latest is before earliest", "correct one of them")
        elif rule.earliest < duty.start or rule.latest + rule.duration_min * 60 > duty.end:
            mend = f"all of it between {format_time(duty.start)} and {format_time(duty.end)}, duration included"
            yield Finding(path, "the break is not inside the duty", mend)
        elif max(rule.earliest, free_from) > rule.latest:
            yield Finding(path, "cannot be taken after the break before it", "move the breaks apart")
        free_from = max(rule.earliest, free_from) + rule.duration_min * 60


def _vehicles_are_in_one_place(keys: ServiceKeys) -> Iterator[Finding]:
    for (first, a), (second, b) in combinations(enumerate(keys.duties), 2):
        if a.vehicle == b.vehicle and _overlap(a, b):
            mend = "correct days or times, or use another vehicle"
            yield Finding(("duties", second), f"overlaps duties[{first}] of the same vehicle", mend)


def _overlap(a: DutyKeys, b: DutyKeys) -> bool:
    """Whether two duties meet on a day, or one meets the other after midnight."""
    days_a, days_b = all_days(a.days), all_days(b.days)
    same_day = bool(days_a & days_b) and a.start < b.end and b.start < a.end
    into_b = a.end - DAY_S > b.start and bool(_days_after(days_a) & days_b)
    into_a = b.end - DAY_S > a.start and bool(_days_after(days_b) & days_a)
    return same_day or into_b or into_a


def _days_after(days: frozenset[DayKind]) -> frozenset[DayKind]:
    """Which weekdays may follow; holidays are left out, as they move."""
    return frozenset(_WEEK[(_WEEK.index(day) + 1) % 7] for day in days if day is not DayKind.HOLIDAY)


def _trips_have_one_duty(keys: ServiceKeys) -> Iterator[Finding]:
    wanted = set(keys.line.only_trip_ids) if keys.line else set()
    for index, duty in enumerate(keys.duties):
        path = ("duties", index, "trip_ids")
        if duty.trip_ids and keys.form not in TIMETABLED:
            yield Finding(path, f'not used with form = "{keys.form}"', "remove trip_ids or change form")
        elif wanted and not wanted.issuperset(duty.trip_ids):
            yield Finding(path, "names a trip that is not in line.only_trip_ids", "add it there or remove it here")
    if keys.form in TIMETABLED:
        yield from _trips_driven_twice(keys)


def _trips_driven_twice(keys: ServiceKeys) -> Iterator[Finding]:
    for (first, a), (second, b) in combinations(enumerate(keys.duties), 2):
        if not all_days(a.days) & all_days(b.days):
            continue
        if not a.trip_ids and not b.trip_ids:
            if a.start < b.end and b.start < a.end:
                mend = "say in trip_ids which trips each duty drives"
                yield Finding(("duties", second), f"drives all trips of the line, as duties[{first}] does at the same time", mend)
        elif set(a.trip_ids) & set(b.trip_ids):
            mend = "each trip has one duty on a day"
            yield Finding(("duties", second, "trip_ids"), f"a trip is driven by duties[{first}] on the same day", mend)


_CHECKS: tuple[Callable[[ServiceKeys], Iterator[Finding]], ...] = (
    _ids_are_unique,
    _sections_of_the_form,
    _places_suit_the_access,
    _stops_lie_in_zones,
    _hours_fit,
    _booking_fits,
    _promise_fits,
    tariff_findings,
    law_findings,
    _vehicles_serve_the_needs,
    _duties_fit,
    _vehicles_are_in_one_place,
    _trips_have_one_duty,
)
