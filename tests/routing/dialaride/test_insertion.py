from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from routing.dialaride import insertion_reference
from routing.dialaride.insertion import Fleet, apply_insertion, best_insertions, remove_request
from routing.dialaride.judge import Breach, violations, worsened
from routing.dialaride.objective import cost
from routing.dialaride.problem import Costs, Insertion, Kind, Objective, Request, Route, Visit
from routing.dialaride.schedule import schedule
from routing.dialaride.synthetic import invent_fleet
from routing.travel import FOREVER, Matrix

SEEDS = st.integers(0, 2**32)
SMALL = st.integers(0, 12)
NONE_OR_SOME = st.sampled_from([0, 500])
OBJECTIVES = st.builds(Objective, *[SMALL] * 5, NONE_OR_SOME, fairness=st.sampled_from([0, 1]), wheelchair_reserve=NONE_OR_SOME)
CAR = ((4, 0),)
LONG = 86_400


def _price(matrix: Matrix, route: Route, visits: Sequence[Visit], times: Sequence[int], o: Objective) -> int:
    """The objective once more, visit by visit, written for this test."""
    total, here = 0, visits[0].place
    second, metre = o.drive_second + route.costs.drive_second + o.fairness * route.burden, o.metre + route.costs.metre
    lifts = any([*option, 0, 0][1] for option in route.capacities)
    for index, visit in enumerate(visits):
        there = visit.place if visit.place >= 0 else here
        if there != here:
            total += second * int(matrix.seconds[here, there]) + metre * int(matrix.metres[here, there])
        here = there
        if visit.kind is Kind.PICKUP:
            total += o.wait_second * (times[index] - visit.earliest)
            total += o.wheelchair_reserve * (lifts and not [*visit.load, 0, 0][1])
        if visit.kind is Kind.DROPOFF:
            at = [k for k, v in enumerate(visits) if v.kind is Kind.PICKUP and v.request == visit.request]
            since = times[at[0]] + visits[at[0]].service if at else visits[0].earliest
            total += o.ride_second * (times[index] - since)
    anywhere = any(v.kind in (Kind.PICKUP, Kind.DROPOFF, Kind.HALT) for v in visits)
    return total + o.duty_second * (times[-1] - times[0]) + (o.used_route + route.costs.used) * anywhere


def _stays_home(route: Route) -> bool:
    return route.only_if_booked and not any(route.visits[0].load) and all(v.request < 0 for v in route.visits)


def _brute_force(case: Any, o: Objective, oracle: Any) -> Iterator[Insertion]:
    """Every place in every route: timed by Bellman-Ford, judged by the judge, priced by hand."""
    request = case.request
    for number, route in enumerate(case.routes):
        old_times = oracle(case.matrix, route.visits, route.max_duration)
        if route.locked or old_times is None:
            continue
        old_cost = 0 if _stays_home(route) else _price(case.matrix, route, route.visits, old_times, o)
        old = violations(case.matrix, route, old_times)
        overfull = {v.visit for v in old if v.kind is Breach.OVER_CAPACITY}  # such a leg takes nobody more
        for i in range(route.fixed - 1, len(route.visits) - 1):
            for j in range(i, len(route.visits) - 1):
                visits = [*route.visits]
                visits.insert(j + 1, request.dropoff)
                visits.insert(i + 1, request.pickup)
                times = oracle(case.matrix, visits, route.max_duration)
                if times is None or overfull & set(range(i, j + 1)):
                    continue
                new = violations(case.matrix, replace(route, visits=tuple(visits)), times, [request], number)
                if not worsened(new, old):
                    more = _price(case.matrix, route, visits, times, o) - old_cost
                    yield Insertion(number, i, j, more, times[i + 1], times[j + 2])


def _best(found: list[Insertion], k: int) -> list[Insertion]:
    per_route: dict[int, Insertion] = {}
    for hit in sorted(found, key=lambda h: (h.cost, h.route, h.after_pickup, h.after_dropoff)):
        per_route.setdefault(hit.route, hit)
    return list(per_route.values())[:k]


