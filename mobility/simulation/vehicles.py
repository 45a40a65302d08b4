"""Where a simulated vehicle is between two visits: it leaves just in time, by the fastest way."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from mobility.domain.places import Place
from mobility.domain.runs import Position, Run, Visit, VisitKind
from mobility.planning.compiling import Paces, last_place
from mobility.planning.network import Network
from mobility.planning.travel import place_key
from routing.travel import IntArray


@dataclass(frozen=True, slots=True)
class Stretch:
    """A piece of way driven: how far, from when to when, parties and persons aboard."""

    run_id: str
    left_at: datetime
    arrived_at: datetime
    metres: int
    parties: int
    persons: int


@dataclass(slots=True)
class _Way:
    """From where the vehicle stands to the place of its next visit."""

    leaves_at: datetime
    arrives_at: datetime
    turn_offs: NDArray[np.float64]
    seconds: IntArray


@dataclass(slots=True)
class Vehicle:
    """One run's vehicle. ``place`` is where it was last fixed (a visit done, or a junction at which it was sent elsewhere), ``since`` when."""

    run: Run
    zone: ZoneInfo
    place: Place
    since: datetime
    parties: int = 0
    persons: int = 0
    stretches: list[Stretch] = field(default_factory=list)
    _way: _Way | None = None

    @classmethod
    def at_base(cls, run: Run, zone: ZoneInfo) -> Vehicle:
        """Before its first visit; hours of the day are those of ``zone``."""
        return cls(run, zone, last_place(run), run.starts_at)

    @property
    def upcoming(self) -> Visit | None:
        """The next visit; the END is none: there the vehicle goes when its duty is over."""
        following = self.run.last_done + 1
        return self.run.visits[following] if following < len(self.run.visits) - 1 else None

    def position(self, network: Network, now: datetime) -> Position | None:
        """What it reports: the next junction and when it will be there, or where it stands; None while it stands at its last visit."""
        way = self._current_way(network)
        if way is None or now <= way.leaves_at:
            stands_elsewhere = place_key(self.place) != place_key(last_place(self.run))
            return Position(self.place, max(now, self.since)) if stands_elsewhere else None
        ahead = int(np.searchsorted(way.seconds, (now - way.leaves_at).total_seconds()))
        if ahead < len(way.seconds):
            lon, lat = way.turn_offs[ahead].tolist()
            return Position(Place(lon, lat), way.leaves_at + timedelta(seconds=int(way.seconds[ahead])))
        visit = self.upcoming
        return None if visit is None else Position(visit.place, way.arrives_at)

    def follow(self, run: Run, position: Position | None, network: Network) -> None:
        """A new plan; a vehicle under way follows it from the ``position`` it has just reported."""
        old, self.run = self.upcoming, run
        new = self.upcoming
        if old is not None and new is not None and (old.place, old.planned) == (new.place, new.planned):
            return
        if position is not None:
            self._drive_to(position.place, position.at, network)
        self._way = None

    def done(self, run: Run, visit: Visit, at: datetime, network: Network) -> None:
        """``visit`` has been held at ``at``; ``run`` is the run after it."""
        if visit.kind is not VisitKind.BREAK:
            self._drive_to(visit.place, at, network)
        self.since = at + timedelta(seconds=visit.service_s)
        size = 0 if visit.party is None else visit.party.seats + visit.party.wheelchairs
        sign = {VisitKind.PICKUP: 1, VisitKind.DROPOFF: -1}.get(visit.kind, 0)
        self.parties, self.persons = self.parties + sign, self.persons + sign * size
        self.run, self._way = run, None

    def drive_home(self, network: Network) -> None:
        """At the end of the duty, where the run has to end at its base."""
        if self.run.carries_riders and not self.run.ends_anywhere:
            self._drive_to(self.run.visits[-1].place, self.run.visits[-1].planned, network)

    def _drive_to(self, place: Place, at: datetime, network: Network) -> None:
        if place_key(place) != place_key(self.place):
            seconds, metres = network.travel.drive(self.place, place)
            left_at = at - timedelta(seconds=seconds)
            self.stretches.append(Stretch(self.run.id, left_at, at, metres, self.parties, self.persons))
        self.place, self.since = place, at

    def _current_way(self, network: Network) -> _Way | None:
        visit = self.upcoming
        if visit is None or visit.kind is VisitKind.BREAK or place_key(visit.place) == place_key(self.place):
            return None
        if self._way is None:
            sets_out = Paces(network.travel, self.zone).sets_out(self.run, visit.planned).astimezone(self.zone)
            drive_s, _ = network.travel.drive(self.place, visit.place, network.travel.pace(sets_out))
            streets = network.streets.at_hour(sets_out.hour)
            found = streets.turn_offs((self.place.lon, self.place.lat), (visit.place.lon, visit.place.lat))
            turn_offs, seconds = (np.zeros((0, 2)), np.zeros(0, np.int32)) if found is None else found
            self._way = _Way(visit.planned - timedelta(seconds=drive_s), visit.planned, turn_offs, seconds)
        return self._way
