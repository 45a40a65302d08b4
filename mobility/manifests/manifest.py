"""The run as handed to the driver: who boards and alights where and when. Plain data; page, PDF and JSON all show this one thing."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, fields, is_dataclass, replace
from datetime import date, datetime
from enum import Enum, StrEnum
from functools import partial
from zoneinfo import ZoneInfo

from mobility.domain.bookings import Booking, LegState
from mobility.domain.fleet import Driver
from mobility.domain.places import Place
from mobility.domain.requests import Window
from mobility.domain.riders import STOWED, Need, Rider
from mobility.domain.runs import Run, Visit, VisitKind
from mobility.domain.services import Service
from mobility.manifests.halts import Halt, halts_of, most_at_once
from routing.streets.handing_over import geo_uri as geo_address

_BROUGHT = (Need.INFANT_SEAT, Need.CHILD_SEAT, Need.BOOSTER_SEAT)


class ManifestNote(StrEnum):
    """What the driver must know before anything else."""

    WITHDRAWN = "withdrawn"
    NOBODY_BOOKED = "nobody_booked"
    DRIVER_MISSING = "driver_missing"


class HaltKind(StrEnum):
    """STOP: riders board or alight. TIMETABLE: a published halt nobody booked, served all the same. BREAK: the driver's break."""

    STOP = "stop"
    TIMETABLE = "timetable"
    BREAK = "break"


@dataclass(frozen=True, slots=True)
class ManifestRider:
    """One party at one halt. ``window`` is what was promised to it here (pickup or drop-off).

    ``name`` and ``telephone`` are empty when the rider is not known (any more). ``awaits_answer``: the place is held but the
    driver has not yet said yes. ``skipped``: nobody came. ``far``: who rides is not shown to the driver at this time.
    ``collect_cents`` is what the party pays as it boards (None where it alights, or is not known any more).
    """

    leg_id: str
    booking_id: str
    name: str
    telephone: str
    seats: int
    wheelchairs: int
    needs: tuple[Need, ...]
    window: Window
    awaits_answer: bool = False
    done_at: datetime | None = None
    skipped: bool = False
    far: bool = False
    assistants: int = 0
    collect_cents: int | None = None


@dataclass(frozen=True, slots=True)
class WayStep:
    """One thing to do on the way to a halt, said in both languages, and the ``metres`` until the next one (0: arrived)."""

    german: str
    english: str
    metres: int


@dataclass(frozen=True, slots=True)
class ManifestHalt:
    """One place the vehicle stops at; ``number`` counts from 1 (None for a break).

    ``planned`` is the arrival to aim for. A driver who is there by ``arrive_by`` and does not leave before ``leave_not_before``
    keeps every promise made here (each rider's own window is with the rider) and the ``published`` time of a timetable.
    ``seats_aboard`` and ``wheelchairs_aboard`` hold after the halt; ``key`` names the halt in a driver's reports. ``way`` is how to
    drive here from the place before (empty: not known, or one is there already).
    """

    kind: HaltKind
    number: int | None
    place: Place
    planned: datetime
    arrive_by: datetime | None
    leave_not_before: datetime | None
    published: datetime | None
    duration_s: int
    boarding: tuple[ManifestRider, ...]
    alighting: tuple[ManifestRider, ...]
    seats_aboard: int
    wheelchairs_aboard: int
    navigation_url: str
    actual: datetime | None = None
    key: str = ""
    way: tuple[WayStep, ...] = ()


@dataclass(frozen=True, slots=True)
class ManifestEnd:
    """Where and when the vehicle sets out or returns."""

    place: Place
    planned: datetime
    navigation_url: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """Everything the driver of one run needs. All times are in ``timezone``; ``version`` is the run's revision.

    ``bring`` is how many seats for children are used at the same time, ``stowed`` how many things lie in the boot at once.
    """

    run_id: str
    version: int
    service_name: str
    carrier: str
    carrier_telephone: str
    day: date
    timezone: str
    vehicle: str
    seats: int
    wheelchair_places: int
    driver_name: str
    shift: Window
    start: ManifestEnd | None
    end: ManifestEnd | None
    halts: tuple[ManifestHalt, ...]
    notes: tuple[ManifestNote, ...] = ()
    bring: tuple[tuple[Need, int], ...] = ()
    stowed: int = 0


