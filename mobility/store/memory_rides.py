"""Runs, decisions, bookings, idempotency keys and notices in memory."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import date, datetime
from heapq import nsmallest

from mobility.domain.accounts import Actor
from mobility.domain.bookings import Booking, LegState, Outcome
from mobility.domain.driver_events import DriverEvent
from mobility.domain.hand_actions import HandAction
from mobility.domain.notices import Notice
from mobility.domain.requests import Decision
from mobility.domain.runs import Position, Run
from mobility.errors import ConflictError, NotFoundError, StaleBookingError, StaleRunError
from mobility.store.changes import Topic
from mobility.store.interface import StoredAnswer
from mobility.store.invariants import check_legs, check_run
from mobility.store.memory_tables import Rows, in_id_order
from mobility.store.memory_visibility import near_legs, seen, whose_bookings
from mobility.store.visibility import Noun, scope, shown, shown_booking, shown_run


class RunRows(Rows):
    """The consistency boundary: a run is locked, changed and saved as a whole."""

    def add_run(self, run: Run) -> bool:
        check_run(run)
        old = self._tables.runs.get(run.id)
        if old is not None:
            if old.agency_id != run.agency_id:
                raise ConflictError("run: this id belongs to another agency")
            return False
        self._put(run, None)
        return True

    def get_run(self, actor: Actor, run_id: str) -> Run:
        run = self._tables.runs.get(run_id)
        if run is None or not seen(self._tables, actor, Noun.RUN, [run]):
            raise NotFoundError(f"run {run_id}: not found")
        return self._shown_run(run, actor)

    def list_runs(self, actor: Actor, day: date, service_ids: Collection[str] | None = None) -> list[Run]:
        on_day = (self._tables.runs[run_id] for run_id in self._tables.runs_on.get((actor.agency_id, day), ()))
        wanted = (run for run in on_day if service_ids is None or run.service_id in service_ids)
        return [self._shown_run(run, actor) for run in in_id_order(seen(self._tables, actor, Noun.RUN, wanted))]

    def _shown_run(self, run: Run, actor: Actor) -> Run:
        what = scope(actor, Noun.RUN)
        return shown_run(run, what.sight, near_legs(self._tables, what, run.leg_ids))

    def list_runs_of(self, actor: Actor, driver_id: str, first: date, last: date) -> list[Run]:
        own = self._tables.runs_with.get((actor.agency_id, "driver", driver_id), frozenset())
        wanted = (run for run_id in own if first <= (run := self._tables.runs[run_id]).day <= last)
        found = sorted(seen(self._tables, actor, Noun.RUN, wanted), key=lambda run: (run.starts_at, run.id))
        return [self._shown_run(run, actor) for run in found]

    def save_driver_event(self, event: DriverEvent) -> None:
        self._save(self._tables.driver_events, event, "driver's report")
        self._journal.refer(self._tables.runs, event.run_id, "report's run")
        self._journal.add_member(self._tables.events_of, event.run_id, event.id)

    def list_driver_events(self, actor: Actor, run_id: str) -> list[DriverEvent]:
        run = self._tables.runs.get(run_id)
        if run is None or not seen(self._tables, actor, Noun.RUN, [run]):
            return []
        events = (self._tables.driver_events[event_id] for event_id in self._tables.events_of.get(run_id, ()))
        return sorted(events, key=lambda event: (event.at, event.device_id, event.sequence))

    def lock_runs(self, run_ids: Collection[str]) -> list[Run]:
        """The transaction holds the one lock of this store already."""
        return [self._tables.runs[run_id] for run_id in sorted(set(run_ids)) if run_id in self._tables.runs]

    def save_run(self, run: Run, expected_revision: int) -> None:
        check_run(run)
        old = self._tables.runs.get(run.id)
        if old is None or old.agency_id != run.agency_id:
            raise NotFoundError(f"run {run.id}: not found")
        if old.revision != expected_revision:
            raise StaleRunError(f"run {run.id}: changed meanwhile")
        self._put(replace(run, position=old.position), old)
        self._journal.changed |= {Topic.of_run(run.agency_id, run.id), Topic.of_day(run.agency_id, run.day)}

    def save_position(self, run_id: str, position: Position) -> None:
        run = self._tables.runs.get(run_id)
        if run is None:
            raise NotFoundError(f"run {run_id}: not found")
        if run.position is None or run.position.at <= position.at:
            self._journal.put(self._tables.runs, run_id, replace(run, position=position))

    def forget_positions(self, ended_before: datetime) -> None:
        for run in [one for one in self._tables.runs.values() if one.position is not None and one.ends_at < ended_before]:
            self._journal.put(self._tables.runs, run.id, replace(run, position=None))

    def _put(self, run: Run, old: Run | None) -> None:
        if old is None or _duty(run) != _duty(old):
            self._check_overlap(run)
            self._index(run, old)
        self._save(self._tables.runs, run, "run")
        self._journal.refer(self._tables.services, (run.agency_id, run.service_id), "run's service")
        if run.driver_id is not None:
            self._journal.refer(self._tables.drivers, run.driver_id, "run's driver")

    def _check_overlap(self, run: Run) -> None:
        if run.withdrawn:
            return
        for key in _crew(run):
            for other_id in self._tables.runs_with.get(key, ()):
                other = self._tables.runs[other_id]
                apart = run.ends_at <= other.starts_at or other.ends_at <= run.starts_at
                if other_id != run.id and not other.withdrawn and not apart:
                    raise ConflictError(f"vehicle or driver has another run at that time (run_{key[1]}_overlap)")

    def _index(self, run: Run, old: Run | None) -> None:
        if old is not None:
            self._journal.drop_member(self._tables.runs_on, (old.agency_id, old.day), old.id)
            for key in _crew(old):
                self._journal.drop_member(self._tables.runs_with, key, old.id)
        self._journal.add_member(self._tables.runs_on, (run.agency_id, run.day), run.id)
        for key in _crew(run):
            self._journal.add_member(self._tables.runs_with, key, run.id)


def _duty(run: Run) -> tuple[object, ...]:
    """What overlaps and indexes depend on."""
    return (run.day, run.vehicle.id, run.driver_id, run.starts_at, run.ends_at, run.withdrawn)


def _crew(run: Run) -> list[tuple[str, str, str | None]]:
    crew: list[tuple[str, str, str | None]] = [(run.agency_id, "vehicle", run.vehicle.id)]
    return crew if run.driver_id is None else [*crew, (run.agency_id, "driver", run.driver_id)]


class DecisionRows(Rows):
    """The stored answer to every request."""

    def add_decision(self, decision: Decision) -> None:
        self._add_new(self._tables.decisions, decision, "decision")

    def get_decision(self, actor: Actor, decision_id: str) -> Decision:
        decision = self._tables.decisions.get(decision_id)
        if decision is None or not seen(self._tables, actor, Noun.DECISION, [decision]):
            raise NotFoundError(f"decision {decision_id}: not found")
        return shown(decision, scope(actor, Noun.DECISION))

    def list_decisions(self, actor: Actor, since: datetime, until: datetime | None = None) -> list[Decision]:
        within = (one for one in self._tables.decisions.values() if until is None or one.made_at < until)
        wanted = (decision for decision in within if decision.made_at >= since)
        what = scope(actor, Noun.DECISION)
        return [shown(decision, what) for decision in in_id_order(seen(self._tables, actor, Noun.DECISION, wanted))]


class BookingRows(Rows):
    """Accepted offers and their legs."""

    def add_booking(self, booking: Booking) -> None:
        check_legs(booking)
        self._add_new(self._tables.bookings, booking, "booking")
        self._journal.add_member(self._tables.bookings_of, booking.rider_id, booking.id)
        self._refer(booking)

    def save_booking(self, booking: Booking) -> None:
        check_legs(booking)
        old = self._tables.bookings.get(booking.id)
        if old is None or old.agency_id != booking.agency_id:
            raise NotFoundError(f"booking {booking.id}: not found")
        if old.revision != booking.revision - 1:
            raise StaleBookingError(f"booking {booking.id}: changed meanwhile")
        self._save(self._tables.bookings, booking, "booking")
        self._journal.drop_member(self._tables.bookings_of, old.rider_id, old.id)
        self._journal.add_member(self._tables.bookings_of, booking.rider_id, booking.id)
        for leg in old.legs:
            self._journal.drop(self._tables.booking_of_leg, leg.id)
        self._refer(booking)

    def _refer(self, booking: Booking) -> None:
        tables, journal = self._tables, self._journal
        journal.changed.add(Topic.of_booking(booking.agency_id, booking.id))
        journal.refer(tables.riders, booking.rider_id, "booking's rider")
        journal.refer(tables.decisions, booking.decision_id, "booking's decision")
        for leg in booking.legs:
            if leg.id in tables.booking_of_leg:
                raise ConflictError("exists already (leg_pkey)")
            journal.put(tables.booking_of_leg, leg.id, booking.id)
            journal.refer(tables.services, (booking.agency_id, leg.service_id), "leg's service")
            if leg.run_id is not None:
                journal.refer(tables.runs, leg.run_id, "leg's run")
        if any(leg.answer_by is not None for leg in booking.legs):
            journal.put(tables.awaiting, booking.id, None)
        else:
            journal.drop(tables.awaiting, booking.id)
        if any(leg.call_by is not None for leg in booking.legs):
            journal.put(tables.calling, booking.id, None)
        else:
            journal.drop(tables.calling, booking.id)
        if booking.journeys:
            journal.put(tables.journeys, booking.id, None)
        else:
            journal.drop(tables.journeys, booking.id)

    def get_booking(self, actor: Actor, booking_id: str) -> Booking:
        return self._shown_booking(self.lock_booking(actor, booking_id), actor)

    def lock_booking(self, actor: Actor, booking_id: str) -> Booking:
        booking = self._tables.bookings.get(booking_id)
        if booking is None or not seen(self._tables, actor, Noun.BOOKING, [booking]):
            raise NotFoundError(f"booking {booking_id}: not found")
        return booking

    def _shown_booking(self, booking: Booking, actor: Actor) -> Booking:
        what = scope(actor, Noun.BOOKING)
        return shown_booking(booking, what, near_legs(self._tables, what, (leg.id for leg in booking.legs)))

    def list_bookings(self, actor: Actor, rider_id: str | None = None) -> list[Booking]:
        whose = {rider_id} if rider_id is not None else whose_bookings(self._tables, scope(actor, Noun.BOOKING))
        if whose is None:
            return self._seen_of(actor, self._tables.bookings)
        of_rider = self._tables.bookings_of
        return self._seen_of(actor, {one for rider in whose for one in of_rider.get(rider, ())})

    def list_bookings_of_legs(self, actor: Actor, leg_ids: Collection[str]) -> list[Booking]:
        of_leg = self._tables.booking_of_leg
        return self._seen_of(actor, {of_leg[leg_id] for leg_id in leg_ids if leg_id in of_leg})

    def _seen_of(self, actor: Actor, ids: Collection[str]) -> list[Booking]:
        found = seen(self._tables, actor, Noun.BOOKING, (self._tables.bookings[booking_id] for booking_id in ids))
        return [self._shown_booking(booking, actor) for booking in in_id_order(found)]

    def list_bookings_nowhere(self, actor: Actor) -> list[Booking]:
        nowhere = (LegState.IN_RESCUE, LegState.WAITING_LIST)
        ids = (one.id for one in self._tables.bookings.values() if any(leg.state in nowhere for leg in one.legs))
        return self._seen_of(actor, set(ids))

    def list_bookings_to_settle(self, before: datetime) -> list[Booking]:
        return in_id_order(
            self._tables.bookings[booking_id]
            for booking_id in self._tables.awaiting
            if _is_overdue(self._tables.bookings[booking_id], before)
        )

    def list_bookings_to_call(self, before: datetime) -> list[Booking]:
        calling = (self._tables.bookings[booking_id] for booking_id in self._tables.calling)
        return in_id_order(one for one in calling if any(leg.call_by and leg.call_by <= before for leg in one.legs))

    def list_journeys(self, since: datetime, until: datetime) -> list[Booking]:
        return in_id_order(
            one
            for one in (self._tables.bookings[booking_id] for booking_id in self._tables.journeys)
            if any(leg.outcome is not Outcome.CANCELLED and since <= leg.pickup_window.earliest <= until for leg in one.legs)
        )


def _is_overdue(booking: Booking, before: datetime) -> bool:
    waiting = (leg for leg in booking.legs if leg.state is not LegState.CLOSED)
    return any(leg.answer_by is not None and leg.answer_by <= before for leg in waiting)


class HandRows(Rows):
    """What dispatchers did by hand."""

    def save_hand_action(self, action: HandAction) -> None:
        self._save(self._tables.hand_actions, action, "hand action")

    def find_last_hand_action(self, actor: Actor) -> HandAction | None:
        own = (
            action
            for action in self._tables.hand_actions.values()
            if (action.agency_id, action.account_id) == (actor.agency_id, actor.account_id)
        )
        return max(own, key=lambda action: (action.at, action.id), default=None)


class KeyRows(Rows):
    """Idempotency: the first answer to a key is the answer."""

    def claim_key(self, account_id: str, key: str, fingerprint: str) -> StoredAnswer | None:
        stored = self._tables.keys.get((account_id, key))
        if stored is None:
            self._journal.put(self._tables.keys, (account_id, key), StoredAnswer(fingerprint, None, None))
        return stored

    def store_answer(self, account_id: str, key: str, answer: StoredAnswer) -> None:
        if (account_id, key) not in self._tables.keys:
            raise ConflictError("idempotency key: not claimed")
        self._journal.put(self._tables.keys, (account_id, key), answer)


class NoticeRows(Rows):
    """Messages written in the transaction that caused them, sent after it."""

    def add_notice(self, notice: Notice) -> None:
        key = (notice.agency_id, notice.key)
        if key in self._tables.notice_keys or notice.id in self._tables.notices:
            return
        self._save(self._tables.notices, notice, "notice")
        self._journal.changed.add(Topic.of_notices(notice.agency_id))
        self._journal.put(self._tables.notice_keys, key, notice.id)
        if notice.sent_at is None:
            self._journal.put(self._tables.unsent, notice.id, None)

    def take_unsent_notices(self, limit: int, after: tuple[datetime, str] | None = None) -> list[Notice]:
        unsent = (self._tables.notices[notice_id] for notice_id in self._tables.unsent)
        behind = (notice for notice in unsent if after is None or (notice.created_at, notice.id) > after)
        return nsmallest(limit, behind, key=lambda notice: (notice.created_at, notice.id))

    def mark_notice(self, notice_id: str, sent_at: datetime | None) -> None:
        notice = self._tables.notices.get(notice_id)
        if notice is None:
            raise NotFoundError(f"notice {notice_id}: not found")
        self._journal.changed.add(Topic.of_notices(notice.agency_id))
        self._journal.put(self._tables.notices, notice_id, replace(notice, attempts=notice.attempts + 1, sent_at=sent_at))
        if sent_at is None:
            self._journal.put(self._tables.unsent, notice_id, None)
        else:
            self._journal.drop(self._tables.unsent, notice_id)

    def list_unsent_notices(self, actor: Actor) -> list[Notice]:
        unsent = (self._tables.notices[notice_id] for notice_id in self._tables.unsent)
        return sorted(seen(self._tables, actor, Noun.NOTICE, unsent), key=lambda notice: (notice.created_at, notice.id))

    def list_notices(self, actor: Actor) -> list[Notice]:
        own = seen(self._tables, actor, Noun.NOTICE, self._tables.notices.values())
        return sorted(own, key=lambda notice: (notice.created_at, notice.id), reverse=True)
