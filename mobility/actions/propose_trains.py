"""A new timetable does not have the trains of a booked journey: others near to them are proposed, with the rides that would go with them. Nothing
changes before the rider, or the desk for him, says yes; what nothing near can be proposed for is the desk's, as it was.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta
from functools import partial

import gtfs.nouns as gtfs
from gtfs.journeys.planner import Query
from mobility.actions.context import Context
from mobility.actions.keep_ceilings import keep_ceilings
from mobility.actions.keep_connections import save_moved
from mobility.actions.mending import MEETS, Scene, find_run, moved
from mobility.actions.notices import notice
from mobility.actions.read_bookings import as_seen
from mobility.domain.accounts import Actor, Role, system_actor
from mobility.domain.bookings import Booking, HistoryEntry, Journey, Leg, Proposal
from mobility.domain.lines import LineRide
from mobility.domain.notices import NoticeKind
from mobility.domain.runs import Run
from mobility.domain.service_days import seconds_of
from mobility.errors import ConflictError, NotAllowedError, UnavailableError
from mobility.planning.combined_offers import line_ride
from mobility.planning.combining import MOST_CHANGES
from mobility.planning.connecting import Chain, chains_of, met_from, reaches, shifted
from mobility.planning.ordinary_lines import bookable_lines
from mobility.planning.parallel_rule import is_step_free
from mobility.planning.relying import hurt_by, reliances
from mobility.planning.stations import timetabled
from mobility.store.interface import Transaction

_log = logging.getLogger(__name__)
_NEAR = timedelta(hours=1)
_NO_CHANGE = timedelta(minutes=15)
"""A train so little later: the ride to it stays as it is, and its rider waits there."""


def propose_trains(context: Context, agency_id: str, booking_ids: Iterable[str]) -> int:
    """For each of these bookings that the timetables in use hurt: how many were proposed something new. Asking again proposes nothing twice."""
    proposed = 0
    for booking_id in dict.fromkeys(booking_ids):
        try:
            proposed += context.store.in_transaction(partial(_propose, context, agency_id, booking_id))
        except UnavailableError:
            raise
        except Exception as error:  # noqa: BLE001 - whatever it is, the desk has its task, and the others matter too
            _log.error("other trains could not be proposed: %s", type(error).__qualname__)
    return proposed


def list_proposed(context: Context, agency_id: str) -> list[str]:
    """The bookings to which something is proposed: it falls away where the timetables in use have their trains again."""
    with context.store.transaction() as tx:
        bookings = tx.list_bookings(system_actor(agency_id))
    return [one.id for one in bookings if one.is_open and any(journey.proposed for journey in one.journeys)]


def accept_proposal(context: Context, actor: Actor, booking_id: str) -> Booking:
    """Yes to what is proposed for this booking: all of it in one transaction, and the desk's task is settled.

    Raises:
        NotFoundError: no such booking for this actor.
        NotAllowedError: neither the rider nor the desk.
        ConflictError: nothing is proposed, or it cannot be had any more: what can be had now is proposed instead.
    """
    if actor.role not in (Role.RIDER, Role.DISPATCHER, Role.AGENCY, Role.ADMIN):
        raise NotAllowedError(f"the role {actor.role.value} does not speak for a rider")
    taken = context.store.in_transaction(partial(_accept, context, actor, booking_id))
    if taken is None:
        propose_trains(context, actor.agency_id, [booking_id])
        raise ConflictError("this cannot be had any more; look at what is proposed now, or ring the desk")
    return taken


def _propose(context: Context, agency_id: str, booking_id: str, tx: Transaction) -> bool:
    system = system_actor(agency_id)
    booking = tx.lock_booking(system, booking_id)
    scene = _scene(context, tx, booking)
    if scene is None:
        return False
    runs = _runs_of(scene, booking)
    found = _proposals(scene, booking, runs)
    journeys = tuple(replace(one, proposed=found.get(number)) for number, one in enumerate(booking.journeys))
    if _told(journeys) == _told(booking.journeys):
        return False
    after = replace(booking, journeys=journeys, revision=booking.revision + 1)
    tx.save_booking(after)
    if found:
        tx.add_notice(notice(after, NoticeKind.TRAIN_PROPOSED, scene.now))
    return bool(found)


def _accept(context: Context, actor: Actor, booking_id: str, tx: Transaction) -> Booking | None:
    """None: what was proposed cannot be had as it was."""
    seen, system = tx.get_booking(actor, booking_id), system_actor(actor.agency_id)
    scene = _scene(context, tx, seen)
    if scene is None or not any(journey.proposed for journey in seen.journeys):
        raise ConflictError("nothing is proposed for this booking")
    runs = {run.id: run for run in tx.lock_runs(_runs_of(scene, seen).keys())}
    booking, before = tx.lock_booking(system, booking_id), dict(runs)
    if booking.revision != seen.revision:
        return None
    found = _proposals(scene, booking, runs)
    journeys = tuple(replace(one, proposed=found.get(number)) for number, one in enumerate(booking.journeys))
    if _told(journeys) != _told(booking.journeys):
        return None
    entry = HistoryEntry(scene.now, actor.account_id, f"{MEETS} of a new timetable, accepted by {actor.role.value}")
    after = replace(booking, journeys=journeys).as_proposed()
    after = replace(after, history=(*booking.history, entry), revision=booking.revision + 1)
    moved = [run for run in runs.values() if run is not before[run.id]]
    for run in moved:
        save_moved(tx, run, before[run.id], scene.now)
    tx.save_booking(after)
    for task in tx.list_notices(system):
        if task.booking_id == booking_id and task.kind is NoticeKind.TIMETABLE_CHANGED and task.sent_at is None:
            tx.mark_notice(task.id, scene.now)
    tx.add_notice(notice(after, NoticeKind.CONNECTION, scene.now))
    return as_seen(tx, actor, keep_ceilings(context, tx, after.agency_id, [run.id for run in moved]).get(after.id, after))


def _told(journeys: Iterable[Journey]) -> object:
    """What the rider was told; which run takes a ride may change."""
    proposals = [journey.proposed for journey in journeys]
    return [one and (one.transit, [replace(leg, run_id=None) for leg in one.legs]) for one in proposals]


def _scene(context: Context, tx: Transaction, booking: Booking) -> Scene | None:
    system = system_actor(booking.agency_id)
    network = context.network(tx, system)
    found = timetabled(network, bookable_lines(tx.list_services(system)))
    if found is None:
        return None
    rules = {leg.service_id: tx.get_service(system, leg.service_id).connection for leg in booking.legs}
    return Scene(tx, system, network, found, found.follow(network.live), rules, context.clock())


def _runs_of(scene: Scene, booking: Booking) -> dict[str, Run]:
    """Those of its rides, and all that could take them."""
    own = [scene.tx.get_run(scene.actor, leg.run_id) for leg in booking.legs if leg.run_id is not None]
    near = [run for day in {run.day for run in own} for run in scene.tx.list_runs(scene.actor, day, scene.rules.keys())]
    return {run.id: run for run in (*own, *near)}


def _proposals(scene: Scene, booking: Booking, runs: dict[str, Run]) -> dict[int, Proposal]:
    """By the journey's number; ``runs`` as they would be."""
    found = {}
    for chain in chains_of(booking):
        if chain.transit[0].departs <= scene.now or not _is_hurt(scene, booking, chain):
            continue
        tried = dict(runs)
        proposal = _proposal(scene, booking, chain, tried)
        if proposal is not None:
            found[chain.number] = proposal
            runs.update(tried)
    return found