@given(seed=SEEDS, objective=OBJECTIVES, k=st.sampled_from([1, 2, 5]))
@settings(max_examples=400, deadline=None)
def test_compiled_equals_twin_equals_brute_force(
    invent: Any, invent_rich: Any, oracle: Any, seed: int, objective: Objective, k: int
) -> None:
    case = (invent_rich if seed % 3 else invent)(seed)
    expected = _best(list(_brute_force(case, objective, oracle)), k)
    assert insertion_reference.best_insertions(case.matrix, case.routes, case.request, objective, k) == expected
    assert best_insertions(case.matrix, case.routes, case.request, objective, k) == expected


@given(seed=SEEDS, objective=OBJECTIVES)
@settings(max_examples=100, deadline=None)
def test_a_fleet_kept_up_to_date_answers_as_one_packed_anew(invent_rich: Any, seed: int, objective: Objective) -> None:
    case, other = invent_rich(seed), invent_rich(seed + 1)
    fleet = Fleet(case.matrix, case.routes, objective)
    for number, route in enumerate(other.routes[: len(case.routes)]):
        fleet.put(number, route)
        anew = best_insertions(case.matrix, fleet.routes, case.request, objective, 3)
        assert fleet.best_insertions(case.request, 3) == anew


@given(seed=SEEDS, at_dropoff=st.booleans())
@settings(max_examples=150, deadline=None)
def test_told_times_are_those_and_only_those_that_work(invent_rich: Any, oracle: Any, seed: int, at_dropoff: bool) -> None:
    """Asked for exactly one second, Bellman-Ford and the judge find a place for it where it was told, and nowhere else."""
    case, dice = invent_rich(seed), random.Random(seed)
    told = {
        times.route: times
        for times in Fleet(case.matrix, case.routes, Objective()).feasible_times(case.request, at_dropoff=at_dropoff)
    }
    end = case.request.dropoff if at_dropoff else case.request.pickup
    edges = {second + step for times in told.values() for span in times.spans for second in span for step in (-1, 0, 1)}
    asked = [*sorted(edges)[:9], *(dice.randint(end.earliest, end.latest) for _ in range(2))]
    for second in (second for second in asked if end.earliest <= second <= end.latest):
        at_once = replace(end, earliest=second, latest=second)
        request = replace(case.request, **{"dropoff" if at_dropoff else "pickup": at_once})
        possible = {hit.route for hit in _brute_force(replace(case, request=request), Objective(), oracle)}
        assert possible == {route for route, times in told.items() if any(a <= second <= b for a, b in times.spans)}


def test_the_nearest_time_that_works(line: Matrix) -> None:
    """The bus is at place 5 from ten to eleven: a rider there for the place beside it can go before or after, not in between."""
    route = _route(_halt(5, 600, 0), _halt(9, 3600, 0), fixed=2)
    away = Fleet(line, [route], Objective()).feasible_times(_request(5, 6, 0, 9000))
    assert [times.spans for times in away] == [((600, 3360), (3840, 9000))]
    assert [away[0].nearest(second) for second in (0, 700, 3500, 3800, 99_999)] == [600, 700, 3360, 3840, 9000]
    back = Fleet(line, [route], Objective()).feasible_times(_request(5, 6, 0, 9000), at_dropoff=True)
    assert back[0].spans[0] == (660, 3420)
    assert Fleet(line, [replace(route, locked=True)], Objective()).feasible_times(_request(5, 6)) == []


def test_the_invented_cases_are_worth_something(invent: Callable[[int], Any], oracle: Any) -> None:
    cases = [invent(seed) for seed in range(200)]
    found = [list(_brute_force(case, Objective(), oracle)) for case in cases]
    assert sum(bool(hits) for hits in found) > 40
    assert sum(len({hit.route for hit in hits}) > 1 for hits in found) > 5
    assert sum(not hits for hits in found) > 40
    assert any(hit.cost < 0 for hits in found for hit in hits), "no case breaks the triangle inequality"


