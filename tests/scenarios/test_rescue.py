"""The bus has broken down, or the driver is ill: everybody is brought home, or somebody by name sees to it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from random import Random

import pytest

from mobility.actions.cancel_booking import cancel_booking
from mobility.actions.declare_rescue import declare_rescue
from mobility.actions.narrow_promises import narrow_promises
from mobility.actions.pick_ride import list_rides_to_pick, pick_ride
from mobility.actions.report_progress import Progress, ProgressKind, report_progress
from mobility.domain.accounts import Actor, Role
from mobility.domain.bookings import Booking, Leg, LegState, Outcome
from mobility.domain.fleet import Acceptance, ReachedBy
from mobility.domain.notices import Notice, NoticeKind
from mobility.domain.rescues import Rescue, RescueCause
from mobility.domain.runs import ManifestIssue, Run, VisitKind
from mobility.errors import ConflictError, NotAllowedError, NotFoundError
from mobility.notifications.facts import message_of
from seed.demand import demand
from tests.county import AGENCY, MONDAY, County, local, wish
from tests.integrity.invariants import Inspector
from tests.integrity.last_seat import at_once
from tests.kept import begin_with

BUS = "auental-bus"
DECLARES = Actor("a-desk-anna", AGENCY, Role.DISPATCHER)


def book_a_day(county: County, count: int = 16, service_id: str = BUS) -> list[Booking]:
    booked = []
    county.clock.set(5)
    for each in demand(count, MONDAY, 11):
        request = wish(each.origin, each.destination, depart_after=each.depart_after, arrive_by=each.arrive_by)
        rides = county.rides(replace(request, party=each.party, needs=each.needs, rider_id=each.rider_id), service_id)
        answer = county.book(rides[0]) if rides else None
        if isinstance(answer, Booking):
            booked.append(answer)
    return booked


def begin_with_a_day(county: County, count: int = 16) -> list[Booking]:
    """The county with such a day and nothing else."""
    bookings = begin_with(county.context.store, f"booked, {count}", lambda: book_a_day(county, count))
    county.clock.set(5)
    return bookings


def runs_of(county: County) -> dict[str, Run]:
    with county.context.store.transaction() as tx:
        return {run.id: run for run in tx.list_runs(county.desk, MONDAY)}


def notices(county: County, *kinds: NoticeKind) -> list[Notice]:
    with county.context.store.transaction() as tx:
        return [n for n in tx.list_notices(county.desk) if n.kind in kinds]


def busiest(county: County) -> Run:
    buses = [run for run in runs_of(county).values() if run.service_id == BUS]
    return max(buses, key=lambda run: (len(run.leg_ids), run.id))


def legs_on(county: County, run: Run, bookings: Sequence[Booking]) -> dict[str, Leg]:
    now = [county.booking(b.id).legs[0] for b in bookings]
    return {leg.id: leg for leg in now if leg.run_id == run.id and leg.state is LegState.ON_RUN}


def board_the_first(county: County, run: Run) -> Leg:
    """The first rider boards; a minute later the bus stands still."""
    first = next(v for v in run.visits if v.kind is VisitKind.PICKUP)
    county.clock.now = first.planned
    report_progress(county.context, county.desk, run.id, Progress(ProgressKind.BOARDED, county.clock(), first.leg_id))
    county.clock.now += timedelta(minutes=1)
    with county.context.store.transaction() as tx:
        return tx.list_bookings_of_legs(county.desk, [first.leg_id or ""])[0].legs[0]


def lateness(county: County) -> dict[tuple[str, str], int]:
    """Seconds after the promise, visit by visit."""
    return {
        (v.leg_id, v.kind.value): max(0, round((v.planned - v.latest).total_seconds()))
        for run in runs_of(county).values()
        for v in run.visits
        if v.leg_id is not None and not v.is_done
    }


def assert_everybody_is_somewhere(county: County, bookings: Sequence[Booking]) -> None:
    """Each leg in exactly one state, its visits where it says, nobody still to be taken by a run that has been withdrawn."""
    runs = runs_of(county)
    for run in runs.values():
        if run.withdrawn:
            assert all(v.is_done for v in run.visits if v.leg_id is not None)
    for booking in bookings:
        leg = county.booking(booking.id).legs[0]
        ahead = [(run.id, v) for run in runs.values() for v in run.visits if v.leg_id == leg.id and not v.is_done]
        if leg.state is not LegState.ON_RUN:
            assert ahead == []
            assert leg.state is not LegState.IN_RESCUE or (leg.owner and leg.run_id is None)
            continue
        assert {run_id for run_id, _ in ahead} == {leg.run_id}
        for _, visit in ahead:
            pickup = visit.kind is VisitKind.PICKUP
            window = leg.pickup_window if pickup else leg.dropoff_window
            assert (visit.earliest, visit.latest) == (window.earliest, window.latest)
            assert visit.place == (leg.pickup if pickup else leg.dropoff)


def only_run(county: County, *keep: str) -> None:
    """All other buses of the service are driven by volunteers who want to be asked."""
    for run in runs_of(county).values():
        if run.service_id == BUS and run.id not in keep:
            with county.context.store.transaction() as tx:
                tx.save_run(replace(run, acceptance=Acceptance.ASK_FIRST, revision=run.revision + 1), run.revision)


def break_down(county: County, run: Run, cause: RescueCause = RescueCause.BREAKDOWN) -> Rescue:
    return declare_rescue(county.context, DECLARES, run.id, cause)


def test_a_breakdown_with_a_rider_aboard_another_bus_brings_her_home(county: County) -> None:
    bookings = begin_with_a_day(county)
    run = busiest(county)
    aboard = board_the_first(county, run)
    rescue = break_down(county, run)
    ride = rescue.rides[0]
    assert (ride.leg_id, ride.was_aboard) == (aboard.id, True), "who stands at the roadside comes first"
    assert ride.run_id not in (None, run.id)
    leg = next(each for b in bookings for each in county.booking(b.id).legs if each.id == aboard.id)
    assert leg.run_id == ride.run_id
    assert leg.pickup == aboard.pickup, "the bus has not come farther than her own door, as far as is known"
    assert leg.dropoff == aboard.dropoff
    visits = [v for v in county.run(leg.run_id).visits if v.leg_id == leg.id]
    assert [v.kind for v in visits] == [VisitKind.PICKUP, VisitKind.DROPOFF]
    assert visits[0].planned >= county.clock()
    late = visits[1].planned - aboard.dropoff_window.latest
    assert ride.late_s == max(0, round(late.total_seconds())), "it says by how much"
    for visit in visits:
        county.clock.now = visit.planned
        kind = ProgressKind.BOARDED if visit.kind is VisitKind.PICKUP else ProgressKind.ALIGHTED
        report_progress(county.context, county.desk, leg.run_id or "", Progress(kind, county.clock(), leg.id))
    home = next(each for b in bookings for each in county.booking(b.id).legs if each.id == aboard.id)
    assert (home.state, home.outcome) == (LegState.CLOSED, Outcome.PERFORMED)


def test_after_a_rescue_everybody_is_in_exactly_one_place(county: County) -> None:
    bookings = begin_with_a_day(county)
    run = busiest(county)
    board_the_first(county, run)
    concerned = legs_on(county, run, bookings)
    rescue = break_down(county, run)
    assert {ride.leg_id for ride in rescue.rides} == concerned.keys()
    assert len(rescue.rides) > 2
    assert county.run(run.id).withdrawn
    assert_everybody_is_somewhere(county, bookings)


def test_nobody_else_is_worse_off_for_it(county: County) -> None:
    bookings = begin_with_a_day(county, count=24)
    run = busiest(county)
    board_the_first(county, run)
    concerned = legs_on(county, run, bookings).keys()
    late, others = lateness(county), {b.id: county.booking(b.id) for b in bookings if b.legs[0].id not in concerned}
    assert others
    break_down(county, run)
    after = lateness(county)
    for key, before in late.items():
        if key[0] not in concerned:
            assert after[key] <= before
    assert {b_id: county.booking(b_id) for b_id in others} == others, "their promises stay as they were told"


def test_the_smallest_delay_is_looked_for_and_told(county: County) -> None:
    bookings = begin_with_a_day(county)
    run = busiest(county)
    county.clock.now = next(v for v in run.visits if v.kind is VisitKind.PICKUP).planned - timedelta(minutes=20)
    promised = legs_on(county, run, bookings)
    rescue = break_down(county, run, RescueCause.DRIVER_MISSING)
    order = [promised[ride.leg_id].pickup_window.earliest for ride in rescue.rides]
    assert order == sorted(order), "who is met first is seen to first"
    for ride in rescue.rides:
        leg = county.booking(ride.booking_id).legs[0]
        if ride.run_id is None:
            continue
        was = promised[leg.id]
        if ride.late_s == 0:
            assert (leg.pickup_window, leg.dropoff_window) == (was.pickup_window, was.dropoff_window)
        else:
            assert ride.late_s <= 2 * 3600
            planned = [v.planned for v in county.run(leg.run_id).visits if v.leg_id == leg.id]
            over = (planned[0] - was.pickup_window.latest, planned[1] - was.dropoff_window.latest)
            assert ride.late_s == round(max(over).total_seconds()), "also when another ride came to the run afterwards"
            assert planned[0] <= leg.pickup_window.latest
            assert planned[1] <= leg.dropoff_window.latest


def test_riders_and_drivers_are_told_and_it_is_written_down_who_why_and_what_was_promised(county: County) -> None:
    bookings = begin_with_a_day(county)
    run = busiest(county)
    board_the_first(county, run)
    rescue = break_down(county, run)
    told = notices(county, NoticeKind.RESCUED, NoticeKind.IN_RESCUE)
    assert sorted(n.booking_id or "" for n in told) == sorted(ride.booking_id for ride in rescue.rides)
    for ride in rescue.rides:
        entry = county.booking(ride.booking_id).history[-1]
        assert entry.by == DECLARES.account_id
        assert "breakdown" in entry.what
        assert "promised was pickup 2026-06-08 " in entry.what
        message = next(n for n in told if n.booking_id == ride.booking_id)
        with county.context.store.transaction() as tx:
            text = message_of(tx, message, "de")
        assert text is not None
        assert "Ihr Fahrzeug fällt aus." in text.body
    changed = {ride.run_id for ride in rescue.rides if ride.run_id} | {run.id}
    driven = {name for name in changed if county.run(name).driver_id}
    assert {n.run_id for n in notices(county, NoticeKind.RUN_CHANGED)} == driven
    assert bookings


def test_no_other_bus_the_desk_owns_it_and_says_it_will_ring(county: County) -> None:
    bookings = begin_with_a_day(county)
    run = busiest(county)
    only_run(county, run.id)
    aboard = board_the_first(county, run)
    concerned = legs_on(county, run, bookings)
    rescue = break_down(county, run)
    assert {ride.run_id for ride in rescue.rides} == {None}
    for ride in rescue.rides:
        leg = county.booking(ride.booking_id).legs[0]
        assert (leg.state, leg.owner, leg.run_id) == (LegState.IN_RESCUE, DECLARES.account_id, None)
    desk = notices(county, NoticeKind.DESK_TASK)
    assert {n.booking_id for n in desk} == {ride.booking_id for ride in rescue.rides}
    assert len(notices(county, NoticeKind.IN_RESCUE)) == len(concerned)
    assert aboard.id in concerned
    assert_everybody_is_somewhere(county, [b for b in bookings if b.legs[0].id in concerned])


def test_the_desk_finds_a_bus_after_all(county: County) -> None:
    bookings = begin_with_a_day(county)
    run = busiest(county)
    spare = next(r for r in runs_of(county).values() if r.service_id == BUS and r.id != run.id and not r.withdrawn)
    with county.context.store.transaction() as tx:
        issue = ManifestIssue(spare.revision + 1, county.clock())
        printed = replace(spare, manifest=issue, reached_by=ReachedBy.PAPER, revision=spare.revision + 1)
        tx.save_run(printed, spare.revision)
    only_run(county, run.id, spare.id)
    aboard = board_the_first(county, run)
    rescue = break_down(county, run)
    assert {ride.run_id for ride in rescue.rides} == {None}, "a driver with a manifest in his hand is not given riders unasked"
    ride = rescue.rides[0]
    assert ride.leg_id in {leg.id for _, leg in list_rides_to_pick(county.context, county.desk)}
    picked = pick_ride(county.context, county.desk, ride.booking_id, ride.leg_id, spare.id, agreed=True)
    leg = picked.legs[0]
    assert (leg.id, leg.state, leg.run_id, leg.owner) == (aboard.id, LegState.ON_RUN, spare.id, None)
    assert leg.id in county.run(spare.id).leg_ids
    told = {n.booking_id for n in notices(county, NoticeKind.RESCUED)}
    assert told == {ride.booking_id}
    others = rescue.rides[1]
    assert cancel_booking(county.context, county.desk, others.booking_id).legs[0].outcome is Outcome.CANCELLED
    assert bookings


def test_who_may_declare_it(county: County) -> None:
    begin_with_a_day(county, count=6)
    run = next(r for r in runs_of(county).values() if r.service_id == BUS and r.driver_id)
    with pytest.raises(NotAllowedError):
        declare_rescue(county.context, county.resident("r-003"), run.id, RescueCause.BREAKDOWN)
    with pytest.raises(NotFoundError):
        declare_rescue(county.context, county.driver("nobody"), run.id, RescueCause.BREAKDOWN)
    before = runs_of(county)
    assert not any(each.withdrawn for each in before.values())
    rescue = declare_rescue(county.context, county.driver(run.driver_id or ""), run.id, RescueCause.BREAKDOWN)
    assert rescue.owner == f"a-{run.driver_id}"
    with pytest.raises(ConflictError):
        break_down(county, run)


def test_new_rides_are_not_offered_on_a_withdrawn_run(county: County) -> None:
    bookings = begin_with_a_day(county, count=6)
    run = busiest(county)
    break_down(county, run)
    for each in demand(12, MONDAY, 5):
        request = wish(each.origin, each.destination, depart_after=each.depart_after, arrive_by=each.arrive_by)
        assert run.id not in {offer.run_id for offer in county.rides(replace(request, rider_id=each.rider_id))}
    assert bookings


def drive_until(county: County, now: datetime) -> None:
    """All buses report what was planned up to ``now``, in the order of time; the worker narrows promises meanwhile."""
    while True:
        upcoming = [
            (run.visits[run.last_done + 1], run.id)
            for run in runs_of(county).values()
            if run.carries_riders and not run.withdrawn and run.last_done + 1 < len(run.visits) - 1
        ]
        visit, run_id = min(upcoming, key=lambda pair: (pair[0].planned, pair[1]), default=(None, ""))
        if visit is None or visit.planned > now:
            county.clock.now = now
            narrow_promises(county.context)
            return
        county.clock.now = max(county.clock.now, visit.planned)
        kinds = {VisitKind.PICKUP: ProgressKind.BOARDED, VisitKind.DROPOFF: ProgressKind.ALIGHTED}
        report = Progress(kinds.get(visit.kind, ProgressKind.PASSED), county.clock(), visit.leg_id)
        report_progress(county.context, county.desk, run_id, report)


@pytest.mark.parametrize("seed", [1, 2])
def test_a_black_day(county: County, seed: int) -> None:
    """Every hour and a half another vehicle drops out, of whatever service; whatever is checked of any day holds of this one."""
    random = Random(seed)
    begin_with(
        county.context.store,
        "booked of each service",
        lambda: [book_a_day(county, 20, service_id) for service_id in (BUS, "rufbus", "buergerbus-linie")],
    )
    county.clock.set(5)
    inspector = Inspector(county.context, AGENCY, [MONDAY])
    assert inspector.findings() == []
    met: Counter[tuple[bool, bool]] = Counter()
    for quarter_hours in range(26, 74, 6):
        drive_until(county, local(0) + quarter_hours * timedelta(minutes=15))
        busy = [run.id for run in runs_of(county).values() if not run.withdrawn and run.last_done < len(run.visits) - 2]
        with_riders = [run_id for run_id in busy if any(v.leg_id and not v.is_done for v in county.run(run_id).visits)]
        if not with_riders:
            continue
        broken, late = county.run(random.choice(with_riders)), lateness(county)
        rescue = declare_rescue(county.context, DECLARES, broken.id, random.choice(list(RescueCause)))
        met.update((ride.was_aboard, ride.run_id is not None) for ride in rescue.rides)
        after = lateness(county)
        assert all(after[key] <= late[key] for key in late if key[0] not in broken.leg_ids)
        assert inspector.findings() == []
    assert sum(met.values()) > 5
    assert any(taken for _, taken in met)


def test_people_book_while_a_bus_breaks_down(county: County) -> None:
    bookings = begin_with_a_day(county, count=10)
    offers = []
    for each in demand(30, MONDAY, 4):
        request = wish(each.origin, each.destination, depart_after=each.depart_after, arrive_by=each.arrive_by)
        rides = county.rides(replace(request, party=each.party, needs=each.needs, rider_id=each.rider_id), BUS)
        offers += rides[:1]
    inspector, run = Inspector(county.context, AGENCY, [MONDAY]), busiest(county)
    acts: list[Callable[[], object]] = [partial(county.book, offer) for offer in offers[:9]]
    acts += [partial(cancel_booking, county.context, county.desk, booking.id) for booking in bookings[:3]]
    acts += [partial(break_down, county, run), partial(narrow_promises, county.context)]
    answers = at_once(acts)
    for answer in answers:
        assert not isinstance(answer, BaseException) or isinstance(answer, ConflictError), answer
    assert county.run(run.id).withdrawn
    assert inspector.findings() == []
