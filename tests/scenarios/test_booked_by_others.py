"""My daughter books for me, the surgery does, and I can say that it is over; my son hears that I have arrived."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from mobility.actions.arrival_contacts import MOST, ContactEntry, add_arrival_contact, remove_arrival_contact
from mobility.actions.book_for_others import ConsentEntry, list_riders_to_book_for, record_consent, withdraw_consent
from mobility.actions.book_ride import book_ride
from mobility.actions.cancel_booking import cancel_booking
from mobility.actions.context import new_id
from mobility.actions.follow_ride import list_rides
from mobility.actions.keep_privacy import export_rider
from mobility.actions.manage_accounts import add_account
from mobility.actions.offer_rides import offer_rides
from mobility.actions.read_bookings import read_booking
from mobility.actions.report_progress import Progress, ProgressKind, report_progress
from mobility.actions.wait_for_ride import wait_for_ride
from mobility.domain.accounts import Actor, Role
from mobility.domain.bookings import Booking, Journey, Outcome
from mobility.domain.notices import NoticeKind
from mobility.domain.requests import Decision
from mobility.domain.riders import Channel, Need
from mobility.domain.runs import VisitKind
from mobility.domain.trust import BookingConsent, ConsentGiven
from mobility.errors import ConflictError, InvalidInputError, NotAllowedError, NotFoundError
from mobility.notifications.facts import message_of
from mobility.store.memory import MemoryStore
from tests.county import AGENCY, County, CountyFiles, local, open_county, wish

MOTHER, DAUGHTER, STRANGER = "r-003", "r-004", "r-005"
BUS, SURGERY, HOME = "auental-bus", "Hausarztpraxis am Markt Auenfurt", "Kirschallee 10 Nebelow"


@pytest.fixture
def quick(county_files: CountyFiles) -> County:
    county = open_county(MemoryStore(), county_files)
    with county.context.store.transaction() as tx:
        mother = tx.get_rider(county.desk, MOTHER)
        tx.save_rider(replace(mother, name="Erna Müller", needs=frozenset({Need.WALKING_FRAME})))
        tx.save_rider(replace(tx.get_rider(county.desk, DAUGHTER), name="Karin Weber", telephone="+491711234567"))
    return county


def drive(county: County, booking: Booking, told_after: timedelta = timedelta(0)) -> None:
    """As it was planned; reported ``told_after`` it happened."""
    (leg,) = booking.legs
    for visit in county.run(leg.run_id).visits:
        if visit.leg_id == leg.id:
            kind = ProgressKind.BOARDED if visit.kind is VisitKind.PICKUP else ProgressKind.ALIGHTED
            county.clock.now = visit.planned + told_after
            report_progress(county.context, county.desk, str(leg.run_id), Progress(kind, visit.planned, leg.id))


def signed_in(county: County, rider_id: str) -> Actor:
    return replace(county.resident(rider_id), now=county.clock())


def agreed(county: County, **what: Any) -> BookingConsent:
    entry = ConsentEntry("Karin Weber, Tochter", ConsentGiven.TELEPHONE, sign_in="0171 1234567", **what)
    return record_consent(county.context, county.desk, MOTHER, entry)


def asked(county: County, actor: Actor, for_whom: str = MOTHER, hour: int = 10) -> Decision:
    request = wish(county.place(HOME), county.place(SURGERY), arrive_by=local(hour), rider_id=for_whom)
    return offer_rides(county.context, actor, request)


def booked(county: County, actor: Actor, **what: Any) -> Booking:
    decision = asked(county, actor)
    offer = next(one for one in decision.offers if one.service_id == BUS)
    answer = book_ride(county.context, actor, offer.id, new_id(), **what)
    assert isinstance(answer, Booking)
    return answer


def test_my_daughter_books_for_me_and_it_is_written_down(quick: County) -> None:
    consent, daughter = agreed(quick), signed_in(quick, DAUGHTER)
    assert consent.helper_rider_id == DAUGHTER
    assert [(one.id, one.name, one.telephone) for one in list_riders_to_book_for(quick.context, daughter)] == [
        (MOTHER, "Erna Müller", "")
    ]
    decision = asked(quick, daughter)
    assert decision.request.needs == frozenset()
    with quick.context.store.transaction() as tx:
        assert Need.WALKING_FRAME in tx.get_decision(quick.desk, decision.id).request.needs, "counts without being told"
    booking = booked(quick, daughter)
    whole = quick.booking(booking.id)
    assert (whole.rider_id, whole.consent_id, whole.needs) == (MOTHER, consent.id, frozenset({Need.WALKING_FRAME}))
    assert whole.history[0].by == daughter.account_id
    assert whole.history[0].what == f"booked for the rider under consent {consent.id}: on_run"
    with quick.context.store.transaction() as tx:
        assert [one.to_rider_id for one in tx.list_notices(quick.desk) if one.kind is NoticeKind.BOOKED] == [MOTHER]
    assert [ride.booking.id for ride in list_rides(quick.context, daughter)] == [booking.id]
    assert export_rider(quick.context, signed_in(quick, MOTHER), MOTHER)["may_book_for_me"][0]["helper"] == consent.helper
    given_back = cancel_booking(quick.context, daughter, booking.id)
    assert given_back.history[-1].what == "cancelled by helper"


def test_she_learns_the_price_and_not_that_it_is_less_because_of_a_pass(quick: County) -> None:
    with quick.context.store.transaction() as tx:
        tx.save_rider(replace(tx.get_rider(quick.desk, MOTHER), groups=frozenset({"severely_disabled_pass"})))
    agreed(quick)
    daughter = signed_in(quick, DAUGHTER)
    decision = asked(quick, daughter)
    with quick.context.store.transaction() as tx:
        again, whole = tx.get_decision(daughter, decision.id), tx.get_decision(quick.desk, decision.id)
    assert any(offer.price_parts for offer in whole.offers)
    assert decision == again
    assert not any(offer.price_parts for offer in decision.offers)
    assert [offer.price_cents for offer in decision.offers] == [offer.price_cents for offer in whole.offers]
    booking = booked(quick, daughter)
    for told in (booking, cancel_booking(quick.context, daughter, booking.id)):
        assert (told.needs, told.legs[0].price_parts) == (frozenset(), ())
    kept = quick.booking(booking.id)
    assert (kept.needs, bool(kept.legs[0].price_parts)) == (frozenset({Need.WALKING_FRAME}), True)


def test_she_sees_nothing_that_she_did_not_book(quick: County) -> None:
    agreed(quick)
    mine = booked(quick, signed_in(quick, MOTHER))
    daughter = signed_in(quick, DAUGHTER)
    with pytest.raises(NotFoundError):
        read_booking(quick.context, daughter, mine.id)
    with pytest.raises(NotFoundError):
        cancel_booking(quick.context, daughter, mine.id)
    with pytest.raises(NotAllowedError):
        export_rider(quick.context, daughter, MOTHER)


def test_when_i_have_said_that_it_is_over_it_is_over(quick: County) -> None:
    consent, daughter = agreed(quick), signed_in(quick, DAUGHTER)
    decision, booking = asked(quick, daughter, hour=12), booked(quick, daughter)
    withdrawn = withdraw_consent(quick.context, signed_in(quick, MOTHER), MOTHER, consent.id)
    assert (withdrawn.withdrawn_at, withdrawn.withdrawn_by) == (quick.clock(), quick.resident(MOTHER).account_id)
    assert withdraw_consent(quick.context, quick.desk, MOTHER, consent.id) == withdrawn, "once"
    with pytest.raises(NotFoundError):
        read_booking(quick.context, daughter, booking.id)
    with pytest.raises(NotFoundError):
        book_ride(quick.context, daughter, decision.offers[0].id, new_id())
    with pytest.raises(NotAllowedError):
        asked(quick, daughter)
    assert list_rides(quick.context, daughter) == []
    assert quick.booking(booking.id).is_open, "the ride stands"


def test_it_ends_by_itself_and_nobody_else_can_end_it(quick: County) -> None:
    consent = agreed(quick, until=quick.clock() + timedelta(hours=1))
    with pytest.raises(NotAllowedError):
        withdraw_consent(quick.context, signed_in(quick, DAUGHTER), MOTHER, consent.id)
    with pytest.raises(NotFoundError):
        withdraw_consent(quick.context, quick.desk, STRANGER, consent.id)
    quick.clock.now += timedelta(hours=1)
    with pytest.raises(NotAllowedError):
        asked(quick, signed_in(quick, DAUGHTER))


def test_the_surgery_books_with_a_sign_in_of_its_own(quick: County) -> None:
    admin = Actor("a-admin", AGENCY, Role.ADMIN)
    account = add_account(quick.context, admin, "praxis-markt", Role.RIDER)
    office = Actor(account.id, AGENCY, Role.RIDER, account.rider_id, now=quick.clock())
    assert office.rider_id is None
    with pytest.raises(NotAllowedError):
        asked(quick, office)
    record_consent(
        quick.context, quick.desk, MOTHER, ConsentEntry("Praxis am Markt", ConsentGiven.IN_WRITING, sign_in="praxis-markt")
    )
    booking = booked(quick, office)
    assert quick.booking(booking.id).rider_id == MOTHER
    with pytest.raises(InvalidInputError, match="name a rider"):
        offer_rides(quick.context, office, replace(asked(quick, office).request, rider_id=None))


def test_the_parish_office_rings_and_the_desk_books_for_it(quick: County) -> None:
    consent = record_consent(quick.context, quick.desk, MOTHER, ConsentEntry("Pfarrbüro", ConsentGiven.IN_PERSON))
    booking = booked(quick, quick.desk, consent_id=consent.id)
    assert booking.consent_id == consent.id
    assert consent.id in booking.history[0].what
    withdraw_consent(quick.context, quick.desk, MOTHER, consent.id)
    with pytest.raises(NotAllowedError):
        booked(quick, quick.desk, consent_id=consent.id)
    assert booked(quick, quick.desk).consent_id is None


@pytest.mark.parametrize(
    ("entry", "where"),
    [
        (ConsentEntry(" ", ConsentGiven.TELEPHONE), "helper"),
        (ConsentEntry("K", ConsentGiven.TELEPHONE, telephone="none"), "telephone"),
        (ConsentEntry("K", ConsentGiven.TELEPHONE, until=local(0)), "until"),
        (ConsentEntry("K", ConsentGiven.TELEPHONE, sign_in="nobody"), "sign_in"),
        (ConsentEntry("K", ConsentGiven.TELEPHONE, sign_in="a-desk"), "sign_in"),
    ],
)
def test_what_cannot_be_recorded_is_said_field_by_field(quick: County, entry: ConsentEntry, where: str) -> None:
    quick.clock.now = local(1)
    with pytest.raises(InvalidInputError) as refused:
        record_consent(quick.context, quick.desk, MOTHER, entry)
    assert [problem.where for problem in refused.value.problems] == [where]


def test_only_the_desk_records_and_a_helper_goes_on_no_waiting_list(quick: County) -> None:
    with pytest.raises(NotAllowedError):
        record_consent(quick.context, signed_in(quick, DAUGHTER), MOTHER, ConsentEntry("Karin", ConsentGiven.TELEPHONE))
    agreed(quick)
    decision = asked(quick, signed_in(quick, DAUGHTER))
    with pytest.raises((NotAllowedError, ConflictError)):
        wait_for_ride(quick.context, signed_in(quick, DAUGHTER), decision.id)


SON = ContactEntry("Peter", Channel.SMS, "0171 7654321")


def messages(county: County) -> list[str]:
    with county.context.store.transaction() as tx:
        arrived = [one for one in tx.list_notices(county.desk) if one.kind is NoticeKind.ARRIVED]
        found = [message_of(tx, one, "de") for one in arrived]
    return [one.body for one in found if one is not None]


def test_my_son_hears_that_i_have_arrived_and_not_where(quick: County) -> None:
    add_arrival_contact(quick.context, signed_in(quick, MOTHER), MOTHER, SON)
    booking = booked(quick, quick.desk)
    leg = booking.legs[0]
    assert messages(quick) == []
    drive(quick, booking)
    (body,) = messages(quick)
    assert body.startswith("Gut angekommen: Erna Müller")
    assert not any(word in body for word in (leg.dropoff.name, leg.pickup.name, "praxis"))
    with quick.context.store.transaction() as tx:
        assert len({one.key for one in tx.list_notices(quick.desk) if one.kind is NoticeKind.ARRIVED}) == 1


def test_at_the_station_i_have_not_arrived(quick: County) -> None:
    add_arrival_contact(quick.context, signed_in(quick, MOTHER), MOTHER, SON)
    booking = booked(quick, quick.desk)
    goes_on = replace(booking, journeys=(Journey((), ride_to=booking.legs[0].id),), revision=booking.revision + 1)
    with quick.context.store.transaction() as tx:
        tx.save_booking(goes_on)
    drive(quick, goes_on)
    assert quick.booking(booking.id).legs[0].outcome is Outcome.PERFORMED
    assert messages(quick) == []


def test_what_is_entered_in_the_evening_frightens_nobody(quick: County) -> None:
    contact = add_arrival_contact(quick.context, quick.desk, MOTHER, SON)
    booking = booked(quick, quick.desk)
    drive(quick, booking, told_after=timedelta(hours=3))
    assert messages(quick) == []
    with pytest.raises(NotFoundError):
        remove_arrival_contact(quick.context, quick.desk, STRANGER, contact.id)
    remove_arrival_contact(quick.context, signed_in(quick, MOTHER), MOTHER, contact.id)


def test_whom_i_name_no_more_hears_nothing_even_what_was_on_its_way(quick: County) -> None:
    contact = add_arrival_contact(quick.context, quick.desk, MOTHER, SON)
    drive(quick, booked(quick, quick.desk))
    assert len(messages(quick)) == 1
    remove_arrival_contact(quick.context, quick.desk, MOTHER, contact.id)
    assert messages(quick) == []


def test_three_people_are_enough_and_each_can_be_reached(quick: County) -> None:
    for _ in range(MOST):
        add_arrival_contact(quick.context, quick.desk, MOTHER, SON)
    with pytest.raises(ConflictError):
        add_arrival_contact(quick.context, quick.desk, MOTHER, SON)
    for entry, where in (
        (replace(SON, name=""), "name"),
        (replace(SON, telephone="033"), "telephone"),
        (replace(SON, telephone="030 23125 001"), "telephone"),
        (replace(SON, channel=Channel.EMAIL, email="nowhere"), "email"),
    ):
        with pytest.raises(InvalidInputError) as refused:
            add_arrival_contact(quick.context, quick.desk, STRANGER, entry)
        assert [problem.where for problem in refused.value.problems] == [where]
    with pytest.raises(NotAllowedError):
        add_arrival_contact(quick.context, signed_in(quick, STRANGER), MOTHER, SON)
