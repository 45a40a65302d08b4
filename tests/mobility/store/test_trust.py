"""Whom riders trust, on every store: what comes back, who sees it, and that it ends."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from mobility.domain.accounts import Account, Role
from mobility.domain.riders import Channel, Company, Need, QuietHours
from mobility.domain.trust import ArrivalContact, BookingConsent, ConsentGiven
from mobility.errors import NotFoundError
from mobility.store.interface import Store

HELPER = "a-helper"


def consent_of(example: Any, **what: Any) -> BookingConsent:
    usual = {"helper_rider_id": HELPER, "telephone": "+49302312501", "until": example.noon + timedelta(days=9)}
    return BookingConsent(
        example.id("consent"),
        example.agency_id,
        example.id("rider"),
        "Karin Weber, Tochter",
        ConsentGiven.TELEPHONE,
        example.noon,
        "desk",
        **(usual | what),
    )


def contact_of(example: Any) -> ArrivalContact:
    given = ConsentGiven.IN_PERSON
    return ArrivalContact(
        example.id("contact"), example.agency_id, example.id("rider"), "Karin", Channel.SMS, given, example.noon, "desk", "+491"
    )


@pytest.fixture
def helped(supplied: Store, example: Any) -> Store:
    """The rider has agreed to the helper, who has booked once for her; she has booked once herself."""
    with supplied.transaction() as tx:
        tx.save_rider(replace(example.rider(), needs=frozenset({Need.WALKING_FRAME}), quiet=QuietHours(72_000, 25_200)))
        tx.save_rider(replace(example.rider(), id=HELPER, name="Karin Weber"))
        tx.save_booking_consent(consent_of(example))
        asked = replace(example.decision("theirs"), made_by="a-karin")
        asked = replace(
            asked, request=replace(asked.request, rider_id=example.id("rider"), needs=frozenset({Need.WALKING_FRAME}))
        )
        tx.add_decision(asked)
        by_helper = example.booking("by-helper", legs=(), decision_id=asked.id)
        tx.add_booking(replace(by_helper, needs=frozenset({Need.WALKING_FRAME}), consent_id=example.id("consent")))
        tx.add_booking(example.booking("by-herself", legs=()))
    return supplied


def test_it_comes_back(helped: Store, example: Any, neighbour: Any) -> None:
    consent, contact = consent_of(example), contact_of(example)
    with helped.transaction() as tx:
        tx.save_arrival_contact(contact)
    with helped.transaction() as tx:
        assert tx.list_booking_consents(example.staff, example.id("rider")) == [consent]
        assert tx.lock_booking_consent(example.staff, consent.id) == consent
        assert tx.find_arrival_contact(example.staff, contact.id) == contact
        assert tx.list_arrival_contacts(example.staff, example.id("rider")) == [contact]
        assert tx.get_rider(example.staff, example.id("rider")).quiet == QuietHours(72_000, 25_200)
        own = example.actor(Role.RIDER, rider_id=example.id("rider"), now=example.noon)
        assert tx.list_booking_consents(own, example.id("rider")) == [consent]
        blind = [neighbour.staff, example.actor(Role.PLANNER), example.actor(Role.RIDER, rider_id=HELPER, now=example.noon)]
        for actor in blind:
            assert tx.list_booking_consents(actor, example.id("rider")) == []
            assert tx.find_arrival_contact(actor, contact.id) is None
            tx.delete_arrival_contact(actor, contact.id)
            with pytest.raises(NotFoundError):
                tx.lock_booking_consent(actor, consent.id)
        assert tx.list_arrival_contacts(own, example.id("rider")) == [contact]
        tx.delete_arrival_contact(own, contact.id)
        assert tx.list_arrival_contacts(own, example.id("rider")) == []


def test_a_helper_sees_the_name_and_what_she_booked_while_it_holds(helped: Store, example: Any) -> None:
    rider_id, consent = example.id("rider"), consent_of(example)
    helper = replace(example.actor(Role.RIDER, rider_id=HELPER, now=example.noon), account_id="a-karin")
    with helped.transaction() as tx:
        seen = tx.get_rider(helper, rider_id)
        assert (seen.name, seen.telephone, seen.home, seen.needs) == (example.rider().name, "", None, frozenset())
        assert {one.id for one in tx.list_riders(helper)} == {rider_id, HELPER}
        assert [one.id for one in tx.list_bookings(helper)] == [example.id("by-helper")]
        assert tx.get_booking(helper, example.id("by-helper")).needs == frozenset()
        assert tx.lock_booking(helper, example.id("by-helper")).needs == frozenset({Need.WALKING_FRAME}), "to be changed: whole"
        assert tx.get_decision(helper, example.id("theirs")).request.needs == frozenset()
        with pytest.raises(NotFoundError):
            tx.get_booking(helper, example.id("by-herself"))
        assert tx.list_favourites(helper, rider_id) == []
    for when, changed in (
        (consent.until, consent),
        (example.noon, replace(consent, withdrawn_at=example.noon, withdrawn_by="desk")),
        (None, consent),
    ):
        with helped.transaction() as tx:
            tx.save_booking_consent(changed)
            blind = replace(helper, now=when)
            assert [one.id for one in tx.list_riders(blind)] == [HELPER]
            assert tx.list_bookings(blind) == []
            for get, name in ((tx.get_rider, "rider"), (tx.get_booking, "by-helper"), (tx.get_decision, "theirs")):
                with pytest.raises(NotFoundError):
                    get(blind, example.id(name))


def test_an_office_signs_in_with_an_account_of_its_own(helped: Store, example: Any) -> None:
    office = replace(example.actor(Role.RIDER, now=example.noon), account_id="a-office", rider_id=None)
    with helped.transaction() as tx:
        assert (tx.list_riders(office), tx.list_bookings(office)) == ([], [])


def test_an_office_sees_nothing_by_what_was_agreed_with_others(helped: Store, example: Any) -> None:
    """Neither with somebody who rings the desk nor with another office: those consents name no rider, as its own sign-in does."""
    office = replace(example.actor(Role.RIDER, now=example.noon), account_id="a-office", rider_id=None)
    with helped.transaction() as tx:
        tx.save_account(Account("a-other", example.agency_id, "other", Role.RIDER, "hash"))
    for to_whom in (None, "a-other"):
        with helped.transaction() as tx:
            tx.save_booking_consent(consent_of(example, helper_rider_id=None, account_id=to_whom))
            assert (tx.list_riders(office), tx.list_bookings(office)) == ([], [])
            with pytest.raises(NotFoundError):
                tx.lock_booking(office, example.id("by-helper"))
    other = replace(office, account_id="a-other")
    with helped.transaction() as tx:
        assert [one.id for one in tx.list_bookings(other)] == [example.id("by-helper")]


def test_what_is_forgotten_keeps_no_wish(helped: Store, example: Any) -> None:
    apart = Company(frozenset({"w"}), frozenset({example.id("driver")}))
    run, booking = example.run(), example.booking()
    with helped.transaction() as tx:
        tx.add_run(replace(run, visits=tuple(v if v.leg_id is None else replace(v, company=apart) for v in run.visits)))
        tx.add_booking(booking)
    with helped.transaction() as tx:
        assert any(visit.company for visit in tx.get_run(example.staff, run.id).visits)
        tx.forget([booking], [])
    with helped.transaction() as tx:
        assert not any(visit.company for visit in tx.get_run(example.staff, run.id).visits)


def test_what_has_ended_is_forgotten_in_time_and_erased_with_either(helped: Store, example: Any) -> None:
    consent = consent_of(example)
    with helped.transaction() as tx:
        assert tx.delete_ended_consents(example.agency_id, example.noon, 9) == 0
        assert tx.delete_ended_consents(example.agency_id, example.noon + timedelta(10), 9) == 1
        tx.save_booking_consent(replace(consent, until=None))
        assert tx.delete_ended_consents(example.agency_id, example.noon + timedelta(999), 9) == 0
    with helped.transaction() as tx:
        tx.delete_rider(tx.get_rider(example.staff, HELPER))
    with helped.transaction() as tx:
        assert tx.list_booking_consents(example.staff, example.id("rider")) == []
