"""A community bus needs somebody at the wheel every day, and nobody should drive much more than the others."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from mobility.actions.answer_ride import answer_ride
from mobility.actions.declare_rescue import declare_rescue
from mobility.actions.fill_duties import fill_duties, list_open_duties, take_duty
from mobility.actions.load_service import load_service
from mobility.actions.open_runs import open_runs
from mobility.actions.own_hours import add_hours
from mobility.actions.reckon_what_if import list_what_ifs, reckon_what_ifs
from mobility.actions.share_rides import list_shares, read_own_shares, weigh_volunteers
from mobility.domain.bookings import LegState
from mobility.domain.fleet import Acceptance, Credential, CredentialKind, Driver
from mobility.domain.notices import Notice, NoticeKind
from mobility.domain.rescues import RescueCause
from mobility.domain.services import Fairness, StaffingRules
from mobility.errors import ConflictError, InvalidInputError, NotAllowedError
from mobility.files.service_file import read_service
from mobility.notifications.facts import message_of
from mobility.store.memory import MemoryStore
from tests.county import AGENCY, DAYS, MONDAY, County, CountyFiles, local, open_county, wish
from tests.integrity.invariants import Inspector
from tests.scenarios.test_volunteers import SERVICE, booked, volunteer_offer

BUS = "auental-bus"
FRIDAY = MONDAY + timedelta(days=4)
"""Nobody has declared hours for it."""


@pytest.fixture
def county(county_files: CountyFiles) -> County:
    return open_county(MemoryStore(), county_files)


def staffed(county: County, stand_by_days: int = 5, desk_days: int = 2, **more: object) -> None:
    with county.context.store.transaction() as tx:
        service = tx.get_service(county.desk, BUS)
        tx.save_service(AGENCY, replace(service, staffing=StaffingRules(stand_by_days, desk_days), **more), "")  # type: ignore[arg-type]


def stand_by(county: County, driver_id: str, **more: object) -> Driver:
    with county.context.store.transaction() as tx:
        driver = replace(tx.get_driver(county.desk, driver_id), stand_by=True, **more)  # type: ignore[arg-type]
        tx.save_driver(driver)
    return driver


def told(county: County, kind: NoticeKind) -> list[Notice]:
    with county.context.store.transaction() as tx:
        return [notice for notice in tx.list_notices(county.desk) if notice.kind is kind]


def on_friday(county: County) -> list[str]:
    return [
        duty.run_id
        for duty in list_open_duties(county.context, county.desk, 1)
        if duty.day == FRIDAY and duty.planned.service.id == BUS
    ]


def test_who_stands_by_is_asked_and_the_one_who_says_yes_first_drives(county: County) -> None:
    staffed(county)
    one, other = stand_by(county, "d-bus-1"), stand_by(county, "d-bus-2")
    open_runs(county.context, AGENCY, FRIDAY)
    (duty, *_) = on_friday(county)
    fill_duties(county.context)
    fill_duties(county.context)
    asked = [notice.to_driver_id or "" for notice in told(county, NoticeKind.DUTY_ASKED) if notice.run_id == duty]
    assert sorted(asked) == [one.id, other.id], "each once"
    assert not [task for task in told(county, NoticeKind.DUTY_OPEN) if task.run_id == duty], "not yet the desk's"
    take_duty(county.context, county.driver(one.id), duty)
    assert county.run(duty).driver_id == one.id
    assert duty not in on_friday(county)
    with pytest.raises(ConflictError, match="meanwhile"):
        take_duty(county.context, county.driver(other.id), duty)
    questions = [notice for notice in told(county, NoticeKind.DUTY_ASKED) if notice.run_id == duty]
    with county.context.store.transaction() as tx:
        left = [message_of(tx, notice, "de") for notice in questions]
    assert left == [None, None], "nobody is asked for what is taken"
    assert open_runs(county.context, AGENCY, FRIDAY) == 0
    assert county.run(duty).driver_id == one.id
    assert Inspector(county.context, AGENCY, (*DAYS, FRIDAY)).findings() == []


def test_what_nobody_takes_is_the_desks_with_its_day(county: County) -> None:
    staffed(county)
    open_runs(county.context, AGENCY, FRIDAY)
    (duty, *_) = on_friday(county)
    for days, tasks in ((3, 0), (2, 1), (1, 1)):
        county.clock.set(17, 40, FRIDAY - timedelta(days=days))
        fill_duties(county.context)
        assert len([task for task in told(county, NoticeKind.DUTY_OPEN) if task.run_id == duty]) == tasks
    task = next(task for task in told(county, NoticeKind.DUTY_OPEN) if task.run_id == duty)
    with county.context.store.transaction() as tx:
        message = message_of(tx, task, "de")
    assert message is not None
    assert "Fr 12.6." in message.body


def test_a_driver_is_shown_only_duties_he_can_take(county: County) -> None:
    staffed(county)
    open_runs(county.context, AGENCY, FRIDAY)
    bus, volunteer = county.driver("d-bus-1"), county.driver("d-volunteer-1")
    mine = {duty.run_id for duty in list_open_duties(county.context, bus, 1)}
    assert set(on_friday(county)) <= mine
    assert all(
        duty.planned.service.carrier.provider_id != "avg" or duty.run_id in mine
        for duty in list_open_duties(county.context, bus, 1)
    )
    assert not {duty.run_id for duty in list_open_duties(county.context, volunteer, 1)} & set(on_friday(county)), (
        "another carrier's"
    )
    with pytest.raises(NotAllowedError):
        list_open_duties(county.context, county.resident("r-003"), 1)


def test_a_service_that_demands_a_credential_is_driven_by_nobody_without(county: County) -> None:
    demands = frozenset({CredentialKind.LICENCE_D1, CredentialKind.PASSENGER_LICENCE})
    staffed(county, driver_credentials=demands)
    open_runs(county.context, AGENCY, MONDAY)
    with county.context.store.transaction() as tx:
        assert all(run.driver_id is None for run in tx.list_runs(county.desk, MONDAY, [BUS]))
    monday = [
        duty for duty in list_open_duties(county.context, county.desk, 1) if duty.day == MONDAY and duty.planned.service.id == BUS
    ]
    assert "d-bus-3" in {driver.id for duty in monday for driver in duty.planned.lacking}, "the desk sees who would drive"
    with pytest.raises(InvalidInputError, match="credentials"):
        add_hours(county.context, county.driver("d-bus-2"), BUS, FRIDAY, 8 * 3600, 12 * 3600)
    shown = (Credential(CredentialKind.LICENCE_D, FRIDAY), Credential(CredentialKind.PASSENGER_LICENCE, FRIDAY))
    stand_by(county, "d-bus-3", credentials=shown)
    open_runs(county.context, AGENCY, MONDAY)
    with county.context.store.transaction() as tx:
        assert "d-bus-3" in {run.driver_id for run in tx.list_runs(county.desk, MONDAY, [BUS])}, (
            "who may drive a large bus may drive a small one"
        )
    assert Inspector(county.context, AGENCY, DAYS).findings() == []


def test_a_service_file_that_demands_more_takes_runs_from_who_has_not_shown_it(county: County) -> None:
    open_runs(county.context, AGENCY, MONDAY)
    text = next(text for service, text in county.files.services if service.id == BUS)
    load_service(county.context, AGENCY, f'driver_credentials = ["first_aid"]\n{text}', "bus.toml")
    with county.context.store.transaction() as tx:
        assert all(run.driver_id is None for run in tx.list_runs(county.desk, MONDAY, [BUS]))


def test_a_service_file_says_when_somebody_is_asked(county_files: CountyFiles) -> None:
    text = next(text for service, text in county_files.services if service.id == BUS)

    def read(staffing: str) -> StaffingRules | None:
        return read_service(f"{text}\n[staffing]\n{staffing}\n", "bus.toml").staffing

    assert read("stand_by_days = 5\ndesk_days = 2") == StaffingRules(5, 2)
    for wrong, told in (
        ("2\ndesk_days = 2", "desk_days"),
        ("300\ndesk_days = 2", "max_days_ahead"),
        ("0\ndesk_days = 0", "stand_by"),
    ):
        with pytest.raises(InvalidInputError, match=told):
            read(f"stand_by_days = {wrong}")
    neighbours = next(text for service, text in county_files.services if service.id == SERVICE)
    with pytest.raises(InvalidInputError, match="not used with form"):
        read_service(f"{neighbours}\n[staffing]\nstand_by_days = 5\ndesk_days = 2\n", "x.toml")


def reckons(county: County, by: Fairness) -> None:
    with county.context.store.transaction() as tx:
        service = tx.get_service(county.desk, SERVICE)
        assert service.volunteers is not None
        tx.save_service(AGENCY, replace(service, volunteers=replace(service.volunteers, fairness=by)), "")


def test_who_has_driven_more_for_what_he_offered_is_asked_later(county: County) -> None:
    booking, leg = booked(county, volunteer_offer(county, Acceptance.ASK_FIRST))
    run = county.run(leg.run_id)
    assert weigh_volunteers(county.context) == 0, "the file reckons nothing"
    reckons(county, Fairness.KM)
    answer_ride(county.context, county.driver(run.driver_id or ""), booking.id, leg.id, accepts=True)
    assert weigh_volunteers(county.context) > 0
    assert weigh_volunteers(county.context) == 0
    (seen,) = [one for one in list_shares(county.context, county.desk) if one.service.id == SERVICE]
    driven = {driver.id: share for driver, share in seen.shares}
    assert [driver_id for driver_id, share in driven.items() if share.rides] == [run.driver_id]
    assert driven[run.driver_id or ""].metres > 1000
    assert seen.burdens[run.driver_id or ""] == max(seen.burdens.values()) == county.run(run.id).burden > 0
    with county.context.store.transaction() as tx:
        others = [one for one in tx.list_runs(county.desk, run.day, [SERVICE]) if one.driver_id != run.driver_id]
    assert {one.burden for one in others} == {0}
    assert Inspector(county.context, AGENCY, DAYS).findings() == []


def test_a_volunteer_sees_the_own_figures_and_nobody_elses(county: County) -> None:
    booking, leg = booked(county, volunteer_offer(county, Acceptance.ASK_FIRST))
    run = county.run(leg.run_id)
    answer_ride(county.context, county.driver(run.driver_id or ""), booking.id, leg.id, accepts=True)
    own = read_own_shares(county.context, county.driver(run.driver_id or ""))
    assert [(service.id, share.driver_id, share.rides) for service, _, share in own] == [(SERVICE, run.driver_id, 1)]
    for somebody in (county.driver(run.driver_id or ""), county.resident("r-003")):
        with pytest.raises(NotAllowedError):
            list_shares(county.context, somebody)


def busy_tomorrow(county: County) -> None:
    """Ten people are to be at the doctor's tomorrow."""
    doctor = county.place("Hausarztpraxis am Markt Auenfurt")
    for number, rider in enumerate([one for one in county.files.people.riders if one.home is not None and not one.needs][:10]):
        assert rider.home is not None
        request = wish(rider.home, doctor, arrive_by=local(9 + number % 4, 30, DAYS[1]), rider_id=rider.id)
        for offer in county.rides(request, BUS)[:1]:
            county.book(offer)


