"""Wishes that are remembered, in PostgreSQL."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Select, delete, select

from mobility.domain.accounts import Actor
from mobility.domain.standing_orders import StandingOrder, StandingRide
from mobility.domain.waiting import WaitingState, WaitingWish
from mobility.store import wish_tables as w
from mobility.store.codec import to_row
from mobility.store.postgres_errors import translated
from mobility.store.postgres_rows import Rows
from mobility.store.postgres_visibility import visible
from mobility.store.visibility import Noun


class WishRows(Rows):
    """Standing orders, what became of their days, and the waiting list."""

    def save_standing_order(self, order: StandingOrder) -> None:
        self._save(w.standing_order, to_row(order, w.standing_order))

    def get_standing_order(self, actor: Actor, order_id: str) -> StandingOrder:
        return self._get(StandingOrder, self._order(actor, order_id), f"standing order {order_id}")

    def lock_standing_order(self, actor: Actor, order_id: str) -> StandingOrder:
        return self._get(StandingOrder, self._order(actor, order_id).with_for_update(), f"standing order {order_id}")

    def _order(self, actor: Actor, order_id: str) -> Select[Any]:
        return select(w.standing_order).where(visible(actor, Noun.STANDING_ORDER), w.standing_order.c.id == order_id)

    def list_standing_orders(self, actor: Actor, rider_id: str | None = None) -> list[StandingOrder]:
        wanted = select(w.standing_order).where(visible(actor, Noun.STANDING_ORDER)).order_by(w.standing_order.c.id)
        return self._list(StandingOrder, wanted if rider_id is None else wanted.where(w.standing_order.c.rider_id == rider_id))

    def add_standing_ride(self, ride: StandingRide) -> None:
        self._add_new(w.standing_ride, to_row(ride, w.standing_ride))

    def list_standing_rides(self, actor: Actor, order_id: str) -> list[StandingRide]:
        orders = select(w.standing_order.c.id).where(visible(actor, Noun.STANDING_ORDER), w.standing_order.c.id == order_id)
        wanted = select(w.standing_ride).where(w.standing_ride.c.order_id.in_(orders))
        return self._list(StandingRide, wanted.order_by(w.standing_ride.c.day))

    def delete_standing_ride(self, ride_id: str) -> None:
        with translated():
            self._connection.execute(delete(w.standing_ride).where(w.standing_ride.c.id == ride_id))

    def save_waiting_wish(self, wish: WaitingWish) -> None:
        self._save(w.waiting_wish, to_row(wish, w.waiting_wish))

    def lock_waiting_wish(self, actor: Actor, wish_id: str) -> WaitingWish:
        wanted = select(w.waiting_wish).where(visible(actor, Noun.WAITING_WISH), w.waiting_wish.c.id == wish_id)
        return self._get(WaitingWish, wanted.with_for_update(), f"waiting wish {wish_id}")

    def list_waiting_wishes(self, actor: Actor, rider_id: str | None = None) -> list[WaitingWish]:
        waiting = w.waiting_wish.c.state == WaitingState.WAITING.value
        wanted = select(w.waiting_wish).where(visible(actor, Noun.WAITING_WISH), waiting)
        wanted = wanted if rider_id is None else wanted.where(w.waiting_wish.c.rider_id == rider_id)
        return self._list(WaitingWish, wanted.order_by(w.waiting_wish.c.made_at, w.waiting_wish.c.id))