@given(seed=SEEDS, objective=OBJECTIVES)
@settings(max_examples=150, deadline=None)
def test_what_is_found_is_feasible_and_costs_what_it_says(invent: Any, seed: int, objective: Objective) -> None:
    case = invent(seed)
    for hit in best_insertions(case.matrix, case.routes, case.request, objective, 3):
        old = case.routes[hit.route]
        new = apply_insertion(old, case.request, hit)
        before, after = (schedule(case.matrix, route.visits, old.max_duration) for route in (old, new))
        assert before is not None
        assert after is not None
        assert cost(case.matrix, new, after, objective) - cost(case.matrix, old, before, objective) == hit.cost
        assert (after[hit.after_pickup + 1], after[hit.after_dropoff + 2]) == (hit.pickup_time, hit.dropoff_time)
        assert remove_request(new, case.request.pickup.request) == old


@pytest.mark.parametrize("weights", [{}, {"duty_second": 3, "ride_second": 0}, {"ride_second": 40, "drive_second": 1}])
def test_compiled_equals_twin_on_busy_routes(weights: dict[str, int]) -> None:
    """Here travel times do keep the triangle inequality (nearly), so the bounds of the cost bite."""
    scene = invent_fleet(vehicles=6, stops=14, seed=5, requests=12)
    for request in scene.requests:
        expected = insertion_reference.best_insertions(scene.matrix, scene.routes, request, Objective(**weights), 2)
        assert best_insertions(scene.matrix, scene.routes, request, Objective(**weights), 2) == expected


def _request(at: int, to: int, early: int = 0, late: int = LONG, **more: Any) -> Request:
    ride = more.pop("max_ride", FOREVER)
    load = more.pop("load", (1, 0))
    return Request(
        Visit(Kind.PICKUP, at, early, late, 0, load, 77),
        Visit(Kind.DROPOFF, to, 0, LONG, 0, tuple(-a for a in load), 77, ride),
        **more,
    )


def _route(*middle: Visit, **more: Any) -> Route:
    capacities = more.pop("capacities", CAR)
    ends = Visit(Kind.START, 0, 0, LONG, 0, more.pop("aboard", ())), Visit(Kind.END, 0, 0, more.pop("until", LONG))
    return Route((ends[0], *middle, ends[1]), capacities, **more)


def test_a_driver_rests_in_time_and_nobody_drives_on_a_stretch_too_long(line: Matrix) -> None:
    """The break is taken where it splits the way in two; a stretch that is too long even so is refused."""
    rest = Visit(Kind.BREAK, -1, 0, LONG, 1800, max_stretch=3600)
    route = _route(rest)
    route = replace(route, visits=(*route.visits[:-1], replace(route.visits[-1], max_stretch=3600)))
    assert _only(line, route, _request(1, 3, 3000, 3300)) is not None
    away = _only(line, route, _request(19, 18, 0, 3300))
    assert away is not None
    far = replace(route, visits=tuple(replace(v, max_stretch=1199) for v in route.visits))
    assert _only(line, far, _request(19, 18, 0, 3300)) is None, "the way there alone takes twenty minutes"


def test_the_cheaper_vehicle_the_less_burdened_volunteer_and_the_one_without_a_lift_go_first(line: Matrix) -> None:
    wish = _request(1, 3)
    for dear, objective in (
        (_route(costs=Costs(drive_second=1)), Objective()),
        (_route(costs=Costs(metre=1)), Objective()),
        (_route(costs=Costs(used=1)), Objective()),
        (_route(burden=30), Objective(fairness=1)),
        (_route(capacities=((4, 0), (2, 1))), Objective(wheelchair_reserve=50)),
    ):
        assert [hit.route for hit in best_insertions(line, [dear, _route()], wish, objective, 2)] == [1, 0]
    chair = _request(1, 3, load=(0, 1))
    lift = _route(capacities=((4, 0), (2, 1)))
    hit = best_insertions(line, [lift], chair, Objective(wheelchair_reserve=50))[0]
    assert hit.cost == best_insertions(line, [lift], chair, Objective())[0].cost, "who needs the lift pays nothing for it"


