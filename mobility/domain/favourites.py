"""Places a rider goes to again and again."""

from __future__ import annotations

from dataclasses import dataclass

from mobility.domain.places import Place


@dataclass(frozen=True, slots=True)
class Favourite:
    """A place under the rider's own name for it (``Tochter``, ``Arzt``). The home stands with the rider."""

    id: str
    agency_id: str
    rider_id: str
    name: str
    place: Place
