"""What all changes by hand share: worked out again on locked runs, agreed to by whoever must agree, saved whole or not at all.

| in the way | what helps |
|---|---|
| a rider would be met or set down later than promised, or be aboard too long | a reason; the rider is told, the promise as it was is kept in the history |
| a driver is on the way to the rider already | a reason |
| a driver holds the manifest on paper, or it was read out | his acknowledgement; a ride that comes to him may wait for it |
| the ride goes to a volunteer who is asked one by one, or picks himself | his yes; or the ride waits for it |
| seats, wheelchair places, needs, the run's hours, its break, its timetable, its kilometres, another service | nothing |
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from mobility.actions.context import Context, new_id
from mobility.actions.hand_out_manifest import confirm_waiting
from mobility.actions.keep_ceilings import keep_ceilings
from mobility.actions.notices import notice, run_notice
from mobility.domain.accounts import Actor, Role, system_actor
from mobility.domain.bookings import Booking, HistoryEntry, Leg, LegState
from mobility.domain.fleet import Acceptance
from mobility.domain.hand_actions import HandAction, HandKind
from mobility.domain.notices import Notice, NoticeKind
from mobility.domain.runs import ManifestIssue, Run
from mobility.errors import ConflictError, NotAllowedError
from mobility.planning.by_hand import Proposal, Scene, settled, windows_of
from mobility.planning.compiling import is_on_paper
from mobility.planning.judging import PromiseBrokenError
from mobility.planning.offering import answer_by
from mobility.planning.promising import promise_in_words
from mobility.store.interface import Transaction

_DESK = (Role.DISPATCHER, Role.AGENCY, Role.ADMIN)
SHORTEST_REASON = 3


class PlanMovedError(ConflictError):
    """The plan is no longer the one that was looked at; look again."""


class ReasonMissingError(ConflictError):
    """It breaks a promise: that needs a reason."""


class ConsentMissingError(ConflictError):
    """A driver holds a manifest that would no longer be true."""


@dataclass(frozen=True, slots=True)
class Hand:
    """How it is done: ``seen`` is the seal of the proposal that was looked at (None: whatever it is now), ``reason`` overrules what may
    be overruled, ``agreed``: the drivers concerned have said yes and know of it.
    """

    seen: str | None = None
    reason: str = ""
    agreed: bool = False


@dataclass(frozen=True, slots=True)
class Preview:
    """What would be done, its seal, and whose consent it takes: drivers who must know of it first (``paper``: ids of runs), and runs on
    which the ride would wait for a yes (``asks``).
    """

    proposal: Proposal
    seal: str
    paper: tuple[str, ...]
    asks: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Wanted:
    """A change to be made: to which runs, for which rides (their leg ids), and how it is worked out from the runs, by id."""

    kind: HandKind
    run_ids: frozenset[str]
    moved: frozenset[str]
    propose: Callable[[Scene, dict[str, Run]], Proposal]


def check_desk(actor: Actor) -> None:
    """Raise NotAllowedError unless the actor dispatches."""
    if actor.role not in _DESK:
        raise NotAllowedError(f"the role {actor.role.value} does not change runs by hand")


def needs_a_yes(run: Run) -> bool:
    """Whether a ride that comes to this run waits for its driver: on paper, or of a volunteer who accepts ride by ride."""
    return is_on_paper(run) or run.acceptance is not Acceptance.ROSTERED


def acknowledged(run: Run, was: Run, now: datetime) -> Run:
    """The changed run of a driver who has been told of it; on paper that is recorded."""
    return replace(run, manifest=ManifestIssue(run.revision, now, now)) if is_on_paper(was) else run


def scene_of(context: Context, tx: Transaction, run: Run) -> Scene:
    """The service of a run, the streets in use, the clock."""
    system = system_actor(run.agency_id)
    return Scene(tx.get_service(system, run.service_id), context.network(tx, system).travel, context.clock())


def preview_by_hand(context: Context, actor: Actor, wanted: Wanted) -> Preview:
    """What would be done; nothing is changed.

    Raises:
        NotAllowedError: not the desk.
        NotFoundError: no such run.
        ConflictError: it cannot be done at all.
    """
    check_desk(actor)
    with context.store.transaction() as tx:
        runs = {run_id: tx.get_run(actor, run_id) for run_id in sorted(wanted.run_ids)}
        proposal = _proposed(scene_of(context, tx, next(iter(runs.values()))), runs, wanted)
        return _preview(proposal, wanted.moved)


def do_by_hand(context: Context, actor: Actor, wanted: Wanted, hand: Hand) -> HandAction:
    """Do what was looked at, all of it or nothing.

    Raises:
        NotAllowedError: not the desk.
        NotFoundError: no such run.
        PlanMovedError: it would be something else by now.
        ReasonMissingError: a promise would be broken, and no reason is given.
        ConsentMissingError: a driver must know of it first.
        ConflictError: it cannot be done at all.
    """
    check_desk(actor)

    def work(tx: Transaction) -> HandAction:
        for run_id in wanted.run_ids:
            tx.get_run(actor, run_id)
        runs = {run.id: run for run in tx.lock_runs(wanted.run_ids)}
        scene = scene_of(context, tx, next(iter(runs.values())))
        found = _preview(_proposed(scene, runs, wanted), wanted.moved)
        _check_may(found, hand)
        try:
            final = settled(found.proposal, scene)
        except PromiseBrokenError as error:
            raise ConflictError("it does not fit the vehicle, its hours, its timetable or its kilometres") from error
        return _Change(context, tx, actor, scene, hand, wanted).save(final)

    return context.store.in_transaction(work)


def _proposed(scene: Scene, runs: dict[str, Run], wanted: Wanted) -> Proposal:
    if any(run.withdrawn or run.service_id != scene.service.id for run in runs.values()):
        raise ConflictError("the run has been withdrawn, or belongs to another service: a ride never changes its service")
    try:
        proposal = wanted.propose(scene, runs)
    except ValueError as error:
        raise ConflictError("the ride is not on this run any more, has begun, or cannot be brought there") from error
    gains = (set(after.leg_ids) - set(before.leg_ids) for before, after in zip(proposal.before, proposal.after, strict=True))
    if any(gain and run.closed for gain, run in zip(gains, proposal.before, strict=True)):
        raise ConflictError("the driver may not drive on that day: a credential has ended")
    return proposal


def _preview(proposal: Proposal, moved: Collection[str]) -> Preview:
    pairs = list(zip(proposal.before, proposal.after, strict=True))
    changed = [(was, becomes) for was, becomes in pairs if was.visits != becomes.visits]
    gains = {b.id for a, b in changed if set(b.leg_ids) & set(moved) - set(a.leg_ids)}
    paper = tuple(a.id for a, b in changed if is_on_paper(a) and (b.id not in gains or set(a.leg_ids) - set(b.leg_ids)))
    asks = tuple(a.id for a, _ in changed if a.id in gains and needs_a_yes(a))
    told = sorted((one.kind.name, one.run_id, one.leg_id or "", one.amount // 60) for one in proposal.objections)
    facts = ([(run.id, run.revision) for run in proposal.before], told, sorted(proposal.under_way))
    return Preview(proposal, hashlib.sha256(repr(facts).encode()).hexdigest()[:24], paper, asks)


def _check_may(found: Preview, hand: Hand) -> None:
    if hand.seen is not None and hand.seen != found.seal:
        raise PlanMovedError("the plan has changed meanwhile; look at it again")
    if not found.proposal.is_possible:
        raise ConflictError("it does not fit the vehicle, its hours, its timetable or its kilometres")
    if found.proposal.needs_a_reason and len(hand.reason) < SHORTEST_REASON:
        raise ReasonMissingError("it breaks a promise: give a reason")
    if found.paper and not hand.agreed:
        raise ConsentMissingError("a driver holds the manifest as it was; tell him first")


@dataclass(frozen=True, slots=True)
class _Change:
    """One change being saved."""

    context: Context
    tx: Transaction
    actor: Actor
    scene: Scene
    hand: Hand
    wanted: Wanted

    def save(self, final: Proposal) -> HandAction:
        """Runs, bookings, history, notices, and what is needed to undo it."""
        pairs = [(a, b) for a, b in zip(final.before, final.after, strict=True) if a.visits != b.visits]
        if self.hand.agreed:
            pairs = [(a, acknowledged(b, a, self.scene.now)) for a, b in pairs]
        for was, becomes in pairs:
            self.tx.save_run(becomes, was.revision)
        runs = {becomes.id: becomes for _, becomes in pairs}
        legs, bookings = self._follow(runs)
        cheaper = keep_ceilings(self.context, self.tx, self.actor.agency_id, runs.keys())
        for run in runs.values():
            message = run_notice(run, self.scene.now)
            if message is not None:
                self.tx.add_notice(message)
        action = HandAction(
            id=new_id(),
            agency_id=self.actor.agency_id,
            account_id=self.actor.account_id,
            at=self.scene.now,
            kind=self.wanted.kind,
            reason=self.hand.reason if final.needs_a_reason else "",
            runs=tuple(was for was, _ in pairs),
            legs=tuple(legs),
            run_revisions={run.id: run.revision for run in runs.values()},
            booking_revisions={one.id: cheaper.get(one.id, one).revision for one in bookings},
        )
        self.tx.save_hand_action(action)
        if self.hand.agreed:
            for run in runs.values():
                if is_on_paper(run):
                    confirm_waiting(self.context, self.tx, self.actor, run)
        return action

    def _follow(self, runs: dict[str, Run]) -> tuple[list[Leg], list[Booking]]:
        """Bookings learn which run carries them now, and what is promised now; their riders hear of what they must know."""
        carrier = {leg_id: run for run in runs.values() for leg_id in run.leg_ids}
        legs, bookings = [], []
        for seen in self.tx.list_bookings_of_legs(system_actor(self.actor.agency_id), carrier.keys()):
            for leg in seen.legs:
                if leg.id not in carrier or leg.state not in (LegState.ON_RUN, LegState.AWAITING_CONFIRMATION):
                    continue
                booking = self.tx.lock_booking(system_actor(self.actor.agency_id), seen.id)
                changed = self._changed(booking.leg(leg.id), carrier[leg.id], was_moved=leg.id in self.wanted.moved)
                if changed == booking.leg(leg.id):
                    continue
                legs.append(booking.leg(leg.id))
                saved = booking.with_leg(changed, self._entry(legs[-1], changed))
                self.tx.save_booking(saved)
                bookings.append(saved)
                for message in _messages(saved, legs[-1], changed, carrier[leg.id], self.scene.now):
                    self.tx.add_notice(message)
        return legs, bookings

    def _changed(self, leg: Leg, run: Run, *, was_moved: bool) -> Leg:
        pickup, dropoff, longest = windows_of(run, leg.id)
        anew = (pickup, dropoff) != (leg.pickup_window, leg.dropoff_window)
        leg = replace(leg, pickup_window=pickup, dropoff_window=dropoff, max_ride_s=longest or leg.max_ride_s)
        leg = replace(leg, narrowed_at=None) if anew else leg
        if not was_moved or run.id == leg.run_id:
            return leg
        if self.hand.agreed or not needs_a_yes(run):
            return replace(leg, run_id=run.id, state=LegState.ON_RUN, answer_by=None)
        deadline = answer_by(self.scene.service, run, pickup.earliest, self.scene.now)
        asked = (*leg.asked_run_ids, run.id)
        return replace(leg, run_id=run.id, state=LegState.AWAITING_CONFIRMATION, answer_by=deadline, asked_run_ids=asked)

    def _entry(self, was: Leg, becomes: Leg) -> HistoryEntry:
        what = [f"{self.wanted.kind.value} by hand"]
        if was.run_id != becomes.run_id:
            what.append(f"from run {was.run_id} to run {becomes.run_id}")
        if (was.pickup_window, was.dropoff_window) != (becomes.pickup_window, becomes.dropoff_window):
            what.append(f"promised was {promise_in_words(was, ZoneInfo(self.scene.service.timezone))}")
        if self.hand.reason:
            what.append(f"because: {self.hand.reason}")
        if self.hand.agreed:
            what.append("the drivers agreed")
        return HistoryEntry(self.scene.now, self.actor.account_id, "; ".join(what))


def _messages(booking: Booking, was: Leg, becomes: Leg, run: Run, now: datetime) -> Sequence[Notice]:
    """The rider hears of another promise, and of one that is uncertain again; who must say yes is asked."""
    if becomes.state is LegState.AWAITING_CONFIRMATION:
        if becomes.run_id == was.run_id:
            return []
        asks = NoticeKind.RIDE_ASKED if run.acceptance is not Acceptance.ROSTERED else NoticeKind.RUN_CHANGED
        return [
            notice(booking, NoticeKind.AWAITING_CONFIRMATION, now),
            notice(booking, asks, now, to="driver", run=run),
        ]
    if (was.pickup_window, was.dropoff_window) != (becomes.pickup_window, becomes.dropoff_window):
        return [notice(booking, NoticeKind.CHANGED, now, run=run)]
    return [notice(booking, NoticeKind.CONFIRMED, now)] if was.state is LegState.AWAITING_CONFIRMATION else []
