"""Wishes to ride, as a telephone desk of such a county hears them on one day."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from zoneinfo import ZoneInfo

import numpy as np

from mobility.domain.places import Place
from mobility.domain.riders import Need, Party, Rider
from mobility.domain.service_days import at
from mobility.files.people_file import read_people
from seed.county import County, make_county
from seed.land import SMALL_TOWN, TOWN
from seed.lines import train_departures
from seed.people_file import people_toml
from seed.pois import Poi
from seed.sketch import to_lon_lat

_ZONE = ZoneInfo("Europe/Berlin")
_AIDS = frozenset({Need.WHEELCHAIR, Need.WALKING_FRAME})
_MINUTE, _HOUR = 60, 3600


@dataclass(frozen=True, slots=True)
class Wish:
    """From, to, when, who; exactly one of ``depart_after`` and ``arrive_by`` is set (aware datetimes)."""

    rider_id: str
    origin: Place
    destination: Place
    depart_after: datetime | None
    arrive_by: datetime | None
    party: Party
    needs: frozenset[Need]
    purpose: str


@dataclass(frozen=True, slots=True)
class _Errand:
    """Where to, and when (service-day seconds): there by ``arrive_s`` or from home at ``leave_s``; back at ``home_s``."""

    purpose: str
    destination: Place
    arrive_s: int | None
    leave_s: int | None
    home_s: int

    def is_clear_of(self, other: _Errand) -> bool:
        """Whether one person can do both, with an hour between them."""
        return self.home_s + 2 * _HOUR < other.begins_s or other.home_s + 2 * _HOUR < self.begins_s

    @property
    def begins_s(self) -> int:
        """About when the day's way begins."""
        return self.leave_s if self.leave_s is not None else (self.arrive_s or 0)


def demand(count: int, day: date, seed: int) -> list[Wish]:
    """``count`` wishes of the demo county's riders on ``day``; the same arguments give the same wishes.

    Doctors in the morning, shopping around noon, trains, visits in the afternoon; half of the outings with a ride home. One in ten
    wishes is of somebody with a wheelchair or a walking frame.
    """
    county, riders = make_county(), _riders()
    rng = np.random.default_rng([seed, day.toordinal()])
    pick_rider = _rider_source(riders, rng)
    wishes: list[Wish] = []
    days: dict[str, list[_Errand]] = {}
    while len(wishes) < count:
        rider = pick_rider()
        own = days.setdefault(rider.id, [])
        errand = _suitable(county, rider, own, rng)
        if errand is not None:
            own.append(errand)
            wishes += _outing(rider, errand, day, rng)
    return wishes[:count]


@cache
def _riders() -> tuple[Rider, ...]:
    return read_people(people_toml(make_county()), "people.toml", environment={}).riders


def _suitable(county: County, rider: Rider, own: list[_Errand], rng: np.random.Generator) -> _Errand | None:
    """An errand worth a ride; the rider's second of the day leaves time for the first (a third and fourth need not)."""
    if rider.home is None:
        return None
    for _ in range(30):
        errand = _errand(county, rider.home, rng)
        if _is_far(rider.home, errand.destination) and (len(own) > 1 or all(errand.is_clear_of(other) for other in own)):
            return errand
    return None


def _rider_source(riders: tuple[Rider, ...], rng: np.random.Generator) -> Callable[[], Rider]:
    """Everybody once before anybody twice, within those with an aid (one in ten) and those without."""
    groups = [[r for r in riders if not r.needs & _AIDS], [r for r in riders if r.needs & _AIDS]]
    waiting: list[list[Rider]] = [[], []]

    def pick() -> Rider:
        which = int(rng.random() < 0.10)
        if not waiting[which]:
            waiting[which] = [groups[which][int(index)] for index in rng.permutation(len(groups[which]))]
        return waiting[which].pop()

    return pick