def _is_hurt(scene: Scene, booking: Booking, chain: Chain) -> bool:
    relied = [one for one in reliances(booking, {}, {}) if any(one.departs == ride.departs for ride in chain.transit)]
    return bool(hurt_by(scene.found.feed, relied))


def _proposal(scene: Scene, booking: Booking, chain: Chain, runs: dict[str, Run]) -> Proposal | None:
    for transit in _ways(scene, booking, chain):
        tried = dict(runs)
        legs = _legs(scene, booking, chain, transit, tried)
        if legs is not None:
            runs.update(tried)
            return Proposal(transit, legs)
    return None


def _ways(scene: Scene, booking: Booking, chain: Chain) -> list[tuple[LineRide, ...]]:
    """By the timetable in use, within an hour of the booked times at both ends, the nearest first."""
    feed, first, last = scene.found.feed, chain.transit[0], chain.transit[-1]
    day = first.departs.astimezone(feed.timezone).date()
    span = [seconds_of(max(first.departs + by, scene.now), day, feed.timezone) for by in (-_NEAR, _NEAR)]
    access, egress = reaches(scene.found, first.board), reaches(scene.found, last.alight)
    wheelchair = is_step_free(booking.needs) or booking.party.wheelchairs > 0
    found = scene.found.planner.journeys(
        Query(access, egress, day, span[0], span[1], most_changes=MOST_CHANGES, wheelchair=wheelchair)
    )
    ways = [tuple(line_ride(feed, leg, day) for leg in one.legs if isinstance(leg, gtfs.TransitLeg)) for one in found]

    def far(way: tuple[LineRide, ...]) -> tuple[timedelta, int]:
        return abs(way[0].departs - first.departs) + abs(way[-1].arrives - last.arrives), len(way)

    return sorted((way for way in ways if way and abs(way[-1].arrives - last.arrives) <= _NEAR), key=far)


def _legs(
    scene: Scene, booking: Booking, chain: Chain, transit: tuple[LineRide, ...], runs: dict[str, Run]
) -> tuple[Leg, ...] | None:
    """The rides as they would be; None where one cannot be had."""
    wanted = []
    if chain.ride_to is not None:
        by = transit[0].departs - chain.transit[0].departs
        stays = timedelta(0) <= by < _NO_CHANGE
        window = chain.ride_to.pickup_window, chain.ride_to.dropoff_window
        later = replace(chain.ride_to, pickup_window=moved(window[0], by), dropoff_window=moved(window[1], by))
        wanted.append(chain.ride_to if stays else later)
    if chain.ride_from is not None:
        by = transit[-1].arrives - chain.transit[-1].arrives
        earliest = met_from(transit[-1].arrives, scene.rules[chain.ride_from.service_id])
        window = chain.ride_from.pickup_window, chain.ride_from.dropoff_window
        sooner = replace(chain.ride_from, pickup_window=moved(window[0], by), dropoff_window=moved(window[1], by))
        wanted.append(sooner if by <= -_NO_CHANGE else shifted(chain.ride_from, max(earliest, window[0].earliest)))
    legs = []
    for leg in wanted:
        same = leg in booking.legs
        found = leg if same else find_run(scene, booking, leg, runs, 0)
        if found is None:
            return None
        legs.append(found)
    return tuple(legs)
