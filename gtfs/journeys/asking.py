"""What is asked of the journey search, and which of two journeys is better."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date

from gtfs.nouns import Journey, Reach


@dataclass(frozen=True, slots=True)
class Query:
    """What is asked for.

    Attributes:
        access, egress: ways from the origin to stops, and from stops to the goal.
        day: the service day all times are told in, as seconds from its origin.
        earliest_s, latest_s: when one is ready to leave or, with ``arrive_by``, wants to be there.
        most_changes: changes of vehicle at most.
        wheelchair: only vehicles and stops of which the feed says that a wheelchair can board.
    """

    access: Sequence[Reach]
    egress: Sequence[Reach]
    day: date
    earliest_s: int
    latest_s: int
    arrive_by: bool = False
    most_changes: int = 5
    wheelchair: bool = False

    def mirrored(self) -> Query:
        """With ``arrive_by``: the same with time running backwards."""
        return replace(
            self,
            access=[reach.mirrored() for reach in self.egress],
            egress=[reach.mirrored() for reach in self.access],
            earliest_s=-self.latest_s,
            latest_s=-self.earliest_s,
            arrive_by=False,
        )


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """A journey by what decides on it; the whole of it is told when it is wanted."""

    departure_s: int
    arrival_s: int
    changes: int
    ride_s: int
    tell: Callable[[], Journey]

    @classmethod
    def of(cls, journey: Journey) -> Found:
        return cls(journey.departure_s, journey.arrival_s, journey.changes, journey.ride_s, lambda: journey)

    def mirrored(self) -> Found:
        """The same with time running backwards."""
        return Found(-self.arrival_s, -self.departure_s, self.changes, self.ride_s, lambda: self.tell().mirrored())


def nowhere_later(one: Found, other: Found) -> bool:
    """True when ``one`` is nowhere worse, whenever it leaves."""
    return one.arrival_s <= other.arrival_s and one.changes <= other.changes and one.ride_s <= other.ride_s


def dominates(one: Found, other: Found) -> bool:
    """True when ``one`` is nowhere worse."""
    return one.departure_s >= other.departure_s and nowhere_later(one, other)


def undominated(journeys: Iterable[Found], dominates: Callable[[Found, Found], bool] = dominates) -> list[Found]:
    """Those that no other is better than; of equal ones the first."""
    kept: list[Found] = []
    for journey in journeys:
        if any(dominates(other, journey) for other in kept):
            continue
        kept = [other for other in kept if not dominates(journey, other)]
        kept.append(journey)
    return kept
