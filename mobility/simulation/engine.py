"""One service day from event to event. All that is decided is decided by the actions; here only time passes."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from heapq import heappop, heappush
from itertools import count
from pathlib import Path
from zoneinfo import ZoneInfo

from mobility.actions.answer_ride import answer_ride
from mobility.actions.book_ride import book_ride
from mobility.actions.context import Context
from mobility.actions.narrow_promises import narrow_promises
from mobility.actions.offer_rides import offer_rides
from mobility.actions.open_runs import open_runs
from mobility.actions.pick_ride import pick_ride
from mobility.actions.reoptimise_day import reoptimise_day
from mobility.actions.report_positions import report_positions
from mobility.actions.report_progress import Progress, ProgressKind, report_progress
from mobility.actions.settle_unanswered import settle_unanswered
from mobility.domain.accounts import Actor, Role, system_actor
from mobility.domain.bookings import Booking, Leg, LegState
from mobility.domain.requests import Decision, Offer, OfferKind, Rejection, RideRequest
from mobility.domain.riders import Rider
from mobility.domain.runs import Position, Run, Visit, VisitKind
from mobility.domain.service_days import at as service_day_time
from mobility.errors import ConflictError
from mobility.planning.network import Network
from mobility.simulation.order import SimulationCancelledError, SimulationOrder, Tell, Wish
from mobility.simulation.vehicles import Vehicle
from mobility.simulation.watching import Watcher
from mobility.store.memory import MemoryStore

_VOLUNTEERS_ANSWER = timedelta(minutes=10)
_VOLUNTEERS_LOOK = timedelta(minutes=30)
_EVERY_MINUTE = timedelta(minutes=1)
_NO_LIMIT_S = 3600.0
"""Its steps bound the search; a clock would make every simulation another one."""
_REPORTS = {VisitKind.PICKUP: ProgressKind.BOARDED, VisitKind.DROPOFF: ProgressKind.ALIGHTED}
_VISITS, _JOBS, _WISHES = range(3)
"""What comes first of things that happen in the same second."""


@dataclass(slots=True)
class Answer:
    """What became of one wish."""

    wish: Wish
    decision: Decision
    offer: Offer | None = None
    booking_id: str | None = None
    refused: Rejection | None = None


@dataclass(frozen=True, slots=True)
class Happening:
    """One line of the log: somebody asked, was refused, boarded …; ``wish_id`` is empty for halts and breaks."""

    at: datetime
    what: str
    run_id: str
    vehicle_id: str
    wish_id: str
    visit: Visit | None
    persons_aboard: int


@dataclass(slots=True)
class Day:
    """A day being simulated; afterwards what is to be measured."""

    order: SimulationOrder
    now: datetime = field(init=False)
    context: Context = field(init=False)
    network: Network = field(init=False)
    watcher: Watcher = field(init=False)
    vehicles: dict[str, Vehicle] = field(default_factory=dict)
    answers: dict[str, Answer] = field(default_factory=dict)
    log: list[Happening] = field(default_factory=list)
    _wish_of_leg: dict[str, str] = field(default_factory=dict)
    _positions: dict[str, Position] = field(default_factory=dict)
    _agenda: list[tuple[datetime, int, int, Callable[[], None]]] = field(default_factory=list)
    _number: Iterable[int] = field(default_factory=count)
    _desk: Actor = field(init=False)

    def __post_init__(self) -> None:
        scene = self.order.scene
        self.now = min((wish.known_at for wish in self.order.wishes), default=self.midnight)
        self.context = Context(
            MemoryStore(), scene.networks, lambda: self.now, b"simulated: nobody else accepts these offers", Path()
        )
        self._desk = Actor("simulated-desk", scene.agency.id, Role.DISPATCHER)
        self._fill_store()
        with self.context.store.transaction() as tx:
            self.network = self.context.network(tx, self._desk)
        self.watcher = Watcher(self.network, {service.id: service for service in scene.services})

    def run(self, tell: Tell, is_cancelled: Callable[[], bool]) -> None:
        """From the first wish until the last vehicle has set everybody down.

        Raises:
            SimulationCancelledError: ``is_cancelled`` said so.
        """
        open_runs(self.context, self.order.scene.agency.id, self.order.day)
        self._look_at_runs()
        for wish in self.order.wishes:
            self._plan(wish.known_at, _WISHES, lambda wish=wish: self._ask(wish))  # type: ignore[misc]
        self._plan(self.now, _JOBS, self._do_jobs)
        if self.order.reoptimise_every_s is not None:
            self._plan(self.midnight, _JOBS, self._improve_plan)
        while self._agenda:
            self.now, _, _, happen = heappop(self._agenda)
            happen()
            tell("simulating", len(self.answers), len(self.order.wishes))
            if is_cancelled():
                raise SimulationCancelledError
        for vehicle in self.vehicles.values():
            vehicle.drive_home(self.network)
        with self.context.store.transaction() as tx:
            self.watcher.day_is_over(self.now, tx.list_bookings(system_actor(self.order.scene.agency.id)))

    @property
    def midnight(self) -> datetime:
        """From where the service day's seconds are counted."""
        return service_day_time(self.order.day, 0, ZoneInfo(self.order.scene.agency.timezone))

    def _fill_store(self) -> None:
        scene = self.order.scene
        with self.context.store.transaction() as tx:
            tx.add_agency(scene.agency)
            for dataset in scene.datasets:
                tx.activate_dataset(dataset)
            for service in scene.services:
                tx.save_service(scene.agency.id, service, "")
            for driver in scene.drivers:
                tx.save_driver(driver)
            for shift in scene.shifts:
                tx.save_shift(shift)
            for wish in self.order.wishes:
                groups = frozenset({wish.group}) if wish.group else frozenset()
                tx.save_rider(Rider(wish.id, scene.agency.id, "", "", needs=wish.needs, groups=groups))

    def _plan(self, at: datetime, rank: int, happen: Callable[[], None]) -> None:
        heappush(self._agenda, (max(at, self.now), rank, next(iter(self._number)), happen))

    # riders

    def _ask(self, wish: Wish) -> None:
        self._report_positions()
        request = RideRequest(
            agency_id=self.order.scene.agency.id,
            origin=wish.origin,
            destination=wish.destination,
            depart_after=wish.depart_after,
            arrive_by=wish.arrive_by,
            party=wish.party,
            rider_id=wish.id,
        )
        decision = offer_rides(self.context, self._desk, request)
        answer = self.answers[wish.id] = Answer(wish, decision, refused=decision.rejection)
        answer.offer = next((offer for offer in decision.offers if offer.kind is OfferKind.RIDE), None)
        if answer.offer is None:
            self._log("refused" if decision.rejection else "ordinary_line", wish.id)
            return
        booked = book_ride(self.context, self._desk, answer.offer.id, wish.id)
        if isinstance(booked, Rejection):
            answer.refused = booked
            self._log("refused", wish.id)
        else:
            answer.booking_id = booked.id
            self._booked(booked, wish)

    def _booked(self, booking: Booking, wish: Wish) -> None:
        leg = booking.legs[0]
        self._wish_of_leg[leg.id] = wish.id
        self._log("booked", wish.id, leg.run_id or "")
        self._follow_up(booking)

    def _follow_up(self, booking: Booking) -> None:
        """What a booking means for those who have to do something about it."""
        leg = booking.legs[0]
        if leg.state is LegState.ON_RUN:
            self.watcher.promised(leg, self.now)
        elif leg.state is LegState.AWAITING_CONFIRMATION:
            self._plan(self.now + _VOLUNTEERS_ANSWER, _JOBS, lambda: self._accept(booking.id))
        elif leg.state is LegState.WAITING_LIST and leg.owner is None:
            self._plan(self.now + _VOLUNTEERS_LOOK, _JOBS, lambda: self._pick(booking.id))
        if leg.run_id is not None:
            self._look_at_runs([leg.run_id])

    # drivers

    def _accept(self, booking_id: str) -> None:
        """A volunteer who is asked says yes."""
        leg = self._leg(booking_id)
        if leg.state is LegState.AWAITING_CONFIRMATION:
            self._follow_up(answer_ride(self.context, self._desk, booking_id, leg.id, accepts=True))

    def _pick(self, booking_id: str) -> None:
        """The first volunteer whose day it fits takes a ride from the list."""
        leg = self._leg(booking_id)
        for run_id, vehicle in self.vehicles.items():
            if leg.state is LegState.WAITING_LIST and vehicle.run.service_id == leg.service_id:
                try:
                    self._follow_up(pick_ride(self.context, self._desk, booking_id, leg.id, run_id, agreed=True))
                except ConflictError:
                    continue
                return

    def _leg(self, booking_id: str) -> Leg:
        with self.context.store.transaction() as tx:
            return tx.get_booking(self._desk, booking_id).legs[0]

    def _hold_visit(self, run_id: str, revision: int) -> None:
        """The vehicle is where it has to be next, as planned."""
        vehicle = self.vehicles[run_id]
        visit = vehicle.upcoming
        if vehicle.run.revision != revision or visit is None:
            return
        kind = _REPORTS.get(visit.kind, ProgressKind.PASSED)
        run = report_progress(self.context, self._desk, run_id, Progress(kind, visit.planned, visit.leg_id))
        self.watcher.happened(run, visit, visit.planned)
        vehicle.done(run, visit, visit.planned, self.network)
        self._log(kind.value, self._wish_of_leg.get(visit.leg_id or "", ""), run_id, visit)
        self._positions.pop(run_id, None)
        self._watch(run)

    def _report_positions(self) -> None:
        """Vehicles under way say at which junction they will be next."""
        if not self.order.divertible:
            return
        seen = {run_id: vehicle.position(self.network, self.now) for run_id, vehicle in self.vehicles.items()}
        self._positions = {run_id: position for run_id, position in seen.items() if position is not None}
        report_positions(self.context, self._desk, self._positions)

    # the worker

    def _do_jobs(self) -> None:
        """Every minute until nothing is left to happen, as the worker does."""
        services = self.order.scene.services
        volunteers = any(service.volunteers is not None for service in services)
        narrows = any(service.promise.narrow_before_s is not None for service in services)
        if volunteers or narrows:
            self._report_positions()
            if (volunteers and settle_unanswered(self.context)) | (narrows and narrow_promises(self.context)):
                self._look_at_runs()
                self._look_at_promises()
            if self._agenda:
                self._plan(self.now + _EVERY_MINUTE, _JOBS, self._do_jobs)

    def _improve_plan(self) -> None:
        """Every few minutes while somebody may still ask."""
        self._report_positions()
        agency_id, day = self.order.scene.agency.id, self.order.day
        found = reoptimise_day(self.context, agency_id, day, _NO_LIMIT_S, steps=self.order.steps)
        if found.runs_changed:
            self._look_at_runs()
        if len(self.answers) < len(self.order.wishes):
            self._plan(self.now + timedelta(seconds=self.order.reoptimise_every_s or 0), _JOBS, self._improve_plan)

    def _look_at_promises(self) -> None:
        with self.context.store.transaction() as tx:
            bookings = tx.list_bookings(system_actor(self.order.scene.agency.id))
        for leg in (leg for booking in bookings for leg in booking.legs):
            if leg.state is LegState.ON_RUN:
                self.watcher.promised(leg, self.now)

    # what has changed

    def _look_at_runs(self, run_ids: Iterable[str] | None = None) -> None:
        """Vehicles follow the plan as it is now."""
        with self.context.store.transaction() as tx:
            runs = tx.list_runs(system_actor(self.order.scene.agency.id), self.order.day)
        chosen = None if run_ids is None else set(run_ids)
        for run in runs:
            if chosen is not None and run.id not in chosen:
                continue
            vehicle = self.vehicles.setdefault(
                run.id, Vehicle.at_base(run, ZoneInfo(self.watcher.services[run.service_id].timezone))
            )
            if vehicle.run.revision != run.revision or chosen is None:
                vehicle.follow(run, self._positions.pop(run.id, None), self.network)
                self._watch(run)

    def _watch(self, run: Run) -> None:
        """Judge the run, and be there at its next visit."""
        self.watcher.plan(run, self.now)
        upcoming = self.vehicles[run.id].upcoming
        if upcoming is not None and not run.withdrawn and (run.carries_riders or not run.only_if_booked):
            self._plan(upcoming.planned, _VISITS, lambda: self._hold_visit(run.id, run.revision))

    def _log(self, what: str, wish_id: str, run_id: str = "", visit: Visit | None = None) -> None:
        vehicle = self.vehicles.get(run_id)
        aboard = 0 if vehicle is None else vehicle.persons
        self.log.append(
            Happening(self.now, what, run_id, "" if vehicle is None else vehicle.run.vehicle.id, wish_id, visit, aboard)
        )
