"""Service files drawn by hypothesis: any the checks let through, for services with and without a timetable."""

from __future__ import annotations

from datetime import date
from typing import Any

import tomlkit
from hypothesis import strategies as st

from mobility.domain.services import Service
from mobility.files.service_file import read_service

FIRST, LAST = date(2026, 5, 1), date(2026, 7, 31)
"""With public holidays; the demo county's timetable begins in June."""
LINES = {"line_with_deviation": "buergerbus-1", "trips_if_booked": "rufbus-7"}
"""Of the demo county's timetable."""
_WEST, _SOUTH = 12.1, 52.95
_NAMES = st.sampled_from(
    ["Rufbus Oberland", 'Bus "Anna", 2. Wagen', "Möwe & Söhne; Fährhaus", "Fahrdienst (nachts)", "=SUMME(A1)", "Ärzte-Bus’s"]
)
_DAYS = st.lists(
    st.sampled_from(["mon-fri", "sat", "sun", "holiday", "mon", "tue-thu", "sat-mon"]), min_size=1, max_size=3, unique=True
)


def clock(minutes: int) -> str:
    return f"{minutes // 60:02d}:{minutes % 60:02d}"


@st.composite
def boxes(draw: st.DrawFn, number: int) -> dict[str, Any]:
    """A zone: a box near the others, with which it may share ground, a border or nothing."""
    west, south = draw(st.integers(0, 20)), draw(st.integers(0, 20))
    width, height = draw(st.integers(2, 12)), draw(st.integers(2, 12))
    corners = [(west, south), (west + width, south), (west + width, south + height), (west, south + height)]
    if draw(st.booleans()):
        corners.reverse()
    points = [[round(_WEST + x / 100, 2), round(_SOUTH + y / 100, 2)] for x, y in corners]
    return {"id": f"z{number}", "name": draw(_NAMES), "polygon": points}


@st.composite
def documents(draw: st.DrawFn, name: str, form: str) -> dict[str, Any]:
    """The keys of one service file."""
    access = draw(st.sampled_from(["stop_to_stop", "stop_to_door", "door_to_door"]))
    timetabled, volunteers = form in LINES, form == "volunteer_rides"
    zones = [draw(boxes(number)) for number in range(draw(st.integers(int(access != "stop_to_stop"), 3)))]
    own = draw(st.integers(0 if timetabled or access == "door_to_door" else 1, 3))
    stops = [
        {"id": f"h{n}", "name": draw(_NAMES), "lon": 12.2 + n / 100, "lat": 53.0, "outside_because": "Klinik"} for n in range(own)
    ]
    bands = range(draw(st.integers(1, 3)))
    hours = [(draw(_DAYS), 480 * band + draw(st.integers(0, 240)), draw(st.integers(30, 240))) for band in bands]
    tariff = {"base_eur": f"{draw(st.integers(0, 900)) / 100:.2f}", **({"eur_per_km": "0.30"} if draw(st.booleans()) else {})}
    found: dict[str, Any] = {
        "id": name,
        "name": draw(_NAMES),
        "form": form,
        "access": access,
        "legal_basis": "permit_free" if volunteers else "pbefg_42" if timetabled else "pbefg_50",
        "timezone": "Europe/Berlin",
        "holidays": draw(st.sampled_from(["BB", "BY", "HH"])),
        "use_feed_stops": (timetabled and access != "door_to_door" and not own) or (bool(zones) and draw(st.booleans())),
        "closed_on": sorted(draw(st.sets(st.dates(date(2026, 4, 20), date(2026, 8, 10)), max_size=4))),
        "needs": sorted(draw(st.sets(st.sampled_from(["walking_frame", "guide_dog"])))),
        "carrier": {"id": draw(st.sampled_from(["verein", "taxi"])), "name": "Träger", "telephone": "+49 30 23125 001"},
        "zones": zones,
        "stops": stops,
        "hours": [{"days": days, "start": clock(start), "end": clock(start + length)} for days, start, length in hours],
        "booking": {
            "min_notice_min": draw(st.sampled_from([0, 1, 30, 60, 1440, 4000])) if not volunteers else 1440,
            "max_days_ahead": draw(st.integers(3, 365)),
        },
        "promise": {"pickup_early_min": 5, "pickup_late_min": 15, "dropoff_late_min": 15},
        "ride": {
            "max_factor": draw(st.integers(10, 30)) / 10,
            "max_extra_min": draw(st.integers(0, 60)),
            "max_walk_m": 500,
            "max_wait_min": 60,
        },
        "tariff": tariff,
    }
    if volunteers:
        rules = {"acceptance": "ask_first", "eur_per_km": "0.30", "answer_within_min": 120, "confirm_before_min": 720}
        return found | {"volunteers": rules}
    found["vehicles"] = [{"id": "bus", "name": "Bus", "seats": 8}]
    base = {"name": "Hof", "lon": 12.27, "lat": 53.05}
    ends = {"start": found["hours"][0]["start"], "end": found["hours"][-1]["end"]}
    found["duties"] = [{"id": "d", "vehicle": "bus", "days": ["mon-sun", "holiday"], **ends, "base": base}]
    return found | ({"line": {"route_id": LINES[form], "max_late_min": 5}} if timetabled else {})


def service_of(document: dict[str, Any]) -> Service:
    """By way of the file."""
    return read_service(tomlkit.dumps(document), "drawn.toml")


@st.composite
def counties(draw: st.DrawFn) -> list[dict[str, Any]]:
    """Up to four services of one agency; a duty drives all day what its hours hold, so that no hours are left without."""
    forms = draw(st.lists(st.sampled_from(["area", "volunteer_rides", *LINES]), min_size=1, max_size=4))
    return [draw(documents(f"s-{number}", form)) for number, form in enumerate(forms)]
