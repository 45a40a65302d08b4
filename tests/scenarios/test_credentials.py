"""A licence ends: one hears of it in time, and after that nobody is given a ride, on any of the ways on which one comes to rides."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from mobility.actions.answer_ride import answer_ride
from mobility.actions.manage_people import add_shift, save_driver
from mobility.actions.open_runs import open_runs
from mobility.actions.own_hours import add_hours
from mobility.actions.watch_credentials import watch_credentials
from mobility.domain.accounts import Actor, Role
from mobility.domain.fleet import Acceptance, Credential, CredentialKind, Driver, Shift
from mobility.domain.notices import Notice, NoticeKind
from mobility.domain.requests import Offer, RideRequest
from mobility.errors import ConflictError, InvalidInputError
from mobility.files.people_file import read_people
from mobility.notifications.facts import message_of
from mobility.store.memory import MemoryStore
from tests.county import AGENCY, DAYS, MONDAY, County, CountyFiles, open_county
from tests.integrity.invariants import Inspector
from tests.scenarios.test_volunteers import SERVICE, booked, volunteer_offer

ADMIN = Actor("a-admin", AGENCY, Role.ADMIN)
WARN = (7, 30, 60)


@pytest.fixture
def county(county_files: CountyFiles) -> County:
    return open_county(MemoryStore(), county_files)


def driver_of(county: County, driver_id: str) -> Driver:
    with county.context.store.transaction() as tx:
        return tx.get_driver(county.desk, driver_id)


def shows(county: County, driver_id: str, until: date, kind: CredentialKind = CredentialKind.LICENCE) -> None:
    """The admin enters what the person has shown."""
    driver = driver_of(county, driver_id)
    fields = {
        "name": driver.name,
        "telephone": driver.telephone,
        "provider": driver.provider_id,
        "employment": driver.employment.value,
        "acceptance": driver.acceptance.value,
        "reached_by": driver.reached_by.value,
        "abilities": [need.value for need in driver.abilities],
        "credentials": {kind.value: until},
    }
    save_driver(county.context, ADMIN, driver_id, fields)


def notices(county: County, *kinds: NoticeKind) -> list[Notice]:
    with county.context.store.transaction() as tx:
        return [notice for notice in tx.list_notices(county.desk) if notice.kind in kinds]


def findings(county: County) -> list[str]:
    return Inspector(county.context, AGENCY, DAYS).findings()


@pytest.mark.parametrize(("until", "drives"), [(MONDAY, True), (MONDAY - timedelta(days=1), False)])
def test_no_run_is_opened_with_a_driver_whose_licence_has_ended(county: County, until: date, *, drives: bool) -> None:
    shows(county, "d-bus-1", until)
    shows(county, "d-volunteer-1", until, CredentialKind.INSPECTION)
    open_runs(county.context, AGENCY, MONDAY)
    with county.context.store.transaction() as tx:
        drivers = {run.driver_id for run in tx.list_runs(county.desk, MONDAY)}
    assert ({"d-bus-1", "d-volunteer-1"} <= drivers) == drives
    assert {"d-bus-1", "d-volunteer-1"} & drivers == ({"d-bus-1", "d-volunteer-1"} if drives else set())
    assert findings(county) == []


def test_riders_booked_with_him_are_the_desks_and_nobody_else_is_given_to_him(county: County) -> None:
    offer = volunteer_offer(county, Acceptance.ROSTERED)
    booking, leg = booked(county, offer)
    run = county.run(leg.run_id)
    driver = run.driver_id or ""
    shows(county, driver, run.day - timedelta(days=1))
    closed = county.run(run.id)
    assert closed.closed
    assert [task.run_id for task in notices(county, NoticeKind.DRIVER_MISSING)] == [run.id]
    assert county.booking(booking.id).legs[0].run_id == run.id, "nobody is thrown out"
    assert all(one.run_id != run.id for one in county.rides(county_request(county, offer), SERVICE))
    watch_credentials(county.context, WARN)
    assert len(notices(county, NoticeKind.DRIVER_MISSING)) == 1, "once"
    assert findings(county) == []
    shows(county, driver, run.day)
    assert not county.run(run.id).closed
    assert findings(county) == []


def county_request(county: County, offer: Offer) -> RideRequest:
    with county.context.store.transaction() as tx:
        return next(d.request for d in tx.list_decisions(county.desk, county.clock()) if offer in d.offers)


def test_who_is_asked_first_cannot_say_yes_any_more(county: County) -> None:
    booking, leg = booked(county, volunteer_offer(county, Acceptance.ASK_FIRST))
    run = county.run(leg.run_id)
    shows(county, run.driver_id or "", run.day - timedelta(days=1), CredentialKind.FIRST_AID)
    asked = county.driver(run.driver_id or "")
    with pytest.raises(ConflictError, match="credential"):
        answer_ride(county.context, asked, booking.id, leg.id, accepts=True)
    passed_on = answer_ride(county.context, county.desk, booking.id, leg.id, accepts=False).legs[0]
    assert passed_on.run_id != run.id


def test_a_carriers_duty_goes_without_him_for_somebody_else_to_drive(county: County) -> None:
    open_runs(county.context, AGENCY, MONDAY)
    shows(county, "d-bus-1", MONDAY - timedelta(days=1))
    with county.context.store.transaction() as tx:
        runs = tx.list_runs(county.desk, MONDAY)
    assert "d-bus-1" not in {run.driver_id for run in runs}
    assert any(run.driver_id is None and "d-bus-1" in run.former_driver_ids and not run.closed for run in runs)


def test_hours_after_its_end_are_not_declared(county: County) -> None:
    shows(county, "d-volunteer-1", MONDAY)
    tomorrow = MONDAY + timedelta(days=1)
    with pytest.raises(InvalidInputError, match="credentials"):
        add_hours(county.context, county.driver("d-volunteer-1"), SERVICE, tomorrow, 14 * 3600, 16 * 3600)
    with pytest.raises(InvalidInputError, match="credentials"):
        add_shift(county.context, ADMIN, Shift("", "", SERVICE, "d-volunteer-1", tomorrow, 14 * 3600, 16 * 3600))


def test_he_and_the_desk_hear_of_it_60_30_and_7_days_before(county: County) -> None:
    until = MONDAY + timedelta(days=60)
    shows(county, "d-volunteer-1", until, CredentialKind.PASSENGER_LICENCE)
    told = []
    for days in (-1, 0, 1, 29, 30, 31, 53, 54, 60, 61):
        county.clock.set(3, 10, MONDAY + timedelta(days=days))
        told.append(watch_credentials(county.context, WARN))
    assert told == [0, 2, 0, 0, 2, 0, 2, 0, 0, 0]
    kinds = NoticeKind.CREDENTIAL_ENDS, NoticeKind.CREDENTIAL_TASK
    found = notices(county, *kinds)
    assert [sum(notice.kind is kind for notice in found) for kind in kinds] == [3, 3]
    with county.context.store.transaction() as tx:
        texts = {notice.kind: message_of(tx, notice, "de") for notice in found}
    to_him, to_desk = (texts[kind] for kind in kinds)
    assert to_him is not None
    assert f"P-Schein (gilt bis {until:%d.%m.%Y})" in to_him.body
    name = driver_of(county, "d-volunteer-1").name
    assert name not in to_him.body
    assert to_desk is not None
    assert name in to_desk.body
    shows(county, "d-volunteer-1", until + timedelta(days=365), CredentialKind.PASSENGER_LICENCE)
    with county.context.store.transaction() as tx:
        assert {message_of(tx, notice, "de") for notice in found} == {None}, "renewed: nobody is told any more"


def test_a_people_file_says_until_when(county: County) -> None:
    text = """
[[drivers]]
id = "d-1"
name = "Anna Beispiel"
provider = "avg"
telephone = "030 23125 101"
credentials = { licence = 2031-05-01, first_aid = 2027-01-31 }
"""
    (driver,) = read_people(text, "people.toml", AGENCY).drivers
    assert set(driver.credentials) == {
        Credential(CredentialKind.LICENCE, date(2031, 5, 1)),
        Credential(CredentialKind.FIRST_AID, date(2027, 1, 31)),
    }
    for wrong in (
        "{ licence = 2031 }",
        '{ licence = "soon" }',
        "{ pilot = 2031-05-01 }",
        "[2031-05-01]",
        "{ licence = 2031-02-30 }",
    ):
        with pytest.raises(InvalidInputError, match="line 7"):
            read_people(text.replace("{ licence = 2031-05-01, first_aid = 2027-01-31 }", wrong), "people.toml", AGENCY)


def test_a_new_driver_has_shown_nothing_and_drives(county: County) -> None:
    assert replace(driver_of(county, "d-bus-1"), credentials=()).ended_by(date.max) == ()
