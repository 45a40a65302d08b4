"""What becomes of a journey whose trains or buses do not run as planned: by the service's rules the ride from the station comes later, a
later train is taken, a ride of ours goes instead, the rider takes a taxi, or the desk has him. Nobody else aboard or waiting is worse off.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from mobility.actions.wished_company import wished_company
from mobility.domain.accounts import Actor
from mobility.domain.bookings import Booking, HistoryEntry, Leg, LegState, Outcome
from mobility.domain.places import Place
from mobility.domain.requests import Window
from mobility.domain.runs import Run, Visit, VisitKind
from mobility.domain.services import ConnectionRules, Fallback, Yielding
from mobility.planning.access import in_zones
from mobility.planning.connecting import Chain, Course, Lost, boards_by, course_now, met_from, shifted, with_transit
from mobility.planning.live_trips import LiveTrips
from mobility.planning.network import Network
from mobility.planning.releasing import release
from mobility.planning.rescuing import Stranded, find_place, may_help
from mobility.planning.rules import is_timetabled
from mobility.planning.searching import longest_ride_s
from mobility.planning.stations import Timetabled
from mobility.store.interface import Transaction
from routing.travel import FOREVER

MEETS = "meets the train"
"""How the history entries of rides begin that were moved for a train's sake."""
LOST = "connection lost"
TAXI = "a taxi"
"""How the history tells of a journey that the desk has, and ends where its rider takes a taxi."""
_STILL_UNDER_WAY = timedelta(minutes=30)
_WORTH_WAITING_AT_HOME = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class Scene:
    """What decides on one booking; ``rules`` by service id."""

    tx: Transaction
    actor: Actor
    network: Network
    found: Timetabled
    live: LiveTrips
    rules: Mapping[str, ConnectionRules]
    now: datetime

    def rules_of(self, chain: Chain) -> ConnectionRules:
        """Those of the ride from the station, where there is one."""
        ride = chain.ride_from or chain.ride_to
        return ConnectionRules() if ride is None else self.rules[ride.service_id]

    def course(self, chain: Chain, runs: Mapping[str, Run], booking: Booking) -> Course:
        """How its trains and buses run for who comes with the ride to them as it is now."""
        return course_now(self.found, self.live, chain, (_ready(chain, runs), self.now), booking)


def is_troubled(scene: Scene, chain: Chain, booking: Booking) -> bool:
    """Looked at without locks: what is found is looked at again under them. What the desk has already is not looked at again."""
    if is_over(scene, chain) or _is_with_the_desk(booking, chain):
        return False
    ids = {leg.run_id for leg in (chain.ride_to, chain.ride_from) if leg is not None and leg.run_id is not None}
    runs = {run_id: scene.tx.get_run(scene.actor, run_id) for run_id in ids}
    course = scene.course(chain, runs, booking)
    return course.lost is not None or _comes_too_soon(chain, course.arrives, runs)


def is_over(scene: Scene, chain: Chain) -> bool:
    """Half an hour after its last part."""
    last = chain.transit[-1].arrives if chain.ride_from is None else chain.ride_from.dropoff_window.latest
    return last + _STILL_UNDER_WAY < scene.now


def mended(scene: Scene, booking: Booking, chain: Chain, runs: dict[str, Run]) -> Booking:
    """The booking, itself where nothing is to be done; ``runs`` (locked) in their new state."""
    if is_over(scene, chain) or _is_with_the_desk(booking, chain):
        return booking
    course = scene.course(chain, runs, booking)
    if course.lost is not None and course.lost.number == 0 and course.lost.when > chain.transit[0].departs:
        kept = _sooner_to_the_train(scene, booking, chain, runs)
        if kept is not None:
            return kept
    if course.lost is None and not _comes_too_soon(chain, course.arrives, runs):
        return booking
    if course.lost is None:
        held = _held(scene, booking, chain, course.arrives, runs)
        if held is not None:
            return held
    return _fallen_back(scene, booking, chain, course, runs)


def _fallen_back(scene: Scene, booking: Booking, chain: Chain, course: Course, runs: dict[str, Run]) -> Booking:
    """The first way of the service's rules that there is; none has changed anything before it is taken."""
    rules, lost = scene.rules_of(chain), course.lost
    ways = rules.last_train if lost is not None and lost.later is None else rules.fallback
    for way in ways:
        tried, after = dict(runs), None
        if way is Fallback.LATER_TRAIN and lost is not None:
            after = _by_later_train(scene, booking, chain, lost, tried)
        elif way is Fallback.RIDE:
            after = _by_ride(scene, booking, chain, course, tried)
        if after is not None:
            runs.update(tried)
            return after
    left = [leg for leg in (chain.ride_to, chain.ride_from) if leg is not None]
    if lost is not None and Fallback.LATER_TRAIN in ways and _is_soon_enough(scene, chain, lost):
        booking = _on_later_trains(scene, booking, chain, lost, runs)
        left = left[-1:]  # the ride to the trains is of use
    elif lost is None and chain.ride_from is not None and boards_by(course.arrives) <= chain.ride_from.pickup_window.latest:
        left = []  # who may yet be met keeps the place
    return _to_the_desk(scene, booking, chain, left, runs, taxi=ways[-1] is Fallback.TAXI and bool(left))


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


