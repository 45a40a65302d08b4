"""The contest for the last seats: many clients at a barrier, all with an offer for the same ride."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import partial
from typing import TypeVar

from mobility.actions.book_ride import book_ride
from mobility.actions.cancel_booking import cancel_booking
from mobility.actions.context import new_id
from mobility.domain.bookings import Booking
from mobility.domain.fleet import Acceptance, ReachedBy, Vehicle
from mobility.domain.places import Place
from mobility.domain.requests import Decision, Offer, OfferKind, Reason, Rejection, RideRequest, Window
from mobility.domain.runs import Run, Visit, VisitKind
from mobility.errors import MobilityError
from tests.county import AGENCY, MONDAY, County, local
from tests.integrity.invariants import Inspector

T = TypeVar("T")
CLIENTS = 16
SERVICE = "auental-bus"
WITHIN_S = 60
Book = Callable[[str, str], Booking | Rejection]
"""Accept the offer of this id under this idempotency key."""


@dataclass(frozen=True)
class Round:
    """What came of one round: answers in the clients' order, an error in place of an answer, findings of the inspector."""

    answers: Sequence[Booking | Rejection | Exception]
    findings: Sequence[str]

    @property
    def winners(self) -> list[Booking]:
        return [answer for answer in self.answers if isinstance(answer, Booking)]

    def complaints(self, seats: int) -> list[str]:
        """Why the round is not as it must be: as many winners as seats, a clear answer for everybody else, nothing broken."""
        losers = [answer for answer in self.answers if not isinstance(answer, Booking)]
        unclear = [repr(answer) for answer in losers if not _is_clear(answer)]
        count = [] if len(self.winners) == seats else [f"{len(self.winners)} winners for {seats} seats"]
        return [*count, *unclear, *self.findings]


def _is_clear(answer: Rejection | Exception) -> bool:
    return isinstance(answer, Rejection) and answer.reason is Reason.TAKEN_MEANWHILE


class Contest:
    """A few buses that could all keep the same windows, and clients whose offers name the first of them.

    The ride lasts longer than the pickup window is wide, so a seat can be used once only. ``seats`` has one number for each bus.
    """

    def __init__(self, county: County, seats: Sequence[int]) -> None:
        self.county = county
        self.seats = seats
        self.inspector = Inspector(county.context, AGENCY, [MONDAY])
        origin, destination = county.place("Hausarztpraxis am Markt Auenfurt"), county.place("Bahnhof Kranichstedt")
        runs = [_bus(number, each, origin) for number, each in enumerate(seats)]
        self.offer = _offer(county, runs[0], origin, destination)
        with county.context.store.transaction() as tx:
            for run in runs:
                assert tx.add_run(run)

    @property
    def free(self) -> int:
        return sum(self.seats)

    def offers(self, clients: int = CLIENTS) -> list[str]:
        """A decision with one offer for each client, each another rider; the signed offer ids."""
        riders = [rider.id for rider in self.county.files.people.riders][:clients]
        assert len(riders) == clients
        return [self._decide(rider_id) for rider_id in riders]

    def _decide(self, rider_id: str) -> str:
        now, offer = self.county.clock(), self.offer
        request = replace(self.offer_request(), rider_id=rider_id)
        name = new_id()
        offer_id = self.county.context.sign(f"{name}.0")
        offers = (replace(offer, id=offer_id),)
        decision = Decision(name, AGENCY, now, now + timedelta(hours=12), request, offers, None, "test", "a-desk")
        with self.county.context.store.transaction() as tx:
            tx.add_decision(decision)
        return offer_id

    def offer_request(self) -> RideRequest:
        """The wish behind the offers, nobody's yet."""
        return RideRequest(AGENCY, self.offer.pickup, self.offer.dropoff, self.offer.pickup_window.earliest, None)

    def book(self, offer_id: str, key: str) -> Booking | Rejection:
        """The real thing."""
        return book_ride(self.county.context, self.county.desk, offer_id, key)

    def round(self, offers: Sequence[str], book: Book | None = None, keys: Sequence[str] | None = None) -> Round:
        """All at once, then a look at everything."""
        keys = keys or [new_id() for _ in offers]
        answers = at_once([partial(book or self.book, offer, key) for offer, key in zip(offers, keys, strict=True)])
        return Round(answers, self.inspector.findings())

    def give_back(self, bookings: Sequence[Booking]) -> None:
        """The winners cancel, so that the next round finds the seats free again."""
        for booking in bookings:
            cancel_booking(self.county.context, self.county.desk, booking.id)


def at_once(works: Sequence[Callable[[], T]]) -> list[T | Exception]:
    """Run all in threads of their own that wait for each other at a barrier; an expected error is an answer too."""
    barrier = threading.Barrier(len(works))

    def one(work: Callable[[], T]) -> T | Exception:
        barrier.wait(WITHIN_S)
        try:
            return work()
        except MobilityError as error:
            return error

    with ThreadPoolExecutor(len(works)) as pool:
        return [future.result(WITHIN_S) for future in [pool.submit(one, work) for work in works]]


def _bus(number: int, seats: int, base: Place, day: date = MONDAY) -> Run:
    begins, ends = local(9, 0, day), local(12, 0, day)
    return Run(
        id=f"{AGENCY}.{SERVICE}.contest-{number}.{day:%Y%m%d}",
        agency_id=AGENCY,
        provider_id="avg",
        service_id=SERVICE,
        day=day,
        vehicle=Vehicle(f"contest-{number}", f"Bus {number}", seats),
        driver_id=None,
        acceptance=Acceptance.ROSTERED,
        reached_by=ReachedBy.LIVE,
        starts_at=begins,
        ends_at=ends,
        visits=(Visit(VisitKind.START, base, begins, ends, 0, begins), Visit(VisitKind.END, base, begins, ends, 0, begins)),
    )


def _offer(county: County, run: Run, origin: Place, destination: Place) -> Offer:
    service = next(service for service, _ in county.files.services if service.id == SERVICE)
    return Offer(
        id="",
        kind=OfferKind.RIDE,
        service_id=service.id,
        service_name=service.name,
        carrier=service.carrier.name,
        carrier_telephone=service.carrier.telephone,
        legal_basis=service.legal_basis,
        acceptance=run.acceptance,
        driver_kind="staff",
        pickup=origin,
        dropoff=destination,
        pickup_window=Window(local(10), local(10, 20)),
        dropoff_window=Window(local(10), local(11, 30)),
        walk_to_pickup_m=0,
        walk_from_dropoff_m=0,
        price_cents=250,
        run_id=run.id,
    )
