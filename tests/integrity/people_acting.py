"""What people do on a service day: residents, the desk, drivers with and without signal, the worker."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta

from mobility.actions.answer_ride import answer_ride
from mobility.actions.book_ride import book_ride
from mobility.actions.by_hand import Hand
from mobility.actions.cancel_booking import cancel_booking
from mobility.actions.declare_rescue import declare_rescue
from mobility.actions.hand_out_manifest import acknowledge_manifest, issue_manifest
from mobility.actions.hold_offer import hold_offer, release_hold, release_lapsed_holds
from mobility.actions.move_ride import Move, move_ride
from mobility.actions.narrow_promises import narrow_promises
from mobility.actions.offer_rides import offer_rides
from mobility.actions.pick_ride import pick_ride
from mobility.actions.reoptimise_day import reoptimise_day
from mobility.actions.report_progress import Progress, ProgressKind, report_progress
from mobility.actions.settle_rescue import Settled, settle_rescue
from mobility.actions.settle_unanswered import settle_unanswered
from mobility.actions.take_driver_events import Reported, take_driver_events
from mobility.actions.undo_by_hand import undo_by_hand
from mobility.domain.bookings import Booking, Leg, LegState
from mobility.domain.driver_events import EventKind
from mobility.domain.requests import Decision, OfferKind, Rejection, RideRequest
from mobility.domain.rescues import RescueCause
from mobility.domain.riders import Channel, Party
from mobility.domain.runs import Run, Visit, VisitKind
from mobility.notifications.outbox import send_due
from mobility.notifications.texts import Message
from tests.county import AGENCY
from tests.integrity.service_day import ServiceDay
from tests.integrity.stage import CrashError

Doing = tuple[str, Callable[[], object], Callable[[object], None]]
_REPORTS = {VisitKind.PICKUP: EventKind.BOARDED, VisitKind.DROPOFF: EventKind.ALIGHTED}
_NO_LIMIT_S = 3600.0


def _nothing(_: object) -> None:
    """Nobody remembers the answer."""


@dataclass
class _Telephone:
    """A driver's device without signal: reports made and not yet sent, and all that were ever made."""

    waiting: list[Reported] = field(default_factory=list)
    made: list[Reported] = field(default_factory=list)
    knows: set[str] = field(default_factory=set)


@dataclass
class _Ledger:
    """The channel's own book: how often each message left."""

    sent: Counter[str] = field(default_factory=Counter)

    def send(self, _: str, message: Message) -> None:
        self.sent[message.key] += 1


