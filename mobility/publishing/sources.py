"""What a publication is made from, gathered by an action: nothing in this folder asks store, clock or network."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from gtfs.nouns import Route, Stop, TimetableTrip
from mobility.domain.services import Service


@dataclass(frozen=True, slots=True)
class DatedTrip:
    """A timetabled trip of a service and the service days on which a duty drives it.

    ``id``: the feed's trip id; departures of a frequency are told apart by their time. ``kinds``: pickup_type and drop_off_type of
    each halt as the feed has them.
    """

    id: str
    trip: TimetableTrip
    kinds: tuple[tuple[int, int], ...]
    dates: frozenset[date]


@dataclass(frozen=True, slots=True)
class Measured:
    """``share``: 95 of 100 rides lasted at most this share of the longest ride that the service file allows; of ``rides`` rides."""

    share: float
    rides: int


@dataclass(frozen=True, slots=True)
class Offered:
    """One service with what its file only points at.

    ``stops``: stops of the feed that it uses, with their stations. ``line`` and ``trips``: of a timetabled service, from the feed.
    ``measured``: None while too few rides have been measured.
    """

    service: Service
    stops: tuple[Stop, ...] = ()
    line: Route | None = None
    trips: tuple[DatedTrip, ...] = ()
    measured: Measured | None = None


@dataclass(frozen=True, slots=True)
class Source:
    """All of one agency's services, to be told for the service days from ``first`` to ``last``. ``public_url``: where people book;
    ``prefixes``: what stands before the ids of feeds beside the main one.
    """

    agency_id: str
    name: str
    offered: tuple[Offered, ...]
    first: date
    last: date
    public_url: str
    prefixes: tuple[str, ...] = ()

    def original_id(self, identifier: str) -> str:
        """An id of the timetable as it stands in the feed that it comes from."""
        return next((identifier.removeprefix(one) for one in self.prefixes if identifier.startswith(one)), identifier)

    def rules_url(self, service: Service) -> str:
        """The page with a service's rules."""
        return f"{self.public_url}/rules/{self.agency_id}/{service.id}"

    @property
    def booking_url(self) -> str:
        """The page on which residents ask for rides."""
        return f"{self.public_url}/ride"
