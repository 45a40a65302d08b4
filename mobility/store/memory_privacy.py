"""Forgetting in memory."""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import islice
from typing import TypeVar

from mobility.domain.bookings import Booking, Leg, LegState
from mobility.domain.privacy import nobody_of
from mobility.domain.requests import Decision
from mobility.domain.riders import Rider
from mobility.domain.runs import Run, VisitKind
from mobility.store.memory_tables import Rows

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class PrivacyRows(Rows):
    """What is left of riders, and for how long."""

    def list_decisions_of(self, agency_id: str, rider_id: str) -> list[Decision]:
        own = (one for one in self._tables.decisions.values() if one.agency_id == agency_id and one.request.rider_id == rider_id)
        return sorted(own, key=lambda one: (one.made_at, one.id))

    def list_decisions_to_forget(self, agency_id: str, before: datetime, limit: int) -> list[Decision]:
        known = (
            one for one in self._tables.decisions.values() if one.agency_id == agency_id and one.id not in self._tables.forgotten
        )
        return sorted((one for one in known if one.made_at < before), key=lambda one: (one.made_at, one.id))[:limit]

    def list_bookings_to_forget(self, agency_id: str, before: datetime, limit: int) -> list[Booking]:
        known = (
            one for one in self._tables.bookings.values() if one.agency_id == agency_id and one.id not in self._tables.forgotten
        )
        old = (one for one in known if one.created_at < before and all(_is_over(leg, before) for leg in one.legs))
        return sorted(old, key=lambda one: (one.created_at, one.id))[:limit]

    def forget(self, bookings: Sequence[Booking], decisions: Sequence[Decision]) -> None:
        tables, journal = self._tables, self._journal
        for decision in decisions:
            journal.put(tables.decisions, decision.id, decision)
            journal.put(tables.forgotten, decision.id, None)
        for booking in bookings:
            old = tables.bookings[booking.id]
            journal.drop_member(tables.bookings_of, old.rider_id, old.id)
            journal.add_member(tables.bookings_of, booking.rider_id, booking.id)
            journal.put(tables.bookings, booking.id, booking)
            journal.put(tables.forgotten, booking.id, None)
            journal.refer(tables.riders, booking.rider_id, "booking's rider")
        legs = {leg.id: leg for booking in bookings for leg in booking.legs}
        parties = {leg.id: booking.party for booking in bookings for leg in booking.legs}
        for run in [run for run in tables.runs.values() if legs.keys() & run.leg_ids]:
            visits = tuple(
                visit
                if visit.leg_id is None or visit.leg_id not in legs
                else replace(
                    visit,
                    place=legs[visit.leg_id].pickup if visit.kind is VisitKind.PICKUP else legs[visit.leg_id].dropoff,
                    party=parties[visit.leg_id],
                    needs=frozenset(),
                    company=None,
                )
                for visit in run.visits
            )
            journal.put(tables.runs, run.id, replace(run, visits=visits))
        of_bookings, of_decisions = {one.id for one in bookings}, {one.id for one in decisions}
        self._drop_notices(lambda n: n.booking_id in of_bookings or n.decision_id in of_decisions)
        self._drop(tables.keys, lambda _, answer: answer.booking_id in of_bookings)
        self._drop(tables.waiting_wishes, lambda _, one: one.booking_id in of_bookings or one.decision_id in of_decisions)
        self._drop(tables.standing_rides, lambda _, one: one.booking_id in of_bookings or one.decision_id in of_decisions)
        self._drop(tables.hand_actions, lambda _, one: any(leg.id in legs for leg in one.legs) or _speaks_of(one.runs, legs))

    def delete_rider(self, rider: Rider) -> None:
        tables, journal = self._tables, self._journal
        accounts = {one.id for one in tables.accounts.values() if (one.agency_id, one.rider_id) == (rider.agency_id, rider.id)}
        codes = {
            one.id
            for one in tables.codes.values()
            if (one.agency_id, one.telephone) == (rider.agency_id, rider.telephone or None)
        }
        orders = {one.id for one in tables.standing_orders.values() if one.rider_id == rider.id}
        self._drop_notices(lambda n: n.to_rider_id == rider.id or n.code_id in codes or n.standing_order_id in orders)
        self._drop(tables.codes, lambda key, _: key in codes)
        self._drop(tables.keys, lambda key, _: key[0] in accounts)
        self._drop(tables.sessions, lambda _, one: one.account_id in accounts)
        self._drop(tables.passkeys, lambda _, one: one.account_id in accounts)
        for hold in [one for one in tables.holds.values() if one.rider_id == rider.id]:
            journal.put(tables.holds, hold.id, replace(hold, rider_id=None))
        nobody = nobody_of(rider.agency_id).id
        for entry in [one for one in tables.logbook.values() if one.agency_id == rider.agency_id]:
            changed = replace(entry, by=nobody) if entry.by in accounts else entry
            if entry.subject == rider.id or entry.subject in accounts:
                changed = replace(changed, subject=nobody, note=entry.note if entry.subject == rider.id else "")
            if changed is not entry:
                journal.put(tables.logbook, entry.id, changed)
        for account_id in accounts:
            journal.drop(tables.account_by_name, tables.accounts[account_id].name)
            journal.drop(tables.accounts, account_id)
        self._drop(tables.standing_rides, lambda _, one: one.order_id in orders)
        self._drop(tables.standing_orders, lambda key, _: key in orders)
        self._drop(tables.waiting_wishes, lambda _, one: one.rider_id == rider.id)
        self._drop(tables.favourites, lambda _, one: one.rider_id == rider.id)
        self._drop(
            tables.booking_consents,
            lambda _, one: rider.id in (one.rider_id, one.helper_rider_id) or one.account_id in accounts,
        )
        contacts = {one.id for one in tables.arrival_contacts.values() if one.rider_id == rider.id}
        self._drop_notices(lambda n: n.to_contact_id in contacts)
        self._drop(tables.arrival_contacts, lambda key, _: key in contacts)
        self._drop(tables.rider_notes, lambda _, one: one.rider_id == rider.id)
        self._drop(tables.rider_wishes, lambda _, one: rider.id in (one.rider_id, one.other_rider_id))
        journal.drop(tables.spoken_pins, rider.id)
        journal.drop(tables.bookings_of, rider.id)
        journal.drop(tables.riders, rider.id)

    def delete_old(self, agency_id: str, notices_before: datetime, answers_before: datetime, limit: int) -> int:
        tables = self._tables
        own = {one.id for one in tables.accounts.values() if one.agency_id == agency_id}
        old = [one.id for one in tables.notices.values() if one.sent_at is not None and one.created_at < notices_before]
        chosen = set(islice((one for one in old if tables.notices[one].agency_id == agency_id), limit))
        self._drop_notices(lambda n: n.id in chosen)
        gone = len(chosen)
        gone += self._drop(tables.hand_actions, lambda _, one: one.agency_id == agency_id and one.at < answers_before, limit)
        gone += self._drop(tables.codes, lambda _, one: one.agency_id == agency_id and one.expires_at < answers_before, limit)
        return gone + self._drop(tables.sessions, lambda _, one: one.account_id in own and one.expires_at < answers_before, limit)

    def _drop_notices(self, which: Callable[..., bool]) -> None:
        for notice in [one for one in self._tables.notices.values() if which(one)]:
            self._journal.drop(self._tables.notice_keys, (notice.agency_id, notice.key))
            self._journal.drop(self._tables.unsent, notice.id)
            self._journal.drop(self._tables.notices, notice.id)

    def _drop(self, table: dict[K, V], which: Callable[[K, V], bool], limit: int | None = None) -> int:
        chosen = list(islice((key for key, value in table.items() if which(key, value)), limit))
        for key in chosen:
            self._journal.drop(table, key)
        return len(chosen)


def _is_over(leg: Leg, before: datetime) -> bool:
    return leg.state is LegState.CLOSED and leg.dropoff_window.latest < before


def _speaks_of(runs: Sequence[Run], legs: Collection[str]) -> bool:
    return any(visit.leg_id in legs for run in runs for visit in run.visits if visit.leg_id is not None)
