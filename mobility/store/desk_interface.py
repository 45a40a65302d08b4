"""What a transaction keeps for the desk alone: notes about riders, their wishes, what would happen tomorrow."""

from __future__ import annotations

from collections.abc import Collection
from typing import Protocol

from mobility.domain.accounts import Actor
from mobility.domain.rescues import WhatIf
from mobility.domain.riders import RiderNote, RiderWish


class DeskTransaction(Protocol):
    """Part of :class:`mobility.store.interface.Transaction`."""

    def add_rider_note(self, note: RiderNote) -> None: ...
    def delete_rider_note(self, actor: Actor, note_id: str) -> None:
        """Nothing happens when there is none that the actor may see."""
        ...

    def add_rider_wish(self, wish: RiderWish) -> None: ...
    def delete_rider_wish(self, actor: Actor, wish_id: str) -> None:
        """Nothing happens when it has gone already."""
        ...

    def list_rider_wishes(self, actor: Actor, rider_id: str | None = None) -> list[RiderWish]:
        """The rider's own and those about the rider, or everybody's; the oldest first."""
        ...

    def list_rider_notes(self, actor: Actor, rider_id: str) -> list[RiderNote]:
        """Newest first."""
        ...

    def replace_what_ifs(self, agency_id: str, what_ifs: Collection[WhatIf]) -> None:
        """These are all there are now."""
        ...

    def list_what_ifs(self, actor: Actor) -> list[WhatIf]:
        """By day and driver."""
        ...
