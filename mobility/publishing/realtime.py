"""What happens today, as GTFS-Realtime 2.0 for the published feed: delays, trips that do not run, and why; without anybody in it.

Nothing here follows a rider. Only lines with a timetable have trip updates, at their published halts. Where a line comes to the door, the
detours ahead are not told, only the lateness that has come about; whether a trip that runs if booked has been booked is not told at all.
Delays are rounded down, so that nobody comes too late for having read them. Where vehicles are is told only if the agency wants it, and then
only of lines that halt at stops alone, to some 100 m.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from google.transit import gtfs_realtime_pb2 as realtime

from gtfs.nouns import Route
from mobility.domain.runs import Run, Visit, VisitKind
from mobility.domain.service_days import at
from mobility.domain.services import Access, Service, ServiceForm
from mobility.publishing.places import public_id
from mobility.publishing.sources import DatedTrip, Offered, Source

BEFORE, AFTER = timedelta(hours=1), timedelta(minutes=15)
"""A trip is told of from so long before its first departure to so long after its last arrival."""
_POSITION_HOLDS = timedelta(minutes=5)
_MINUTE = 60

Sequences = Mapping[str, Sequence[int]]
"""By public trip id the stop_sequence of each published halt, in the order of the halts."""


@dataclass(frozen=True, slots=True)
class Moment:
    """The runs around ``now`` (of all services of the source, nobody's place held), and the published feed they are told for."""

    now: datetime
    runs: Sequence[Run]
    source: Source
    sequences: Sequences
    with_positions: bool = False


@dataclass(frozen=True, slots=True)
class _Driven:
    """A published trip on a service day, and its halts on the run that drives it (withdrawn or not)."""

    service: Service
    dated: DatedTrip
    day: date
    run: Run
    halts: tuple[Visit, ...]
    line: Route | None = None

    @property
    def trip_id(self) -> str:
        return public_id(self.service, self.dated.id)

    @property
    def is_in_feed(self) -> bool:
        """Whether the imported feed's own trip id and stop ids say without doubt which departure and halt is meant."""
        stops = [stop for stop, _, _ in self.dated.trip.halts]
        return self.line is not None and self.dated.id == self.dated.trip.trip_id and len(set(stops)) == len(stops)

    @property
    def last(self) -> datetime:
        """When it arrives at its last halt, as far as is known."""
        return self.halts[-1].actual or self.halts[-1].planned


def trip_updates(moment: Moment) -> bytes:
    """Delays of lines that are on their way, and trips that do not run."""
    return _updates(moment, _driven(moment), moment.sequences)


def line_trip_updates(moment: Moment) -> bytes:
    """The same for those who take the lines from the imported feed: with its trip ids instead of the published ones."""
    return _updates(moment, [driven for driven in _driven(moment) if driven.is_in_feed], None)


def _updates(moment: Moment, trips: Iterable[_Driven], sequences: Sequences | None) -> bytes:
    message = _message(moment.now)
    for driven in trips:
        watched = driven.service.form is ServiceForm.LINE_WITH_DEVIATION and _is_watched(driven, moment.now)
        if not driven.run.withdrawn and not watched:
            continue
        update = message.entity.add(id=f"{driven.trip_id}:{driven.day:%Y%m%d}").trip_update
        _name_trip(update.trip, driven)
        if sequences is None and driven.line is not None:
            original = moment.source.original_id
            update.trip.trip_id, update.trip.route_id = original(driven.dated.trip.trip_id), original(driven.line.id)
        if driven.run.withdrawn:
            update.trip.schedule_relationship = realtime.TripDescriptor.CANCELED
        else:
            update.trip.schedule_relationship = realtime.TripDescriptor.SCHEDULED
            _add_delays(update, driven, None if sequences is None else sequences[driven.trip_id])
        for told in update.stop_time_update if sequences is None else ():
            told.stop_id = moment.source.original_id(told.stop_id)
    return _packed(message)


def vehicle_positions(moment: Moment) -> bytes:
    """Where the buses of lines are that halt at stops alone; nothing unless the agency wants it."""
    message = _message(moment.now)
    for driven in _driven(moment) if moment.with_positions else ():
        position = driven.run.position
        may_be_told = driven.service.form is ServiceForm.LINE_WITH_DEVIATION and driven.service.access is Access.STOP_TO_STOP
        coming = next((halt for halt in driven.halts if not halt.is_done), None)
        if not may_be_told or position is None or coming is None or driven.run.withdrawn:
            continue
        on_its_way = driven.halts[0].is_done and moment.now - _POSITION_HOLDS <= position.at <= moment.now
        if on_its_way:
            told = message.entity.add(id=driven.trip_id).vehicle
            _name_trip(told.trip, driven)
            told.vehicle.id = public_id(driven.service, driven.run.vehicle.id)
            told.vehicle.label = driven.run.vehicle.name
            told.position.latitude, told.position.longitude = round(position.place.lat, 3), round(position.place.lon, 3)
            told.timestamp = int(position.at.timestamp())
    return _packed(message)


def service_alerts(moment: Moment) -> bytes:
    """That vehicles are missing today or tomorrow; the same words whatever the cause: a cause may be a person's illness."""
    message = _message(moment.now)
    driven = [each for each in _driven(moment) if each.run.withdrawn]
    for offered in moment.source.offered:
        service = offered.service
        if service.form is ServiceForm.VOLUNTEER_RIDES:
            continue  # one volunteer's day is nobody's business
        own = [run for run in moment.runs if run.service_id == service.id]
        for day in sorted({run.day for run in own}):
            missing = [run for run in own if run.day == day and run.withdrawn and run.ends_at > moment.now]
            trips = [each for each in driven if each.service.id == service.id and each.day == day]
            nothing_left = all(run.withdrawn for run in own if run.day == day)
            if missing and (trips or not offered.trips):
                _add_alert(message, service, (day, missing, trips), whole=nothing_left)
    return _packed(message)


# which run drives which trip


def _driven(moment: Moment) -> Iterator[_Driven]:
    """Every published trip of the days around now, with the run that drives it: one that is not withdrawn where there is one."""
    for offered in moment.source.offered:
        own = [run for run in moment.runs if run.service_id == offered.service.id]
        for day in sorted({run.day for run in own}):
            runs = sorted((run for run in own if run.day == day), key=lambda run: (run.withdrawn, run.id))
            halts = [(run, {_key(visit): visit for visit in run.visits if visit.kind is VisitKind.HALT}) for run in runs]
            yield from _on_day(offered, day, halts, moment.now)


def _on_day(
    offered: Offered, day: date, runs: Sequence[tuple[Run, dict[tuple[str, datetime], Visit]]], now: datetime
) -> Iterator[_Driven]:
    zone = ZoneInfo(offered.service.timezone)
    for dated in offered.trips:
        if day not in dated.dates:
            continue
        wanted = [(stop, at(day, departure, zone)) for stop, _, departure in dated.trip.halts]
        found = next(((run, halts) for run, halts in runs if all(key in halts for key in wanted)), None)
        if found is not None:
            driven = _Driven(offered.service, dated, day, found[0], tuple(found[1][key] for key in wanted), offered.line)
            if driven.last + AFTER > now:
                yield driven


def _key(visit: Visit) -> tuple[str, datetime]:
    return visit.place.stop_id or "", visit.earliest


# delays


def _is_watched(driven: _Driven, now: datetime) -> bool:
    """Whether something has been reported, and the trip is near: of a run nobody reports from it is not said that it is in time."""
    reported = driven.run.delay_s > 0 or any(visit.is_done for visit in driven.run.visits)
    return reported and driven.halts[0].earliest - BEFORE <= now and not driven.halts[-1].is_done


def _add_delays(update: Any, driven: _Driven, sequences: Sequence[int] | None) -> None:  # noqa: ANN401 - generated code has no types
    reached = _reached_s(driven.run)
    for number, halt in enumerate(driven.halts):
        if halt.is_done:
            continue
        delay_s = _late_s(halt)
        if driven.service.access is not Access.STOP_TO_STOP:
            delay_s = min(delay_s, reached)
        told = update.stop_time_update.add(stop_id=halt.place.stop_id)
        if sequences is not None:
            told.stop_sequence = sequences[number]
        told.arrival.delay = told.departure.delay = delay_s // _MINUTE * _MINUTE


def _reached_s(run: Run) -> int:
    """The lateness that has come about: reported, or seen at the last halt that was passed."""
    passed = [_late_s(visit) for visit in run.visits if visit.kind is VisitKind.HALT and visit.actual is not None]
    return max(run.delay_s, *passed[-1:], 0)


def _late_s(halt: Visit) -> int:
    return max(0, round(((halt.actual or halt.planned) - halt.earliest).total_seconds()))


# messages


def _message(now: datetime) -> Any:  # noqa: ANN401 - generated code has no types
    message = realtime.FeedMessage()
    message.header.gtfs_realtime_version = "2.0"
    message.header.incrementality = realtime.FeedHeader.FULL_DATASET
    message.header.timestamp = int(now.timestamp())
    return message


def _packed(message: Any) -> bytes:  # noqa: ANN401 - generated code has no types
    packed: bytes = message.SerializeToString(deterministic=True)
    return packed


def _name_trip(trip: Any, driven: _Driven) -> None:  # noqa: ANN401 - generated code has no types
    trip.trip_id, trip.route_id, trip.start_date = driven.trip_id, driven.service.id, f"{driven.day:%Y%m%d}"


_Missing = tuple[date, Sequence[Run], Sequence[_Driven]]


def _add_alert(message: Any, service: Service, missing: _Missing, *, whole: bool) -> None:  # noqa: ANN401
    day, runs, trips = missing
    alert = message.entity.add(id=f"{service.id}:{day:%Y%m%d}").alert
    period = alert.active_period.add()
    period.start = int(min(run.starts_at for run in runs).timestamp())
    period.end = int(max(run.ends_at for run in runs).timestamp())
    for driven in trips:
        _name_trip(alert.informed_entity.add().trip, driven)
    if not trips:
        alert.informed_entity.add().route_id = service.id
    alert.cause = realtime.Alert.UNKNOWN_CAUSE
    alert.effect = realtime.Alert.NO_SERVICE if whole or trips else realtime.Alert.REDUCED_SERVICE
    for language, (header, text) in _said(service, whole=whole, trips=len(trips)).items():
        alert.header_text.translation.add(text=header, language=language)
        alert.description_text.translation.add(text=text, language=language)


def _said(service: Service, *, whole: bool, trips: int) -> dict[str, tuple[str, str]]:
    """What is told to everybody, in German and English; those who have booked are told by their own notices."""
    carrier, telephone = service.carrier.name, service.carrier.telephone
    what = {
        "de": "keine Fahrten" if whole else "Fahrten fallen aus" if trips else "weniger Fahrzeuge unterwegs",
        "en": "no rides" if whole else "trips do not run" if trips else "fewer vehicles on the road",
    }
    more = {
        "de": f"Wer gebucht hat, hört von uns. Auskunft gibt {carrier}, Telefon {telephone}.",
        "en": f"Whoever has booked will hear from us. Ask {carrier}, telephone {telephone}.",
    }
    return {language: (f"{service.name}: {what[language]}", more[language]) for language in what}
