"""The manifest as text in one language, ready to be laid out: the PDF and the HTML page show the same lines."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from mobility.domain.places import Place
from mobility.files.plain_texts import Language
from mobility.files.plain_words import price, telephone
from mobility.manifests.manifest import HaltKind, Manifest, ManifestEnd, ManifestHalt, ManifestRider, WayStep
from mobility.manifests.words import WORDS, Words, words_in


@dataclass(frozen=True, slots=True)
class RiderLine:
    """One party, boarding or alighting. ``details`` are short phrases, most important first."""

    name: str
    telephone: str
    load: str
    details: tuple[str, ...]
    wheelchair: bool
    skipped: bool


@dataclass(frozen=True, slots=True)
class HaltLines:
    """One halt. ``time`` and ``number`` (empty for a break) are shown large. ``way`` is a word for it and then its steps."""

    number: str
    place: str
    time: str
    day_note: str
    hints: tuple[str, ...]
    boarding: tuple[RiderLine, ...]
    alighting: tuple[RiderLine, ...]
    aboard: str
    done: str
    navigation_url: str
    map_code: str
    way: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ManifestPage:
    """The whole manifest as text. ``facts`` are (label, value) pairs for its head."""

    language: str
    title: str
    header: str
    run_id: str
    version: str
    printed: str
    page_of: str
    privacy: str
    changes: str
    boards: str
    alights: str
    notes: tuple[str, ...]
    facts: tuple[tuple[str, str], ...]
    halts: tuple[HaltLines, ...]
    end: str


def page_of(manifest: Manifest, language: str, printed_at: datetime) -> ManifestPage:
    """The manifest's text in ``language`` (``"de"`` or ``"en"``, German for any other). ``printed_at`` is an aware datetime."""
    words = words_in(language)
    language = next(tag for tag, known in WORDS.items() if known is words)
    writer = _Writer(words, manifest.day, "en" if language == "en" else "de")
    printed = printed_at.astimezone(ZoneInfo(manifest.timezone))
    return ManifestPage(
        language=language,
        title=f"{words.title} {manifest.service_name}, {writer.date(manifest.day)}",
        header=f"{words.title} · {writer.date(manifest.day)}",
        run_id=manifest.run_id,
        version=words.version.format(version=manifest.version),
        printed=words.printed.format(date=writer.date(printed.date()), time=f"{printed:%H:%M}"),
        page_of=words.page_of,
        privacy=words.privacy,
        changes=words.changes,
        boards=words.boards,
        alights=words.alights,
        notes=tuple(words.notes[note] for note in manifest.notes),
        facts=_facts(manifest, writer),
        halts=tuple(_halt(halt, writer) for halt in manifest.halts),
        end=f"{words.returns} {writer.end(manifest.end)}" if manifest.end else "",
    )


def bring_along(manifest: Manifest, language: Language) -> str:
    """What the driver must not forget to bring, or nothing."""
    return _Writer(words_in(language), manifest.day, language).bring(manifest)


class _Writer:
    """Writes times and counts in one language; a time after the service day says so."""

    def __init__(self, words: Words, day: date, language: Language) -> None:
        self.words = words
        self._day = day
        self._language = language

    def telephone(self, number: str) -> str:
        return telephone(number, self._language)

    def date(self, day: date) -> str:
        weekday, month = self.words.weekdays.split()[day.weekday()], self.words.months.split()[day.month - 1]
        return self.words.date.format(weekday=weekday, day=day.day, month=month, year=day.year)

    def day_note(self, moment: datetime) -> str:
        return self.words.next_day if moment.date() > self._day else ""

    def time(self, moment: datetime) -> str:
        note = self.day_note(moment)
        return f"{moment:%H:%M} ({note})" if note else f"{moment:%H:%M}"

    def end(self, end: ManifestEnd) -> str:
        return f"{self.time(end.planned)} {_place(end.place)}"

    def step(self, step: WayStep) -> str:
        """What to do, and how far until the next."""
        text = step.english if self._language == "en" else step.german
        if not step.metres:
            return text
        far = f"{step.metres / 1000:.1f} km" if step.metres >= 1000 else f"{step.metres} m"
        return f"{text} ({far if self._language == 'en' else far.replace('.', ',')})"

    def load(self, seats: int, wheelchairs: int) -> str:
        return self._counts((seats, self.words.seats), (wheelchairs, self.words.wheelchairs))

    def collect(self, cents: int) -> str:
        return self.words.collect.format(price=price(cents, self._language)) if cents else self.words.collect_nothing

    def capacity(self, seats: int, wheelchairs: int) -> str:
        return self._counts((seats, self.words.vehicle_seats), (wheelchairs, self.words.vehicle_wheelchairs))

    def bring(self, manifest: Manifest) -> str:
        return self._counts(
            *((count, self.words.bring[need]) for need, count in manifest.bring), (manifest.stowed, self.words.boot)
        )

    def assistants(self, count: int) -> str:
        return self._counts((count, self.words.assistants))

    def _counts(self, *counts: tuple[int, tuple[str, str]]) -> str:
        parts = [(one if count == 1 else many).format(count=count) for count, (one, many) in counts if count]
        return self.words.and_.join([", ".join(parts[:-1]), parts[-1]] if len(parts) > 1 else parts)


