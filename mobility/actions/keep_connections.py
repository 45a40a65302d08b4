"""Trains that are late, missed or cancelled: the ride from the station waits or comes anew, a later train is told, and at worst the desk
sees to the rider. A ride waits for its own rider only: nobody else aboard or waiting is worse off for it.

Looks at journeys from a few hours before to a few hours after; each in a transaction of its own.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial

from mobility.actions.context import Context
from mobility.actions.notices import notice, run_notice
from mobility.actions.wished_company import wished_company
from mobility.domain.accounts import Actor, system_actor
from mobility.domain.bookings import Booking, HistoryEntry, Leg, LegState
from mobility.domain.notices import NoticeKind
from mobility.domain.places import Place
from mobility.domain.requests import Window
from mobility.domain.runs import Run, Visit, VisitKind
from mobility.domain.services import ConnectionRules
from mobility.planning.access import in_zones
from mobility.planning.connecting import Chain, Course, boards_by, chains_of, course_now, met_from, shifted, with_transit
from mobility.planning.live_trips import LiveTrips
from mobility.planning.network import Network
from mobility.planning.ordinary_lines import bookable_lines
from mobility.planning.releasing import release
from mobility.planning.rescuing import Stranded, find_place, may_help
from mobility.planning.rules import is_timetabled
from mobility.planning.searching import longest_ride_s
from mobility.planning.stations import Timetabled, timetabled
from mobility.store.interface import Transaction

_log = logging.getLogger(__name__)
_AHEAD, _BACK = timedelta(hours=5), timedelta(hours=6)
MEETS = "meets the train"
"""How the history entries of rides begin that were moved for a train's sake."""
_LOST = "connection lost"
_STILL_UNDER_WAY = timedelta(minutes=30)
_WORTH_WAITING_AT_HOME = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class _Scene:
    """What decides on one booking; ``rules`` by service id."""

    tx: Transaction
    actor: Actor
    network: Network
    found: Timetabled
    live: LiveTrips
    rules: Mapping[str, ConnectionRules]
    now: datetime


def keep_connections(context: Context) -> int:
    """Look at every journey under way or soon to begin; how many were changed. Doing it again changes nothing as long as trains run as
    they did.
    """
    now, changed = context.clock(), 0
    with context.store.transaction() as tx:
        journeys = tx.list_journeys(now - _BACK, now + _AHEAD)
    for booking in journeys:
        try:
            changed += context.store.in_transaction(partial(_keep, context, booking))
        except Exception as error:  # noqa: BLE001 - whatever it is, the other riders' trains matter too
            _log.error("a connection could not be looked after: %s", type(error).__qualname__)
    return changed


def _keep(context: Context, seen: Booking, tx: Transaction) -> bool:
    system = system_actor(seen.agency_id)
    network = context.network(tx, system)
    found = timetabled(network, bookable_lines(tx.list_services(system)))
    if found is None:
        return False
    rules = {leg.service_id: tx.get_service(system, leg.service_id).connection for leg in seen.legs}
    scene = _Scene(tx, system, network, found, found.follow(network.live), rules, context.clock())
    if not any(_is_troubled(scene, chain, seen) for chain in chains_of(seen)):
        return False
    own = [tx.get_run(system, leg.run_id) for leg in seen.legs if leg.run_id is not None]
    near = {run.id for day in {run.day for run in own} for run in tx.list_runs(system, day, rules.keys())}
    runs = {run.id: run for run in tx.lock_runs(near | {run.id for run in own})}
    booking = tx.lock_booking(system, seen.id)
    if any(leg.run_id not in {None, *runs} for leg in booking.legs):
        return False  # changed at this moment: the next look finds it
    after, before = booking, dict(runs)
    for chain in chains_of(booking):
        after = _mended(scene, after, chain, runs)
    if after is booking:
        return False
    for run in runs.values():
        if run is not before[run.id]:
            _save_run(tx, run, before[run.id], scene.now)
    _save(scene, replace(after, revision=booking.revision + 1), after.history[len(booking.history) :])
    return True


def _save(scene: _Scene, booking: Booking, news: Sequence[HistoryEntry]) -> None:
    """The rider is told what holds now; the desk, too, when it has to see to it."""
    scene.tx.save_booking(booking)
    lost = any(entry.what.startswith(_LOST) for entry in news)
    kind = NoticeKind.CONNECTION_LOST if lost else NoticeKind.CONNECTION
    scene.tx.add_notice(notice(booking, kind, scene.now))
    if lost:
        scene.tx.add_notice(notice(booking, kind, scene.now, to="desk"))


