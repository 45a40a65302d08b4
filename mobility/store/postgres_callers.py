"""Callers in PostgreSQL: found by number and name; notes and PINs of the desk."""

from __future__ import annotations

from sqlalchemy import delete, func, select

from mobility.domain.accounts import Actor
from mobility.domain.privacy import NOBODY
from mobility.domain.riders import Rider, RiderNote, RiderWish, SpokenPin
from mobility.store import desk_tables as d
from mobility.store import tables as t
from mobility.store.codec import to_row
from mobility.store.postgres_errors import translated
from mobility.store.postgres_rows import Rows
from mobility.store.postgres_visibility import visible
from mobility.store.visibility import Noun


class CallerRows(Rows):
    """What only the desk asks about riders."""

    def list_riders_by_telephone_end(self, actor: Actor, digits: str, limit: int) -> list[Rider]:
        ends = func.reverse(t.rider.c.telephone).startswith(digits[::-1], autoescape=True)
        return self._list(Rider, select(t.rider).where(visible(actor, Noun.RIDER), ends).order_by(t.rider.c.id).limit(limit))

    def list_rider_names(self, actor: Actor) -> list[tuple[str, str]]:
        wanted = (
            select(t.rider.c.id, t.rider.c.name)
            .where(visible(actor, Noun.RIDER), ~t.rider.c.id.endswith(NOBODY))
            .order_by(t.rider.c.id)
        )
        with translated():
            return [(row.id, row.name) for row in self._connection.execute(wanted)]

    def add_rider_note(self, note: RiderNote) -> None:
        self._add_new(d.rider_note, to_row(note, d.rider_note))

    def delete_rider_note(self, actor: Actor, note_id: str) -> None:
        with translated():
            self._connection.execute(delete(d.rider_note).where(visible(actor, Noun.RIDER_NOTE), d.rider_note.c.id == note_id))

    def add_rider_wish(self, wish: RiderWish) -> None:
        self._add_new(d.rider_wish, to_row(wish, d.rider_wish))

    def delete_rider_wish(self, actor: Actor, wish_id: str) -> None:
        with translated():
            self._connection.execute(delete(d.rider_wish).where(visible(actor, Noun.RIDER_WISH), d.rider_wish.c.id == wish_id))

    def list_rider_wishes(self, actor: Actor, rider_id: str | None = None) -> list[RiderWish]:
        wanted = select(d.rider_wish).where(visible(actor, Noun.RIDER_WISH))
        if rider_id is not None:
            wanted = wanted.where((d.rider_wish.c.rider_id == rider_id) | (d.rider_wish.c.other_rider_id == rider_id))
        return self._list(RiderWish, wanted.order_by(d.rider_wish.c.at, d.rider_wish.c.id))

    def list_rider_notes(self, actor: Actor, rider_id: str) -> list[RiderNote]:
        wanted = select(d.rider_note).where(visible(actor, Noun.RIDER_NOTE), d.rider_note.c.rider_id == rider_id)
        return self._list(RiderNote, wanted.order_by(d.rider_note.c.at.desc(), d.rider_note.c.id.desc()))

    def save_spoken_pin(self, pin: SpokenPin) -> None:
        self._save(d.spoken_pin, to_row(pin, d.spoken_pin))

    def find_spoken_pin(self, actor: Actor, rider_id: str) -> SpokenPin | None:
        wanted = select(d.spoken_pin).where(visible(actor, Noun.SPOKEN_PIN), d.spoken_pin.c.rider_id == rider_id)
        return self._find(SpokenPin, wanted.with_for_update())
