"""The manifest's words in plain German and English."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from mobility.domain.riders import Need
from mobility.manifests.manifest import ManifestNote

DEFAULT_LANGUAGE = "de"


@dataclass(frozen=True, slots=True)
class Words:
    """One language. Templates in braces are filled by :mod:`mobility.manifests.page`."""

    title: str
    version: str
    printed: str
    page_of: str
    privacy: str
    vehicle: str
    driver: str
    driver_missing: str
    telephone: str
    shift: str
    leaves: str
    returns: str
    timetable: str
    arrive_by: str
    leave_not_before: str
    timetable_halt: str
    break_: str
    break_until: str
    boards: str
    alights: str
    aboard_after: str
    nobody_aboard: str
    unknown_rider: str
    far_rider: str
    awaits_answer: str
    skipped: str
    done: str
    map_code: str
    way: str
    changes: str
    seats: tuple[str, str]
    wheelchairs: tuple[str, str]
    vehicle_seats: tuple[str, str]
    vehicle_wheelchairs: tuple[str, str]
    and_: str
    next_day: str
    weekdays: str
    months: str
    date: str
    notes: Mapping[ManifestNote, str]
    needs: Mapping[Need, str]
    bring_along: str
    bring: Mapping[Need, tuple[str, str]]
    boot: tuple[str, str]
    assistants: tuple[str, str]
    collect: str
    collect_nothing: str


_GERMAN = Words(
    title="Fahrauftrag",
    version="Fassung {version}",
    printed="Gedruckt {date}, {time} Uhr",
    page_of="Seite {page} von {pages}",
    privacy="Enthält personenbezogene Daten – nach der Fahrt vernichten.",
    vehicle="Fahrzeug",
    driver="Fahrerin oder Fahrer",
    driver_missing="noch niemand eingeteilt",
    telephone="Leitstelle",
    shift="Dienst",
    leaves="Abfahrt",
    returns="Rückkehr",
    timetable="Fahrplan {time}",
    arrive_by="spätestens da sein {time}",
    leave_not_before="nicht abfahren vor {time}",
    timetable_halt="Fahrplanhalt, niemand angemeldet",
    break_="Pause",
    break_until="{minutes} Minuten, bis {time}",
    boards="Einsteigen",
    alights="Aussteigen",
    aboard_after="Danach an Bord: {load}",
    nobody_aboard="niemand",
    unknown_rider="Name nicht bekannt – bitte Leitstelle anrufen",
    far_rider="Name von 12 Stunden vor bis 2 Stunden nach der Fahrt",
    awaits_answer="noch nicht zugesagt – wartet auf Ihre Antwort",
    skipped="nicht angetroffen",
    done="erledigt {time}",
    map_code="QR-Code: {place} in der Karten-App öffnen",
    way="Weg:",
    changes="Gilt nur in dieser Fassung. Bei Änderungen, Verspätung oder Fragen: Leitstelle anrufen.",
    seats=("1 Person auf Sitzplatz", "{count} Personen auf Sitzplätzen"),
    wheelchairs=("1 Rollstuhl", "{count} Rollstühle"),
    vehicle_seats=("1 Sitzplatz", "{count} Sitzplätze"),
    vehicle_wheelchairs=("1 Rollstuhlplatz", "{count} Rollstuhlplätze"),
    and_=" und ",
    next_day="Folgetag",
    weekdays="Montag Dienstag Mittwoch Donnerstag Freitag Samstag Sonntag",
    months="Januar Februar März April Mai Juni Juli August September Oktober November Dezember",
    date="{weekday}, {day}. {month} {year}",
    notes={
        ManifestNote.WITHDRAWN: "Diese Fahrt ist zurückgezogen. Bitte nicht fahren.",
        ManifestNote.NOBODY_BOOKED: "Niemand hat gebucht. Diese Fahrt findet nur statt, wenn gebucht wird: bitte nicht fahren.",
        ManifestNote.DRIVER_MISSING: "Für diese Fahrt ist noch niemand eingeteilt.",
    },
    needs={
        Need.WHEELCHAIR: "bleibt im Rollstuhl sitzen",
        Need.WALKING_FRAME: "kommt mit Rollator",
        Need.FRONT_SEAT: "sitzt vorn",
        Need.DOOR_TO_DOOR: "an der Haustür abholen und bis zur Tür bringen",
        Need.BOARDING_HELP: "braucht Hilfe beim Ein- und Aussteigen",
        Need.GUIDE_DOG: "kommt mit Assistenzhund",
        Need.CHILD_SEAT: "braucht einen Kindersitz",
        Need.FOLDABLE_WHEELCHAIR: "setzt sich um, Faltrollstuhl kommt in den Kofferraum",
        Need.ELECTRIC_WHEELCHAIR: "bleibt im Elektrorollstuhl sitzen",
        Need.MOBILITY_SCOOTER: "fährt auf dem Elektromobil mit",
        Need.STEP_FREE: "kann keine Stufe steigen: Rampe oder Lift",
        Need.HELP_TO_DOOR: "an der Wohnungstür abholen und bis hinein begleiten",
        Need.LOW_VISION: "sieht schlecht: ansprechen und führen",
        Need.LOW_HEARING: "hört schlecht: klingeln, langsam und deutlich sprechen",
        Need.ORIENTATION_HELP: "findet sich allein nicht zurecht: nur an eine Person übergeben",
        Need.INFANT_SEAT: "braucht eine Babyschale",
        Need.BOOSTER_SEAT: "braucht eine Sitzerhöhung",
        Need.PUSHCHAIR: "kommt mit Kinderwagen",
    },
    bring_along="Mitnehmen",
    bring={
        Need.INFANT_SEAT: ("1 Babyschale (bis etwa 15 Monate)", "{count} Babyschalen (bis etwa 15 Monate)"),
        Need.CHILD_SEAT: ("1 Kindersitz (etwa 1 bis 4 Jahre)", "{count} Kindersitze (etwa 1 bis 4 Jahre)"),
        Need.BOOSTER_SEAT: ("1 Sitzerhöhung (etwa 4 bis 12 Jahre)", "{count} Sitzerhöhungen (etwa 4 bis 12 Jahre)"),
    },
    boot=(
        "freien Kofferraum für 1 Rollator, Faltrollstuhl oder Kinderwagen",
        "freien Kofferraum für {count} Rollatoren, Faltrollstühle oder Kinderwagen",
    ),
    assistants=("davon 1 Begleitperson", "davon {count} Begleitpersonen"),
    collect="{price} kassieren",
    collect_nothing="nichts zu kassieren",
)

_ENGLISH = Words(
    title="Driver's manifest",
    version="Version {version}",
    printed="Printed {date}, {time}",
    page_of="Page {page} of {pages}",
    privacy="Contains personal data – destroy after the run.",
    vehicle="Vehicle",
    driver="Driver",
    driver_missing="nobody assigned yet",
    telephone="Control desk",
    shift="Shift",
    leaves="Set out",
    returns="Return",
    timetable="Timetable {time}",
    arrive_by="be there by {time}",
    leave_not_before="do not leave before {time}",
    timetable_halt="Timetable halt, nobody has booked",
    break_="Break",
    break_until="{minutes} minutes, until {time}",
    boards="Board",
    alights="Alight",
    aboard_after="Then on board: {load}",
    nobody_aboard="nobody",
    unknown_rider="name not known – please call the control desk",
    far_rider="name from 12 hours before to 2 hours after the ride",
    awaits_answer="not promised yet – waits for your answer",
    skipped="did not appear",
    done="done {time}",
    map_code="QR code: open {place} in the map app",
    way="Way:",
    changes="Valid in this version only. Changes, delays or questions: call the control desk.",
    seats=("1 person seated", "{count} people seated"),
    wheelchairs=("1 wheelchair", "{count} wheelchairs"),
    vehicle_seats=("1 seat", "{count} seats"),
    vehicle_wheelchairs=("1 wheelchair place", "{count} wheelchair places"),
    and_=" and ",
    next_day="next day",
    weekdays="Monday Tuesday Wednesday Thursday Friday Saturday Sunday",
    months="January February March April May June July August September October November December",
    date="{weekday} {day} {month} {year}",
    notes={
        ManifestNote.WITHDRAWN: "This run has been withdrawn. Please do not drive.",
        ManifestNote.NOBODY_BOOKED: "Nobody has booked. This run drives only if booked: please do not drive.",
        ManifestNote.DRIVER_MISSING: "Nobody has been assigned to this run yet.",
    },
    needs={
        Need.WHEELCHAIR: "stays in the wheelchair",
        Need.WALKING_FRAME: "brings a walking frame",
        Need.FRONT_SEAT: "sits in front",
        Need.DOOR_TO_DOOR: "collect at the front door and see to the door",
        Need.BOARDING_HELP: "needs help getting in and out",
        Need.GUIDE_DOG: "brings an assistance dog",
        Need.CHILD_SEAT: "needs a child seat",
        Need.FOLDABLE_WHEELCHAIR: "moves to a seat, the folding wheelchair goes into the boot",
        Need.ELECTRIC_WHEELCHAIR: "stays in the electric wheelchair",
        Need.MOBILITY_SCOOTER: "rides on the mobility scooter",
        Need.STEP_FREE: "cannot climb a step: ramp or lift",
        Need.HELP_TO_DOOR: "collect inside at the flat's door and see right in",
        Need.LOW_VISION: "sees badly: speak first and guide",
        Need.LOW_HEARING: "hears badly: ring the bell, speak slowly and clearly",
        Need.ORIENTATION_HELP: "cannot find the way alone: hand over to a person only",
        Need.INFANT_SEAT: "needs an infant seat",
        Need.BOOSTER_SEAT: "needs a booster seat",
        Need.PUSHCHAIR: "brings a pushchair",
    },
    bring_along="Bring along",
    bring={
        Need.INFANT_SEAT: ("1 infant seat (up to about 15 months)", "{count} infant seats (up to about 15 months)"),
        Need.CHILD_SEAT: ("1 child seat (about 1 to 4 years)", "{count} child seats (about 1 to 4 years)"),
        Need.BOOSTER_SEAT: ("1 booster seat (about 4 to 12 years)", "{count} booster seats (about 4 to 12 years)"),
    },
    boot=(
        "an empty boot for 1 walking frame, folding wheelchair or pushchair",
        "an empty boot for {count} walking frames, folding wheelchairs or pushchairs",
    ),
    assistants=("1 of them an assistant", "{count} of them assistants"),
    collect="collect {price}",
    collect_nothing="nothing to collect",
)

WORDS: Mapping[str, Words] = {"de": _GERMAN, "en": _ENGLISH}


def words_in(language: str) -> Words:
    """The words of a language tag such as ``"de"`` or ``"en-GB"``; German for one we do not speak."""
    return WORDS.get(language.split("-", maxsplit=1)[0].lower(), _GERMAN)
