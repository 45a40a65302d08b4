"""What the dispatcher's pages say: runs in a line, changes by hand and the judge's warnings in plain words."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from mobility.actions.by_hand import Preview
from mobility.actions.see_runs import DeskRun, RideSeen
from mobility.actions.undo_by_hand import Why
from mobility.domain.bookings import LegState
from mobility.domain.fleet import ReachedBy
from mobility.domain.runs import Run, Visit, VisitKind
from mobility.planning.by_hand import Objection
from routing.dialaride.judge import Breach

Texts = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class VisitLine:
    """One line of a run. ``late_min``: minutes after what was promised; ``may_act``: it can still be moved."""

    number: int
    visit: Visit
    ride: RideSeen | None
    aboard: int
    late_min: int
    waits: bool
    may_act: bool


@dataclass(frozen=True, slots=True)
class Meeting:
    """A rider whose times or vehicle would change: vehicle, met, set down, before and after."""

    name: str
    before: tuple[str, datetime, datetime]
    after: tuple[str, datetime, datetime]
    is_moved: bool


def badges(seen: DeskRun, _: Texts) -> list[tuple[str, str]]:
    """What is to be known of a run at a glance: (tone, words)."""
    run, late = seen.run, lateness_min(seen.run)
    found = [
        (run.withdrawn, "bad", _("fällt aus")),
        (run.driver_id is None and not run.withdrawn, "bad", _("ohne Fahrerin oder Fahrer")),
        (late > 0, "bad", _("%(count)s min zu spät") % {"count": late}),
        (seen.waiting > 0, "warn", _("%(count)s ohne Zusage") % {"count": seen.waiting}),
    ]
    return [(tone, words) for holds, tone, words in found if holds] + [("", words) for words in manifest_words(run, _)]


def manifest_words(run: Run, _: Texts) -> list[str]:
    """What has become of the manifest."""
    if run.manifest is None:
        return []
    if run.manifest.revision != run.revision:
        return [_("Zettel ausgegeben, seither geändert")]
    return [_("Zettel bestätigt") if run.manifest.acknowledged_at else _("Zettel ausgegeben")]


def reached_words(reached_by: ReachedBy, _: Texts) -> str:
    """How a driver learns of changes."""
    return {
        ReachedBy.LIVE: _("hat die App"),
        ReachedBy.TELEPHONE: _("per Telefon"),
        ReachedBy.PAPER: _("fährt nach Papier"),
    }[reached_by]


def lateness_min(run: Run) -> int:
    """Minutes after the promise where the run is latest, of what is still ahead."""
    late = [(visit.planned - visit.latest).total_seconds() for visit in run.visits[:-1] if not visit.is_done and visit.leg_id]
    return max(0, -(-round(max(late, default=0)) // 60))


def visit_lines(seen: DeskRun) -> list[VisitLine]:
    """The run's visits, START and END included."""
    lines, aboard = [], 0
    begun = {visit.leg_id for visit in seen.run.visits if visit.kind is VisitKind.PICKUP and visit.is_done}
    for number, visit in enumerate(seen.run.visits):
        ride = seen.rides.get(visit.leg_id or "")
        if visit.party is not None and not visit.skipped:
            sign = 1 if visit.kind is VisitKind.PICKUP else -1
            aboard += sign * (visit.party.seats + visit.party.wheelchairs)
        late = 0 if visit.is_done or not visit.leg_id else max(0, -(-round((visit.planned - visit.latest).total_seconds()) // 60))
        waits = ride is not None and ride.leg.state is LegState.AWAITING_CONFIRMATION
        acts = visit.kind is VisitKind.PICKUP and visit.leg_id not in begun and not seen.run.withdrawn
        lines.append(VisitLine(number, visit, ride, aboard, late, waits, acts))
    return lines


def kind_words(_: Texts) -> dict[VisitKind, str]:
    """What a visit is."""
    return {
        VisitKind.START: _("Beginn"),
        VisitKind.PICKUP: _("steigt ein"),
        VisitKind.DROPOFF: _("steigt aus"),
        VisitKind.HALT: _("Fahrplanhalt"),
        VisitKind.BREAK: _("Pause"),
        VisitKind.END: _("Ende"),
    }


def why_words(_: Texts) -> dict[Why, str]:
    """Why something cannot be undone any more."""
    return {
        Why.NOTHING_DONE: _("Es gibt nichts, was Sie rückgängig machen könnten."),
        Why.NOT_THE_LAST: _(
            "Seither haben Sie etwas anderes von Hand getan. Oben steht, was sich jetzt rückgängig machen lässt."
        ),
        Why.RUN_CHANGED: _("Das geht nicht mehr, denn die Tour hat sich seither geändert."),
        Why.BOOKING_CHANGED: _("Das geht nicht mehr, denn die Buchung hat sich seither geändert."),
        Why.TOLD_ON_PAPER: _(
            "Das geht nicht mehr, denn ein Fahrer mit Papierzettel weiß schon Bescheid. Verschieben Sie die Fahrt zurück."
        ),
        Why.WOULD_BE_ASKED: _(
            "Das geht nicht mehr, denn eine ehrenamtlich fahrende Person bekäme die Fahrt ungefragt zurück. "
            "Verschieben Sie die Fahrt zurück, dann wird gefragt."
        ),
        Why.TOO_LATE: _("Das geht nicht mehr, denn das Fahrzeug müsste schon unterwegs sein."),
        Why.BREAKS_A_PROMISE: _("Das geht nicht mehr, denn jetzt käme jemand später als zugesagt."),
    }


def run_name(run: Run, zone: ZoneInfo) -> str:
    """A run as one speaks of it: a vehicle may have two on one day."""
    start, end = (moment.astimezone(zone) for moment in (run.starts_at, run.ends_at))
    return f"{run.vehicle.name}, {start:%-H:%M}–{end:%-H:%M}"


def meetings(preview: Preview, moved: Sequence[str], names: Mapping[str, str], zone: ZoneInfo) -> list[Meeting]:
    """Everybody whose times or vehicle would change; whoever is moved first."""
    before, after = _times(preview.proposal.before, zone), _times(preview.proposal.after, zone)
    changed = [leg for leg in after if leg in before and (leg in moved or _minutes(before[leg]) != _minutes(after[leg]))]
    found = [Meeting(names.get(leg, "?"), before[leg], after[leg], leg in moved) for leg in changed]
    return sorted(found, key=lambda each: (not each.is_moved, each.after[1]))


def _times(runs: Sequence[Run], zone: ZoneInfo) -> dict[str, tuple[str, datetime, datetime]]:
    found: dict[str, tuple[str, datetime, datetime]] = {}
    for run in runs:
        down = {visit.leg_id: visit.planned for visit in run.visits if visit.kind is VisitKind.DROPOFF}
        for visit in run.visits:
            if visit.kind is VisitKind.PICKUP and visit.leg_id is not None and visit.leg_id in down:
                found[visit.leg_id] = (run_name(run, zone), visit.planned, down[visit.leg_id])
    return found


def _minutes(times: tuple[str, datetime, datetime]) -> tuple[str, int, int]:
    return times[0], round(times[1].timestamp() / 60), round(times[2].timestamp() / 60)


def objection_sentences(preview: Preview, names: Mapping[str, str], _: Texts) -> list[tuple[bool, str]]:
    """What the judge has against it, in plain words; True: it may be done for a reason."""
    vehicles = {run.id: run.vehicle.name for run in preview.proposal.before}
    said = [(one.may_be_overruled, _sentence(one, names, vehicles[one.run_id], _)) for one in preview.proposal.objections]
    said += [
        (True, _("Das Fahrzeug ist schon auf dem Weg zu %(name)s.") % {"name": names.get(leg, "?")}) for leg in _sorted(preview)
    ]
    return list(dict.fromkeys(said))


def _sorted(preview: Preview) -> Iterator[str]:
    yield from sorted(preview.proposal.under_way)


def _sentence(one: Objection, names: Mapping[str, str], vehicle: str, _: Texts) -> str:
    facts = {"name": names.get(one.leg_id or "", "?"), "count": -(-one.amount // 60), "vehicle": vehicle}
    return _template(one, _) % facts


def _template(one: Objection, _: Texts) -> str:
    if one.kind is Breach.TOO_LATE:
        return {
            VisitKind.PICKUP: _("%(name)s würde %(count)s min später abgeholt als zugesagt."),
            VisitKind.DROPOFF: _("%(name)s käme %(count)s min später an als zugesagt."),
            VisitKind.HALT: _("%(vehicle)s wäre %(count)s min später am Halt, als der Fahrplan erlaubt."),
            VisitKind.BREAK: _("Die Pause von %(vehicle)s begänne %(count)s min zu spät."),
        }.get(one.visit_kind, _("%(vehicle)s wäre erst %(count)s min nach Dienstende zurück."))
    return {
        Breach.RIDE_TOO_LONG: _("%(name)s säße %(count)s min länger im Fahrzeug, als wir es erlauben."),
        Breach.OVER_CAPACITY: _("In %(vehicle)s ist dann kein Platz mehr."),
        Breach.NEED_UNMET: _("%(vehicle)s hat nicht, was %(name)s braucht."),
        Breach.TOO_FAR: _("%(vehicle)s führe weiter, als für den Tag vereinbart ist."),
        Breach.BREAK_NOT_EMPTY: _("In der Pause von %(vehicle)s säße noch jemand im Fahrzeug."),
    }.get(one.kind, _("So lässt sich %(vehicle)s nicht fahren."))
