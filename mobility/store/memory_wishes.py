"""Wishes that are remembered, in memory."""

from __future__ import annotations

from mobility.domain.accounts import Actor
from mobility.domain.standing_orders import StandingOrder, StandingRide
from mobility.domain.waiting import WaitingState, WaitingWish
from mobility.errors import NotFoundError
from mobility.store.memory_tables import Rows, in_id_order
from mobility.store.memory_visibility import seen
from mobility.store.visibility import Noun


class WishRows(Rows):
    """Standing orders, what became of their days, and the waiting list."""

    def save_standing_order(self, order: StandingOrder) -> None:
        self._journal.refer(self._tables.riders, order.rider_id, "standing order's rider")
        self._save(self._tables.standing_orders, order, "standing order")

    def get_standing_order(self, actor: Actor, order_id: str) -> StandingOrder:
        order = self._tables.standing_orders.get(order_id)
        if order is None or not seen(self._tables, actor, Noun.STANDING_ORDER, [order]):
            raise NotFoundError(f"standing order {order_id}: not found")
        return order

    def lock_standing_order(self, actor: Actor, order_id: str) -> StandingOrder:
        return self.get_standing_order(actor, order_id)

    def list_standing_orders(self, actor: Actor, rider_id: str | None = None) -> list[StandingOrder]:
        wanted = (one for one in self._tables.standing_orders.values() if rider_id in (None, one.rider_id))
        return in_id_order(seen(self._tables, actor, Noun.STANDING_ORDER, wanted))

    def add_standing_ride(self, ride: StandingRide) -> None:
        tables, journal = self._tables, self._journal
        self._add_new(tables.standing_rides, ride, "standing ride")
        journal.refer(tables.standing_orders, ride.order_id, "standing ride's order")
        journal.refer(tables.decisions, ride.decision_id, "standing ride's decision")
        if ride.booking_id is not None:
            journal.refer(tables.bookings, ride.booking_id, "standing ride's booking")

    def list_standing_rides(self, actor: Actor, order_id: str) -> list[StandingRide]:
        order = self._tables.standing_orders.get(order_id)
        if order is None or not seen(self._tables, actor, Noun.STANDING_ORDER, [order]):
            return []
        own = (ride for ride in self._tables.standing_rides.values() if ride.order_id == order_id)
        return sorted(own, key=lambda ride: ride.day)

    def delete_standing_ride(self, ride_id: str) -> None:
        self._journal.drop(self._tables.standing_rides, ride_id)

    def save_waiting_wish(self, wish: WaitingWish) -> None:
        self._journal.refer(self._tables.riders, wish.rider_id, "waiting wish's rider")
        self._journal.refer(self._tables.decisions, wish.decision_id, "waiting wish's decision")
        self._save(self._tables.waiting_wishes, wish, "waiting wish")

    def lock_waiting_wish(self, actor: Actor, wish_id: str) -> WaitingWish:
        wish = self._tables.waiting_wishes.get(wish_id)
        if wish is None or not seen(self._tables, actor, Noun.WAITING_WISH, [wish]):
            raise NotFoundError(f"waiting wish {wish_id}: not found")
        return wish

    def list_waiting_wishes(self, actor: Actor, rider_id: str | None = None) -> list[WaitingWish]:
        wanted = (one for one in self._tables.waiting_wishes.values() if one.state is WaitingState.WAITING)
        own = (one for one in wanted if rider_id in (None, one.rider_id))
        return sorted(seen(self._tables, actor, Noun.WAITING_WISH, own), key=lambda one: (one.made_at, one.id))
