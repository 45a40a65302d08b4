"""Times, lengths, prices and names of things as a rider would say them, in German and English."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

import phonenumbers

from mobility.domain.riders import Need
from mobility.domain.services import DayKind
from mobility.files.plain_texts import Language

_DAYS: dict[Language, list[str]] = {
    "de": ["Montag", "Dienstag", "Mittwoch", "Donnerstag", "Freitag", "Samstag", "Sonntag", "Feiertage"],
    "en": ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday", "public holidays"],
}
_UNITS: dict[Language, dict[str, tuple[str, str]]] = {
    "de": {"day": ("Tag", "Tage"), "hour": ("Stunde", "Stunden"), "minute": ("Minute", "Minuten")},
    "en": {"day": ("day", "days"), "hour": ("hour", "hours"), "minute": ("minute", "minutes")},
}
_NEEDS: dict[Language, dict[Need, str]] = {
    "de": {
        Need.WHEELCHAIR: "Mitfahren im Rollstuhl",
        Need.WALKING_FRAME: "Rollator mitnehmen",
        Need.FRONT_SEAT: "vorne sitzen",
        Need.DOOR_TO_DOOR: "von Tür zu Tür fahren",
        Need.BOARDING_HELP: "Hilfe beim Einsteigen",
        Need.GUIDE_DOG: "Blindenhund oder Assistenzhund mitnehmen",
        Need.CHILD_SEAT: "Kindersitz",
    },
    "en": {
        Need.WHEELCHAIR: "riding in a wheelchair",
        Need.WALKING_FRAME: "taking a walking frame",
        Need.FRONT_SEAT: "sitting in front",
        Need.DOOR_TO_DOOR: "riding from door to door",
        Need.BOARDING_HELP: "help with boarding",
        Need.GUIDE_DOG: "taking a guide dog",
        Need.CHILD_SEAT: "child seat",
    },
}
_NEED_HOLDERS: dict[Language, dict[Need, str]] = {
    "de": {
        Need.WHEELCHAIR: "Menschen im Rollstuhl",
        Need.WALKING_FRAME: "Menschen mit Rollator",
        Need.FRONT_SEAT: "Menschen, die vorne sitzen müssen",
        Need.DOOR_TO_DOOR: "Menschen, die nicht zur Haltestelle gehen können",
        Need.BOARDING_HELP: "Menschen, die Hilfe beim Einsteigen brauchen",
        Need.GUIDE_DOG: "Menschen mit Blindenhund oder Assistenzhund",
        Need.CHILD_SEAT: "Menschen mit kleinen Kindern",
    },
    "en": {
        Need.WHEELCHAIR: "people in a wheelchair",
        Need.WALKING_FRAME: "people with a walking frame",
        Need.FRONT_SEAT: "people who must sit in front",
        Need.DOOR_TO_DOOR: "people who cannot walk to a stop",
        Need.BOARDING_HELP: "people who need help with boarding",
        Need.GUIDE_DOG: "people with a guide dog",
        Need.CHILD_SEAT: "people with small children",
    },
}
_GROUPS: dict[Language, dict[str, str]] = {
    "de": {
        "senior": "ältere Menschen",
        "reduced_mobility": "Menschen, die nicht gut gehen können",
        "severely_disabled_pass": "Menschen mit Schwerbehindertenausweis",
        "with_escort": "Menschen, die eine Begleitperson brauchen",
        "child": "Kinder",
        "night_nurse": "Pflegekräfte in der Nacht",
    },
    "en": {
        "senior": "older people",
        "reduced_mobility": "people who cannot walk well",
        "severely_disabled_pass": "people with a severely disabled pass",
        "with_escort": "people who need somebody with them",
        "child": "children",
        "night_nurse": "night nurses",
    },
}
_KINDS = list(DayKind)


def counted(count: int, unit: str, language: Language) -> str:
    """Such as "1 Tag" and "2 Tage"."""
    one, many = _UNITS[language][unit]
    return f"{count} {one if count == 1 else many}"


def duration(seconds: int, language: Language) -> str:
    """Whole days or hours where they fit, else minutes (up to an hour and a half always minutes)."""
    if seconds and seconds % 86_400 == 0:
        return counted(seconds // 86_400, "day", language)
    if seconds > 5400 and seconds % 3600 == 0:
        return counted(seconds // 3600, "hour", language)
    return counted(-(-seconds // 60), "minute", language)


def clock(seconds: int, language: Language) -> str:
    """A service-day time as on a clock; after midnight it says so."""
    hours, minutes = divmod(seconds % 86_400 // 60, 60)
    if language == "de":
        return f"{hours}:{minutes:02d} Uhr" + (" in der Nacht" if seconds > 86_400 else "")
    return f"{hours:02d}:{minutes:02d}" + (" the next day" if seconds > 86_400 else "")


def price(cents: int, language: Language) -> str:
    euros, rest = divmod(cents, 100)
    return f"{euros},{rest:02d} Euro" if language == "de" else f"{euros}.{rest:02d} euros"


def listed(parts: Iterable[str], language: Language) -> str:
    """Such as "a, b und c"; at least one part."""
    *most, last = parts
    return f"{', '.join(most)} {'und' if language == 'de' else 'and'} {last}" if most else last


def days(kinds: frozenset[DayKind], language: Language) -> str:
    """Spans of three or more weekdays are joined: "Montag bis Freitag, Sonntag und Feiertage"."""
    names, joiner = _DAYS[language], "bis" if language == "de" else "to"
    parts: list[str] = []
    for span in _spans(sorted(_KINDS.index(kind) for kind in kinds)):
        parts += [f"{names[span[0]]} {joiner} {names[span[-1]]}"] if len(span) > 2 else [names[index] for index in span]
    text = listed(parts, language)
    return text[0].upper() + text[1:]


def _spans(indexes: list[int]) -> list[list[int]]:
    """Neighbouring weekdays together; holidays always alone."""
    spans: list[list[int]] = []
    for index in indexes:
        if spans and spans[-1][-1] == index - 1 and index != _KINDS.index(DayKind.HOLIDAY):
            spans[-1].append(index)
        else:
            spans.append([index])
    return spans


def calendar_date(day: date, language: Language) -> str:
    return f"{day.day}.{day.month}.{day.year}" if language == "de" else day.isoformat()


def needs(wanted: frozenset[Need], language: Language) -> str:
    return listed((_NEEDS[language][need] for need in Need if need in wanted), language)


def people(group_ids: frozenset[str], language: Language, wanted: frozenset[Need] = frozenset()) -> str:
    """Who belongs to any of the groups or has any of the needs; parted by semicolons, as some names hold commas."""
    holders = [_NEED_HOLDERS[language][need] for need in Need if need in wanted]
    return "; ".join([*holders, *_group_names(group_ids, language)])


def _group_names(group_ids: frozenset[str], language: Language) -> list[str]:
    """Groups a county has invented are told by their id."""
    return [_GROUPS[language].get(group, group.replace("_", " ")) for group in sorted(group_ids)]


def telephone(number: str, language: Language) -> str:
    """As dialled in Germany, or with the country's code for readers of English."""
    try:
        parsed = phonenumbers.parse(number, "DE")
    except phonenumbers.NumberParseException:
        return number
    national = language == "de" and parsed.country_code == 49
    style = phonenumbers.PhoneNumberFormat.NATIONAL if national else phonenumbers.PhoneNumberFormat.INTERNATIONAL
    return phonenumbers.format_number(parsed, style)
