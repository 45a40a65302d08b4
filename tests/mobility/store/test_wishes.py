"""Wishes that are remembered, on every store: what comes back, who sees it, and that a day is decided once."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from mobility.domain.accounts import Role
from mobility.domain.requests import Reason
from mobility.domain.riders import Need, Party
from mobility.domain.services import DayKind
from mobility.domain.standing_orders import DaysOff, EndCause, Pause, StandingFate, StandingOrder, StandingRide, standing_ride_id
from mobility.domain.waiting import WaitingState, WaitingWish
from mobility.errors import ConflictError, NotFoundError
from mobility.store.interface import Store


def order_of(example: Any, name: str = "order") -> StandingOrder:
    door = example.rider().home
    return StandingOrder(
        id=example.id(name),
        agency_id=example.agency_id,
        rider_id=example.id("rider"),
        origin=door,
        destination=replace(door, name="Markt"),
        days=frozenset({DayKind.MONDAY, DayKind.THURSDAY}),
        at_s=36_000,
        first_day=example.day,
        land="BB",
        made_at=example.noon,
        arrives=True,
        back_s=40_000,
        party=Party(1, 1),
        needs=frozenset({Need.WALKING_FRAME}),
        last_day=example.day,
        days_off=frozenset(DaysOff),
        pauses=(Pause(example.day, example.day),),
        warned_at=example.noon,
    )


def ride_of(example: Any, order: StandingOrder) -> StandingRide:
    return StandingRide(
        id=standing_ride_id(order.id, example.day),
        agency_id=example.agency_id,
        order_id=order.id,
        day=example.day,
        fate=StandingFate.REFUSED,
        decision_id=example.id("decision"),
        decided_at=example.noon,
        reason=Reason.NO_CAPACITY,
    )


def test_it_comes_back_and_a_day_is_decided_once(supplied: Store, example: Any) -> None:
    order, ride = order_of(example), ride_of(example, order_of(example))
    with supplied.transaction() as tx:
        tx.save_standing_order(order)
        tx.add_standing_ride(ride)
        with pytest.raises(ConflictError):
            tx.add_standing_ride(replace(ride, decided_at=example.noon))
    with supplied.transaction() as tx:
        assert tx.lock_standing_order(example.staff, order.id) == order
        assert tx.list_standing_rides(example.staff, order.id) == [ride]
        tx.delete_standing_ride(ride.id)
        tx.save_standing_order(order.ended(example.noon, EndCause.NO_SHOWS))
    with supplied.transaction() as tx:
        assert tx.list_standing_rides(example.staff, order.id) == []
        assert tx.get_standing_order(example.staff, order.id).end_cause is EndCause.NO_SHOWS
        assert tx.list_standing_orders(example.staff, "somebody-else") == []


def test_only_the_rider_and_the_desk_see_it(supplied: Store, example: Any, neighbour: Any) -> None:
    order = order_of(example)
    with supplied.transaction() as tx:
        neighbour.supply(tx)
        tx.save_standing_order(order)
        tx.add_standing_ride(ride_of(example, order))
    own = {"rider_id": example.id("rider"), "driver_id": example.id("driver"), "provider_id": "p1"}
    with supplied.transaction() as tx:
        seeing = {role for role in Role if tx.list_standing_orders(example.actor(role, **own))}
        assert seeing == {Role.RIDER, Role.DISPATCHER, Role.AGENCY, Role.ADMIN}
        for blind in (example.actor(Role.RIDER, rider_id=example.id("else")), neighbour.staff, example.actor(Role.PLANNER)):
            assert tx.list_standing_orders(blind) == []
            assert tx.list_standing_rides(blind, order.id) == []
            with pytest.raises(NotFoundError):
                tx.get_standing_order(blind, order.id)


def waiting_of(example: Any) -> WaitingWish:
    request = replace(example.decision().request, rider_id=example.id("rider"))
    wish, rider = example.id("decision"), example.id("rider")
    return WaitingWish(wish, example.agency_id, rider, wish, request, example.noon, example.noon)


def test_who_waits_is_listed_until_the_waiting_is_over(supplied: Store, example: Any, neighbour: Any) -> None:
    wish = waiting_of(example)
    own = {"rider_id": wish.rider_id, "driver_id": example.id("driver"), "provider_id": "p1"}
    with supplied.transaction() as tx:
        tx.save_waiting_wish(wish)
    with supplied.transaction() as tx:
        assert tx.lock_waiting_wish(example.staff, wish.id) == wish
        seeing = {role for role in Role if tx.list_waiting_wishes(example.actor(role, **own))}
        assert seeing == {Role.RIDER, Role.DISPATCHER, Role.AGENCY, Role.ADMIN}
        assert tx.list_waiting_wishes(example.staff, "somebody-else") == []
        for blind in (example.actor(Role.RIDER, rider_id=example.id("else")), neighbour.staff):
            assert tx.list_waiting_wishes(blind) == []
            with pytest.raises(NotFoundError):
                tx.lock_waiting_wish(blind, wish.id)
        tx.save_waiting_wish(replace(wish, state=WaitingState.DROPPED))
    with supplied.transaction() as tx:
        assert tx.list_waiting_wishes(example.staff) == []