def _place(place: Place) -> str:
    return place.name or f"{place.lat:.5f}, {place.lon:.5f}"


def _facts(manifest: Manifest, writer: _Writer) -> tuple[tuple[str, str], ...]:
    words = writer.words
    places = writer.capacity(manifest.seats, manifest.wheelchair_places)
    facts = [
        (words.telephone, f"{writer.telephone(manifest.carrier_telephone)} ({manifest.carrier})"),
        (words.driver, manifest.driver_name or words.driver_missing),
        (words.vehicle, f"{manifest.vehicle}: {places}" if places else manifest.vehicle),
        (words.shift, f"{writer.time(manifest.shift.earliest)} – {writer.time(manifest.shift.latest)}"),
    ]
    if manifest.start is not None:
        facts.append((words.leaves, writer.end(manifest.start)))
    if bring := writer.bring(manifest):
        facts.append((words.bring_along, bring))
    return tuple(facts)


def _halt(halt: ManifestHalt, writer: _Writer) -> HaltLines:
    words = writer.words
    is_break = halt.kind is HaltKind.BREAK
    place = _place(halt.place)
    return HaltLines(
        number="" if halt.number is None else str(halt.number),
        place=f"{words.break_} – {place}" if is_break else place,
        time=f"{halt.planned:%H:%M}",
        day_note=writer.day_note(halt.planned),
        hints=tuple(_hints(halt, writer)),
        boarding=tuple(_rider(rider, writer) for rider in halt.boarding),
        alighting=tuple(_rider(rider, writer) for rider in halt.alighting),
        aboard="" if is_break else words.aboard_after.format(load=_aboard(halt, writer)),
        done=words.done.format(time=writer.time(halt.actual)) if halt.actual else "",
        navigation_url=halt.navigation_url,
        map_code=words.map_code.format(place=place),
        way=(words.way, *(writer.step(step) for step in halt.way)) if halt.way else (),
    )


def _next_minute(moment: datetime) -> datetime:
    """Rounded up, while latest times are printed rounded down: a driver who keeps what is printed keeps the promise."""
    return _later(moment.replace(microsecond=0), -moment.second % 60)


def _later(moment: datetime, seconds: int) -> datetime:
    """Counted in UTC: adding to a local time is wrong across a clock change."""
    return (moment.astimezone(UTC) + timedelta(seconds=seconds)).astimezone(moment.tzinfo)


def _aboard(halt: ManifestHalt, writer: _Writer) -> str:
    return writer.load(halt.seats_aboard, halt.wheelchairs_aboard) or writer.words.nobody_aboard


def _hints(halt: ManifestHalt, writer: _Writer) -> list[str]:
    words = writer.words
    if halt.kind is HaltKind.BREAK:
        until = writer.time(_later(halt.planned, halt.duration_s))
        return [words.break_until.format(minutes=halt.duration_s // 60, time=until)]
    hints = []
    if halt.published is not None:
        hints.append(words.timetable.format(time=writer.time(_next_minute(halt.published))))
    if halt.arrive_by is not None:
        hints.append(words.arrive_by.format(time=writer.time(halt.arrive_by)))
    if halt.leave_not_before is not None:
        hints.append(words.leave_not_before.format(time=writer.time(_next_minute(halt.leave_not_before))))
    if halt.kind is HaltKind.TIMETABLE:
        hints.append(words.timetable_halt)
    return hints


def _rider(rider: ManifestRider, writer: _Writer) -> RiderLine:
    words = writer.words
    helped = [writer.assistants(rider.assistants)] if rider.assistants else []
    details = [*helped, *(words.needs[need] for need in rider.needs)]
    if rider.collect_cents is not None:
        details.append(writer.collect(rider.collect_cents))
    if rider.awaits_answer:
        details.insert(0, words.awaits_answer)
    if rider.skipped:
        details.insert(0, words.skipped)
    return RiderLine(
        name=rider.name or (words.far_rider if rider.far else words.unknown_rider),
        telephone=writer.telephone(rider.telephone),
        load=writer.load(rider.seats, rider.wheelchairs),
        details=tuple(details),
        wheelchair=rider.wheelchairs > 0,
        skipped=rider.skipped,
    )