class People:
    """Chooses who does what next, and remembers what each was told."""

    def __init__(self, day: ServiceDay) -> None:
        self.day, self.random = day, day.random
        self.offers: list[tuple[str, str]] = []
        self.answers: dict[str, tuple[str, object]] = {}
        self.telephones: dict[str, _Telephone] = {}
        self.ledger = _Ledger()
        self.crashes = 0
        self.homes = [rider for rider in day.files.people.riders if rider.home is not None][:24]

    def act(self) -> Doing | None:
        """Something that somebody does now."""
        weights = {
            self._ask: 28,
            self._book: 24,
            self._twice: 8,
            self._cancel: 3,
            self._race: 5,
            self._drive: 30,
            self._lose_signal: 5,
            self._back_in_reach: 10,
            self._rescue: 2,
            self._settle: 3,
            self._answer: 6,
            self._paper: 3,
            self._hold: 5,
            self._by_hand: 4,
            self._worker: 12,
        }
        return self.random.choices(list(weights), list(weights.values()))[0]()

    def heard(self, acts: Sequence[Doing], answers: Sequence[object]) -> None:
        """Each learns his answer; who has crashed learns nothing."""
        for (_, _, remember), answer in zip(acts, answers, strict=True):
            if isinstance(answer, CrashError):
                self.crashes += 1
            else:
                remember(answer)
        spoken = [key for key, times in self.ledger.sent.items() if times > 1]
        if sum(self.ledger.sent[key] - 1 for key in spoken) > self.crashes:
            self.day.complain([f"outbox: {spoken} left more often than senders crashed"])

    # residents and the desk

    def _ask(self) -> Doing:
        one, other = self.random.sample(self.homes, 2)
        assert one.home is not None
        assert other.home is not None
        ahead = timedelta(minutes=self.random.randrange(0, 181, 10))
        party = (
            Party(self.random.choice((0, 1, 1)), 1) if self.random.random() < 0.15 else Party(self.random.choice((1, 1, 1, 2, 3)))
        )
        helped, folded = party.persons == 2 and ahead < timedelta(minutes=90), ahead.seconds % 1200 == 0
        party = replace(party, assistants=min(party.seats, int(helped)), stowed=int(folded))
        request = RideRequest(AGENCY, one.home, other.home, self.day.now + ahead, None, party, rider_id=one.id)

        def remember(answer: object) -> None:
            if isinstance(answer, Decision):
                self.offers += [(offer.id, f"key-{offer.id[:30]}") for offer in answer.offers if offer.kind is OfferKind.RIDE]

        return "ask", lambda: offer_rides(self.day.context, self.day.desk, request), remember

    def _book(self) -> Doing | None:
        """The newest offers are taken most often; a key that has no answer yet is sent again."""
        if not self.offers:
            return None
        offer_id, key = self.offers[-1 - min(len(self.offers) - 1, int(self.random.expovariate(0.5)))]
        return self._booking(offer_id, key)

    def _booking(self, offer_id: str, key: str) -> Doing:
        def remember(answer: object) -> None:
            told = answer.id if isinstance(answer, Booking) else answer.reason.value if isinstance(answer, Rejection) else None
            if told is None:
                return
            known = self.answers.setdefault(key, (offer_id, told))
            if known[1] != told:
                self.day.complain([f"once: key {key} was answered {known[1]} and then {told}"])

        return "book", lambda: book_ride(self.day.context, self.day.desk, offer_id, key), remember

    def _twice(self) -> Doing | None:
        """An answer that somebody has had is asked for once more."""
        if not self.answers:
            return None
        key = self.random.choice(list(self.answers)[-4:])
        return self._booking(self.answers[key][0], key)

    def _cancel(self) -> Doing | None:
        still = [booking for booking in self.day.seen.bookings.values() if booking.is_open]
        if not still:
            return None
        booking = self.random.choice(still)
        return "cancel", lambda: cancel_booking(self.day.context, self.day.desk, booking.id), _nothing

    def _race(self) -> Doing | None:
        """The rider at the next halt gives the ride back while the bus comes round the corner."""
        found = [
            (run, visit) for run, visit in self._next() if visit.kind is VisitKind.PICKUP and visit.leg_id in self.day.seen.legs
        ]
        if not found:
            return None
        _, visit = self.random.choice(found)
        booking, _ = self.day.seen.legs[visit.leg_id or ""]
        return "race", lambda: cancel_booking(self.day.context, self.day.desk, booking.id), _nothing

    def _hold(self) -> Doing | None:
        if not self.offers:
            return None
        offer_id, _ = self.random.choice(self.offers[-6:])
        if self.random.random() < 0.25:
            return "release", lambda: release_hold(self.day.context, self.day.desk, offer_id.partition(".")[0]), _nothing
        return "hold", lambda: hold_offer(self.day.context, self.day.desk, offer_id), _nothing

    def _answer(self) -> Doing | None:
        """Volunteers say yes or no, or pick."""
        waiting = [(booking, leg) for booking, leg in self.day.seen.legs.values() if _waits(leg)]
        if not waiting:
            return None
        booking, leg = self.random.choice(waiting)
        context, desk = self.day.context, self.day.desk
        if leg.state is LegState.AWAITING_CONFIRMATION:
            accepts = self.random.random() < 0.6
            return "answer", lambda: answer_ride(context, desk, booking.id, leg.id, accepts=accepts), _nothing
        runs = [run.id for run in self.day.seen.runs.values() if run.service_id == leg.service_id]
        run_id, agreed = self.random.choice(runs), self.random.random() < 0.7
        return "pick", lambda: pick_ride(context, desk, booking.id, leg.id, run_id, agreed=agreed), _nothing

    def _paper(self) -> Doing:
        run_id = self.random.choice(list(self.day.seen.runs))
        what = self.random.choice((issue_manifest, acknowledge_manifest))
        return "paper", lambda: what(self.day.context, self.day.desk, run_id), _nothing

    def _rescue(self) -> Doing | None:
        runs = [run for run in self.day.seen.runs.values() if run.leg_ids and not run.withdrawn and self.random.random() < 0.5]
        if not runs:
            return None
        run, cause = self.random.choice(runs), self.random.choice(list(RescueCause))
        return "rescue", lambda: declare_rescue(self.day.context, self.day.desk, run.id, cause), _nothing

    def _settle(self) -> Doing | None:
        left = [(booking, leg) for booking, leg in self.day.seen.legs.values() if leg.owner is not None and leg.waits_for_desk]
        if not left:
            return None
        (booking, leg), how = self.random.choice(left), self.random.choice(list(Settled))
        return "settle", lambda: settle_rescue(self.day.context, self.day.desk, booking.id, leg.id, how), _nothing

    def _by_hand(self) -> Doing | None:
        rides = [(run, leg_id) for run in self.day.seen.runs.values() for leg_id in run.leg_ids]
        if not rides or self.random.random() < 0.2:
            return "undo", lambda: undo_by_hand(self.day.context, self.day.desk), _nothing
        run, leg_id = self.random.choice(rides)
        there = self.random.choice([each.id for each in self.day.seen.runs.values() if each.service_id == run.service_id])
        hand = Hand(None, "", agreed=self.random.random() < 0.5)
        return "move", lambda: move_ride(self.day.context, self.day.desk, Move(leg_id, run.id, there), hand), _nothing

    # drivers

    def _next(self) -> list[tuple[Run, Visit]]:
        """Runs under way with what comes next on them."""
        soon = self.day.now + timedelta(minutes=5)
        runs = [run for run in self.day.seen.runs.values() if run.leg_ids and not run.withdrawn]
        found = [(run, run.visits[run.last_done + 1]) for run in runs if run.last_done < len(run.visits) - 2]
        return [(run, visit) for run, visit in found if visit.planned < soon and visit.held_until is None]

    def _drive(self) -> Doing | None:
        """What comes next on a run happens, is late, or nobody comes."""
        found = [(run, visit) for run, visit in self._next() if run.id not in self.telephones]
        if not found:
            return None
        run, visit = self.random.choice(found)
        at = min(self.day.now, visit.planned + timedelta(minutes=self.random.randint(-2, 6)))
        progress = Progress(ProgressKind.PASSED, at)
        if self.random.random() < 0.15:
            progress = Progress(ProgressKind.DELAYED, at, delay_s=60 * self.random.randint(1, 25))
        elif visit.kind in _REPORTS:
            kind = ProgressKind(_REPORTS[visit.kind].value)
            gone = visit.kind is VisitKind.PICKUP and self.random.random() < 0.12
            progress = Progress(ProgressKind.NO_SHOW if gone else kind, at, visit.leg_id)
        return "report", lambda: report_progress(self.day.context, self.day.desk, run.id, progress), _nothing

    def _lose_signal(self) -> None:
        """From now on this run's driver writes down what happens by the plan as it is known at this moment."""
        under_way = [run for run, _ in self._next() if run.id not in self.telephones]
        if under_way:
            run = self.random.choice(under_way)
            self.telephones[run.id] = _Telephone(knows=set(run.leg_ids))

    def _write_down(self, run: Run, telephone: _Telephone) -> None:
        told = {(report.leg_id, report.kind) for report in telephone.made}
        aboard = {report.leg_id for report in telephone.made if report.kind is EventKind.BOARDED}
        for visit in run.visits[run.last_done + 1 :]:
            kind = _REPORTS.get(visit.kind)
            if (
                kind is None
                or visit.planned > self.day.now
                or (visit.leg_id, kind) in told
                or visit.leg_id not in telephone.knows
            ):
                continue
            boarded_before = any(v.leg_id == visit.leg_id and v.is_done for v in run.visits)
            if kind is EventKind.ALIGHTED and visit.leg_id not in aboard and not boarded_before:
                continue
            aboard.add(visit.leg_id)
            self._make(telephone, Reported(0, kind, visit.planned, visit.leg_id))
        if telephone.made and self.random.random() < 0.25:
            wrong = self.random.choice(telephone.made)
            if wrong.kind is not EventKind.UNDO:
                self._make(telephone, Reported(0, EventKind.UNDO, self.day.now, undoes=wrong.sequence))

    @staticmethod
    def _make(telephone: _Telephone, report: Reported) -> None:
        numbered = replace(report, sequence=len(telephone.made) + 1)
        telephone.made.append(numbered)
        telephone.waiting.append(numbered)

    def _back_in_reach(self) -> Doing | None:
        """Some of what was written down is sent, in any order, some of it again, by a clock that may be wrong."""
        if not self.telephones:
            return None
        run_id = self.random.choice(list(self.telephones))
        telephone = self.telephones[run_id]
        self._write_down(self.day.seen.runs[run_id], telephone)
        batch = [each for each in telephone.made if each in telephone.waiting or self.random.random() < 0.2]
        self.random.shuffle(batch)
        batch = batch[: self.random.randint(1, 6)]
        if not batch:
            if self.random.random() < 0.5:
                del self.telephones[run_id]
            return None
        wrong_by = timedelta(minutes=self.random.choice((0, 0, 0, -7, 45)))
        sent = [replace(report, at=report.at + wrong_by) for report in batch]

        def remember(answer: object) -> None:
            if isinstance(answer, list):
                telephone.waiting = [each for each in telephone.waiting if each not in batch]

        now = self.day.now + wrong_by
        return "events", lambda: take_driver_events(self.day.context, self.day.desk, run_id, "device-1", now, sent), remember

    # the worker

    def _worker(self) -> Doing:
        context = self.day.context
        senders = {Channel.EMAIL: self.ledger, Channel.SMS: self.ledger}
        jobs: dict[str, Callable[[], object]] = {
            "silence": lambda: settle_unanswered(context),
            "narrow": lambda: narrow_promises(context),
            "lapsed": lambda: release_lapsed_holds(context),
            "send": lambda: send_due(context.store, senders, context.clock, limit=5),
            "reoptimise": lambda: reoptimise_day(context, AGENCY, self.day.day, _NO_LIMIT_S, self.random.randrange(99), steps=15),
        }
        name = self.random.choices(list(jobs), (3, 4, 3, 2, 1))[0]
        return name, jobs[name], _nothing

    def settle_everything(self) -> None:
        """The evening: telephones find their signal, silence is settled; then everything holds still."""
        for _ in range(3 * len(self.telephones)):
            doing = self._back_in_reach()
            if doing is not None:
                self.heard([doing], self.day.play([doing[:2]]))
        quiet: list[tuple[str, Callable[[], object]]] = [
            ("silence", lambda: settle_unanswered(self.day.context)),
            ("lapsed", lambda: release_lapsed_holds(self.day.context)),
        ]
        for one in quiet:
            self.day.play([one])
        self.day.inspect()


def _waits(leg: Leg) -> bool:
    return leg.state in (LegState.AWAITING_CONFIRMATION, LegState.WAITING_LIST)