def _is_with_the_desk(booking: Booking, chain: Chain) -> bool:
    return any(entry.what.startswith(_lost(chain)) for entry in booking.history)


def _lost(chain: Chain) -> str:
    """How the history tells of a journey that the desk has; once for each journey."""
    first = chain.transit[0]
    return f"{LOST} ({first.line or first.trip_id}, {first.departs:%Y-%m-%d %H:%M} UTC)"


def _held(scene: Scene, booking: Booking, chain: Chain, arrives: datetime, runs: dict[str, Run]) -> Booking | None:
    """The ride from the station waits for the train, as long as the rules let it: its own rider's promise yields, or nobody's."""
    ride, rules = chain.ride_from, scene.rules_of(chain)
    if ride is None or arrives - chain.transit[-1].arrives > timedelta(seconds=rules.hold_max_s):
        return None
    return _met(scene, booking, ride, arrives, runs, yields=rules.yields is Yielding.RIDER)


def _met(scene: Scene, booking: Booking, ride: Leg, arrives: datetime, runs: dict[str, Run], *, yields: bool) -> Booking | None:
    """The ride comes when its rider is there; where no promise ``yields``, within the one there is."""
    rules = scene.rules[ride.service_id]
    earliest = met_from(arrives, rules)
    if not yields and earliest > ride.pickup_window.latest:
        return None
    leg = find_run(scene, booking, shifted(ride, earliest), runs, rules.hold_max_s if yields else 0)
    return None if leg is None else booking.with_leg(leg, _entry(scene, f"{MEETS} as it runs now"))


def _sooner_to_the_train(scene: Scene, booking: Booking, chain: Chain, runs: dict[str, Run]) -> Booking | None:
    """Where the ride to the train has become late, another vehicle or order that still reaches it spares the rider every other change."""
    ride, first = chain.ride_to, chain.transit[0]
    if ride is None or ride.pickup_window.latest < scene.now:
        return None
    latest = first.departs - timedelta(seconds=scene.rules[ride.service_id].change_s)
    wanted = replace(
        ride, dropoff_window=Window(min(ride.dropoff_window.earliest, latest), min(ride.dropoff_window.latest, latest))
    )
    tried = dict(runs)
    leg = find_run(scene, booking, wanted, tried, 0)
    if leg is None:
        return None
    after = booking.with_leg(leg, _entry(scene, f"{MEETS} in another vehicle or order"))
    now_chain = replace(chain, ride_to=leg)
    course = scene.course(now_chain, tried, after)
    if course.lost is not None or _comes_too_soon(now_chain, course.arrives, tried):
        return None  # it was not for the ride's sake
    runs.update(tried)
    return after


def _by_later_train(scene: Scene, booking: Booking, chain: Chain, lost: Lost, runs: dict[str, Run]) -> Booking | None:
    """Later trains and buses, the ride to them later too where that can be had, and the ride from them when they are there."""
    later = lost.later
    if later is None or not _is_soon_enough(scene, chain, lost):
        return None
    booking = _on_later_trains(scene, booking, chain, lost, runs)
    if chain.ride_from is None or not _comes_too_soon(chain, later.arrives, runs):
        return booking
    return _met(scene, booking, chain.ride_from, later.arrives, runs, yields=True)


def _is_soon_enough(scene: Scene, chain: Chain, lost: Lost) -> bool:
    within = timedelta(seconds=scene.rules_of(chain).later_within_s)
    return lost.later is not None and lost.later.arrives - chain.transit[-1].arrives <= within


def _on_later_trains(scene: Scene, booking: Booking, chain: Chain, lost: Lost, runs: dict[str, Run]) -> Booking:
    """Whoever has not set out yet is fetched later for a later train, where that can be had; else he waits at the station."""
    if lost.later is None:
        return booking
    booking = _noted(scene, with_transit(booking, chain.number, lost.later.transit), "another train or bus is taken")
    ride, by = chain.ride_to, lost.later.transit[0].departs - chain.transit[0].departs
    if ride is None or by < _WORTH_WAITING_AT_HOME:
        return booking
    wanted = replace(ride, pickup_window=moved(ride.pickup_window, by), dropoff_window=moved(ride.dropoff_window, by))
    leg = find_run(scene, booking, wanted, runs, 0)
    return booking if leg is None else booking.with_leg(leg, _entry(scene, f"{MEETS} that leaves later"))


