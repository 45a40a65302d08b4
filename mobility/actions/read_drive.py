"""What a driver has before him: his runs of a day, and one run with all he needs to drive it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from mobility.actions.account_cash import cash_of
from mobility.actions.context import Context
from mobility.actions.hand_out_manifest import manifest_of
from mobility.actions.say_train_late import can_be_said
from mobility.domain.accounts import Actor, Role
from mobility.domain.bookings import Booking, TrainWord
from mobility.domain.driver_events import DriverEvent, EventKind
from mobility.domain.lines import LineRide
from mobility.domain.runs import Run
from mobility.errors import NotAllowedError
from mobility.manifests.manifest import Manifest
from mobility.planning.replaying import counted
from mobility.store.visibility import NEAR_AFTER, is_near, near_until


@dataclass(frozen=True, slots=True)
class AwaitedBy:
    """The train with which a rider comes (``comes``) or to which he goes; ``word`` is what was said of it last."""

    ride: LineRide
    comes: bool
    word: TrainWord | None
    can_be_said: bool


@dataclass(frozen=True, slots=True)
class Drive:
    """A run as its driver's telephone shows it.

    ``fares`` are euro cents to collect when a leg boards, ``taken`` what has been; ``new_legs`` came after the run was last acknowledged; ``carried_on`` had been
    cancelled; ``undoable`` is the report that can be taken back. After ``shown_until`` (by leg, of those that are shown now) name, door and
    number of that ride are no longer shown; ``doors_until`` says the same by the key of a halt at a door; after ``keep_until`` it
    holds of the whole run. ``trains`` by leg.
    """

    run: Run
    manifest: Manifest
    fares: dict[str, int]
    taken: dict[str, int]
    new_legs: frozenset[str]
    carried_on: frozenset[str]
    undoable: DriverEvent | None
    for_the_desk: int
    keep_until: datetime
    shown_until: Mapping[str, datetime]
    doors_until: Mapping[str, datetime]
    trains: Mapping[str, AwaitedBy]

    @property
    def walk_ups_left(self) -> int:
        """How many more may ride without a booking."""
        return max(0, self.run.walk_up_seats - self.run.walk_ups_aboard)


def check_drives(actor: Actor) -> str:
    """The driver's id.

    Raises:
        NotAllowedError: not a driver's account.
    """
    if actor.role is not Role.DRIVER or actor.driver_id is None:
        raise NotAllowedError(f"the role {actor.role.value} does not drive")
    return actor.driver_id


def list_own_runs(context: Context, actor: Actor, first: date, last: date) -> list[Run]:
    """The driver's own runs from the first day to the last, by start.

    Raises:
        NotAllowedError: not a driver's account.
    """
    driver_id = check_drives(actor)
    with context.store.transaction() as tx:
        return tx.list_runs_of(actor, driver_id, first, last)


def read_drive(context: Context, actor: Actor, run_id: str) -> Drive:
    """One of the driver's own runs.

    Raises:
        NotFoundError: no such run of this driver.
        NotAllowedError: not a driver's account.
    """
    check_drives(actor)
    with context.store.transaction() as tx:
        run = tx.get_run(actor, run_id)
        bookings = tx.list_bookings_of_legs(actor, run.leg_ids)
        events = tx.list_driver_events(actor, run_id)
        manifest = manifest_of(tx, actor, run)
    last = max((v.latest for v in run.visits if v.leg_id is not None), default=run.ends_at)
    shown_until = {leg.id: near_until(leg) for booking in bookings for leg in booking.legs if is_near(leg, actor.now)}
    return Drive(
        run,
        manifest,
        {leg.id: leg.price_cents for booking in bookings for leg in booking.legs},
        {each.leg_id: each.taken_cents for each in cash_of(run, bookings, events) if each.taken_cents is not None},
        _new(run, bookings),
        frozenset(event.leg_id for event in events if event.beats_cancellation and event.leg_id in run.leg_ids),
        _undoable(events),
        sum(event.problem is not None for event in events),
        last + NEAR_AFTER,
        shown_until,
        _doors(manifest, shown_until),
        dict(_trains(bookings, context.clock())),
    )


def _trains(bookings: Sequence[Booking], now: datetime) -> Iterator[tuple[str, AwaitedBy]]:
    for journey in (journey for booking in bookings for journey in booking.journeys if journey.transit):
        for leg_id, ride, comes in ((journey.ride_to, journey.transit[0], False), (journey.ride_from, journey.transit[-1], True)):
            if leg_id is not None:
                word = next((one for one in journey.said if one.is_about(ride)), None)
                yield leg_id, AwaitedBy(ride, comes, word, can_be_said(ride, now))


def _doors(manifest: Manifest, shown_until: Mapping[str, datetime]) -> dict[str, datetime]:
    """Of every halt that is no stop, until when somebody there is shown."""
    doors = {}
    for halt in manifest.halts:
        shown = [shown_until[one.leg_id] for one in (*halt.boarding, *halt.alighting) if one.leg_id in shown_until]
        if halt.place.stop_id is None and shown:
            doors[halt.key] = max(shown)
    return doors


def _new(run: Run, bookings: Sequence[Booking]) -> frozenset[str]:
    seen_at = None if run.manifest is None else run.manifest.acknowledged_at
    if seen_at is None:
        return frozenset()
    on_run = set(run.leg_ids)
    return frozenset(leg.id for b in bookings if b.created_at > seen_at for leg in b.legs if leg.id in on_run)


def _undoable(events: Sequence[DriverEvent]) -> DriverEvent | None:
    """The report received last that still counts; a delay is not taken back but reported anew."""
    able = [event for event in counted(events) if event.kind is not EventKind.DELAYED and event.problem is None]
    return max(able, key=lambda event: (event.received_at, event.at, event.sequence), default=None)


def days_around(now: date) -> tuple[date, date]:
    """Yesterday (its run may have passed midnight) and the week ahead."""
    return now - timedelta(days=1), now + timedelta(days=7)