def geo_uri(place: Place) -> str:
    """A ``geo:`` URI that map apps open as a marked point; it names nobody and asks no third party."""
    return geo_address((place.lon, place.lat))


def build_manifest(
    run: Run,
    service: Service,
    bookings: Iterable[Booking],
    riders: Iterable[Rider],
    driver: Driver | None,
    *,
    far: Collection[str] = (),
) -> Manifest:
    """The manifest of a run as it is now. Of the legs that are ``far`` nobody is named.

    ``bookings`` hold the run's legs, ``riders`` their riders; one that is missing leaves its name empty rather than hide that
    somebody waits at the halt. Places that are only held are left out. Times are turned into the service's zone.
    """
    run = run.without_holds()
    zone = ZoneInfo(service.timezone)
    book = _PassengerList(bookings, riders, zone, far)
    return Manifest(
        run_id=run.id,
        version=run.revision,
        service_name=service.name,
        carrier=service.carrier.name,
        carrier_telephone=service.carrier.telephone,
        day=run.day,
        timezone=zone.key,
        vehicle=run.vehicle.name,
        seats=run.vehicle.seats,
        wheelchair_places=run.vehicle.wheelchair_places,
        driver_name=driver.name if driver else "",
        shift=_window(run.starts_at, run.ends_at, zone),
        start=_end(run.visits, VisitKind.START, zone),
        end=_end(run.visits, VisitKind.END, zone),
        halts=_manifest_halts(run, book, zone),
        notes=_notes(run),
        bring=tuple((need, most) for need in _BROUGHT if (most := most_at_once(run.visits, partial(_seats_for, need)))),
        stowed=most_at_once(run.visits, _in_the_boot),
    )


def _seats_for(need: Need, visit: Visit) -> int:
    return int(need in visit.needs)


def _in_the_boot(visit: Visit) -> int:
    return max(0 if visit.party is None else visit.party.stowed, len(visit.needs & STOWED))


def with_ways(manifest: Manifest, way_between: Callable[[Place, Place], tuple[WayStep, ...]]) -> Manifest:
    """The manifest with how to drive to each halt, as ``way_between`` two places tells it."""
    before = None if manifest.start is None else manifest.start.place
    halts: list[ManifestHalt] = []
    for halt in manifest.halts:
        moved = before is not None and (before.lon, before.lat) != (halt.place.lon, halt.place.lat)
        halts.append(replace(halt, way=way_between(before, halt.place)) if before is not None and moved else halt)
        before = halt.place
    return replace(manifest, halts=tuple(halts))


class _PassengerList:
    """Finds the rider of a visit."""

    def __init__(self, bookings: Iterable[Booking], riders: Iterable[Rider], zone: ZoneInfo, far: Collection[str]) -> None:
        self._far = far
        self._bookings = {leg.id: booking for booking in bookings for leg in booking.legs}
        self._riders: Mapping[str, Rider] = {rider.id: rider for rider in riders}
        self._zone = zone

    def entry(self, visit: Visit) -> ManifestRider:
        leg_id = visit.leg_id or ""
        booking = self._bookings.get(leg_id)
        far = leg_id in self._far
        rider = self._riders.get(booking.rider_id) if booking and not far else None
        return ManifestRider(
            leg_id=leg_id,
            booking_id=booking.id if booking else "",
            name=rider.name if rider else "",
            telephone=rider.telephone if rider else "",
            seats=visit.party.seats if visit.party else 0,
            wheelchairs=visit.party.wheelchairs if visit.party else 0,
            needs=tuple(sorted(visit.needs)),
            window=_window(visit.earliest, visit.latest, self._zone),
            awaits_answer=booking is not None and booking.leg(leg_id).state is LegState.AWAITING_CONFIRMATION,
            done_at=visit.actual.astimezone(self._zone) if visit.actual else None,
            skipped=visit.skipped,
            far=far,
            assistants=visit.party.assistants if visit.party else 0,
            collect_cents=booking.leg(leg_id).price_cents if booking and visit.kind is VisitKind.PICKUP else None,
        )