def _save_run(tx: Transaction, run: Run, before: Run, now: datetime) -> None:
    saved = replace(run, revision=before.revision + 1)
    tx.save_run(saved, before.revision)
    message = run_notice(saved, now)
    if message is not None:
        tx.add_notice(message)


def _is_troubled(scene: _Scene, chain: Chain, booking: Booking) -> bool:
    """Looked at without locks: what is found is looked at again under them. What the desk has already is not looked at again."""
    if _is_over(scene, chain) or any(entry.what == _lost(chain) for entry in booking.history):
        return False
    ids = {leg.run_id for leg in (chain.ride_to, chain.ride_from) if leg is not None and leg.run_id is not None}
    runs = {run_id: scene.tx.get_run(scene.actor, run_id) for run_id in ids}
    course = course_now(scene.found, scene.live, chain.transit, _ready(chain, runs), booking)
    return course.transit != chain.transit or course.arrives is None or _comes_too_soon(chain, course.arrives, runs)


def _is_over(scene: _Scene, chain: Chain) -> bool:
    last = chain.transit[-1].arrives if chain.ride_from is None else chain.ride_from.dropoff_window.latest
    return last + _STILL_UNDER_WAY < scene.now


def _comes_too_soon(chain: Chain, arrives: datetime, runs: Mapping[str, Run]) -> bool:
    """Whether the ride from the station could leave before its rider is there."""
    ride = chain.ride_from
    visit = None if ride is None else _visit(runs.get(ride.run_id or ""), ride, VisitKind.PICKUP)
    if ride is None or visit is None or visit.is_done:
        return False
    return ride.pickup_window.earliest < boards_by(arrives)  # wherever it is planned now, the window lets it leave then


def _ready(chain: Chain, runs: Mapping[str, Run]) -> datetime:
    """When the rider can be aboard the first train, as the ride to it has gone or is planned now."""
    first, ride = chain.transit[0], chain.ride_to
    visit = None if ride is None else _visit(runs.get(ride.run_id or ""), ride, VisitKind.DROPOFF)
    if visit is None:
        return first.departs
    if visit.actual is not None:
        return visit.actual  # whoever stands at the platform needs no time to change
    return max(first.departs, boards_by(visit.planned))


def _visit(run: Run | None, leg: Leg, kind: VisitKind) -> Visit | None:
    visits = () if run is None else run.visits
    return next((visit for visit in visits if visit.leg_id == leg.id and visit.kind is kind), None)


def _lost(chain: Chain) -> str:
    """How the history tells of a journey that the desk has; once for each journey."""
    first = chain.transit[0]
    return f"{_LOST} ({first.line or first.trip_id}, {first.departs:%Y-%m-%d %H:%M} UTC): the desk sees to it"


def _mended(scene: _Scene, booking: Booking, chain: Chain, runs: dict[str, Run]) -> Booking:
    """The booking, itself where nothing is to be done."""
    if _is_over(scene, chain):
        return booking
    course = course_now(scene.found, scene.live, chain.transit, _ready(chain, runs), booking)
    if course.arrives is None:
        return _without_trains(scene, booking, chain, course, runs)
    if course.transit != chain.transit:
        booking = _noted(scene, with_transit(booking, chain.number, course.transit), "another train or bus is taken")
        booking = _later_to_the_train(scene, booking, chain, course, runs)
    if chain.ride_from is None or not _comes_too_soon(chain, course.arrives, runs):
        return booking
    rules = scene.rules[chain.ride_from.service_id]
    leg = _find(scene, booking, shifted(chain.ride_from, met_from(course.arrives, rules)), runs, rules.hold_max_s)
    if leg is not None:
        return booking.with_leg(leg, _entry(scene, f"{MEETS} as it runs now"))
    still_promised = boards_by(course.arrives) <= chain.ride_from.pickup_window.latest
    return _to_the_desk(
        scene, booking, chain, [] if still_promised else [chain.ride_from], runs
    )  # who may yet be met keeps the place


def _later_to_the_train(scene: _Scene, booking: Booking, chain: Chain, course: Course, runs: dict[str, Run]) -> Booking:
    """Whoever has not set out yet is fetched later for a later train, where that can be had; else he waits at the station."""
    if chain.ride_to is None or not course.transit:
        return booking
    ride, by = chain.ride_to, course.transit[0].departs - chain.transit[0].departs
    if by < _WORTH_WAITING_AT_HOME:
        return booking
    wanted = replace(ride, pickup_window=_moved(ride.pickup_window, by), dropoff_window=_moved(ride.dropoff_window, by))
    leg = _find(scene, booking, wanted, runs, 0)
    return booking if leg is None else booking.with_leg(leg, _entry(scene, f"{MEETS} that leaves later"))


