"""What is known of how trips run in fact: the same in every store, and nothing of another agency."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from mobility.domain.accounts import Role
from mobility.domain.live_news import LiveSource, TripReport
from mobility.errors import ConflictError, NotFoundError
from mobility.store.interface import Store


def test_sources_and_their_messages(store: Store, example: Any, neighbour: Any) -> None:
    own, foreign = (LiveSource(one.id("s"), one.agency_id, "", "example.org", one.noon) for one in (example, neighbour))
    admin, rider = example.actor(Role.ADMIN), example.actor(Role.RIDER)
    with store.transaction() as tx:
        example.supply(tx)
        neighbour.supply(tx)
        tx.save_live_source(own, b"\x00first")
        tx.save_live_source(foreign, b"theirs")
    told = replace(own, told_at=example.noon, sha256="x", trips=3)
    with store.transaction() as tx:
        tx.save_live_source(told)
        assert tx.list_live_sources(admin) == [told]
        assert tx.find_live_message(admin, own.id) == b"\x00first", "saved without a message it keeps the one it has"
        assert (tx.find_live_message(admin, foreign.id), tx.list_live_sources(rider)) == (None, [])
        tx.delete_live_source(admin, foreign.id)
        tx.delete_live_source(admin, own.id)
        assert tx.list_live_sources(admin) == []
        assert tx.find_live_message(neighbour.actor(Role.ADMIN), foreign.id) == b"theirs"
    with pytest.raises(ConflictError), store.transaction() as tx:
        tx.save_live_source(replace(foreign, agency_id=example.agency_id))


def test_reports_hold_until_they_are_over(store: Store, example: Any, neighbour: Any) -> None:
    def report(of: Any, name: str, minute: int, late_min: int | None = 5) -> TripReport:
        at = of.noon + timedelta(minutes=minute)
        return TripReport(of.id(name), of.agency_id, name, of.day, late_min, "who", at, at + timedelta(hours=1))

    one, two, foreign = report(example, "t1", 1), report(example, "t0", 2, None), report(neighbour, "t1", 0)
    desk = example.actor(Role.DISPATCHER)
    with store.transaction() as tx:
        example.supply(tx)
        neighbour.supply(tx)
        for each in (two, one, foreign):
            tx.save_trip_report(each)
    with store.transaction() as tx:
        assert tx.list_trip_reports(desk, example.noon) == [one, two]
        assert tx.list_trip_reports(desk, one.until + timedelta(seconds=1)) == [two]
        assert tx.list_trip_reports(example.actor(Role.RIDER), example.noon) == []
        with pytest.raises(NotFoundError):
            tx.delete_trip_report(desk, foreign.id)
        assert tx.delete_trip_report(desk, two.id) == two
        tx.forget_trip_reports(one.until + timedelta(seconds=1))
        assert tx.list_trip_reports(desk, example.noon) == []
