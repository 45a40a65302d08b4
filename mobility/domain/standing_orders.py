"""Standing orders: the same ride every week, and what became of each of its days."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum

from mobility.domain.places import Place
from mobility.domain.requests import Reason
from mobility.domain.riders import Need, Party
from mobility.domain.services import DayKind


class DaysOff(StrEnum):
    """Days of the year on which a standing order may rest."""

    PUBLIC_HOLIDAYS = "public_holidays"
    SCHOOL_HOLIDAYS = "school_holidays"


class EndCause(StrEnum):
    """Why a standing order has ended before its last day."""

    ASKED_FOR = "asked_for"
    NO_SHOWS = "no_shows"


@dataclass(frozen=True, slots=True)
class Pause:
    """Days on which a standing order rests, the first and the last included."""

    first_day: date
    last_day: date

    def covers(self, day: date) -> bool:
        """Whether the order rests on this day."""
        return self.first_day <= day <= self.last_day


@dataclass(frozen=True, slots=True)
class StandingOrder:
    """The same ride on the same days of every week.

    ``at_s`` is when to leave or, when it ``arrives``, to be there at the latest; ``back_s`` when the way back begins (None: there is
    none); both are service-day seconds. ``days`` are days of the week; on ``days_off`` of the Land (such as ``"BB"``) nothing is booked.
    ``last_day`` None: until further notice. ``warned_at``: the rider has been told that it ends after one more ride nobody came to.
    """

    id: str
    agency_id: str
    rider_id: str
    origin: Place
    destination: Place
    days: frozenset[DayKind]
    at_s: int
    first_day: date
    land: str
    made_at: datetime
    arrives: bool = False
    back_s: int | None = None
    party: Party = Party()  # noqa: RUF009 -- frozen
    needs: frozenset[Need] = frozenset()
    last_day: date | None = None
    days_off: frozenset[DaysOff] = frozenset({DaysOff.PUBLIC_HOLIDAYS})
    pauses: tuple[Pause, ...] = ()
    warned_at: datetime | None = None
    ended_at: datetime | None = None
    end_cause: EndCause | None = None

    @property
    def has_ended(self) -> bool:
        """Ended by somebody; one whose last day has passed simply has no days left."""
        return self.ended_at is not None

    def ended(self, at: datetime, cause: EndCause) -> StandingOrder:
        """The order without any day to come."""
        return replace(self, ended_at=at, end_cause=cause)


class StandingFate(StrEnum):
    """What became of one day of a standing order."""

    BOOKED = "booked"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class StandingRide:
    """One day of a standing order, decided once: a booking, or the reason why there is none. ``id`` is made of order and day."""

    id: str
    agency_id: str
    order_id: str
    day: date
    fate: StandingFate
    decision_id: str
    decided_at: datetime
    booking_id: str | None = None
    reason: Reason | None = None


def standing_ride_id(order_id: str, day: date) -> str:
    """One for each day: whoever decides it a second time is refused by the store."""
    return f"{order_id}:{day:%Y%m%d}"
