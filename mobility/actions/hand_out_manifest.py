"""The driver holds a manifest: read it, hand it out on paper or by telephone, record that the driver has acknowledged it."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from functools import partial

from mobility.actions.answer_ride import confirm
from mobility.actions.context import Context
from mobility.actions.look_at_day import find_network
from mobility.domain.accounts import Actor, Role, system_actor
from mobility.domain.bookings import LegState
from mobility.domain.places import Place
from mobility.domain.riders import Rider
from mobility.domain.runs import ManifestIssue, Run
from mobility.errors import NotAllowedError, NotFoundError, StaleRunError
from mobility.manifests.manifest import Manifest, WayStep, build_manifest, with_ways
from mobility.planning.ways import steps_between
from mobility.store.interface import Transaction
from mobility.store.visibility import is_near
from routing.streets.streets import Streets

_READERS = (Role.DRIVER, Role.PROVIDER, Role.DISPATCHER, Role.AGENCY, Role.ADMIN)
_HANDS_OUT = (Role.DRIVER, Role.DISPATCHER, Role.AGENCY, Role.ADMIN)


def read_manifest(context: Context, actor: Actor, run_id: str) -> Manifest:
    """The run as its driver sees it now.

    Raises:
        NotFoundError: no such run for this actor.
        NotAllowedError: a role that may not see riders' names.
    """
    if actor.role not in _READERS:
        raise NotAllowedError(f"the role {actor.role.value} does not see manifests")
    with context.store.transaction() as tx:
        manifest = manifest_of(tx, actor, tx.get_run(actor, run_id))
        network = find_network(context, tx, actor)
    return manifest if network is None else with_ways(manifest, partial(_way, network.streets))


def _way(streets: Streets, origin: Place, destination: Place) -> tuple[WayStep, ...]:
    """How to drive, in the manifest's form."""
    return tuple(WayStep(step.de, step.en, step.metres) for step in steps_between(streets, origin, destination))


def manifest_of(tx: Transaction, actor: Actor, run: Run) -> Manifest:
    """The manifest with the riders that the actor may see; from a driver those of rides that are not near are kept."""
    system = system_actor(run.agency_id)
    service = tx.get_service(system, run.service_id)
    bookings = tx.list_bookings_of_legs(actor, run.leg_ids)
    riders = [rider for rider_id in sorted({booking.rider_id for booking in bookings}) for rider in _seen(tx, actor, rider_id)]
    driver = None if run.driver_id is None else tx.get_driver(system, run.driver_id)
    limited = actor.role is Role.DRIVER
    far = {leg.id for booking in bookings for leg in booking.legs if limited and not is_near(leg, actor.now)}
    return build_manifest(run, service, bookings, riders, driver, far=far)


def _seen(tx: Transaction, actor: Actor, rider_id: str) -> list[Rider]:
    try:
        return [tx.get_rider(actor, rider_id)]
    except NotFoundError:
        return []


def issue_manifest(context: Context, actor: Actor, run_id: str) -> Run:
    """Record that the run as it is now was printed or read out; from then on it changes only with an acknowledgement."""
    return _on_run(context, actor, run_id, acknowledge=False)


def acknowledge_manifest(context: Context, actor: Actor, run_id: str, seen: str = "") -> Run:
    """Record that the driver has the run as it is now; riders who waited for that are confirmed. ``seen``: what he has looked at
    (:func:`looks_of`), perhaps some time ago without signal.

    Raises:
        StaleRunError: the run is no longer what was ``seen``.
    """
    return _on_run(context, actor, run_id, acknowledge=True, seen=seen)


def looks_of(run: Run) -> str:
    """A short mark of who boards and alights in which order and within which windows; it changes when a driver has to look again."""
    rides = [(v.leg_id, v.kind.value, v.earliest, v.latest) for v in run.without_holds().visits if v.leg_id is not None]
    told = [(leg_id, kind, earliest.timestamp(), latest.timestamp()) for leg_id, kind, earliest, latest in rides]
    return hashlib.sha256(repr(told).encode()).hexdigest()[:16]


def _on_run(context: Context, actor: Actor, run_id: str, *, acknowledge: bool, seen: str = "") -> Run:
    if actor.role not in _HANDS_OUT:
        raise NotAllowedError(f"the role {actor.role.value} does not hand out manifests")

    def work(tx: Transaction) -> Run:
        tx.get_run(actor, run_id)
        before = tx.lock_runs([run_id])[0]
        if seen and seen != looks_of(before):
            raise StaleRunError("the run has changed since it was looked at")
        now = context.clock()
        issue = ManifestIssue(before.revision + 1, now, now if acknowledge else None)
        run = replace(before, manifest=issue, revision=before.revision + 1)
        tx.save_run(run, before.revision)
        if acknowledge:
            confirm_waiting(context, tx, actor, run)
        return run

    return context.store.in_transaction(work)


def confirm_waiting(context: Context, tx: Transaction, actor: Actor, run: Run) -> None:
    system = system_actor(run.agency_id)
    for booking in tx.list_bookings_of_legs(system, run.leg_ids):
        for leg in booking.legs:
            if leg.run_id == run.id and leg.state is LegState.AWAITING_CONFIRMATION:
                confirm(context, tx, actor, tx.lock_booking(system, booking.id), leg)