def test_what_if_a_driver_is_ill_tomorrow_is_what_the_rescue_then_does(county: County) -> None:
    busy_tomorrow(county)
    county.clock.set(19, 40)
    with county.context.store.transaction() as tx:
        before = tx.list_runs(county.desk, DAYS[1])
    assert reckon_what_ifs(county.context) > 0
    with county.context.store.transaction() as tx:
        assert tx.list_runs(county.desk, DAYS[1]) == before, "nothing has changed"
    seen = max(list_what_ifs(county.context, county.desk), key=lambda one: len(one.what_if.rides))
    assert seen.what_if.day == DAYS[1]
    assert seen.driver
    (run_id,) = seen.what_if.run_ids
    assert len(seen.what_if.rides) == len(county.run(run_id).leg_ids) > 1
    declared = declare_rescue(county.context, county.desk, run_id, RescueCause.DRIVER_MISSING)
    assert declared.rides == seen.what_if.rides
    left = {ride.leg_id for ride in declared.rides if ride.run_id is None}
    assert {leg.id for _, leg, _ in seen.left} == left
    assert all(
        county.booking(ride.booking_id).leg(ride.leg_id).state is LegState.IN_RESCUE
        for ride in declared.rides
        if ride.run_id is None
    )
    assert all(
        not one.left for one in list_what_ifs(county.context, county.desk) if one.what_if.driver_id == seen.what_if.driver_id
    ), "who is looked after already is not named again"
    with pytest.raises(NotAllowedError):
        list_what_ifs(county.context, county.driver("d-bus-1"))