def _by_ride(scene: Scene, booking: Booking, chain: Chain, course: Course, runs: dict[str, Run]) -> Booking | None:
    """A ride instead of the train: from the train that came too late for a hold, from home all the way, or from where the rider is left."""
    lost, ride = course.lost, chain.ride_from
    if lost is None:
        return None if ride is None else _met(scene, booking, ride, course.arrives, runs, yields=True)
    if lost.number == 0 and chain.ride_to is not None:
        whole = _all_the_way(scene, booking, chain, runs)
        if whole is not None:
            return whole
    if ride is None or not _may_go(scene, ride, lost.at, ride.dropoff):
        return None
    wanted = _anew(scene, ride, lost.at, ride.dropoff, max(lost.when, scene.now))
    leg = find_run(scene, booking, wanted, runs, scene.rules[ride.service_id].hold_max_s)
    if leg is None:
        return None
    booking = with_transit(booking, chain.number, [one for one in chain.transit if one.arrives <= lost.when])
    return booking.with_leg(leg, _entry(scene, f"{MEETS} no more: fetched where the rider is left"))


def _all_the_way(scene: Scene, booking: Booking, chain: Chain, runs: dict[str, Run]) -> Booking | None:
    """From where the ride to the train begins to where the journey ends, for the price agreed; the ride from the station falls away."""
    ride, other = chain.ride_to, chain.ride_from
    goal = chain.transit[-1].alight if other is None else other.dropoff
    if ride is None or not _may_go(scene, ride, ride.pickup, goal) or (other is not None and not _can_move(other, runs)):
        return None
    leg = find_run(scene, booking, _anew(scene, ride, ride.pickup, goal, max(ride.pickup_window.earliest, scene.now)), runs, 0)
    if leg is None:
        return None
    booking = with_transit(booking, chain.number, ()).with_leg(leg, _entry(scene, f"{MEETS} no more: driven all the way"))
    if other is None:
        return booking
    _free(scene, other, runs)
    closed = replace(other, state=LegState.CLOSED, outcome=Outcome.CANCELLED, run_id=None, answer_by=None)
    return booking.with_leg(closed, _entry(scene, "no longer needed: driven all the way"))


def _may_go(scene: Scene, ride: Leg, *ends: Place) -> bool:
    """Whether the service may halt at these places at all."""
    service = scene.tx.get_service(scene.actor, ride.service_id)
    return bool(service.zones) and not is_timetabled(service) and all(in_zones(service, place) for place in ends)


def _anew(scene: Scene, ride: Leg, pickup: Place, dropoff: Place, when: datetime) -> Leg:
    """The ride between other places, as long as the way between them may take."""
    service = scene.tx.get_service(scene.actor, ride.service_id)
    drive_s, _ = scene.network.travel.drive(pickup, dropoff)
    longest = longest_ride_s(service, min(drive_s, FOREVER))
    width = max(ride.pickup_window.latest - ride.pickup_window.earliest, _WORTH_WAITING_AT_HOME)
    pickups = Window(when, when + width)
    dropoffs = Window(when, pickups.latest + timedelta(seconds=longest + ride.boarding_s))
    return replace(ride, pickup=pickup, dropoff=dropoff, pickup_window=pickups, dropoff_window=dropoffs, max_ride_s=longest)


def find_run(scene: Scene, booking: Booking, wanted: Leg, runs: dict[str, Run], longest_s: int) -> Leg | None:
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


def _can_move(leg: Leg, runs: Mapping[str, Run]) -> bool:
    """Whether the ride is promised, has not begun, and stands on no manifest in a driver's hands."""
    run = runs.get(leg.run_id or "")
    if run is None or leg.state is not LegState.ON_RUN or not may_help(run):
        return False
    return not any(visit.is_done for visit in run.visits if visit.leg_id == leg.id)


def _free(scene: Scene, leg: Leg, runs: dict[str, Run]) -> None:
    service, run = scene.tx.get_service(scene.actor, leg.service_id), runs[leg.run_id or ""]
    runs[run.id] = release(run, leg.id, service, scene.network.travel, scene.now)


def _to_the_desk(
    scene: Scene, booking: Booking, chain: Chain, legs: Sequence[Leg], runs: dict[str, Run], *, taxi: bool
) -> Booking:
    """Nobody is left standing: the desk has the rider, who is told that somebody rings, or to take a taxi. Once for each journey."""
    what = f"{_lost(chain)}: {TAXI}, and the desk knows" if taxi else f"{_lost(chain)}: the desk sees to it"
    for leg in legs:
        if not _can_move(leg, runs):
            continue
        _free(scene, leg, runs)
        left = replace(leg, state=LegState.IN_RESCUE, run_id=None, owner=scene.actor.account_id, answer_by=None)
        booking = booking.with_leg(left, _entry(scene, what))
    return booking if booking.history and booking.history[-1].what == what else _noted(scene, booking, what)


def _entry(scene: Scene, what: str) -> HistoryEntry:
    return HistoryEntry(scene.now, scene.actor.account_id, what)


def _noted(scene: Scene, booking: Booking, what: str) -> Booking:
    return replace(booking, history=(*booking.history, _entry(scene, what)), revision=booking.revision + 1)


def moved(window: Window, by: timedelta) -> Window:
    return Window(window.earliest + by, window.latest + by)
