"""A busy day in bursts: some people do something at the same moment, then everything is looked at."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import partial
from random import Random

from mobility.actions.answer_ride import answer_ride
from mobility.actions.book_ride import book_ride
from mobility.actions.by_hand import Hand
from mobility.actions.cancel_booking import cancel_booking
from mobility.actions.context import new_id
from mobility.actions.hand_out_manifest import acknowledge_manifest, issue_manifest
from mobility.actions.move_ride import Move, move_ride
from mobility.actions.offer_rides import offer_rides
from mobility.actions.pick_ride import pick_ride
from mobility.actions.pin_ride import pin_ride
from mobility.actions.reoptimise_day import reoptimise_day
from mobility.actions.report_progress import Progress, ProgressKind, report_progress
from mobility.actions.settle_unanswered import settle_unanswered
from mobility.actions.swap_rides import Swap, swap_rides
from mobility.actions.undo_by_hand import undo_by_hand
from mobility.domain.bookings import Booking, Leg, LegState
from mobility.domain.requests import OfferKind, Rejection
from mobility.domain.runs import Run, Visit, VisitKind
from mobility.errors import ConflictError, NotAllowedError, NotFoundError
from tests.county import AGENCY, DAYS, County, local, wish
from tests.integrity.invariants import Inspector, Seen
from tests.integrity.last_seat import at_once

Act = Callable[[], object]
EXPECTED = (ConflictError, NotFoundError, NotAllowedError)
"""What two who act at once may hear: the other was quicker. A deadlock, a time-out or a defect of the planner is none of these."""


@dataclass
class Turmoil:
    """Random people in a random order, from one seed."""

    county: County
    random: Random
    inspector: Inspector = field(init=False)
    offers: list[str] = field(default_factory=list)
    done: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self.inspector = Inspector(self.county.context, AGENCY, DAYS)

    def ask(self, times: int) -> None:
        """Residents ask; what they are offered is accepted later, or never."""
        riders = self.county.files.people.riders
        for _ in range(times):
            one, other = self.random.sample([rider for rider in riders if rider.home is not None], 2)
            assert one.home is not None
            assert other.home is not None
            day = self.random.choice((DAYS[1], DAYS[1], DAYS[1], DAYS[2]))
            when = local(self.random.randint(7, 13), self.random.choice((0, 20, 40)), day)
            request = wish(one.home, other.home, depart_after=when, rider_id=one.id)
            found = offer_rides(self.county.context, self.county.desk, request).offers
            self.offers += [offer.id for offer in found if offer.kind is OfferKind.RIDE]

    def burst(self, size: int) -> list[str]:
        """Some acts at once; what was wrong afterwards."""
        seen = self.inspector.look()
        acts = [act for act in (self._act(seen) for _ in range(size)) if act is not None]
        if not acts:
            return []
        answers = at_once([partial(self._counted, name, act) for name, act in acts])
        bad = [f"{name}: {answer!r}" for (name, _), answer in zip(acts, answers, strict=True) if _is_bad(answer)]
        return [*bad, *self.inspector.findings()]

    def _counted(self, name: str, act: Act) -> object:
        try:
            answer = act()
        except EXPECTED as error:
            self.refused[f"{name}: {error}"[:60]] += 1
            raise
        self.done[f"{name}: {answer.reason.value}" if isinstance(answer, Rejection) else name] += 1
        return answer

    def _act(self, seen: Seen) -> tuple[str, Act] | None:
        choices = (self._book, self._cancel, self._report, self._answer, self._paper, self._plan, self._settle, self._hand)
        return self.random.choices(choices, (40, 8, 30, 12, 4, 3, 3, 14))[0](seen)

    def _book(self, _: Seen) -> tuple[str, Act] | None:
        if not self.offers:
            return None
        offer = self.random.choice(self.offers)
        return "book", lambda: book_ride(self.county.context, self.county.desk, offer, new_id())

    def _cancel(self, seen: Seen) -> tuple[str, Act] | None:
        booking = self._any_booking(seen)
        return None if booking is None else ("cancel", lambda: cancel_booking(self.county.context, self.county.desk, booking.id))

    def _any_booking(self, seen: Seen) -> Booking | None:
        still = [booking for _, booking in sorted(seen.bookings.items()) if booking.is_open]
        return self.random.choice(still) if still else None

    def _report(self, seen: Seen) -> tuple[str, Act] | None:
        """The next thing on a run happens, late or early, or the driver says how late he is."""
        soon = self.county.clock() + timedelta(minutes=10)
        runs = [
            run for _, run in sorted(seen.runs.items()) if run.leg_ids and _upcoming(run).planned < soon and not _is_over(run)
        ]
        if not runs:
            return None
        run = self.random.choice(runs)
        progress = self._progress(run)
        return "report", lambda: report_progress(self.county.context, self.county.desk, run.id, progress)

    def _progress(self, run: Run) -> Progress:
        upcoming = _upcoming(run)
        at = min(self.county.clock(), upcoming.planned + timedelta(minutes=self.random.randint(-2, 15)))
        if self.random.random() < 0.3:
            return Progress(ProgressKind.DELAYED, at, delay_s=60 * self.random.randint(1, 25))
        if upcoming.kind is VisitKind.PICKUP:
            kind = self.random.choices((ProgressKind.BOARDED, ProgressKind.NO_SHOW), (8, 2))[0]
            return Progress(kind, at, upcoming.leg_id)
        if upcoming.kind is VisitKind.DROPOFF:
            return Progress(ProgressKind.ALIGHTED, at, upcoming.leg_id)
        return Progress(ProgressKind.PASSED, at)

    def _answer(self, seen: Seen) -> tuple[str, Act] | None:
        """A volunteer, or the desk for him, says yes or no; or takes a ride from the list."""
        context, desk = self.county.context, self.county.desk
        waiting = [(booking, leg) for _, booking in sorted(seen.bookings.items()) for leg in booking.legs if _waits(leg)]
        if not waiting:
            return None
        booking, leg = self.random.choice(waiting)
        if leg.state is LegState.AWAITING_CONFIRMATION:
            accepts = self.random.random() < 0.5
            return "answer", lambda: answer_ride(context, desk, booking.id, leg.id, accepts=accepts)
        runs = [run.id for _, run in sorted(seen.runs.items()) if run.service_id == leg.service_id]
        run_id = self.random.choice(runs)
        return "pick", lambda: pick_ride(context, desk, booking.id, leg.id, run_id, agreed=True)

    def _paper(self, seen: Seen) -> tuple[str, Act] | None:
        run_id = self.random.choice([run.id for _, run in sorted(seen.runs.items())])
        what = self.random.choice((issue_manifest, acknowledge_manifest))
        return "paper", lambda: what(self.county.context, self.county.desk, run_id)

    def _plan(self, _: Seen) -> tuple[str, Act] | None:
        day, seed = self.random.choice(DAYS[1:]), self.random.randint(1, 1000)
        return "reoptimise", lambda: reoptimise_day(self.county.context, AGENCY, day, 0.2, seed)

    def _hand(self, seen: Seen) -> tuple[str, Act] | None:
        """One of two dispatchers moves, swaps or pins, for a reason or without; or takes it back."""
        context, desk = self.county.context, replace(self.county.desk, account_id=self.random.choice(("a-desk", "a-desk-2")))
        rides = [(run, leg_id) for _, run in sorted(seen.runs.items()) for leg_id in run.leg_ids]
        if not rides or self.random.random() < 0.25:
            return "undo", lambda: undo_by_hand(context, desk)
        (run, leg_id), (other, other_leg) = self.random.choice(rides), self.random.choice(rides)
        hand = Hand(None, self.random.choice(("", "for a reason")), agreed=self.random.random() < 0.5)
        if self.random.random() < 0.2:
            return "pin", lambda: pin_ride(context, desk, run.id, leg_id, pinned=True)
        if run.id != other.id and self.random.random() < 0.4:
            return "swap", lambda: swap_rides(context, desk, Swap(leg_id, run.id, other_leg, other.id), hand)
        there = self.random.choice([each.id for _, each in sorted(seen.runs.items()) if each.service_id == run.service_id])
        return "move", lambda: move_ride(context, desk, Move(leg_id, run.id, there), hand)

    def _settle(self, _: Seen) -> tuple[str, Act] | None:
        return "settle", lambda: settle_unanswered(self.county.context)


def _upcoming(run: Run) -> Visit:
    return run.visits[min(run.last_done + 1, len(run.visits) - 1)]


def _is_over(run: Run) -> bool:
    return run.last_done >= len(run.visits) - 2


def _waits(leg: Leg) -> bool:
    return leg.state in (LegState.AWAITING_CONFIRMATION, LegState.WAITING_LIST)


def _is_bad(answer: object) -> bool:
    return isinstance(answer, Exception) and not isinstance(answer, EXPECTED)
