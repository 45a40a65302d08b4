"""Trains and buses as part of an answer or a booking."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import BaseModel, Field

from api.fields import Instant
from api.places_out import PlaceOut
from mobility.domain.lines import LineRide


class TransitLegOut(BaseModel):
    """A ride on a timetabled trip, which nobody books here."""

    trip_id: Annotated[str, Field(description="in the agency's timetable")]
    route_id: str
    route_type: Annotated[int, Field(description="as in GTFS: 2 rail, 3 bus")]
    line: str
    headsign: str
    agency: str
    board: PlaceOut
    alight: PlaceOut
    departs: Instant
    arrives: Instant
    wheelchair: Annotated[bool | None, Field(description="whether vehicle and both stops take one; null: not known")]

    @classmethod
    def of(cls, leg: LineRide) -> Self:
        """From the domain."""
        return cls(
            trip_id=leg.trip_id,
            route_id=leg.route_id,
            route_type=leg.route_type,
            line=leg.line,
            headsign=leg.headsign,
            agency=leg.agency,
            board=PlaceOut.of(leg.board),
            alight=PlaceOut.of(leg.alight),
            departs=leg.departs,
            arrives=leg.arrives,
            wheelchair=leg.wheelchair,
        )
