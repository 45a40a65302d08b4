"""A planner orders a simulation; it waits, runs, can be cancelled, and says why it failed. Another agency's does not exist."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from mobility.domain.accounts import Actor, Role
from mobility.domain.office import Simulation, SimulationState
from mobility.errors import ConflictError, InvalidInputError, NotAllowedError, NotFoundError
from mobility.simulation import ordering
from mobility.simulation.ordering import Wanted, order_simulation, run_simulation
from tests.county import AGENCY, MONDAY, County

PLANNER = Actor("a-planner", AGENCY, Role.PLANNER)
BUS = ("auental-bus",)


@pytest.fixture
def office(county: County, tmp_path_factory: pytest.TempPathFactory) -> County:
    """The county with a data folder of its own for what is ordered."""
    datasets = tmp_path_factory.mktemp("office") / "datasets"
    county.context = replace(county.context, datasets=datasets)
    return county


def find(county: County, simulation: Simulation) -> Simulation:
    return ordering.find_simulation(county.context, PLANNER, simulation.id)


def test_from_the_order_to_its_figures(office: County) -> None:
    made = order_simulation(office.context, PLANNER, Wanted(BUS, MONDAY, demand=4, seed=3, more_vehicles=1))
    assert ordering.next_to_run(office.context) == made.id
    run_simulation(office.context, made.id)
    done = find(office, made)
    assert (done.state, done.problem) == (SimulationState.DONE, "")
    result = ordering.result_of(office.context, done)
    assert (result.kpis["wishes"], result.violations) == (4, 0)
    run_simulation(office.context, made.id)
    assert find(office, made) == done, "nobody works on it twice"
    second = ordering.again(office.context, PLANNER, made.id)
    run_simulation(office.context, second.id)
    assert ordering.result_of(office.context, find(office, second)).kpis == result.kpis, "the same order, the same figures"
    ordering.delete_simulation(office.context, PLANNER, made.id)
    assert not ordering.folder_of(office.context, made.id).exists()
    with pytest.raises(NotFoundError):
        find(office, made)


def test_one_that_is_cancelled_stays_so(office: County) -> None:
    made = order_simulation(office.context, PLANNER, Wanted(BUS, MONDAY, demand=4))
    with pytest.raises(ConflictError):
        ordering.delete_simulation(office.context, PLANNER, made.id)
    ordering.cancel_simulation(office.context, PLANNER, made.id)
    run_simulation(office.context, made.id)
    assert find(office, made).state is SimulationState.CANCELLED
    assert ordering.next_to_run(office.context) is None


def test_one_cancelled_under_way_is_broken_off(office: County, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ordering, "_TOLD_EVERY_S", 0.0)
    made = order_simulation(office.context, PLANNER, Wanted(BUS, MONDAY, demand=20))
    note = ordering._note

    def cancelling(*arguments: object) -> bool:
        ordering.cancel_simulation(office.context, PLANNER, made.id)
        return note(*arguments)  # type: ignore[arg-type] # as it was called

    monkeypatch.setattr(ordering, "_note", cancelling)
    run_simulation(office.context, made.id)
    assert find(office, made).state is SimulationState.CANCELLED
    assert not (ordering.folder_of(office.context, made.id) / "out").exists()


def test_one_whose_process_died_is_said_to_have_failed_and_makes_way(office: County) -> None:
    made, waiting = (order_simulation(office.context, PLANNER, Wanted(BUS, MONDAY, demand=n)) for n in (4, 5))
    with office.context.store.transaction() as tx:
        tx.save_simulation(replace(made, state=SimulationState.RUNNING, seen_at=office.clock()))
    assert ordering.next_to_run(office.context) is None, "one at a time"
    office.clock.now += timedelta(minutes=4)
    assert ordering.next_to_run(office.context) == waiting.id
    assert (find(office, made).state, find(office, made).problem) == (SimulationState.FAILED, "broken off")


@pytest.mark.parametrize(
    "wanted",
    [
        Wanted((), MONDAY, demand=1),
        Wanted(BUS, MONDAY),
        Wanted(BUS, MONDAY, demand=ordering.MOST_WISHES + 1),
        Wanted(BUS, MONDAY.replace(year=2036), demand=1),
        Wanted(BUS, MONDAY, demand=1, more_vehicles=-1),
        Wanted(BUS, MONDAY, wishes=b"no,such\n1,2\n", wishes_name="w.csv"),
        Wanted(BUS, MONDAY, wishes=b"\xff\x00", wishes_name="../../w.csv"),
    ],
)
def test_what_cannot_be_simulated_is_said_at_once_and_leaves_nothing(office: County, wanted: Wanted) -> None:
    with pytest.raises(InvalidInputError):
        order_simulation(office.context, PLANNER, wanted)
    assert ordering.list_simulations(office.context, PLANNER) == []
    folder = ordering.folder_of(office.context, "x").parent
    assert not folder.exists() or list(folder.iterdir()) == []


def test_only_planners_and_only_so_many(office: County) -> None:
    for role in (Role.RIDER, Role.DRIVER, Role.DISPATCHER, Role.PROVIDER):
        with pytest.raises(NotAllowedError):
            order_simulation(office.context, Actor("a", AGENCY, role), Wanted(BUS, MONDAY, demand=1))
    with pytest.raises(NotFoundError):
        order_simulation(office.context, PLANNER, Wanted(("no-such",), MONDAY, demand=1))
    for _ in range(ordering.MOST_OPEN):
        made = order_simulation(office.context, PLANNER, Wanted(BUS, MONDAY, demand=1))
    with pytest.raises(ConflictError):
        order_simulation(office.context, PLANNER, Wanted(BUS, MONDAY, demand=1))
    with pytest.raises(NotFoundError):
        ordering.find_simulation(office.context, Actor("b", "nachbarkreis", Role.PLANNER), made.id)