def _without_trains(scene: _Scene, booking: Booking, chain: Chain, course: Course, runs: dict[str, Run]) -> Booking:
    """No train or bus gets there any more: the ride from the far station fetches the rider where he is left, or the desk sees to him."""
    ride, left_at, when = chain.ride_from, course.left_at, course.left_when
    if ride is not None and left_at is not None and when is not None and _may_fetch(scene, ride, left_at):
        leg = _find(
            scene, booking, _from_there(scene, ride, left_at, max(when, scene.now)), runs, scene.rules[ride.service_id].hold_max_s
        )
        if leg is not None:
            booking = with_transit(booking, chain.number, [one for one in chain.transit if one.arrives <= when])
            return booking.with_leg(leg, _entry(scene, f"{MEETS} no more: fetched where the rider is left"))
    return _to_the_desk(scene, booking, chain, [leg for leg in (chain.ride_to, ride) if leg is not None], runs)


def _may_fetch(scene: _Scene, ride: Leg, place: Place) -> bool:
    """Whether the service may halt there at all."""
    service = scene.tx.get_service(scene.actor, ride.service_id)
    return bool(service.zones) and not is_timetabled(service) and in_zones(service, place)


def _from_there(scene: _Scene, ride: Leg, place: Place, when: datetime) -> Leg:
    """The ride beginning at another station, as long as the way from there may take."""
    service = scene.tx.get_service(scene.actor, ride.service_id)
    drive_s, _ = scene.network.travel.drive(place, ride.dropoff)
    longest = longest_ride_s(service, drive_s)
    pickup = Window(when, when + max(ride.pickup_window.latest - ride.pickup_window.earliest, _WORTH_WAITING_AT_HOME))
    dropoff = Window(when, pickup.latest + timedelta(seconds=longest + ride.boarding_s))
    return replace(ride, pickup=place, pickup_window=pickup, dropoff_window=dropoff, max_ride_s=longest)


def _find(scene: _Scene, booking: Booking, wanted: Leg, runs: dict[str, Run], longest_s: int) -> Leg | None:
    """The leg as some run takes it now, and the runs in their new state; None where nobody can or it has begun, and nothing is changed."""
    if not _can_move(wanted, runs):
        return None
    service, own = scene.tx.get_service(scene.actor, wanted.service_id), runs[wanted.run_id or ""]
    freed = release(own, wanted.id, service, scene.network.travel, scene.now)
    helping = [freed if run.id == own.id else run for run in runs.values() if run.service_id == service.id]
    helping = [run for run in helping if may_help(run)]
    company = wished_company(scene.tx, booking.agency_id, booking.rider_id)
    ride = Stranded(booking, wanted, aboard=False, company=company)
    place = find_place(helping, service, scene.network.travel, scene.now, ride, longest_s)
    if place is None:
        return None
    runs[own.id] = freed
    runs[place.run.id] = place.run
    return replace(place.leg, run_id=place.run.id, narrowed_at=None)


def _can_move(leg: Leg, runs: dict[str, Run]) -> bool:
    """Whether the ride is promised, has not begun, and stands on no manifest in a driver's hands."""
    run = runs.get(leg.run_id or "")
    if run is None or leg.state is not LegState.ON_RUN or not may_help(run):
        return False
    return not any(visit.is_done for visit in run.visits if visit.leg_id == leg.id)


def _to_the_desk(scene: _Scene, booking: Booking, chain: Chain, legs: Sequence[Leg], runs: dict[str, Run]) -> Booking:
    """Nobody is left standing: the desk has the rider, who is told that somebody rings. Once for each journey."""
    what = _lost(chain)
    if any(entry.what == what for entry in booking.history):
        return booking
    for leg in legs:
        if not _can_move(leg, runs):
            continue
        service, run = scene.tx.get_service(scene.actor, leg.service_id), runs[leg.run_id or ""]
        runs[run.id] = release(run, leg.id, service, scene.network.travel, scene.now)
        left = replace(leg, state=LegState.IN_RESCUE, run_id=None, owner=scene.actor.account_id, answer_by=None)
        booking = booking.with_leg(left, _entry(scene, what))
    return booking if booking.history and booking.history[-1].what == what else _noted(scene, booking, what)


def _entry(scene: _Scene, what: str) -> HistoryEntry:
    return HistoryEntry(scene.now, scene.actor.account_id, what)


def _noted(scene: _Scene, booking: Booking, what: str) -> Booking:
    return replace(booking, history=(*booking.history, _entry(scene, what)), revision=booking.revision + 1)


def _moved(window: Window, by: timedelta) -> Window:
    return Window(window.earliest + by, window.latest + by)
