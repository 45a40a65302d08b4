"""Invented wishes for a county about whose demand nothing is known yet. All shares and hours here are assumptions, not surveys;
docs/simulation.md lists them. Who has a real list gives it as a file.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from zoneinfo import ZoneInfo

import numpy as np

from gtfs.feed import Feed
from mobility.domain.datasets import DatasetKind
from mobility.domain.places import Place
from mobility.domain.riders import Need, Party
from mobility.domain.service_days import at
from mobility.domain.services import Service
from mobility.errors import InvalidInputError, Problem
from mobility.files.opening import hours_on
from mobility.planning.access import crow_fly_m, in_zones
from mobility.planning.network import Network
from mobility.simulation.order import Scene, Wish
from routing.streets.streets import Streets

_HOUR, _QUARTER = 3600, 900
_LEAST_M, _MOST_M = 1_500, 40_000
_TRIES = 400


@dataclass(frozen=True, slots=True)
class _Purpose:
    """A reason to go out: its weight, when one leaves home (service-day seconds), how long one stays, whether one has to be there in
    time, which group alone has it.
    """

    name: str
    share: float
    from_s: int
    to_s: int
    stay_s: tuple[int, int]
    on_time: bool = False
    to_a_home: bool = False
    only: str = ""


PURPOSES = (
    _Purpose("errand_medical", 0.25, 8 * _HOUR, 12 * _HOUR, (1 * _HOUR, 2 * _HOUR), on_time=True),
    _Purpose("shopping", 0.30, 8 * _HOUR, 17 * _HOUR, (1 * _HOUR, 3 * _HOUR)),
    _Purpose("work", 0.12, 6 * _HOUR, 9 * _HOUR, (5 * _HOUR, 9 * _HOUR), on_time=True, only="adult_18_64"),
    _Purpose("education", 0.08, 7 * _HOUR, 9 * _HOUR, (5 * _HOUR, 7 * _HOUR), on_time=True, only="child_0_17"),
    _Purpose("leisure", 0.25, 10 * _HOUR, 20 * _HOUR, (2 * _HOUR, 4 * _HOUR), to_a_home=True),
)
GROUPS = {"child_0_17": 0.10, "adult_18_64": 0.35, "senior_65_79": 0.30, "senior_80_plus": 0.25}
WHEELCHAIR_SHARE = 0.03
WALKING_FRAME_SHARE = {"senior_65_79": 0.08, "senior_80_plus": 0.25}
TOGETHER = {1: 0.84, 2: 0.13, 3: 0.03}
RETURN_SHARE = 0.5
DAY_BEFORE_SHARE = 0.4


def invent_wishes(scene: Scene, day: date, count: int, seed: int) -> tuple[Wish, ...]:
    """``count`` wishes for the scene's first service on ``day``; the same arguments give the same wishes.

    Raises:
        InvalidInputError: the service is closed that day, or there are no two places far enough apart in its area.
    """
    service = scene.services[0]
    hours = hours_on(service, day)
    if not hours:
        raise InvalidInputError(Problem(service.id, f"is closed on {day}", "choose another day"))
    span = (min(h.start_s for h in hours), max(h.end_s for h in hours))
    people = _People(service, _Places.of(scene, service), np.random.default_rng([seed, day.toordinal()]))
    wishes: list[Wish] = []
    while len(wishes) < count:
        wishes += people.outing(day, span, ZoneInfo(service.timezone), len(wishes))
    return tuple(sorted(wishes[:count], key=lambda wish: (wish.known_at, wish.id)))


@dataclass(frozen=True, slots=True)
class _Places:
    """Numbers to draw from: house addresses, points of interest, and stops, all of the area served."""

    streets: Streets
    homes: list[Place]
    goals: list[Place]

    @classmethod
    def of(cls, scene: Scene, service: Service) -> _Places:
        network = _network(scene)
        homes = _entries(service, network.streets, "address") or _stops(service, network.feed)
        goals = _entries(service, network.streets, "poi") + _stops(service, network.feed) or homes
        if len(homes) < 2:
            raise InvalidInputError(Problem(service.id, "its area has no addresses and no stops", "give a file of requests"))
        return cls(network.streets, homes, goals)


def _network(scene: Scene) -> Network:
    streets = next(dataset for dataset in scene.datasets if dataset.kind is DatasetKind.STREETS)
    feeds = [dataset for dataset in scene.datasets if dataset.kind is DatasetKind.FEED]
    return scene.networks.load(streets, feeds, scene.agency.feed_rules)


def _entries(service: Service, streets: Streets, kind: str) -> list[Place]:
    numbers = streets.addresses.of_kind(kind)
    thinned = numbers[:: max(1, len(numbers) // 20_000)]  # enough to draw from, also in a large county
    found = (streets.addresses.entry(number) for number in thinned.tolist())
    places = [Place(address.lon, address.lat, address.label) for address in found]
    return [place for place in places if in_zones(service, place)]


def _stops(service: Service, feed: Feed | None) -> list[Place]:
    own = list(service.stops)
    of_feed = [] if feed is None else [Place(stop.lon, stop.lat, stop.name, stop.id) for stop in feed.stops]
    return own + [place for place in of_feed if in_zones(service, place)]


@dataclass(slots=True)
class _People:
    """Who goes where, drawn one after the other."""

    service: Service
    places: _Places
    random: np.random.Generator

    def outing(self, day: date, span: tuple[int, int], zone: ZoneInfo, number: int) -> list[Wish]:
        """One person's way there and, for half of them, the way home."""
        group = self._group()
        purpose = self._purpose(group)
        start, end = max(purpose.from_s, span[0]), min(purpose.to_s, span[1] - _HOUR)
        if start > end:
            start, end = span[0], max(span[0], span[1] - _HOUR)
        leave_s = start + _QUARTER * int(self.random.integers((end - start) // _QUARTER + 1))
        home, goal = self._ends(purpose)
        party, needs = self._party(group)
        leave = at(day, leave_s, zone)
        depart, arrive = (None, leave + timedelta(hours=1)) if purpose.on_time else (leave, None)
        ahead_s = self._known_before_s()
        there = Wish(
            f"{number + 1:05d}", leave - timedelta(seconds=ahead_s), home, goal, depart, arrive, party, needs, group, purpose.name
        )
        back_s = leave_s + int(self.random.integers(*purpose.stay_s)) // _QUARTER * _QUARTER + (_HOUR if purpose.on_time else 0)
        if self.random.random() >= RETURN_SHARE or back_s > span[1] - _HOUR:
            return [there]
        back = at(day, back_s, zone)
        known_at = back - timedelta(seconds=max(ahead_s, self.service.booking.min_notice_s + 600))
        return [there, Wish(f"{number + 2:05d}", known_at, goal, home, back, None, party, needs, group, purpose.name)]

    def _group(self) -> str:
        """Of a service that is for some groups only: one of these."""
        eligible = sorted(self.service.eligible_groups)
        if eligible:
            return eligible[int(self.random.integers(len(eligible)))]
        return str(self.random.choice(list(GROUPS), p=list(GROUPS.values())))

    def _purpose(self, group: str) -> _Purpose:
        possible = [purpose for purpose in PURPOSES if purpose.only in ("", group)]
        weights = np.array([purpose.share for purpose in possible])
        return possible[int(self.random.choice(len(possible), p=weights / weights.sum()))]

    def _ends(self, purpose: _Purpose) -> tuple[Place, Place]:
        goals = self.places.homes if purpose.to_a_home and self.random.random() < 0.5 else self.places.goals
        for _ in range(_TRIES):
            home, goal = self._pick(self.places.homes), self._pick(goals)
            if _LEAST_M <= crow_fly_m(home, goal) <= _MOST_M:
                return home, goal
        raise InvalidInputError(Problem(self.service.id, "no two places of its area lie 1.5 km apart", "give a file of requests"))

    def _pick(self, places: list[Place]) -> Place:
        return places[int(self.random.integers(len(places)))]

    def _party(self, group: str) -> tuple[Party, frozenset[Need]]:
        together = int(self.random.choice(list(TOGETHER), p=list(TOGETHER.values())))
        if self.random.random() < WHEELCHAIR_SHARE and Need.WHEELCHAIR in self.service.needs:
            return Party(together - 1, 1), frozenset({Need.WHEELCHAIR})
        frame = self.random.random() < WALKING_FRAME_SHARE.get(group, 0.0) and Need.WALKING_FRAME in self.service.needs
        return Party(together), frozenset({Need.WALKING_FRAME}) if frame else frozenset()

    def _known_before_s(self) -> int:
        """The day before, or at least as long before as the service asks for."""
        if self.random.random() < DAY_BEFORE_SHARE and self.service.booking.max_days_ahead:
            return 86_400 - int(self.random.integers(4 * _HOUR))
        return self.service.booking.min_notice_s + 600 + int(self.random.integers(4 * _HOUR))