def _errand(county: County, home: Place, rng: np.random.Generator) -> _Errand:
    share = rng.random()
    if share < 0.42:
        place = _poi(county, rng, "doctor", "doctor", "dentist", "clinic", "dialysis")
        arrive = _between(rng, 8 * _HOUR, int(11.5 * _HOUR))
        return _Errand("doctor", place, arrive, None, arrive + _between(rng, 60 * _MINUTE, 120 * _MINUTE))
    if share < 0.70:
        place = _poi(county, rng, "supermarket", "pharmacy", "bank", "townhall", "day_care")
        leave = _between(rng, 8 * _HOUR, 15 * _HOUR)
        return _Errand("shopping", place, None, leave, leave + _between(rng, 105 * _MINUTE, 180 * _MINUTE))
    if share < 0.82:
        return _train(county, rng)
    leave = _between(rng, 13 * _HOUR, 16 * _HOUR)
    return _Errand("visit", _somebody(county, home, rng), None, leave, leave + _between(rng, 2 * _HOUR, 3 * _HOUR))


def _train(county: County, rng: np.random.Generator) -> _Errand:
    """At the station eight minutes before a train; back with one some six hours later."""
    station = TOWN if rng.random() < 0.75 else SMALL_TOWN
    at_station = next(poi for poi in county.pois if poi.kind == "station" and poi.settlement == station)
    times = [seconds for seconds in train_departures(county, station) if 7 * _HOUR < seconds < 16 * _HOUR]
    leaves = times[int(rng.integers(len(times)))]
    return _Errand("train", _place(at_station), leaves - 8 * _MINUTE, None, leaves + 6 * _HOUR)


def _between(rng: np.random.Generator, low: int, high: int) -> int:
    """A quarter of an hour between the two."""
    step = 15 * _MINUTE
    return low + step * int(rng.integers((high - low) // step + 1))


def _poi(county: County, rng: np.random.Generator, *kinds: str) -> Place:
    """Mostly in the town."""
    pois = [poi for poi in county.pois if poi.kind in kinds]
    in_town = [poi for poi in pois if poi.settlement == TOWN]
    pool = in_town if rng.random() < 0.75 else pois
    return _place(pool[int(rng.integers(len(pool)))])


def _place(poi: Poi) -> Place:
    lon, lat = to_lon_lat(poi.at)
    return Place(lon, lat, poi.name if poi.settlement in poi.name else f"{poi.name}, {poi.settlement}")


def _somebody(county: County, home: Place, rng: np.random.Generator) -> Place:
    """A house in another settlement of the county."""
    inside = {settlement.name for settlement in county.settlements}
    while True:
        house = county.houses[int(rng.integers(len(county.houses)))]
        if house.settlement in inside and not home.name.endswith(f", {house.settlement}"):
            lon, lat = to_lon_lat(house.at)
            return Place(lon, lat, house.address)


def _outing(rider: Rider, errand: _Errand, day: date, rng: np.random.Generator) -> list[Wish]:
    """The way there, and for half of the outings the way home."""
    if rider.home is None:
        return []
    in_wheelchair = Need.WHEELCHAIR in rider.needs
    together = int(rng.choice([1, 2, 3], p=[0.82, 0.14, 0.04]))
    party = Party(seats=together - in_wheelchair, wheelchairs=int(in_wheelchair))

    def instant(seconds: int | None) -> datetime | None:
        return None if seconds is None else at(day, seconds, _ZONE)

    there = Wish(
        rider_id=rider.id,
        origin=rider.home,
        destination=errand.destination,
        depart_after=instant(errand.leave_s),
        arrive_by=instant(errand.arrive_s),
        party=party,
        needs=rider.needs,
        purpose=errand.purpose,
    )
    if errand.home_s > 19 * _HOUR or rng.random() < 0.5:
        return [there]
    back = Wish(
        rider_id=rider.id,
        origin=errand.destination,
        destination=rider.home,
        depart_after=instant(errand.home_s),
        arrive_by=None,
        party=party,
        needs=rider.needs,
        purpose="home",
    )
    return [there, back]


def _is_far(a: Place, b: Place) -> bool:
    """Nobody asks for a ride of a few hundred metres."""
    return abs(a.lon - b.lon) > 0.012 or abs(a.lat - b.lat) > 0.008
