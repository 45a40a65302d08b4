"""Callers in memory: found by number and name; notes and PINs of the desk."""

from __future__ import annotations

from mobility.domain.accounts import Actor
from mobility.domain.privacy import is_nobody
from mobility.domain.riders import Rider, RiderNote, RiderWish, SpokenPin
from mobility.errors import ConflictError
from mobility.store.memory_tables import Rows, in_id_order
from mobility.store.memory_visibility import seen
from mobility.store.visibility import Noun


class CallerRows(Rows):
    """What only the desk asks about riders."""

    def list_riders_by_telephone_end(self, actor: Actor, digits: str, limit: int) -> list[Rider]:
        return [rider for rider in self._riders(actor) if rider.telephone.endswith(digits)][:limit]

    def list_rider_names(self, actor: Actor) -> list[tuple[str, str]]:
        return [(rider.id, rider.name) for rider in self._riders(actor) if not is_nobody(rider.id)]

    def add_rider_note(self, note: RiderNote) -> None:
        self._journal.refer(self._tables.riders, note.rider_id, "note's rider")
        self._add_new(self._tables.rider_notes, note, "rider note")

    def delete_rider_note(self, actor: Actor, note_id: str) -> None:
        note = self._tables.rider_notes.get(note_id)
        if note is not None and seen(self._tables, actor, Noun.RIDER_NOTE, [note]):
            self._journal.drop(self._tables.rider_notes, note_id)

    def add_rider_wish(self, wish: RiderWish) -> None:
        for rider_id in (wish.rider_id, wish.other_rider_id):
            if rider_id is not None:
                self._journal.refer(self._tables.riders, rider_id, "rider")
        if wish.driver_id is not None:
            self._journal.refer(self._tables.drivers, wish.driver_id, "driver")
        self._add_new(self._tables.rider_wishes, wish, "rider wish")

    def delete_rider_wish(self, actor: Actor, wish_id: str) -> None:
        wish = self._tables.rider_wishes.get(wish_id)
        if wish is not None and seen(self._tables, actor, Noun.RIDER_WISH, [wish]):
            self._journal.drop(self._tables.rider_wishes, wish_id)

    def list_rider_wishes(self, actor: Actor, rider_id: str | None = None) -> list[RiderWish]:
        theirs = (one for one in self._tables.rider_wishes.values() if rider_id in (None, one.rider_id, one.other_rider_id))
        return sorted(seen(self._tables, actor, Noun.RIDER_WISH, theirs), key=lambda wish: (wish.at, wish.id))

    def list_rider_notes(self, actor: Actor, rider_id: str) -> list[RiderNote]:
        own = (note for note in self._tables.rider_notes.values() if note.rider_id == rider_id)
        return sorted(seen(self._tables, actor, Noun.RIDER_NOTE, own), key=lambda note: (note.at, note.id), reverse=True)

    def save_spoken_pin(self, pin: SpokenPin) -> None:
        old = self._tables.spoken_pins.get(pin.rider_id)
        if old is not None and old.agency_id != pin.agency_id:
            raise ConflictError("spoken pin: this id belongs to another agency")
        self._journal.refer(self._tables.agencies, pin.agency_id, "spoken pin's agency")
        self._journal.refer(self._tables.riders, pin.rider_id, "spoken pin's rider")
        self._journal.put(self._tables.spoken_pins, pin.rider_id, pin)

    def find_spoken_pin(self, actor: Actor, rider_id: str) -> SpokenPin | None:
        pin = self._tables.spoken_pins.get(rider_id)
        return pin if pin is not None and seen(self._tables, actor, Noun.SPOKEN_PIN, [pin]) else None

    def _riders(self, actor: Actor) -> list[Rider]:
        return in_id_order(seen(self._tables, actor, Noun.RIDER, self._tables.riders.values()))
