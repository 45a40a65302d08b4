"""The resident's pages."""

from __future__ import annotations

from tests.county_web import HOME, SURGERY
from tests.things import Path, Things, all_of, at, limited
from tests.web.page_rows import PageRow

PUBLIC = {
    "GET /ride", "GET /board", "GET /board/{agency_id}", "GET /board/{agency_id}/week", "GET /rules", "GET /rules/{agency_id}/{service_id}", "GET /rides-worker.js",
    "POST /sign-in/code", "GET /sign-in/code", "POST /sign-in/code/check", "GET /sign-in/person", "POST /sign-in/person",
    "POST /sign-in/register", "POST /sign-in/passkey/options", "POST /sign-in/passkey",
}  # fmt: skip
"""Booking begins without signing in; signing in has tests of its own (``test_codes.py``)."""

WISH = {"origin": HOME, "to": SURGERY, "day": "2026-06-09", "time": "10:00", "meaning": "arrive", "seats": "1"}
OWN = limited(403, rider=404)
FOREIGN = all_of(403, rider=404)


def for_riders(status: int) -> dict[str, int]:
    return all_of(403, rider=status)


def decision(tail: str = "") -> Path:
    return lambda things: f"/ride/offers/{things.decision_id}{tail}"


def ride(tail: str = "") -> Path:
    return lambda things: f"/rides/{things.booking['id']}{tail}"


def its_decision(things: Things) -> dict[str, str]:
    return {"decision": things.decision_id, "number": "0"}


def favourite(tail: str) -> Path:
    return lambda things: f"/my-places/{things.favourite_id}/{tail}"


def standing(tail: str) -> Path:
    return lambda things: f"/standing/{things.standing_order_id}/{tail}"


ROWS = {
    "GET /access": PageRow(all_of(200), limited(200), all_of(200), at("/access")),
    "POST /access/options": PageRow(all_of(200), limited(200), all_of(200), at("/access/options"), {}),
    "POST /access": PageRow(all_of(422), limited(422), all_of(422), at("/access"), {"credential": "none"}),
    "POST /access/{passkey_id}/delete": PageRow(all_of(404), limited(404), all_of(404), at("/access/somebody-elses/delete"), {}),
    "POST /ride": PageRow(for_riders(303), limited(403, rider=303), all_of(403, rider=503), at("/ride"), WISH),
    "GET /ride/offers/{decision_id}": PageRow(for_riders(200), OWN, FOREIGN, decision()),
    "GET /ride/offers/{decision_id}/{number}": PageRow(for_riders(200), OWN, FOREIGN, decision("/0")),
    "POST /ride/again": PageRow(for_riders(303), OWN, FOREIGN, at("/ride/again"), its_decision),
    "POST /ride/book": PageRow(for_riders(303), OWN, FOREIGN, at("/ride/book"), its_decision),
    "GET /rides": PageRow(for_riders(200), limited(403, rider=200), all_of(403, rider=200), at("/rides")),
    "GET /rides/{booking_id}": PageRow(for_riders(200), OWN, FOREIGN, ride()),
    "POST /ride/wait": PageRow(for_riders(409), OWN, FOREIGN, at("/ride/wait"), its_decision),
    "POST /rides/waiting/{wish_id}/stop": PageRow(for_riders(404), OWN, FOREIGN, at("/rides/waiting/none/stop"), {}),
    "POST /rides/{booking_id}/call": PageRow(for_riders(404), OWN, FOREIGN, ride("/call"), {"leg": "none"}),
    "POST /rides/{booking_id}/proposal": PageRow(for_riders(303), OWN, FOREIGN, ride("/proposal"), {}),
    "POST /rides/{booking_id}/train": PageRow(for_riders(422), OWN, FOREIGN, ride("/train"), {"trip_id": "none", "late": "20"}),
    "GET /rides/{booking_id}/cancel": PageRow(for_riders(200), OWN, FOREIGN, ride("/cancel")),
    "POST /rides/{booking_id}/cancel": PageRow(for_riders(303), OWN, FOREIGN, ride("/cancel"), {}),
    "GET /standing": PageRow(for_riders(200), limited(403, rider=200), all_of(403, rider=200), at("/standing")),
    "POST /standing/{order_id}/pause": PageRow(
        for_riders(422), limited(403, rider=404), FOREIGN, standing("pause"), {"first_day": "2026-06-12", "last_day": "2026-06-11"}
    ),
    "POST /standing/{order_id}/resume": PageRow(for_riders(409), OWN, FOREIGN, standing("resume"), {"first_day": "2026-01-02"}),
    "POST /standing/{order_id}/end": PageRow(for_riders(303), OWN, FOREIGN, standing("end"), {}),
    "GET /about-me": PageRow(for_riders(200), limited(403, rider=200), all_of(403, rider=200), at("/about-me")),
    "POST /about-me/messages": PageRow(
        for_riders(422), limited(403, rider=422), all_of(403, rider=422), at("/about-me/messages"), {"channel": "email", "email": "no"}
    ),
    "POST /about-me/contacts": PageRow(
        for_riders(422), limited(403, rider=422), all_of(403, rider=422), at("/about-me/contacts"), {"name": ""}
    ),
    "POST /about-me/contacts/{contact_id}/delete": PageRow(for_riders(404), OWN, FOREIGN, at("/about-me/contacts/none/delete"), {}),
    "POST /about-me/consents/{consent_id}/withdraw": PageRow(for_riders(404), OWN, FOREIGN, at("/about-me/consents/none/withdraw"), {}),
    "GET /my-places": PageRow(for_riders(200), limited(403, rider=200), all_of(403, rider=200), at("/my-places")),
    "POST /my-places": PageRow(
        for_riders(303), limited(403, rider=303), all_of(403, rider=503), at("/my-places"), {"place": SURGERY, "name": "Arzt"}
    ),
    "POST /my-places/{favourite_id}/name": PageRow(for_riders(303), OWN, FOREIGN, favourite("name"), {"name": "Oma"}),
    "POST /my-places/own-home/delete": PageRow(
        for_riders(303), limited(403, rider=303), all_of(403, rider=303), at("/my-places/own-home/delete"), {}
    ),
    "POST /my-places/{favourite_id}/delete": PageRow(for_riders(303), OWN, FOREIGN, favourite("delete"), {}),
}  # fmt: skip
