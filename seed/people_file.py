"""Writes the people of the demo county: riders, drivers with their hours, and one sign-in per role."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import tomlkit

from seed.county import SEED, County
from seed.houses import House
from seed.land import TOWN, Rank
from seed.names import NAMES
from seed.sketch import to_lon_lat

RIDERS = 40
_LIVE_WITH_THE_ONE_BEFORE = (16, 26)
_VOLUNTEER_PROVIDER = "nachbarschaftshilfe-auental"

PASSWORDS = {
    name: f"demo-{name}-auental" for name in ("resident", "desk", "driver", "volunteer", "agency", "provider", "planner", "admin")
}
"""Sign-ins of the demo: everybody may know them, so no real service may keep them."""

_ACCOUNTS: dict[str, dict[str, str]] = {
    "resident": {"role": "rider", "rider": "r-001"},
    "desk": {"role": "dispatcher"},
    "driver": {"role": "driver", "driver": "d-bus-1"},
    "volunteer": {"role": "driver", "driver": "d-volunteer-4"},
    "agency": {"role": "agency"},
    "provider": {"role": "provider", "provider": "avg"},
    "planner": {"role": "planner"},
    "admin": {"role": "admin"},
}


@dataclass(frozen=True, slots=True)
class Paid:
    """A driver of a bus: for whom, for which service, on which days and hours."""

    provider: str
    service: str
    days: tuple[str, ...]
    start: str
    end: str
    employment: str = "employed"
    reached_by: str = "live"


@dataclass(frozen=True, slots=True)
class Volunteer:
    """A neighbour with a car: where from, how rides reach him or her, when, how far."""

    settlement: str
    acceptance: str
    reached_by: str
    days: tuple[str, ...]
    start: str
    end: str
    seats: int
    max_km: int


_PAID = (
    Paid("avg", "auental-bus", ("mon-fri",), "06:00", "13:15"),
    Paid("avg", "auental-bus", ("mon-fri",), "13:30", "20:30"),
    Paid("avg", "auental-bus", ("mon-fri",), "07:30", "16:00"),
    Paid("avg", "auental-bus", ("sat",), "08:00", "16:00"),
    Paid("avg", "auental-bus", ("holiday",), "09:00", "17:00"),
    Paid("avg", "rufbus", ("mon-sat",), "05:50", "12:50"),
    Paid("avg", "rufbus", ("mon-sat",), "12:55", "18:55"),
    Paid("buergerbus-auental", "buergerbus-linie", ("mon-fri",), "07:40", "12:30", "association", "paper"),
    Paid("buergerbus-auental", "buergerbus-linie", ("mon-fri",), "13:30", "18:15", "association", "telephone"),
)
_VOLUNTEERS = (
    Volunteer("Hohenginster", "rostered", "live", ("mon-wed", "fri"), "08:00", "13:00", 3, 140),
    Volunteer("Nebelow", "rostered", "telephone", ("tue", "thu"), "08:30", "16:30", 3, 160),
    Volunteer("Altenschilf", "rostered", "live", ("mon-fri",), "09:00", "12:30", 4, 120),
    Volunteer("Krähenwalde", "ask_first", "telephone", ("mon-fri",), "08:00", "17:00", 3, 120),
    Volunteer("Storchenow", "ask_first", "live", ("mon", "wed", "fri", "sat"), "09:00", "18:00", 4, 150),
    Volunteer("Mittelginster", "ask_first", "telephone", ("mon-sat",), "08:00", "14:00", 3, 100),
    Volunteer("Wendelsrode", "self_pick", "live", ("mon-fri",), "15:00", "20:00", 4, 130),
    Volunteer("Lerchentin", "self_pick", "live", ("sat", "holiday"), "09:00", "18:00", 3, 200),
)


def people_toml(county: County) -> str:
    """The people file as text: the same county gives the same text."""
    rng = np.random.default_rng([SEED, 100])
    document = tomlkit.document()
    for line in (
        "Invented people of an invented county. Telephone numbers are from the ranges set aside for fiction",
        "(030 23125 xxx, 0171 39200xx); example.org belongs to nobody. The passwords are public: never use them elsewhere.",
    ):
        document.add(tomlkit.comment(line))
    drivers, shifts = _drivers(county, rng)
    for key, rows in (
        ("riders", _riders(county, rng)),
        ("drivers", drivers),
        ("shifts", shifts),
        ("accounts", [{"id": f"a-{name}", "name": name, **row, "password": PASSWORDS[name]} for name, row in _ACCOUNTS.items()]),
    ):
        document.add(key, _tables(rows))
    return tomlkit.dumps(document)


def _tables(rows: list[dict[str, Any]]) -> tomlkit.items.AoT:
    tables = tomlkit.aot()
    for row in rows:
        table = tomlkit.table()
        for key, value in row.items():
            if isinstance(value, dict):
                inline = tomlkit.inline_table()
                inline.update(value)
                table.add(key, inline)
            else:
                table.add(key, value)
        tables.append(table)
    return tables


def _name(number: int) -> str:
    """Another name for each number below 1600; the first forty differ in both parts."""
    first, family = NAMES["first_names"], NAMES["family_names"]
    return f"{first[number % len(first)]} {family[(number + number // len(first)) % len(family)]}"


def _home(house: House) -> dict[str, Any]:
    lon, lat = to_lon_lat(house.at)
    return {"name": house.address, "lon": round(lon, 6), "lat": round(lat, 6)}


def _riders(county: County, rng: np.random.Generator) -> list[dict[str, Any]]:
    """Most live in villages; one in seven uses a wheelchair or a walking frame."""
    houses = _free_houses(county)
    places = [
        s.name for s in county.settlements for _ in range({Rank.TOWN: 8, Rank.SMALL_TOWN: 4, Rank.VILLAGE: 3}.get(s.rank, 1))
    ]
    rows: list[dict[str, Any]] = []
    for number in range(1, RIDERS + 1):
        settlement = TOWN if number == 1 else places[int(rng.integers(len(places)))]
        own = houses[settlement]
        row = _rider(number, own.pop(int(rng.integers(len(own)))), rng)
        rows.append(_with_family(row, rows[-1]) if number in _LIVE_WITH_THE_ONE_BEFORE else row)
    return rows


def _with_family(row: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
    """Under one roof, with one name and one telephone: its number does not say who is calling."""
    name = f"{row['name'].split()[0]} {other['name'].split()[-1]}"
    return row | {"name": name, "telephone": other["telephone"], "home": other["home"]}


def _rider(number: int, house: House, rng: np.random.Generator) -> dict[str, Any]:
    row: dict[str, Any] = {"id": f"r-{number:03d}", "name": _name(number - 1), "telephone": f"030 23125 {100 + number}"}
    channel = ("call_back", "call_back", "sms", "call_back", "email")[number % 5]
    if channel == "sms":
        row["telephone"] = f"0171 39200{50 + number % 50:02d}"
    if channel == "email":
        row["email"] = f"rider{number:03d}@example.org"
    groups = ["senior"] if number % 4 else []
    needs: list[str] = []
    if number % 20 == 7:
        needs, groups = ["wheelchair", "boarding_help"], [*groups, "reduced_mobility", "severely_disabled_pass"]
    elif number % 10 == 3:
        needs, groups = ["walking_frame"], [*groups, "reduced_mobility"]
    elif number % 13 == 5:
        needs = ["front_seat"]
    row |= {"channel": channel, "needs": needs, "groups": groups}
    if needs and needs != ["front_seat"]:
        row["max_walk_m"] = 100 if "wheelchair" in needs else 250
    elif rng.random() < 0.4:
        row["max_walk_m"] = 500
    if number % 10 == 9:
        row["language"] = "en"
    return row | {"home": _home(house)}


def _free_houses(county: County) -> dict[str, list[House]]:
    """Houses nobody has a surgery or shop in, by settlement."""
    houses: dict[str, list[House]] = {}
    for house in county.houses:
        if "name" not in county.sketch.nodes[house.node].tags:
            houses.setdefault(house.settlement, []).append(house)
    return houses


def _drivers(county: County, rng: np.random.Generator) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    drivers: list[dict[str, Any]] = []
    shifts: list[dict[str, Any]] = []
    for number, paid in enumerate(_PAID, start=1):
        row = {"id": f"d-bus-{number}", "provider": paid.provider, "name": _name(RIDERS + number)}
        row |= {"telephone": f"0171 39200{number:02d}", "employment": paid.employment, "reached_by": paid.reached_by}
        drivers.append(row)
        shifts.append(_shift(f"d-bus-{number}", paid.service, paid))
    houses = _free_houses(county)
    for number, volunteer in enumerate(_VOLUNTEERS, start=1):
        own = houses[volunteer.settlement]
        drivers.append(_volunteer(number, volunteer, own[int(rng.integers(len(own)))]))
        shifts.append(_shift(f"d-volunteer-{number}", "nachbarschaftsfahrten", volunteer))
    return drivers, shifts


def _volunteer(number: int, volunteer: Volunteer, house: House) -> dict[str, Any]:
    equipment = ["walking_frame", "front_seat", "door_to_door"]
    return {
        "id": f"d-volunteer-{number}",
        "provider": _VOLUNTEER_PROVIDER,
        "name": _name(60 + number),
        "telephone": f"0171 39200{20 + number}",
        "employment": "volunteer",
        "acceptance": volunteer.acceptance,
        "reached_by": volunteer.reached_by,
        "abilities": ["boarding_help"] if number % 2 else [],
        "max_km_per_day": volunteer.max_km,
        "home": _home(house),
        "vehicle": {"id": f"car-{number}", "name": f"Privatwagen {number}", "seats": volunteer.seats, "equipment": equipment},
    }


def _shift(driver: str, service: str, hours: Paid | Volunteer) -> dict[str, Any]:
    return {"driver": driver, "service": service, "days": list(hours.days), "start": hours.start, "end": hours.end}