@pytest.mark.parametrize("make", [lambda: Objective(fairness=-1), lambda: Costs(metre=-1)])
def test_no_price_is_negative(make: Callable[[], object]) -> None:
    with pytest.raises(ValueError, match="must not be negative, found -1"):
        make()


def _halt(place: int, published: int, late: int = 300) -> Visit:
    return Visit(Kind.HALT, place, published, published + late)


def _only(matrix: Matrix, route: Route, request: Request) -> Insertion | None:
    found = best_insertions(matrix, [route], request, Objective())
    assert found == insertion_reference.best_insertions(matrix, [route], request, Objective())
    return found[0] if found else None


def test_an_empty_route_takes_the_ride(line: Matrix) -> None:
    assert _only(line, _route(), _request(1, 3)) == Insertion(0, 0, 0, 6 * 60 * 10 + 6000 + 120 * 2 + 60, 60, 180)


def test_locked_routes_take_nothing(line: Matrix) -> None:
    assert _only(line, _route(locked=True), _request(1, 3)) is None


def test_nothing_goes_before_the_fixed_visits(line: Matrix) -> None:
    route = _route(_halt(5, 0, LONG), fixed=2)
    hit = _only(line, route, _request(1, 3))
    assert hit is not None
    assert hit.after_pickup == 1
    assert _only(line, replace(route, fixed=3), _request(1, 3)) is None


def test_needs_groups_and_chosen_routes(line: Matrix) -> None:
    plain, fitted = _route(group=1), _route(equipment=6, group=2)
    hit = best_insertions(line, [plain, fitted], _request(1, 3, needs=4), Objective(), 2)
    assert [h.route for h in hit] == [1]
    hit = best_insertions(line, [plain, fitted], _request(1, 3, groups=frozenset({1, 5})), Objective(), 2)
    assert [h.route for h in hit] == [0]
    hit = best_insertions(line, [plain, fitted], _request(1, 3), Objective(), 2)
    assert [h.route for h in hit] == [0, 1], "equal cost: the earlier route first"
    assert best_insertions(line, [plain, fitted], _request(1, 3, routes=frozenset({7})), Objective()) == []
    assert best_insertions(line, [plain, fitted], _request(1, 3, routes=frozenset()), Objective()) == []


def test_a_wheelchair_takes_two_folding_seats(line: Matrix) -> None:
    bus = ((4, 0), (2, 1))
    assert _only(line, _route(aboard=(2, 0), capacities=bus), _request(1, 3, load=(0, 1))) is not None
    assert _only(line, _route(aboard=(3, 0), capacities=bus), _request(1, 3, load=(0, 1))) is None
    assert _only(line, _route(aboard=(2, 1), capacities=bus), _request(1, 3, load=(1, 0))) is None
    assert _only(line, _route(aboard=(3, 0), capacities=bus), _request(1, 3, load=(1, 0))) is not None
    assert _only(line, _route(capacities=((8,),)), _request(1, 3, load=(0, 1))) is None, "a bus that knows no wheelchairs"
    assert _only(line, _route(capacities=()), _request(1, 3)) is None, "a vehicle without places"


def test_nobody_is_aboard_during_a_break(line: Matrix) -> None:
    rest = Visit(Kind.BREAK, -1, 1000, 2000, 1800)
    early = _only(line, _route(rest), _request(1, 3, 0, 3000, max_ride=200))
    assert early is not None
    assert (early.after_pickup, early.after_dropoff) == (0, 0)
    across = _request(1, 3, 900, 1000)
    across = replace(across, dropoff=replace(across.dropoff, earliest=2900))
    assert _only(line, _route(rest), across) is None


