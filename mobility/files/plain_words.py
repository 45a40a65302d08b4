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
        Need.FOLDABLE_WHEELCHAIR: "Faltrollstuhl mitnehmen",
        Need.ELECTRIC_WHEELCHAIR: "Mitfahren im Elektrorollstuhl",
        Need.MOBILITY_SCOOTER: "Mitfahren auf dem Elektromobil (E-Scooter)",
        Need.STEP_FREE: "Einsteigen ohne Stufe (Rampe oder Lift)",
        Need.HELP_TO_DOOR: "Begleitung von Wohnungstür zu Tür",
        Need.LOW_VISION: "Ansprechen und Führen",
        Need.LOW_HEARING: "Verständigung bei schlechtem Hören",
        Need.ORIENTATION_HELP: "Übergabe an eine Person",
        Need.INFANT_SEAT: "Babyschale",
        Need.BOOSTER_SEAT: "Sitzerhöhung",
        Need.PUSHCHAIR: "Kinderwagen mitnehmen",
    },
    "en": {
        Need.WHEELCHAIR: "riding in a wheelchair",
        Need.WALKING_FRAME: "taking a walking frame",
        Need.FRONT_SEAT: "sitting in front",
        Need.DOOR_TO_DOOR: "riding from door to door",
        Need.BOARDING_HELP: "help with boarding",
        Need.GUIDE_DOG: "taking a guide dog",
        Need.CHILD_SEAT: "child seat",
        Need.FOLDABLE_WHEELCHAIR: "taking a folding wheelchair",
        Need.ELECTRIC_WHEELCHAIR: "riding in an electric wheelchair",
        Need.MOBILITY_SCOOTER: "riding on a mobility scooter",
        Need.STEP_FREE: "boarding without a step (ramp or lift)",
        Need.HELP_TO_DOOR: "company from door through door",
        Need.LOW_VISION: "being spoken to and guided",
        Need.LOW_HEARING: "being understood when hearing badly",
        Need.ORIENTATION_HELP: "being handed over to somebody",
        Need.INFANT_SEAT: "infant seat",
        Need.BOOSTER_SEAT: "booster seat",
        Need.PUSHCHAIR: "taking a pushchair",
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
        Need.FOLDABLE_WHEELCHAIR: "Menschen mit Faltrollstuhl",
        Need.ELECTRIC_WHEELCHAIR: "Menschen im Elektrorollstuhl",
        Need.MOBILITY_SCOOTER: "Menschen mit Elektromobil",
        Need.STEP_FREE: "Menschen, die keine Stufe steigen können",
        Need.HELP_TO_DOOR: "Menschen, die bis zur Wohnungstür begleitet werden",
        Need.LOW_VISION: "Menschen, die schlecht sehen",
        Need.LOW_HEARING: "Menschen, die schlecht hören",
        Need.ORIENTATION_HELP: "Menschen, die sich allein nicht zurechtfinden",
        Need.INFANT_SEAT: "Menschen mit einem Baby",
        Need.BOOSTER_SEAT: "Menschen mit Kindern bis zwölf Jahre",
        Need.PUSHCHAIR: "Menschen mit Kinderwagen",
    },
    "en": {
        Need.WHEELCHAIR: "people in a wheelchair",
        Need.WALKING_FRAME: "people with a walking frame",
        Need.FRONT_SEAT: "people who must sit in front",
        Need.DOOR_TO_DOOR: "people who cannot walk to a stop",
        Need.BOARDING_HELP: "people who need help with boarding",
        Need.GUIDE_DOG: "people with a guide dog",
        Need.CHILD_SEAT: "people with small children",
        Need.FOLDABLE_WHEELCHAIR: "people with a folding wheelchair",
        Need.ELECTRIC_WHEELCHAIR: "people in an electric wheelchair",
        Need.MOBILITY_SCOOTER: "people with a mobility scooter",
        Need.STEP_FREE: "people who cannot climb a step",
        Need.HELP_TO_DOOR: "people who are helped as far as their door",
        Need.LOW_VISION: "people who see badly",
        Need.LOW_HEARING: "people who hear badly",
        Need.ORIENTATION_HELP: "people who cannot find their way alone",
        Need.INFANT_SEAT: "people with a baby",
        Need.BOOSTER_SEAT: "people with children up to twelve",
        Need.PUSHCHAIR: "people with a pushchair",
    },
}
_GROUPS: dict[Language, dict[str, str]] = {
    "de": {
        "senior": "ältere Menschen",
        "reduced_mobility": "Menschen, die nicht gut gehen können",
        "severely_disabled_pass": "Menschen mit Schwerbehindertenausweis",
        "with_escort": "Menschen, die eine Begleitperson brauchen",
        "child": "Kinder",
        "youth": "Jugendliche",
        "deutschlandticket": "Deutschlandticket",
        "night_nurse": "Pflegekräfte in der Nacht",
    },
    "en": {
        "senior": "older people",
        "reduced_mobility": "people who cannot walk well",
        "severely_disabled_pass": "people with a severely disabled pass",
        "with_escort": "people who need somebody with them",
        "child": "children",
        "youth": "young people",
        "deutschlandticket": "Deutschlandticket",
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


def kilometres(metres: int, language: Language) -> str:
    """Such as "2,5 Kilometer"."""
    number = f"{metres / 1000:.3f}".rstrip("0").rstrip(".")
    if language == "en":
        return f"{number} kilometre{'' if metres == 1000 else 's'}"
    return f"{number.replace('.', ',')} Kilometer"


def ages(first: int | None, last: int | None, language: Language) -> str:
    """Such as " (6 bis 14 Jahre)"; empty where there is no limit."""
    if first is None and last is None:
        return ""
    german = language == "de"
    if first is None:
        return f" (bis {last} Jahre)" if german else f" (up to {last} years)"
    if last is None:
        return f" (ab {first} Jahre)" if german else f" (from {first} years)"
    return f" ({first} bis {last} Jahre)" if german else f" ({first} to {last} years)"


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
    return [group_name(group, language) for group in sorted(group_ids)]


def group_name(group: str, language: Language) -> str:
    """Groups a county has invented are told by their id."""
    return _GROUPS[language].get(group, group.replace("_", " "))


def telephone(number: str, language: Language) -> str:
    """As dialled in Germany, or with the country's code for readers of English."""
    try:
        parsed = phonenumbers.parse(number, "DE")
    except phonenumbers.NumberParseException:
        return number
    national = language == "de" and parsed.country_code == 49
    style = phonenumbers.PhoneNumberFormat.NATIONAL if national else phonenumbers.PhoneNumberFormat.INTERNATIONAL
    return phonenumbers.format_number(parsed, style)
