"""The evening's paper pack: everything a desk needs to get through a day without a computer, as one PDF."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from babel.dates import format_date

from mobility.domain.fleet import Driver
from mobility.files.plain_texts import Language
from mobility.files.plain_words import telephone
from mobility.manifests.manifest import Manifest, ManifestHalt, ManifestRider
from mobility.manifests.pdf import manifest_data, typeset
from mobility.manifests.words import words_in

_EMPTY_LINES = 6
_WORDS: Mapping[str, Mapping[str, object]] = {
    "de": {
        "title": "Papiermappe für {day}",
        "intro": (
            (
                "Wenn der Rechner ausfällt, gilt dieses Papier. Wer eine Fahrt absagt oder noch eine braucht: hier von Hand eintragen und am "
                "nächsten Tag nachtragen."
            ),
        ),
        "drivers_title": "Wer fährt",
        "drivers_heads": ("Name", "Telefon", "Dienst", "Fahrzeug"),
        "riders_title": "Fahrten nach Namen",
        "riders_heads": ("Name", "Telefon", "Zeit", "Von", "Nach", "Fahrzeug"),
        "happened_title": "Was sonst geschehen ist",
        "happened_heads": ("Name oder Anzahl", "Ab", "An", "Personen", "Von, nach, Bemerkung"),
        "nobody": "noch niemand eingeteilt",
    },
    "en": {
        "title": "Paper pack for {day}",
        "intro": (
            (
                "When the computer is down, this paper holds. Who cancels a ride or needs another one: write it down here by hand and enter it "
                "the next day."
            ),
        ),
        "drivers_title": "Who drives",
        "drivers_heads": ("Name", "Telephone", "Duty", "Vehicle"),
        "riders_title": "Rides by name",
        "riders_heads": ("Name", "Telephone", "Time", "From", "To", "Vehicle"),
        "happened_title": "What else happened",
        "happened_heads": ("Name or number", "From", "Until", "People", "From, to, remarks"),
        "nobody": "nobody yet",
    },
}


@dataclass(frozen=True, slots=True)
class PaperPack:
    """One day: the manifests of its runs, and the drivers of these by id of the run."""

    day: date
    manifests: tuple[Manifest, ...]
    drivers: Mapping[str, Driver]
    revisions: Mapping[str, int]


def pack_pdf(pack: PaperPack, printed_at: datetime, language: Language, zone: ZoneInfo) -> bytes:
    """All manifests, the rides by name, the drivers, and lines to write on; tagged (PDF/UA-1)."""
    words = _WORDS[language]
    day = format_date(pack.day, "full", locale=language)
    title = str(words["title"]).format(day=day)
    shared = words_in(language)
    printed = printed_at.astimezone(zone)
    data = {key: value for key, value in words.items() if key != "nobody"} | {
        "language": language,
        "title": title,
        "header": title,
        "printed": shared.printed.format(date=format_date(printed.date(), "short", locale=language), time=f"{printed:%H:%M}"),
        "page_of": shared.page_of,
        "privacy": shared.privacy,
        "empty_lines": _EMPTY_LINES,
        "drivers": [_driver(one, pack.drivers.get(one.run_id), str(words["nobody"]), language) for one in pack.manifests],
        "riders": rides_by_name(pack.manifests, language),
        "manifests": [manifest_data(manifest, printed_at, language) for manifest in pack.manifests],
    }
    return typeset("pack", data, printed_at)


def _driver(manifest: Manifest, driver: Driver | None, nobody: str, language: Language) -> list[str]:
    name, number = (nobody, "") if driver is None else (driver.name, telephone(driver.telephone, language))
    return [name, number, f"{manifest.shift.earliest:%H:%M}–{manifest.shift.latest:%H:%M}", manifest.vehicle]


def rides_by_name(manifests: Sequence[Manifest], language: Language) -> list[list[str]]:
    """Name, telephone, time, from, to, vehicle of every ride; by name, then by time."""
    rides = [ride for manifest in manifests for ride in _rides(manifest, language)]
    return sorted(rides, key=lambda ride: (ride[0].casefold(), ride[2]))


def _rides(manifest: Manifest, language: Language) -> Iterator[list[str]]:
    down: dict[str, ManifestHalt] = {rider.leg_id: halt for halt in manifest.halts for rider in halt.alighting}
    for halt in manifest.halts:
        for rider in halt.boarding:
            to = down[rider.leg_id].place.name if rider.leg_id in down else ""
            yield [
                _name(rider),
                telephone(rider.telephone, language),
                f"{halt.planned:%H:%M}",
                halt.place.name,
                to,
                manifest.vehicle,
            ]


def _name(rider: ManifestRider) -> str:
    """Family names first, as they are looked up."""
    first, _, last = rider.name.rpartition(" ")
    return f"{last}, {first}" if first else last