def test_a_halt_is_never_left_before_its_published_time(line: Matrix) -> None:
    hit = _only(line, _route(_halt(2, 3600), fixed=2), _request(3, 5))
    assert hit is not None
    assert hit.pickup_time == 3660
    before = _only(line, _route(_halt(2, 3600, late=0)), _request(10, 1, 0, 3000))
    assert before is not None, "there and back in time"
    assert _only(line, _route(_halt(2, 3600, late=0)), _request(10, 3, 3300, 3500)) is None, "would make the bus late"


def test_the_whole_drive_is_paid_when_a_trip_starts_to_run(line: Matrix) -> None:
    trip = (_halt(5, 600), _halt(10, 1200))
    sleeping = _only(line, _route(*trip, only_if_booked=True), _request(5, 10, 600, 700))
    running = _only(line, _route(*trip), _request(5, 10, 600, 700))
    assert sleeping is not None
    assert running is not None
    assert running.cost == 300 * 2
    assert sleeping.cost == running.cost + 20 * (60 * 10 + 1000)
    aboard = Visit(Kind.DROPOFF, 10, 0, LONG, 0, (-1, 0), 5)
    awake = _only(line, _route(*trip, aboard, only_if_booked=True, aboard=(1, 0)), _request(5, 10, 600, 700))
    assert awake is not None
    assert awake.cost == running.cost


def test_metres_and_duty_are_bounded(line: Matrix) -> None:
    assert _only(line, _route(max_metres=6000), _request(1, 3)) is not None
    assert _only(line, _route(max_metres=5999), _request(1, 3)) is None
    too_far = _route(_halt(9, 0, LONG), max_metres=1000)
    assert _only(line, too_far, _request(1, 3)) is not None, "adds nothing to what is too far already"
    assert _only(line, too_far, _request(1, 10)) is None
    assert _only(line, _route(max_duration=360), _request(1, 3, 5000)) is not None
    assert _only(line, _route(max_duration=359), _request(1, 3, 5000)) is None


def test_a_rider_aboard_keeps_his_latest(line: Matrix) -> None:
    aboard = Visit(Kind.DROPOFF, 5, 0, 300, 0, (-1, 0), 5)
    hit = _only(line, _route(aboard, aboard=(1, 0)), _request(0, 10))
    assert hit is not None
    assert hit.after_dropoff == 1
    assert _only(line, _route(aboard, aboard=(1, 0)), _request(6, 4, 0, 420)) is not None
    assert _only(line, _route(aboard, aboard=(1, 0)), _request(7, 4, 0, 60)) is None


def test_a_late_bus_still_takes_riders_who_harm_nobody(line: Matrix) -> None:
    """Limits that cannot be kept any more are widened to what will happen; then everything works on, but nothing gets worse."""
    late = (_halt(5, 100, 50), _halt(10, 400, 60))
    assert _only(line, _route(*late), _request(10, 12)) is None, "no schedule, no insertion"
    relaxed = _route(_halt(5, 100, 200), _halt(10, 400, 200))
    hit = _only(line, relaxed, _request(10, 12))
    assert hit is not None
    assert (hit.after_dropoff, hit.pickup_time) == (2, 600)
    on_the_way = _only(line, relaxed, _request(5, 10, 0, 300))
    assert on_the_way is not None
    assert on_the_way.cost == 300 * 2 + 300
    assert _only(line, relaxed, _request(4, 9, 0, 240)) is not None, "on the way"
    assert _only(line, relaxed, _request(12, 9, 0, 599)) is None, "would make the bus later"


def _square(legs: dict[tuple[int, int], tuple[int, int]]) -> Matrix:
    """Four places, 10 seconds and 10 metres apart, but for ``legs``."""
    seconds, metres = np.full((4, 4), 10, np.int32), np.full((4, 4), 10, np.int32)
    for leg, (s, m) in legs.items():
        seconds[leg], metres[leg] = s, m
    return Matrix(seconds, metres)


