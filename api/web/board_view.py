"""The words of the departure board."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from babel.dates import format_date

from api.web.language import Language, clock, day, translator
from mobility.files.plain_language import describe
from mobility.planning.departure_board import DaysAlike, Leaving, RidesHere
from mobility.planning.rules import is_timetabled


def leaving_told(found: Sequence[Leaving], language: Language, zone: ZoneInfo) -> list[tuple[str, list[dict[str, object]]]]:
    """Departures by the day on which they leave, as a heading and rows."""
    days: dict[date, list[dict[str, object]]] = {}
    for one in found:
        days.setdefault(one.planned.astimezone(zone).date(), []).append(_row(one, language, zone))
    return [(day(each, language), rows) for each, rows in days.items()]


def _row(one: Leaving, language: Language, zone: ZoneInfo) -> dict[str, object]:
    _ = translator(language)
    return {
        "time": clock(one.planned, language, zone),
        "machine_time": one.planned.astimezone(zone).isoformat(timespec="minutes"),
        "line": one.line,
        "headsign": one.headsign,
        "stop": one.stop.name,
        "state": _state(one, language, zone),
        "is_bad": not one.runs,
        "wheelchair": one.wheelchair is True,
        "to_book": one.to_book,
        "telephone": one.telephone,
    }


def _state(one: Leaving, language: Language, zone: ZoneInfo) -> str:
    """What is known of today, in a few words; empty when it runs as planned or nobody has said."""
    _ = translator(language)
    if not one.runs:
        return _("fährt heute nicht")
    if one.expected is None:
        return ""
    late = (one.expected - one.planned) // timedelta(minutes=1)
    return _("heute um {time}").format(time=clock(one.expected, language, zone)) if late else _("pünktlich")


def rides_told(rides: Sequence[RidesHere], now: datetime | None, language: Language) -> list[dict[str, object]]:
    """On-demand services: who may ride, when, how to book; and with ``now`` the first ride one can still order."""
    return [
        {
            "id": one.service.id,
            "name": one.service.name,
            "telephone": one.service.carrier.telephone,
            "carrier": one.service.carrier.name,
            "now": "" if now is None or is_timetabled(one.service) else _soonest(one, now, language),
            "sentences": [
                sentence for part in describe(one.service, language, ("who", "when", "booking")) for sentence in part.sentences
            ],
        }
        for one in rides
    ]


def _soonest(one: RidesHere, now: datetime, language: Language) -> str:
    _ = translator(language)
    if one.soonest is None:
        return _("In den nächsten sieben Tagen wird nicht gefahren.")
    zone = ZoneInfo(one.service.timezone)
    at, today = one.soonest.astimezone(zone), now.astimezone(zone).date()
    time = clock(at, language, zone)
    if at.date() == today:
        return _("Wer jetzt bestellt, kann heute ab {time} Uhr fahren, wenn Platz ist.").format(time=time)
    return _("Wer jetzt bestellt, kann ab {day}, {time} Uhr fahren, wenn Platz ist.").format(
        day=day(at.date(), language), time=time
    )


def days_told(found: Sequence[DaysAlike], language: Language, zone: ZoneInfo) -> list[dict[str, object]]:
    """Days that are alike under one heading, their departures by hour."""
    return [
        {
            "days": ", ".join(_spans(one.days, language)),
            "hours": _by_hour(one.departures, language, zone),
        }
        for one in found
    ]


def _spans(days: Sequence[date], language: Language) -> Iterator[str]:
    """Three or more days in a row as from when to when, such as ``Mo. 8.6. bis Fr. 12.6.``"""
    _ = translator(language)
    rows: list[list[date]] = []
    for each in days:
        if rows and each - rows[-1][-1] == timedelta(days=1):
            rows[-1].append(each)
        else:
            rows.append([each])
    for row in rows:
        if len(row) > 2:
            yield _("{first} bis {last}").format(first=_short(row[0], language), last=_short(row[-1], language))
        else:
            yield from (_short(each, language) for each in row)


def _short(value: date, language: Language) -> str:
    """``Mo. 8.6.``"""
    return str(format_date(value, "EE d.M." if language == "de" else "EE d MMM", locale=language))


def _by_hour(found: Sequence[Leaving], language: Language, zone: ZoneInfo) -> list[tuple[str, list[dict[str, object]]]]:
    hours: dict[str, list[dict[str, object]]] = {}
    for one in found:
        local = one.planned.astimezone(zone)
        hours.setdefault(f"{local.hour}", []).append({**_row(one, language, zone), "minute": f"{local:%M}"})
    return list(hours.items())
