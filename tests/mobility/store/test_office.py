"""Accounts, versions, the logbook and simulations: the same in every store, and nothing of another agency."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from mobility.domain.accounts import Account, Role, Session
from mobility.domain.datasets import DatasetKind
from mobility.domain.office import LogbookEntry, LogbookKind, Simulation, SimulationState
from mobility.domain.rescues import RescuedRide, WhatIf
from mobility.errors import ConflictError, NotFoundError
from mobility.store.interface import Store


@pytest.fixture
def two(store: Store, example: Any, neighbour: Any) -> Store:
    with store.transaction() as tx:
        example.supply(tx)
        neighbour.supply(tx)
    return store


def simulation(example: Any, name: str, minute: int = 0, state: SimulationState = SimulationState.QUEUED) -> Simulation:
    ordered = example.noon + timedelta(minutes=minute)
    return Simulation(example.id(name), example.agency_id, "who", ordered, ("bus",), example.day, 20, 7, "", 1, state)


def entry(example: Any, name: str, minute: int, subject: str = "bus") -> LogbookEntry:
    at = example.noon + timedelta(minutes=minute)
    return LogbookEntry(example.id(name), example.agency_id, at, "who", LogbookKind.SERVICE_SAVED, subject)


def test_simulations_are_kept_listed_and_deleted(two: Store, example: Any, neighbour: Any) -> None:
    one, later = simulation(example, "s1"), simulation(example, "s2", 1, SimulationState.DONE)
    planner = example.actor(Role.PLANNER)
    with two.transaction() as tx:
        for each in (one, later, simulation(neighbour, "s1", -1)):
            tx.add_simulation(each)
    with two.transaction() as tx:
        assert tx.list_simulations(planner) == [later, one]
        assert [found.id for found in tx.lock_open_simulations()] == ["b-s1", "a-s1"], "of all agencies, oldest first"
        running = replace(one, state=SimulationState.RUNNING, started_at=example.noon, seen_at=example.noon, done=3, total=9)
        tx.save_simulation(running)
        assert tx.lock_simulation(planner, one.id) == tx.get_simulation(planner, one.id) == running
        for refused in (tx.get_simulation, tx.lock_simulation, tx.delete_simulation):
            with pytest.raises(NotFoundError):
                refused(planner, "b-s1")
            with pytest.raises(NotFoundError):
                refused(example.actor(Role.DISPATCHER), one.id)
        tx.delete_simulation(planner, one.id)
        assert tx.list_simulations(planner) == [later]


def test_the_logbook_is_read_newest_first_by_agency_and_admin_only(two: Store, example: Any, neighbour: Any) -> None:
    entries = [entry(example, "l1", 1), entry(example, "l2", 2, "other"), entry(example, "l3", 3)]
    with two.transaction() as tx:
        for each in (*entries, entry(neighbour, "l9", 9)):
            tx.add_logbook_entry(each)
        assert tx.list_logbook(example.staff, 9) == entries[::-1]
        assert tx.list_logbook(example.staff, 1, "bus") == [entries[2]]
        for role in (Role.PLANNER, Role.DISPATCHER, Role.RIDER, Role.DRIVER, Role.PROVIDER):
            assert tx.list_logbook(example.actor(role), 9) == []
            assert tx.list_accounts(example.actor(role)) == []


def test_accounts_of_the_agency_and_their_sessions(two: Store, example: Any, neighbour: Any) -> None:
    with two.transaction() as tx:
        for agency, name in (("a", "x"), ("a", "y"), ("b", "z")):
            tx.save_account(Account(f"{agency}-{name}", agency, name, Role.ADMIN, "hash"))
            tx.add_session(Session(f"token-{name}", f"{agency}-{name}", example.noon))
        assert [one.name for one in tx.list_accounts(example.staff)] == ["x", "y"]
        assert tx.lock_accounts(example.staff) == tx.list_accounts(example.staff)
        tx.delete_sessions_of("a-x")
        assert tx.find_session("token-x") is None
        assert tx.find_session("token-y") is not None


def test_a_dataset_waits_until_it_is_used(two: Store, example: Any, neighbour: Any) -> None:
    first, second = (replace(example.dataset(number, DatasetKind.FEED), imported_by="who") for number in (1, 2))
    with two.transaction() as tx:
        tx.activate_dataset(first)
        tx.add_dataset(second)
        assert tx.find_dataset(example.staff, DatasetKind.FEED) == first
        assert tx.get_dataset(example.staff, second.id) == replace(second, in_use=False)
        with pytest.raises(NotFoundError):
            tx.get_dataset(neighbour.staff, second.id)
    with two.transaction() as tx, pytest.raises(ConflictError):
        tx.add_dataset(replace(second, id="a-other"))
    with two.transaction() as tx:
        tx.activate_dataset(replace(second, used_at=example.noon, used_by="who"))
        assert tx.find_dataset(example.staff, DatasetKind.FEED) == replace(second, used_at=example.noon, used_by="who")
        assert [one.in_use for one in tx.list_datasets(example.staff, DatasetKind.FEED)] == [False, True]


def test_riders_are_searched_by_name_and_number_in_pages(two: Store, example: Any) -> None:
    people = [("p1", "Zoe Adler", "+4930111"), ("p2", "anna Berg", "+4930222"), ("p3", "Berta 100%_", "+4930333")]
    with two.transaction() as tx:
        for name, called, number in people:
            tx.save_rider(replace(example.rider(name), name=called, telephone=number))

        def found(text: str, offset: int = 0, limit: int = 9) -> list[str]:
            return [one.name for one in tx.search_riders(example.staff, text, offset, limit) if one.id != example.id("rider")]

        assert found("BERG") == ["anna Berg"]
        assert found("0333") == ["Berta 100%_"]
        assert found("%") == ["Berta 100%_"], "no pattern"
        assert found("") == ["anna Berg", "Berta 100%_", "Zoe Adler"]
        assert len(tx.search_riders(example.staff, "", 1, 2)) == 2
        assert tx.search_riders(example.actor(Role.PLANNER), "", 0, 9) == []


def test_every_text_of_a_service_and_the_end_of_a_shift(two: Store, example: Any, neighbour: Any) -> None:
    with two.transaction() as tx:
        tx.save_service("a", example.service(), "name = 'two'")
        assert tx.list_service_sources(example.staff, "bus") == ["name = 'one'", "name = 'two'"]
        with pytest.raises(NotFoundError):
            tx.list_service_sources(replace(example.staff, agency_id="c"), "bus")
        shift = example.shift("s1")
        tx.save_shift(shift)
        with pytest.raises(NotFoundError):
            tx.delete_shift(neighbour.staff, shift.id)
        tx.delete_shift(example.staff, shift.id)
        assert tx.list_shifts(example.staff, example.day) == []


def test_what_was_reckoned_last_night_replaces_what_was_reckoned_before(two: Store, example: Any, neighbour: Any) -> None:
    def what_if(of: Any, driver: str) -> WhatIf:
        ride = RescuedRide("b", "l", None, 0, was_aboard=False)
        return WhatIf(of.id(driver), of.agency_id, of.day, driver, of.noon, ("r",), (ride, replace(ride, run_id="r2", late_s=60)))

    with two.transaction() as tx:
        tx.replace_what_ifs(example.agency_id, [what_if(example, "d2"), what_if(example, "d1")])
        tx.replace_what_ifs(neighbour.agency_id, [what_if(neighbour, "d1")])
    with two.transaction() as tx:
        assert tx.list_what_ifs(example.actor(Role.DISPATCHER)) == [what_if(example, "d1"), what_if(example, "d2")]
        for role in (Role.DRIVER, Role.RIDER, Role.PROVIDER, Role.PLANNER):
            assert tx.list_what_ifs(example.actor(role)) == []
        tx.replace_what_ifs(example.agency_id, [])
    with two.transaction() as tx:
        assert tx.list_what_ifs(example.actor(Role.ADMIN)) == []
        assert tx.list_what_ifs(neighbour.actor(Role.ADMIN)) == [what_if(neighbour, "d1")]