@pytest.mark.parametrize("rest", [(), (Visit(Kind.BREAK, -1, 200, LONG, 10),)])
def test_a_detour_that_saves_time_is_not_pruned(rest: tuple[Visit, ...]) -> None:
    """By way of place 3 the waiting rider is reached sooner (after a break: though the whole way takes longer)."""
    there = (100, 10_000) if rest else (5, 10_000)
    matrix = _square({(1, 2): (100, 10), (1, 3): there, (3, 2): (5, 10)})
    waiting = Visit(Kind.PICKUP, 2, 0, LONG, 0, (1, 0), 1), Visit(Kind.DROPOFF, 2, 0, LONG, 0, (-1, 0), 1)
    route, request = _route(_halt(1, 0, LONG), *rest, *waiting), _request(3, 3)
    objective = Objective(drive_second=1, metre=1, wait_second=1000, ride_second=0)
    hit = best_insertions(matrix, [route], request, objective)
    assert hit == insertion_reference.best_insertions(matrix, [route], request, objective)
    assert hit[0].after_dropoff == 1
    assert hit[0].cost < 0


def test_interlocking_rides_are_timed_as_the_schedule_times_them(line: Matrix) -> None:
    first = Visit(Kind.PICKUP, 1, 0, LONG, 0, (1, 0), 1), Visit(Kind.DROPOFF, 3, 1900, LONG, 0, (-1, 0), 1, 130)
    request = _request(2, 4, max_ride=130)
    request = replace(request, dropoff=replace(request.dropoff, earliest=2000))
    hit = _only(line, _route(*first), request)
    assert hit is not None
    assert (hit.after_pickup, hit.after_dropoff, hit.pickup_time, hit.dropoff_time) == (1, 2, 1870, 2000)


def test_k_best_are_one_per_route_by_cost(line: Matrix) -> None:
    far = [replace(_route(), visits=tuple(replace(v, place=p) for v in _route().visits)) for p in (9, 3, 6)]
    hits = best_insertions(line, far, _request(1, 2), Objective(), 2)
    assert [h.route for h in hits] == [1, 2]
    assert len(best_insertions(line, far, _request(1, 2), Objective(), 9)) == 3


def test_degenerate_input(line: Matrix) -> None:
    assert best_insertions(line, [], _request(1, 2), Objective()) == []
    with pytest.raises(ValueError, match="k must be at least 1"):
        best_insertions(line, [_route()], _request(1, 2), Objective(), 0)
    sliced = Matrix(line.seconds[::1, ::-1][:, ::-1], line.metres.T)
    assert best_insertions(sliced, [_route()], _request(1, 2), Objective()) == best_insertions(
        line, [_route()], _request(1, 2), Objective()
    )
    wide = Matrix(line.seconds.astype(np.int64).astype(np.int32), line.metres)
    assert best_insertions(wide, [_route()], _request(1, 2), Objective())


def test_apply_and_remove_refuse_nonsense(line: Matrix) -> None:
    request = _request(1, 3)
    route = _route(_halt(5, 0, LONG), fixed=2)
    for first, second in ((0, 1), (2, 2), (1, 0), (1, 2)):
        with pytest.raises(ValueError, match="no place"):
            apply_insertion(route, request, Insertion(0, first, second, 0, 0, 0))
    new = apply_insertion(route, request, Insertion(0, 1, 1, 0, 0, 0))
    with pytest.raises(ValueError, match="already"):
        apply_insertion(new, request, Insertion(0, 1, 1, 0, 0, 0))
    with pytest.raises(ValueError, match="no pickup"):
        remove_request(route, 77)
    fixed = remove_request(replace(new, fixed=3), 77)
    assert (fixed.visits, fixed.fixed) == (route.visits, 2)
