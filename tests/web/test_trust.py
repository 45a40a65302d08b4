"""On the pages: a daughter books for her mother, the mother sees who has, names who hears of it, and takes it back."""

from __future__ import annotations

import re
from dataclasses import replace

from mobility.domain.bookings import Booking
from mobility.domain.notices import NoticeKind
from mobility.domain.riders import QuietHours
from tests.county import DAYS, local
from tests.county_web import HOME, OTHER_RIDER, RIDER, SURGERY, Web, web

__all__ = ["web"]

HERE = f"/desk/riders/{RIDER}"
WISH = {"origin": HOME, "to": SURGERY, "day": "2026-06-08", "time": "10:00", "meaning": "arrive", "seats": "1"}


def bookings(web: Web) -> list[Booking]:
    with web.county.context.store.transaction() as tx:
        return tx.list_bookings(web.county.desk, RIDER)


def named(web: Web) -> None:
    with web.county.context.store.transaction() as tx:
        tx.save_rider(replace(tx.get_rider(web.county.desk, RIDER), name="Erna Müller"))
        tx.save_rider(replace(tx.get_rider(web.county.desk, OTHER_RIDER), name="Karin Weber", telephone="+491711234567"))


def agreed(web: Web, **form: str) -> str:
    form = {"helper": "Karin Weber, Tochter", "given": "in_person", "sign_in": "0171 1234567"} | form
    sent = web.page("desk", "POST", f"{HERE}/consents", form)
    assert sent.headers.get("location", "").endswith("done=recorded"), sent.text
    return web.page("desk", "GET", f"{HERE}/trust").text


def test_she_books_for_her_mother_who_sees_it_and_takes_it_back(web: Web) -> None:
    named(web)
    assert "Für wen?" not in web.page("other-rider", "GET", "/ride").text
    assert "Zugestimmt persönlich" in agreed(web)
    assert "Erna Müller" in web.page("other-rider", "GET", "/ride").text
    asked = web.page("other-rider", "POST", "/ride", WISH | {"rider": RIDER}).headers["location"]
    offers = web.page("other-rider", "GET", asked).text
    assert "Erna Müller" in offers
    number = next(n for n in range(5) if f'href="{asked}/{n}"' in offers)
    form = {"decision": asked.rsplit("/", 1)[1], "number": str(number)}
    booked = web.page("other-rider", "POST", "/ride/book", form).headers["location"]
    (booking,) = bookings(web)
    assert booking.consent_id is not None
    assert "Erna Müller" in web.page("other-rider", "GET", "/rides").text
    assert "Gebucht hat das für Sie: Karin Weber, Tochter." in web.page("rider", "GET", booked).text
    mine = web.page("rider", "GET", "/about-me").text
    (withdraw,) = re.findall(r'action="(/about-me/consents/[^"]+)"', mine)
    assert web.page("rider", "POST", withdraw, {}).headers["location"].endswith("done=withdrawn")
    assert web.page("other-rider", "GET", booked).status_code == 404
    assert "Erna Müller" not in web.page("other-rider", "GET", "/rides").text
    assert "zurückgenommen" in web.page("desk", "GET", f"{HERE}/trust").text


def test_the_desk_books_for_whoever_rings_and_the_rider_is_told(web: Web) -> None:
    agreed(web, sign_in="", last_day="2026-12-31")
    web.offers()
    with web.county.context.store.transaction() as tx:
        decision = tx.list_decisions(web.county.desk, web.county.clock())[-1]
    number = next(n for n, offer in enumerate(decision.offers, start=1) if offer.kind == "ride")
    page = web.page("desk", "GET", f"{HERE}/offers/{decision.id}").text
    (consent,) = re.findall(r'<option value="([^"]+)">Karin Weber, Tochter', page)
    web.page("desk", "POST", f"{HERE}/offers/{decision.id}/book", {"offer": str(number), "consent": consent})
    (booking,) = bookings(web)
    assert booking.consent_id == consent
    with web.county.context.store.transaction() as tx:
        told = [one for one in tx.list_unsent_notices(web.county.desk) if one.kind is NoticeKind.BOOKED]
    assert [one.to_rider_id for one in told] == [RIDER]


def test_what_is_wrong_is_marked_and_stays_typed(web: Web) -> None:
    page = web.page("desk", "POST", f"{HERE}/consents", {"helper": "Karin", "last_day": "2020-01-01", "sign_in": "nobody"})
    assert page.status_code == 422
    assert 'value="Karin"' in page.text
    assert "Dieser Tag ist vorbei" in page.text
    page = web.page("rider", "POST", "/about-me/contacts", {"name": "Peter", "channel": "sms", "telephone": "030 23125 001"})
    assert page.status_code == 422
    assert "nur an ein Mobiltelefon" in page.text
    assert 'value="Peter"' in page.text


def test_how_i_am_told_things_and_who_hears_of_arrivals(web: Web) -> None:
    form = {"channel": "email", "email": "erna@example.org", "language": "en", "quiet_from": "21:00", "quiet_until": "07:30"}
    assert web.page("rider", "POST", "/about-me/messages", form).headers["location"].endswith("done=kept")
    with web.county.context.store.transaction() as tx:
        rider = tx.get_rider(web.county.desk, RIDER)
    assert (rider.channel.value, rider.email, rider.language) == ("email", "erna@example.org", "en")
    assert rider.quiet == QuietHours(75_600, 27_000)
    assert "Ruhezeit 21:00 bis 07:30" in web.page("desk", "GET", HERE).text
    page = web.page("rider", "POST", "/about-me/messages", form | {"quiet_until": "20:59"})
    assert page.status_code == 422
    assert "höchstens 16 Stunden" in page.text
    web.page("rider", "POST", "/about-me/contacts", {"name": "Peter", "channel": "call_back", "telephone": "030 23125 900"})
    (remove,) = re.findall(r'action="(/about-me/contacts/[^"]+/delete)"', web.page("rider", "GET", "/about-me").text)
    assert "Peter" in web.page("desk", "GET", f"{HERE}/trust").text
    assert web.page("rider", "POST", remove, {}).headers["location"].endswith("done=removed")
    assert "Peter" not in web.page("rider", "GET", "/about-me").text


def test_the_desk_spreads_a_group_over_vehicles_and_gives_it_back_as_one(web: Web) -> None:
    web.offers(party={"seats": 12}, arrive_by=local(10, day=DAYS[1]).isoformat())
    with web.county.context.store.transaction() as tx:
        decision = tx.list_decisions(web.county.desk, web.county.clock())[-1]
    here = f"{HERE}/offers/{decision.id}"
    assert "Auf mehrere Fahrzeuge verteilen" in web.page("desk", "GET", here).text
    for _ in range(2):
        assert web.page("desk", "POST", f"{here}/group", {}).headers["location"].endswith("done=booked")
    group = bookings(web)
    assert sum(one.party.seats for one in group) == 12
    (cancel, *_) = re.findall(r'action="(/desk/riders/[^"]+/cancel-group)"', web.page("desk", "GET", HERE).text)
    web.page("desk", "POST", cancel, {})
    assert not any(one.is_open for one in bookings(web))
