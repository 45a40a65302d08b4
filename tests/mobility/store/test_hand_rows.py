"""What dispatchers did by hand, and rides without a run: kept and found alike in every store."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

from mobility.domain.bookings import LegState, Outcome
from mobility.store.interface import Store


def test_the_last_thing_done_by_hand_is_the_own_accounts(supplied: Store, example: Any, neighbour: Any) -> None:
    desk = replace(example.staff, account_id="desk")
    with supplied.transaction() as tx:
        neighbour.supply(tx)
        assert tx.find_last_hand_action(desk) is None
        tx.save_hand_action(example.hand_action())
        tx.save_hand_action(example.hand_action("later", at=example.noon + timedelta(hours=1)))
        tx.save_hand_action(example.hand_action("else", account_id="colleague", at=example.noon + timedelta(hours=2)))
        tx.save_hand_action(neighbour.hand_action(at=example.noon + timedelta(hours=3)))
    with supplied.transaction() as tx:
        last = tx.find_last_hand_action(desk)
        assert last is not None
        assert last == example.hand_action("later", at=example.noon + timedelta(hours=1))
        tx.save_hand_action(replace(last, undone_at=example.noon))
        assert tx.find_last_hand_action(desk) == replace(last, undone_at=example.noon)


def test_bookings_without_a_run_are_found(supplied: Store, example: Any) -> None:
    nowhere = (
        replace(example.leg("rescue"), run_id=None, state=LegState.IN_RESCUE, owner="desk"),
        replace(example.leg("waiting"), run_id=None, state=LegState.WAITING_LIST, owner="desk"),
        replace(example.leg("closed"), run_id=None, state=LegState.CLOSED, outcome=Outcome.CANCELLED),
    )
    with supplied.transaction() as tx:
        tx.add_run(example.run())
        tx.add_booking(example.booking())
        for leg in nowhere:
            tx.add_booking(example.booking(leg.id, legs=(leg,)))
    with supplied.transaction() as tx:
        found = [booking.legs[0].id for booking in tx.list_bookings_nowhere(example.staff)]
        assert found == ["a-rescue", "a-waiting"]
        assert tx.list_bookings_nowhere(replace(example.staff, agency_id="b")) == []
