"""Who may do what with whose things: every operation, every role, one's own, another's, another agency's."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

from mobility.domain.accounts import Role
from tests.county import local
from tests.county_web import HOME, NEIGHBOUR_AGENCY, OTHER_RIDER, RIDER, SURGERY, Web
from tests.things import (
    LIMITED,
    ROLES,
    Path,
    Things,
    all_of,
    at,
    booking,
    county_web,
    limited,
    of_a_leg,
    of_the_run,
    things,
)

__all__ = ["county_web", "things"]


@dataclass(frozen=True)
class Row:
    """An operation. ``own``: the answer for each role asking about its own things (its agency's, for the desk). ``other``: for
    a rider, driver or provider asking about somebody else's. Whoever is of another agency is answered ``foreign``.
    """

    own: dict[str, int]
    other: dict[str, int]
    foreign: dict[str, int]
    path: Path
    body: Any = None


ASK = {"from": {"address": HOME}, "to": {"address": SURGERY}, "arrive_by": local(10).isoformat()}
NOT_DRIVING = {"rider": 403, "provider": 403, "planner": 403}
SEES_RUN = all_of(200, rider=403, planner=403)
NEVER_SEES_RUN = all_of(404, rider=403, planner=403)
HANDS_OUT = all_of(200, **NOT_DRIVING)

OWN_ONLY = {"driver": 403, "provider": 403, "planner": 403}
NO_DESK = OWN_ONLY | {"rider": 403}
NO_WISHES = {"driver": 403, "provider": 403, "planner": 403}
NO_WISHES_ABROAD = dict.fromkeys(NO_WISHES, 503)
EVERY_DAY = {
    "from": {"address": HOME},
    "to": {"address": SURGERY},
    "days": ["holiday"],
    "time": "10:00",
    "first_day": "2026-06-08",
    "rider_id": RIDER,
}


def of_booking(tail: str) -> Path:
    return lambda things: f"{booking(things)}/{tail}"


def standing(tail: str = "") -> Path:
    return lambda things: f"/standing-orders/{things.standing_order_id}{tail}"


TILES = {"GET /tiles.json", "GET /tiles/{zoom}/{column}/{row}.mvt"}
FEEDS = {
    "GET /departures/{agency_id}",
    "GET /feeds/{agency_id}",
    "GET /feeds/{agency_id}/{name}",
    "GET /feeds/{agency_id}/gofs/{name}.json",
    "GET /feeds/{agency_id}/gofs/wait_time",
    "GET /feeds/{agency_id}/gofs/realtime_booking",
}
ANYBODY = {"POST /missed-calls/{agency_id}", "GET /healthz", "POST /places", "POST /sessions", "DELETE /sessions"} | TILES | FEEDS
"""Needs no signing in; has tests of its own."""


def brought(status: int, path: str, body: Any = None) -> Row:
    """What only the agency and its admin do."""
    own = all_of(403, agency=status, admin=status)
    return Row(own, limited(403), own, at(path), body)


MATRIX: dict[str, Row] = {
    "POST /timetables/versions": brought(422, "/timetables/versions"),
    "GET /timetables/versions": brought(200, "/timetables/versions"),
    "GET /timetables/versions/{version_id}": brought(404, "/timetables/versions/none"),
    "GET /timetables/versions/{version_id}/preview": brought(404, "/timetables/versions/none/preview"),
    "POST /timetables/versions/{version_id}/use": brought(404, "/timetables/versions/none/use", {}),
    "DELETE /timetables/versions/{version_id}/use": brought(404, "/timetables/versions/none/use"),
    "POST /timetables/versions/{version_id}/back": brought(404, "/timetables/versions/none/back", {}),
    "DELETE /timetables/versions/{version_id}": brought(404, "/timetables/versions/none"),
    "GET /timetables/rules": brought(200, "/timetables/rules"),
    "POST /timetables/rules": brought(200, "/timetables/rules", {"rules": ""}),
    "GET /riders/{rider_id}/data": Row(
        all_of(200, **(NOT_DRIVING | {"rider": 200}), driver=403),
        limited(403),
        all_of(404, **NOT_DRIVING, driver=403),
        at(f"/riders/{RIDER}/data"),
    ),
    "DELETE /riders/{rider_id}": Row(
        all_of(409, **NOT_DRIVING, driver=403), limited(403), all_of(404, **NOT_DRIVING, driver=403), at(f"/riders/{RIDER}")
    ),
    "POST /riders/{rider_id}/booking-consents": Row(
        all_of(201, **NO_DESK), limited(403), all_of(404, **NO_DESK), at(f"/riders/{RIDER}/booking-consents"),
        {"helper": "Karin Weber", "given": "telephone"},
    ),
    "GET /riders/{rider_id}/booking-consents": Row(
        all_of(200, **OWN_ONLY, rider=200), limited(403), all_of(404, **OWN_ONLY, rider=403), at(f"/riders/{RIDER}/booking-consents")
    ),
    "DELETE /riders/{rider_id}/booking-consents/{consent_id}": Row(
        all_of(404, **OWN_ONLY), limited(403), all_of(404, **OWN_ONLY, rider=403), at(f"/riders/{RIDER}/booking-consents/none")
    ),
    "GET /riders-to-book-for": Row(all_of(200), limited(200), all_of(200), at("/riders-to-book-for")),
    "POST /riders/{rider_id}/arrival-contacts": Row(
        all_of(422, **OWN_ONLY), limited(403), all_of(422, **OWN_ONLY, rider=403), at(f"/riders/{RIDER}/arrival-contacts"),
        {"name": "Peter", "channel": "sms"},
    ),
    "GET /riders/{rider_id}/arrival-contacts": Row(
        all_of(200, **OWN_ONLY, rider=200), limited(403), all_of(404, **OWN_ONLY, rider=403), at(f"/riders/{RIDER}/arrival-contacts")
    ),
    "DELETE /riders/{rider_id}/arrival-contacts/{contact_id}": Row(
        all_of(404, **OWN_ONLY), limited(403), all_of(404, **OWN_ONLY, rider=403), at(f"/riders/{RIDER}/arrival-contacts/none")
    ),
    "GET /riders/{rider_id}/messages": Row(
        all_of(200, **OWN_ONLY, rider=200), limited(403), all_of(404, **OWN_ONLY, rider=403), at(f"/riders/{RIDER}/messages")
    ),
    "POST /riders/{rider_id}/messages": Row(
        all_of(200, **OWN_ONLY, rider=200), limited(403), all_of(404, **OWN_ONLY, rider=403), at(f"/riders/{RIDER}/messages"),
        {"channel": "call_back"},
    ),
    "GET /timetables": Row(all_of(200, **NOT_DRIVING, driver=403), limited(403), all_of(200, **NOT_DRIVING, driver=403), at("/timetables")),
    "GET /line-refusals": Row(
        all_of(403, planner=200, agency=200, admin=200), limited(403), all_of(403, planner=200, agency=200, admin=200), at("/line-refusals")
    ),
    "POST /offers": Row(
        all_of(200, driver=403, provider=403, planner=403),
        limited(403),
        all_of(503),  # that agency has no streets yet
        at("/offers"),
        ASK | {"rider_id": RIDER},
    ),
    "POST /group-bookings": Row(
        all_of(422, driver=422), limited(422), all_of(503), at("/group-bookings"), ASK | {"party": {"seats": 1}, "rider_id": RIDER}
    ),
    "DELETE /group-bookings/{booking_id}": Row(
        all_of(404, **NO_WISHES), limited(403, rider=404), all_of(404, **NO_WISHES), at("/group-bookings/none")
    ),
    "POST /bookings": Row(
        all_of(422, desk=422), limited(422), all_of(422), at("/bookings"), {"offer_id": "forged"}
    ),
    "GET /bookings": Row(all_of(200), limited(200), all_of(200), at("/bookings")),
    "GET /bookings/{booking_id}": Row(all_of(200, planner=404), limited(404), all_of(404), booking),
    "GET /rides-to-pick": Row(all_of(200, **NOT_DRIVING), limited(403, driver=200), all_of(200, **NOT_DRIVING), at("/rides-to-pick")),
    "POST /bookings/{booking_id}/legs/{leg_id}/call": Row(
        all_of(409, **NO_WISHES), limited(403, rider=404), all_of(404, **NO_WISHES), of_a_leg("booking", "call"), {},
    ),
    "POST /bookings/{booking_id}/legs/{leg_id}/answer": Row(
        all_of(409, driver=409, **NOT_DRIVING), limited(403, driver=404), all_of(404, **NOT_DRIVING), of_a_leg("booking", "answer"),
        {"accepts": True},
    ),
    "POST /bookings/{booking_id}/legs/{leg_id}/pick": Row(
        all_of(409, **NOT_DRIVING), limited(403, driver=404), all_of(404, **NOT_DRIVING), of_a_leg("booking", "pick"), "its run",
    ),
    "POST /standing-orders": Row(
        all_of(422, **NO_WISHES), limited(403), all_of(503, **NO_WISHES_ABROAD), at("/standing-orders"), EVERY_DAY
    ),
    "GET /standing-orders": Row(all_of(200, **NO_WISHES), limited(403, rider=200), all_of(200, **NO_WISHES), at("/standing-orders")),
    "GET /standing-orders/{order_id}": Row(all_of(200, **NO_WISHES), limited(403, rider=404), all_of(404, **NO_WISHES), standing()),
    "POST /standing-orders/{order_id}/pauses": Row(
        all_of(200, **NO_WISHES), limited(403, rider=404), all_of(404, **NO_WISHES), standing("/pauses"),
        {"first_day": "2026-06-12", "last_day": "2026-06-12"},
    ),
    "DELETE /standing-orders/{order_id}/pauses": Row(
        all_of(404, **NO_WISHES), limited(403, rider=404), all_of(404, **NO_WISHES), standing("/pauses?first_day=2026-01-02")
    ),
    "DELETE /standing-orders/{order_id}": Row(all_of(200, **NO_WISHES), limited(403, rider=404), all_of(404, **NO_WISHES), standing()),
    "POST /bookings/{booking_id}/proposal": Row(
        all_of(409, **NO_WISHES), limited(403, rider=404), all_of(404, **NO_WISHES), of_booking("proposal"), {},
    ),
    "POST /bookings/{booking_id}/train-words": Row(
        all_of(422, **NO_WISHES), limited(403, rider=404), all_of(404, **NO_WISHES), of_booking("train-words"),
        {"trip_id": "none", "late_min": 20},
    ),
    "POST /runs/{run_id}/train-words": Row(
        all_of(403, driver=422), limited(403, driver=404), all_of(403, driver=404), of_the_run("train-words"),
        {"trip_id": "none", "late_min": 20},
    ),
    "POST /trip-reports": Row(
        all_of(422, **NOT_DRIVING, driver=403), limited(403), all_of(503, **NOT_DRIVING, driver=403), at("/trip-reports"),
        {"trip_id": "none", "day": "2026-06-08", "late_min": 5},
    ),
    "GET /trip-reports": Row(
        all_of(200, **NOT_DRIVING, driver=403), limited(403), all_of(200, **NOT_DRIVING, driver=403), at("/trip-reports")
    ),
    "DELETE /trip-reports/{report_id}": Row(
        all_of(404, **NOT_DRIVING, driver=403), limited(403), all_of(404, **NOT_DRIVING, driver=403), at("/trip-reports/none")
    ),
    "POST /waiting-list": Row(
        all_of(404, **NO_WISHES), limited(403, rider=404), all_of(404, **NO_WISHES), at("/waiting-list"), {"decision_id": "none"}
    ),
    "GET /waiting-list": Row(all_of(200, **NO_WISHES), limited(403, rider=200), all_of(200, **NO_WISHES), at("/waiting-list")),
    "DELETE /waiting-list/{wish_id}": Row(
        all_of(404, **NO_WISHES), limited(403, rider=404), all_of(404, **NO_WISHES), at("/waiting-list/none")
    ),
    "GET /call-backs": Row(all_of(403, desk=200), limited(403), all_of(403, desk=200), at("/call-backs")),
    "POST /call-backs/{notice_id}/told": Row(
        all_of(403, desk=200), limited(403), all_of(403, desk=404), lambda things: f"/call-backs/{things.notice_id}/told"
    ),
    "GET /duties": Row(
        all_of(200, **NOT_DRIVING), limited(403, driver=404), all_of(503, **NOT_DRIVING, driver=404), at("/duties?weeks=1")
    ),
    "POST /duties/{run_id}/take": Row(all_of(403, driver=404), limited(403, driver=404), all_of(403, driver=404), at("/duties/none/take")),
    "GET /volunteers": Row(all_of(200, **NOT_DRIVING, driver=403), limited(403), all_of(200, **NOT_DRIVING, driver=403), at("/volunteers")),
    "GET /volunteers/me": Row(all_of(403, driver=200), limited(403, driver=404), all_of(403, driver=404), at("/volunteers/me")),
    "GET /what-if": Row(all_of(200, **NOT_DRIVING, driver=403), limited(403), all_of(200, **NOT_DRIVING, driver=403), at("/what-if")),
    "GET /live": Row(
        all_of(200), limited(404), all_of(404),  # a rider follows the run she is booked on
        lambda things: f"/live?topic=run:{things.run_id}&seconds=0",
    ),
    "GET /services": Row(all_of(200), limited(200), all_of(200), at("/services")),
    "GET /services/{service_id}/rules": Row(
        all_of(200), limited(200, provider=404), all_of(404), at("/services/auental-bus/rules")
    ),
    "GET /runs": Row(all_of(200), limited(200), all_of(200), at("/runs?day=2026-06-08")),
    "GET /runs/{run_id}/manifest": Row(SEES_RUN, limited(404, rider=403), NEVER_SEES_RUN, of_the_run("manifest")),
    "GET /runs/{run_id}/manifest.pdf": Row(SEES_RUN, limited(404, rider=403), NEVER_SEES_RUN, of_the_run("manifest.pdf")),
    "POST /runs/{run_id}/manifest/issue": Row(
        HANDS_OUT, limited(403, driver=404), all_of(404, **NOT_DRIVING), of_the_run("manifest/issue")
    ),
    "POST /runs/{run_id}/manifest/acknowledge": Row(
        HANDS_OUT, limited(403, driver=404), all_of(404, **NOT_DRIVING), of_the_run("manifest/acknowledge")
    ),
    "POST /runs/{run_id}/progress": Row(
        HANDS_OUT, limited(403, driver=404), all_of(404, **NOT_DRIVING), of_the_run("progress"), {"kind": "delayed", "delay_s": 0},
    ),
    "POST /runs/{run_id}/events": Row(
        HANDS_OUT, limited(403, driver=404), all_of(404, **NOT_DRIVING), of_the_run("events"),
        {"device_id": "d", "sent_at": local(6).isoformat(), "events": [{"sequence": 1, "kind": "undo", "at": local(6).isoformat(), "undoes": 9}]},
    ),
    "POST /runs/{run_id}/position": Row(
        all_of(204, driver=204, **NOT_DRIVING), limited(403, driver=404), all_of(404, **NOT_DRIVING), of_the_run("position"),
        {"lon": 12.27, "lat": 53.05, "age_s": 5},
    ),
    "GET /runs/{run_id}/events": Row(HANDS_OUT, limited(403, driver=404), all_of(404, **NOT_DRIVING), of_the_run("events")),
    "GET /runs/{run_id}/cash": Row(HANDS_OUT, limited(403, driver=404), all_of(404, **NOT_DRIVING), of_the_run("cash")),
    "POST /runs/{run_id}/rescue": Row(
        all_of(409, desk=409, driver=409, **NOT_DRIVING) | {"desk": 200}, limited(403, driver=404), all_of(404, **NOT_DRIVING),
        of_the_run("rescue"), {"cause": "breakdown"},
    ),
    "DELETE /bookings/{booking_id}": Row(
        all_of(200, driver=403, provider=403, planner=403), limited(403, rider=404),
        all_of(404, driver=403, provider=403, planner=403), booking,
    ),
}  # fmt: skip
"""Rescue and cancelling stand last: the run is withdrawn by the first who may, and then there is nothing left to ask about."""


def test_every_operation_has_a_row(county_web: Web) -> None:
    document = county_web.app.openapi()
    operations = {f"{method.upper()} {path}" for path, item in document["paths"].items() for method in item}
    assert operations == set(MATRIX) | ANYBODY


def test_every_row_names_every_role() -> None:
    assert {role.value for role in Role} - {"dispatcher"} == set(ROLES) - {"desk"}
    for name, row in MATRIX.items():
        assert (set(row.own), set(row.other), set(row.foreign)) == (set(ROLES), set(LIMITED), set(ROLES)), name


def answers(web: Web, things: Things, operation: str, accounts: dict[str, str | None]) -> dict[str, int]:
    row, found = MATRIX[operation], {}
    body = {"run_id": things.run_id} if row.body == "its run" else row.body
    for role, account in accounts.items():
        answer = web.call(
            account,
            operation.split(maxsplit=1)[0],
            row.path(things),
            body,
            Idempotency_Key=f"{operation} {account}".replace(" ", "-"),
        )
        assert answer.status_code < 400 or answer.headers["content-type"] == "application/problem+json"
        found[role] = answer.status_code
    return found


@pytest.mark.parametrize("operation", MATRIX)
def test_who_may(county_web: Web, things: Things, operation: str) -> None:
    row = MATRIX[operation]
    nobody = answers(county_web, things, operation, dict.fromkeys(ROLES))
    assert nobody == dict.fromkeys(ROLES, 401), "nobody signed in"
    foreign = answers(county_web, things, operation, {role: f"foreign-{role}" for role in ROLES})
    assert foreign == row.foreign, "another agency"
    other = answers(county_web, things, operation, {role: f"other-{role}" for role in LIMITED})
    assert other == row.other, "somebody else's"
    assert answers(county_web, things, operation, dict(things.own)) == row.own, "one's own"


LISTS = {
    "/bookings": "id",
    "/runs?day=2026-06-08": "id",
    "/services": "id",
}


@pytest.mark.parametrize("path", LISTS)
def test_lists_hold_only_what_one_may_see(county_web: Web, things: Things, path: str) -> None:
    seen = {
        who: {row["id"] for row in county_web.call(who, "GET", path).json()}
        for who in (*things.own.values(), "other-driver", "other-rider")
    }
    assert seen["desk"]
    assert all(ids <= seen["desk"] for ids in seen.values())
    for who in (f"foreign-{role}" for role in ROLES):
        assert county_web.call(who, "GET", path).json() == [], who
    if path == "/bookings":
        assert seen["planner"] == seen["other-rider"] == seen["other-driver"] == set()
        assert {row["rider_id"] for row in county_web.call("rider", "GET", path).json()} == {RIDER}
    if path.startswith("/runs"):
        assert seen["rider"] == seen["other-driver"] == set()
        assert seen[things.own["driver"]] == {things.run_id}


def test_a_rider_asks_and_books_for_herself_only(web: Web) -> None:
    own = web.ride(who="rider")
    assert web.call("rider", "POST", "/offers", ASK | {"rider_id": OTHER_RIDER}).status_code == 403
    stolen = web.call("other-rider", "POST", "/bookings", {"offer_id": own["id"]}, Idempotency_Key="k")
    assert stolen.status_code == 404, "somebody else's offer"
    for_another = web.call("rider", "POST", "/bookings", {"offer_id": own["id"], "rider_id": OTHER_RIDER}, Idempotency_Key="k")
    assert for_another.status_code in (403, 422)
    assert web.call("foreign-desk", "POST", "/bookings", {"offer_id": own["id"]}, Idempotency_Key="k").status_code == 404
    assert web.book(own, who="rider")["rider_id"] == RIDER


@pytest.mark.parametrize("who", ["driver", "provider", "planner"])
def test_others_do_not_book(web: Web, who: str) -> None:
    offer = web.ride()
    answer = web.call(who, "POST", "/bookings", {"offer_id": offer["id"], "rider_id": RIDER}, Idempotency_Key="k")
    assert answer.status_code in (403, 404)


def test_another_agency_sees_nothing_of_riders_and_drivers_by_id(web: Web) -> None:
    answer = web.call("foreign-desk", "POST", "/offers", ASK | {"rider_id": RIDER})
    assert answer.status_code == 503, "no streets there"
    assert NEIGHBOUR_AGENCY not in answer.text


def test_a_key_is_one_account_s_own(web: Web) -> None:
    """The same Idempotency-Key of two people is two keys."""
    first = web.book(web.ride(who="rider"), who="rider", key="same")
    second = web.book(web.ride(who="other-rider", rider_id=OTHER_RIDER), who="other-rider", key="same")
    assert first["id"] != second["id"]
