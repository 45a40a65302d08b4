"""The day in four pictures, for people who decide about money: who was served and why not, waits, load of the vehicles, groups."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

from mobility.domain.requests import Reason
from mobility.simulation.drawing import COLOURS, GRID, PAPER, Chart, ticks
from mobility.simulation.engine import Day
from mobility.simulation.measures import Ride

_MOST_ROWS = 60
_BIN = timedelta(minutes=10)
_LOADS = ("#f3d9a4", "#c6dcec", "#8fbbdb", "#4f93c1", "#1b6ca8", "#0f4674")
REASONS = {
    Reason.OUTSIDE_AREA: "außerhalb des Gebiets",
    Reason.TOO_FAR_TO_WALK: "Halt zu weit entfernt",
    Reason.NO_ROAD: "keine Straße dorthin",
    Reason.TOO_SHORT: "Strecke zu kurz",
    Reason.ABOVE_CEILING: "Preis über den Betriebskosten",
    Reason.NOT_OPEN: "außerhalb der Betriebszeit",
    Reason.TOO_LATE: "zu spät gebucht",
    Reason.TOO_EARLY: "zu früh gebucht",
    Reason.NOT_ELIGIBLE: "nicht berechtigt",
    Reason.NEEDS_NOT_SERVED: "Bedarf nicht erfüllbar",
    Reason.PARTY_TOO_LARGE: "Gruppe zu groß",
    Reason.ORDINARY_LINE: "Linienbus fährt",
    Reason.NO_CAPACITY: "kein Platz frei",
    Reason.NO_SERVICE: "kein Angebot",
    Reason.OFFER_EXPIRED: "Angebot abgelaufen",
    Reason.TAKEN_MEANWHILE: "inzwischen vergeben",
}
GROUPS = {"child_0_17": "bis 17", "adult_18_64": "18 bis 64", "senior_65_79": "65 bis 79", "senior_80_plus": "80 und älter"}


def draw_pictures(day: Day, rides: Sequence[Ride], kpis: dict[str, Any], folder: Path) -> None:
    """Write the pictures as SVG files."""
    pictures = {
        "answers-by-hour": _answers_by_hour(day, kpis),
        "waiting": _waiting(rides, kpis),
        "load": _load(day),
        "groups": _groups(kpis),
    }
    for name, chart in pictures.items():
        (folder / f"{name}.svg").write_text(chart.svg(), "utf-8")


def _hours(day: Day) -> tuple[int, int]:
    """First and last hour of the service day in which something was wished."""
    wished = [_wished_hour(day, name) for name in day.answers] or [8, 17]
    return min(wished), max(wished) + 1


def _wished_hour(day: Day, name: str) -> int:
    wish = day.answers[name].wish
    wished = wish.depart_after or wish.arrive_by or wish.known_at
    return int((wished - day.midnight).total_seconds() // 3600)


def _answers_by_hour(day: Day, kpis: dict[str, Any]) -> Chart:
    counted: dict[int, Counter[str]] = defaultdict(Counter)
    for name, answer in day.answers.items():
        ordinary = answer.offer is None and answer.refused is None
        reason = answer.refused.reason if answer.refused else Reason.ORDINARY_LINE
        counted[_wished_hour(day, name)]["Fahrt" if not answer.refused and not ordinary else REASONS[reason]] += 1
    totals = sum(counted.values(), Counter[str]())
    kinds = ["Fahrt", *(kind for kind, _ in totals.most_common() if kind != "Fahrt")]
    first, last = _hours(day)
    marks = ticks(max((sum(each.values()) for each in counted.values()), default=0))
    share = f"{kpis['served_share'] or 0:.1%}".replace(".", ",").replace("%", " %")
    says = f"{kpis['served']} von {kpis['wishes']} Wünschen wurden gefahren ({share})."
    chart = Chart("Fahrten und Absagen nach Stunde", says, (first, last), (0, marks[-1]))
    chart.rows([(mark, f"{mark:g}") for mark in marks])
    colours = {kind: COLOURS[number % len(COLOURS)] for number, kind in enumerate(kinds)}
    for hour, each in counted.items():
        below = 0
        for kind in kinds:
            words = f"{hour} bis {hour + 1} Uhr, {kind}: {each[kind]}"
            if each[kind]:
                chart.box((hour, hour + 1), (below, below + each[kind]), colours[kind], words, 2)
            below += each[kind]
    chart.columns([(hour, f"{hour}") for hour in range(first, last + 1)], "gewünschte Zeit (Uhr)")
    chart.legend([(colours[kind], kind) for kind in kinds if totals[kind]][:5])
    return chart


def _waiting(rides: Sequence[Ride], kpis: dict[str, Any]) -> Chart:
    waits = [max(0.0, wait / 60) for ride in rides if (wait := ride.wait_s) is not None]
    counted = Counter(int(wait // 5) for wait in waits)
    marks = ticks(max(counted.values(), default=0))
    most = max(counted, default=5) + 1
    says = f"Zeit vom gewünschten Aufbruch bis zum Einsteigen, {len(waits)} Fahrten."
    chart = Chart("Wartezeiten", says, (0, 5 * most), (0, marks[-1]))
    chart.rows([(mark, f"{mark:g}") for mark in marks])
    for number, count in sorted(counted.items()):
        chart.box((5 * number, 5 * number + 5), (0, count), COLOURS[0], f"{5 * number} bis {5 * number + 5} Minuten: {count}", 2)
    for line, (name, words) in enumerate((("wait_mean_min", "im Mittel"), ("wait_p90_min", "neun von zehn bis"))):
        if kpis[name] is not None:
            chart.mark(kpis[name], f"{words} {kpis[name]:.0f} Minuten", line)
    step = max(1, most // 12)
    chart.columns([(5 * number, f"{5 * number}") for number in range(0, most + 1, step)], "Minuten")
    return chart


def _load(day: Day) -> Chart:
    """A strip for each vehicle: how many were aboard, ten minutes each, at most."""
    used = [vehicle for vehicle in day.vehicles.values() if vehicle.stretches]
    used = sorted(used, key=lambda vehicle: (len(vehicle.run.vehicle.name), vehicle.run.vehicle.name))[:_MOST_ROWS]
    first, last = _hours(day)
    ends = [stretch.arrived_at for vehicle in used for stretch in vehicle.stretches]
    last = max([last, *(-(-round((end - day.midnight).total_seconds()) // 3600) for end in ends)])
    says = f"Personen an Bord je zehn Minuten, {len(used)} eingesetzte Fahrzeuge."
    chart = Chart("Auslastung der Fahrzeuge", says, (first, last), (0, max(1, len(used))), max(120, min(22 * len(used), 900)))
    for row, vehicle in enumerate(reversed(used)):
        chart.box((first, last), (row + 0.1, row + 0.9), GRID, f"{vehicle.run.vehicle.name}: steht")
        for bin_start, persons in sorted(_aboard(day, vehicle.run.id).items()):
            hour = bin_start / 6
            words = f"{vehicle.run.vehicle.name}, {int(hour):02d}:{int(hour * 60) % 60:02d} Uhr: {persons} an Bord"
            if first <= hour < last:
                chart.box((hour, hour + 1 / 6), (row + 0.1, row + 0.9), _LOADS[min(persons, len(_LOADS) - 1)], words)
    names = [(len(used) - row - 0.5, vehicle.run.vehicle.name[:14]) for row, vehicle in enumerate(used)]
    chart.rows(names, grid=False)
    chart.columns([(hour, f"{hour}") for hour in range(first, last + 1)], "Uhr")
    chart.legend([(GRID, "steht"), *((colour, _persons(n)) for n, colour in enumerate(_LOADS))])
    return chart


def _persons(count: int) -> str:
    return "leer unterwegs" if count == 0 else f"{count} und mehr" if count == len(_LOADS) - 1 else f"{count}"


def _aboard(day: Day, run_id: str) -> dict[int, int]:
    """Most persons aboard while driving, by ten minutes of the service day."""
    most: dict[int, int] = {}
    for stretch in day.vehicles[run_id].stretches:
        first, last = ((time - day.midnight) // _BIN for time in (stretch.left_at, stretch.arrived_at))
        for number in range(first, last + 1):
            most[number] = max(most.get(number, 0), stretch.persons)
    return most


def _groups(kpis: dict[str, Any]) -> Chart:
    by_age = list(GROUPS)
    groups = dict(sorted(kpis["by_group"].items(), key=lambda item: by_age.index(item[0]) if item[0] in by_age else -1))
    chart = Chart(
        "Wer wird gefahren?",
        "Anteil der gefahrenen Wünsche je Gruppe; gleich lange Balken heißen: gleich behandelt.",
        (0, 100),
        (0, max(1, len(groups))),
        max(120, 56 * len(groups)),
    )
    for row, (group, each) in enumerate(reversed(groups.items())):
        share = 100 * (each["served_share"] or 0)
        name = GROUPS.get(group, group)
        chart.box((0, 100), (row + 0.2, row + 0.8), GRID, f"{name}: {each['wishes']} Wünsche")
        chart.box((0, share), (row + 0.2, row + 0.8), COLOURS[0], f"{name}: {each['served']} von {each['wishes']}")
        wait = "" if each["wait_mean_min"] is None else f", Wartezeit im Mittel {each['wait_mean_min']:.0f} Minuten"
        words = f"{share:.0f} % von {each['wishes']}{wait}"
        chart.note(*((0, row + 0.5, words, PAPER) if share > 60 else (share, row + 0.5, words)))
    chart.rows([(len(groups) - row - 0.5, GROUPS.get(group, group)[:14]) for row, group in enumerate(groups)], grid=False)
    chart.columns([(mark, f"{mark} %") for mark in range(0, 101, 20)], "gefahren")
    return chart