def _manifest_halts(run: Run, book: _PassengerList, zone: ZoneInfo) -> tuple[ManifestHalt, ...]:
    halts: list[ManifestHalt] = []
    number = 0
    for halt in halts_of(run.visits):
        is_break = halt.kind is VisitKind.BREAK
        number += not is_break
        halts.append(_manifest_halt(halt, None if is_break else number, book, zone))
    return tuple(halts)


def _manifest_halt(halt: Halt, number: int | None, book: _PassengerList, zone: ZoneInfo) -> ManifestHalt:
    boarding = tuple(book.entry(v) for v in halt.visits if v.kind is VisitKind.PICKUP)
    alighting = tuple(book.entry(v) for v in halt.visits if v.kind is VisitKind.DROPOFF)
    kind = HaltKind.BREAK if number is None else HaltKind.STOP if boarding or alighting else HaltKind.TIMETABLE
    return ManifestHalt(
        kind=kind,
        number=number,
        place=halt.visits[0].place,
        planned=halt.planned.astimezone(zone),
        arrive_by=halt.arrive_by.astimezone(zone) if halt.arrive_by else None,
        leave_not_before=halt.leave_not_before.astimezone(zone) if halt.leave_not_before else None,
        published=halt.published.astimezone(zone) if halt.published else None,
        duration_s=halt.duration_s,
        boarding=boarding,
        alighting=alighting,
        seats_aboard=halt.seats_aboard,
        wheelchairs_aboard=halt.wheelchairs_aboard,
        navigation_url=geo_uri(halt.visits[0].place),
        actual=halt.actual.astimezone(zone) if halt.actual else None,
        key=halt.visits[0].key,
    )


def _end(visits: tuple[Visit, ...], kind: VisitKind, zone: ZoneInfo) -> ManifestEnd | None:
    for visit in visits:
        if visit.kind is kind:
            return ManifestEnd(visit.place, visit.planned.astimezone(zone), geo_uri(visit.place))
    return None


def _window(earliest: datetime, latest: datetime, zone: ZoneInfo) -> Window:
    return Window(earliest.astimezone(zone), latest.astimezone(zone))


def _notes(run: Run) -> tuple[ManifestNote, ...]:
    if run.withdrawn:
        return (ManifestNote.WITHDRAWN,)
    told = {
        ManifestNote.NOBODY_BOOKED: run.only_if_booked and not run.carries_riders,
        ManifestNote.DRIVER_MISSING: run.driver_id is None,
    }
    return tuple(note for note, holds in told.items() if holds)


Json = None | bool | int | float | str | list["Json"] | dict[str, "Json"]


def manifest_json(manifest: Manifest) -> dict[str, Json]:
    """The manifest as JSON values: field names as in :class:`Manifest`, times in ISO 8601 with offset."""
    return _fields(manifest)


def _fields(thing: object) -> dict[str, Json]:
    if not is_dataclass(thing):
        raise TypeError(f"{type(thing).__name__} has no place in a manifest")
    return {field.name: _json(getattr(thing, field.name)) for field in fields(thing)}


def _json(value: object) -> Json:
    if isinstance(value, Enum):
        return str(value.value)
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, date):  # a datetime is one, too
        return value.isoformat()
    if isinstance(value, tuple):
        return [_json(item) for item in value]
    return _fields(value)
