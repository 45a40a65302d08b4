"""From signing in to the driver's manifest, as a program at the other end of the wire sees it."""

from __future__ import annotations

import hashlib
import io
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pypdf
import pytest

from api import attempts
from mobility.domain.accounts import Role, Session
from mobility.domain.fleet import Acceptance
from tests.county import local
from tests.county_web import HOME, PASSWORD, RIDER, SURGERY, Web


@pytest.fixture(params=["memory", "postgres"])
def either(request: pytest.FixtureRequest) -> Web:
    """Behind a store in memory and behind PostgreSQL."""
    found: Web = request.getfixturevalue("web" if request.param == "memory" else "database_web")
    return found


def token(web: Web, password: str = PASSWORD, name: str = "anna") -> Any:
    return web.client.post("/sessions", json={"name": name, "password": password})


def test_the_whole_chain(either: Web) -> None:
    web = either
    signed_in = token(web)
    assert (signed_in.status_code, signed_in.json()["role"]) == (201, "dispatcher")
    headers = {"Authorization": f"Bearer {signed_in.json()['token']}"}
    offer = web.ride()
    key = headers | {"Idempotency-Key": "first"}
    booked = web.client.post("/bookings", json={"offer_id": offer["id"]}, headers=key)
    assert booked.status_code == 201
    booking = booked.json()
    leg = booking["legs"][0]
    assert (leg["state"], leg["pickup_window"], leg["dropoff_window"]) == (
        "on_run",
        offer["pickup_window"],
        offer["dropoff_window"],
    )

    again = web.client.post("/bookings", json={"offer_id": offer["id"]}, headers=key)
    assert (again.status_code, again.json()) == (201, booking), "the same key: the same answer"
    assert len(web.client.get("/bookings", headers=headers).json()) == 1
    reused = web.client.post("/bookings", json={"offer_id": web.ride()["id"]}, headers=key)
    assert reused.status_code == 422
    without = web.client.post("/bookings", json={"offer_id": offer["id"]}, headers=headers)
    assert without.status_code == 422
    assert "Idempotency-Key" in without.json()["detail"]

    assert web.client.get(f"/bookings/{booking['id']}", headers=headers).json() == booking
    rider = next(r for r in web.county.files.people.riders if r.id == RIDER)
    path = f"/runs/{leg['run_id']}/manifest"
    on_manifest = [r["name"] for halt in web.client.get(path, headers=headers).json()["halts"] for r in halt["boarding"]]
    assert on_manifest == [rider.name]
    assert rider.name in web.client.get(f"{path}.html", headers=headers).text
    pdf = web.client.get(f"{path}.pdf", headers=headers)
    assert pdf.headers["content-type"] == "application/pdf"
    assert rider.name in "\n".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(pdf.content)).pages)

    for _ in range(2):
        gone = web.client.delete(f"/bookings/{booking['id']}", headers=headers)
        assert (gone.status_code, gone.json()["legs"][0]["outcome"]) == (200, "cancelled")
    assert {halt["kind"] for halt in web.client.get(path, headers=headers).json()["halts"]} <= {"break"}
    assert web.ride()["pickup_window"] == offer["pickup_window"], "the place is free again"


def test_every_way_to_name_a_place_and_a_time(web: Web) -> None:
    by_address = web.ride()
    at = {"lon": by_address["pickup"]["lon"], "lat": by_address["pickup"]["lat"]}
    by_point = web.ride(origin=at)
    assert by_point["dropoff"] == by_address["dropoff"]
    with web.county.context.store.transaction() as tx:
        feed = web.county.context.network(tx, web.county.desk).feed
    assert feed is not None
    market = next(stop for stop in feed.stops if stop.name == "Auenfurt, Markt")
    assert web.ride(to={"stop_id": market.id})["dropoff"]["stop_id"] == market.id
    after = web.ride(depart_after="2026-06-08T09:00:00")
    assert after["pickup_window"]["earliest"] >= "2026-06-08T07:00:00Z", "without an offset: the agency's clock, here UTC+2"
    assert web.ride(depart_after="2026-06-08T09:00:00+02:00") | {"id": ""} == after | {"id": ""}


def test_an_unknown_place_is_refused_with_what_comes_nearest(web: Web) -> None:
    body = {
        "from": {"address": "Kirschallee 10 Nebelow"},
        "to": {"address": "Hausartzpraxis Xyz 999"},
        "arrive_by": local(10).isoformat(),
    }
    answer = web.call("desk", "POST", "/offers", body)
    assert answer.status_code == 422
    assert answer.json()["problems"][0]["where"] == "to.address"
    assert "999" not in answer.json()["detail"]


def test_an_expired_offer_is_a_conflict_with_a_reason(web: Web) -> None:
    offer = web.ride()
    web.county.clock.set(7)
    answer = web.call("desk", "POST", "/bookings", {"offer_id": offer["id"]}, Idempotency_Key="late")
    assert (answer.status_code, answer.json()["reason"]) == (409, "offer_expired")


@pytest.mark.parametrize("tampered", ["x", "", "0" * 24 + ".0." + "0" * 32])
def test_an_offer_nobody_made_is_refused(web: Web, tampered: str) -> None:
    answer = web.call("desk", "POST", "/bookings", {"offer_id": tampered}, Idempotency_Key="k")
    assert answer.status_code == 422


def test_a_volunteer_says_yes(web: Web) -> None:
    booking = web.neighbour(Acceptance.ASK_FIRST)
    leg = booking["legs"][0]
    assert leg["state"] == "awaiting_confirmation"
    driver = web.driver_of(leg["run_id"])
    path = f"/bookings/{booking['id']}/legs/{leg['id']}/answer"
    assert web.call("other-driver", "POST", path, {"accepts": True}).status_code == 404, "not asked"
    agreed = web.call(driver, "POST", path, {"accepts": True})
    assert (agreed.status_code, agreed.json()["legs"][0]["state"]) == (200, "on_run")
    assert web.call(driver, "POST", path, {"accepts": False}).status_code == 409, "answered already"


def test_a_volunteer_says_no_and_the_next_one_is_asked_until_the_desk_has_it(web: Web) -> None:
    booking = web.neighbour(Acceptance.ASK_FIRST)
    leg, asked = booking["legs"][0], []
    while leg["state"] == "awaiting_confirmation":
        assert leg["run_id"] not in asked
        asked.append(leg["run_id"])
        driver = web.driver_of(leg["run_id"])
        path = f"/bookings/{booking['id']}/legs/{leg['id']}/answer"
        leg = web.call(driver, "POST", path, {"accepts": False}).json()["legs"][0]
    assert leg["state"] == "waiting_list"
    assert [ride["booking_id"] for ride in web.call("desk", "GET", "/rides-to-pick").json()] == [booking["id"]]


def test_a_volunteer_picks_a_ride(web: Web) -> None:
    booking = web.neighbour(Acceptance.SELF_PICK)
    ride = web.call("desk", "GET", "/rides-to-pick").json()[0]
    assert "rider_id" not in ride, "who rides is told once it is taken"
    leg = booking["legs"][0]
    day = leg["pickup_window"]["earliest"][:10]
    runs = [run for run in web.call("desk", "GET", f"/runs?day={day}").json() if run["acceptance"] == "self_pick"]
    path = f"/bookings/{booking['id']}/legs/{leg['id']}/pick"
    drivers = {run["id"]: web.driver_of(run["id"]) for run in runs}
    listed = [each["ride"] for who in drivers.values() for each in web.call(who, "GET", "/rides-to-pick").json()]
    assert listed == [leg | {"pickup": blurry(leg["pickup"]), "dropoff": blurry(leg["dropoff"]), "price_parts": []}] * len(
        runs
    ), "no doors yet"
    assert (ride["ride"]["pickup"], ride["ride"]["dropoff"]) == (leg["pickup"], leg["dropoff"]), "the desk knows it already"
    answers = [web.call(who, "POST", path, {"run_id": run_id}) for run_id, who in drivers.items()]
    assert min(answer.status_code for answer in answers) == 200
    assert {answer.status_code for answer in answers} <= {200, 409}
    taken = [answer.json()["legs"][0] for answer in answers if answer.status_code == 200]
    assert [each["pickup"] for each in taken] == [blurry(leg["pickup"])], "the door is told twelve hours before"
    assert web.call("desk", "GET", "/rides-to-pick").json() == []
    web.county.clock.now = datetime.fromisoformat(leg["pickup_window"]["earliest"]) - timedelta(hours=11)
    taker = drivers[taken[0]["run_id"]]
    with web.county.context.store.transaction() as tx:
        tx.add_session(Session(hashlib.sha256(b"later").hexdigest(), taker, web.county.clock() + timedelta(hours=1)))
    seen = web.client.get(f"/bookings/{booking['id']}", headers={"Authorization": "Bearer later"}).json()["legs"][0]
    assert (seen["pickup"], seen["dropoff"]) == (leg["pickup"], leg["dropoff"])


def blurry(place: dict[str, Any]) -> dict[str, Any]:
    """As a driver sees it who has no business at the door: the village, when the address names one."""
    if place["stop_id"] is not None:
        return place
    _, comma, village = place["name"].rpartition(", ")
    return {"lon": round(place["lon"], 3), "lat": round(place["lat"], 3), "name": village if comma else "", "stop_id": None}


def test_a_ride_the_booking_does_not_have(web: Web) -> None:
    booking = web.neighbour(Acceptance.ASK_FIRST)
    for verb, body in (("answer", {"accepts": True}), ("pick", {"run_id": booking["legs"][0]["run_id"]})):
        assert web.call("desk", "POST", f"/bookings/{booking['id']}/legs/none/{verb}", body).status_code == 404


def test_a_driver_reports_the_day(web: Web) -> None:
    booking = web.book(web.ride())
    leg = booking["legs"][0]
    driver = web.driver_of(leg["run_id"])
    path = f"/runs/{leg['run_id']}/progress"
    web.county.clock.now = datetime.fromisoformat(leg["pickup_window"]["earliest"])
    late = web.call(driver, "POST", path, {"kind": "delayed", "delay_s": 1200})
    assert (late.status_code, late.json()["delay_s"]) == (200, 1200)
    report = {"leg_id": leg["id"]}
    assert web.call(driver, "POST", path, report | {"kind": "alighted"}).status_code == 409, "not aboard"
    boarded = web.call(driver, "POST", path, report | {"kind": "boarded"})
    assert (boarded.status_code, boarded.json()["delay_s"]) == (200, 0)
    assert web.call("rider", "DELETE", f"/bookings/{booking['id']}").status_code == 409, "aboard"
    assert web.call(driver, "POST", path, report | {"kind": "alighted"}).status_code == 200
    assert web.call("rider", "GET", f"/bookings/{booking['id']}").json()["legs"][0]["outcome"] == "performed"


@pytest.mark.parametrize("at", ["2199-01-01T00:00:00", "2000-01-01T00:00:00Z", "2026-06-09T10:00:00+00:00"])
def test_a_report_from_another_time_changes_nothing(web: Web, at: str) -> None:
    leg = web.book(web.ride())["legs"][0]
    before = web.county.run(leg["run_id"])
    answer = web.call("desk", "POST", f"/runs/{leg['run_id']}/progress", {"kind": "boarded", "leg_id": leg["id"], "at": at})
    assert (answer.status_code, answer.json()["problems"][0]["where"]) == (422, "at")
    assert web.county.run(leg["run_id"]) == before


def test_a_report_without_offset_is_by_the_clock_on_the_wall(web: Web) -> None:
    leg = web.book(web.ride())["legs"][0]
    web.county.clock.set(9, 45)
    body = {"kind": "boarded", "leg_id": leg["id"], "at": "2026-06-08T09:44:00"}
    assert web.call("desk", "POST", f"/runs/{leg['run_id']}/progress", body).status_code == 200
    assert web.county.run(leg["run_id"]).visits[1].actual == local(9, 44)


def test_paper_is_handed_out_and_acknowledged(web: Web) -> None:
    run_id = web.book(web.ride())["legs"][0]["run_id"]
    issued = web.call("desk", "POST", f"/runs/{run_id}/manifest/issue")
    assert issued.status_code == 200
    acknowledged = web.call(web.driver_of(run_id), "POST", f"/runs/{run_id}/manifest/acknowledge")
    assert acknowledged.json()["revision"] > issued.json()["revision"]


def test_services_and_their_rules(web: Web) -> None:
    services = {service["id"]: service for service in web.call("rider", "GET", "/services").json()}
    assert set(services) == {service.id for service, _ in web.county.files.services}
    for service in services:
        texts = [web.call("rider", "GET", f"/services/{service}/rules?language={tag}").json()["sections"] for tag in ("de", "en")]
        assert all(section["heading"] and section["sentences"] for text in texts for section in text)
        assert texts[0] != texts[1]


def times_in(value: Any, name: str = "") -> Iterator[str]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from times_in(inner, key)
    elif isinstance(value, list):
        for inner in value:
            yield from times_in(inner)
    elif isinstance(value, str) and len(value) > 10 and value[4:5] == "-" and "T" in value:
        yield value


def test_times_are_written_one_way(either: Web) -> None:
    web = either
    booking = web.book(web.ride())
    run_id = booking["legs"][0]["run_id"]
    answers = [web.offers(), booking, web.call("desk", "GET", f"/bookings/{booking['id']}").json()]
    answers.append(web.call("desk", "GET", "/runs?day=2026-06-08").json())
    written = list(times_in(answers))
    assert len(written) > 20
    assert [time for time in written if not time.endswith("Z")] == []
    manifest = list(times_in(web.call("desk", "GET", f"/runs/{run_id}/manifest").json()))
    assert manifest
    assert [time for time in manifest if not time.endswith("+02:00")] == []


# Signing in


def test_a_session_ends_when_signed_out_and_after_its_time(web: Web) -> None:
    held = token(web).json()["token"]
    headers = {"Authorization": f"Bearer {held}"}
    assert web.client.get("/services", headers=headers).status_code == 200
    assert web.client.delete("/sessions", headers=headers).status_code == 204
    after = web.client.get("/services", headers=headers)
    assert (after.status_code, after.headers["www-authenticate"]) == (401, "Bearer")
    held = token(web).json()["token"]
    web.county.clock.set(18, 1)
    assert web.client.get("/services", headers={"Authorization": f"Bearer {held}"}).status_code == 401


def test_unknown_names_and_wrong_passwords_look_the_same_and_cost_the_same(web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    from mobility.actions import sign_in

    checked = []
    verify = type(sign_in._passwords).verify

    def counting(self: Any, password: str, hash: str) -> bool:  # noqa: A002 - the name it is called by
        checked.append(hash.split("$")[1:4])
        return verify(self, password, hash)

    monkeypatch.setattr(type(sign_in._passwords), "verify", counting)
    unknown, wrong = token(web, name="nobody"), token(web, password="not it")
    assert unknown.status_code == wrong.status_code == 401
    assert unknown.json() == wrong.json()
    assert len(checked) == 2
    assert checked[0] == checked[1], "the same kind of hash at the same cost"


def test_an_account_without_a_password_cannot_be_signed_in_to(web: Web) -> None:
    assert token(web, name="desk", password="no password").status_code == 401


def test_guessing_passwords_is_stopped_for_that_name_and_address_only(web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attempts, "MOST_FAILURES", 3)
    for _ in range(3):
        assert token(web, password="guess").status_code == 401
    stopped = token(web)
    assert stopped.status_code == 429, "even with the right password"
    assert int(stopped.headers["retry-after"]) > 0
    page = web.client.post("/sign-in", data={"name": "anna", "password": PASSWORD})
    assert page.status_code == 429, "the page is no way round"
    assert token(web, name="somebody-else").status_code == 401, "others are not concerned"
    web.county.clock.set(6, 16)
    assert token(web).status_code == 201, "a quarter of an hour later"
    for _ in range(5):
        assert token(web).status_code == 201, "success is not counted"


def test_the_cookie_alone_changes_nothing(web: Web) -> None:
    signed_in = web.client.post("/sign-in", data={"name": "anna", "password": PASSWORD})
    assert (signed_in.status_code, signed_in.headers["location"]) == (303, "/desk")
    cookie = signed_in.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=strict" in cookie
    assert web.client.get("/bookings").status_code == 200
    for method, path in (
        ("POST", "/offers"),
        ("POST", "/bookings"),
        ("DELETE", "/bookings/x"),
        ("POST", "/runs/x/manifest/issue"),
    ):
        assert web.client.request(method, path, json={}).status_code in (401, 422), f"{method} {path} with a cookie"
    assert web.client.post("/runs/x/manifest/issue").status_code == 401
    assert web.client.post("/sign-out", data={"csrf": ""}).status_code == 403, "without the proof of our own form"
    proof = re.search('name="csrf" content="([0-9a-f]+)"', web.client.get("/").text)
    assert proof
    asked = {"from": {"address": HOME}, "to": {"address": SURGERY}, "arrive_by": local(10).isoformat(), "rider_id": RIDER}
    assert web.client.post("/offers", json=asked, headers={"X-CSRF-Token": proof[1]}).status_code == 200, "our own script"
    assert web.client.post("/sign-out", data={"csrf": proof[1]}).status_code == 303
    web.client.cookies.clear()
    old = signed_in.headers["set-cookie"].split(";")[0]
    assert web.client.get("/bookings", headers={"Cookie": old}).status_code == 401, "the session itself has ended"


def test_a_provider_keeps_its_runs_on_the_page_when_the_service_goes_to_another(web: Web) -> None:
    """What it has to drive stands there, though it does not see the service any more."""
    run = web.county.run(web.book(web.ride())["legs"][0]["run_id"])
    web.account("own-provider", Role.PROVIDER, provider_id=run.provider_id)
    path = f"/runs/today?day={run.day}"
    before = web.client.get(path, headers=web.headers("own-provider"))
    with web.county.context.store.transaction() as tx:
        service = tx.get_service(web.county.desk, run.service_id)
        carrier = replace(service.carrier, provider_id="another")
        tx.save_service(run.agency_id, replace(service, carrier=carrier), tx.get_service_source(web.county.desk, service.id))
    after = web.client.get(path, headers=web.headers("own-provider"))
    assert (before.status_code, after.status_code) == (200, 200)
    assert f"<p>{service.name}:" in before.text
    assert f"<p>{service.id}:" in after.text
    assert after.text.replace(f"<p>{service.id}:", f"<p>{service.name}:") == before.text, "nothing is skipped, times are the same"


def test_pages_for_people_lead_to_the_form_and_speak_in_sentences(web: Web) -> None:
    shown = web.client.get("/runs/today")
    assert (shown.status_code, shown.headers["location"]) == (303, "/sign-in")
    assert "Name oder Passwort" in web.client.post("/sign-in", data={"name": "anna", "password": "x"}).text
    gone = web.client.get("/runs/nothing/manifest.html", headers=web.headers("desk"))
    assert gone.status_code == 404
    assert "<h1>" in gone.text
    assert web.client.get("/runs/today?day=9999-12-31", headers=web.headers("desk")).status_code == 422
    assert web.client.get("/runs/today?day=2026-06-08", headers=web.headers("desk")).status_code == 200
    assert web.client.post("/sign-in", content="&".join(f"a{n}=1" for n in range(100))).status_code == 422


def test_there_and_back_by_program(web: Web) -> None:
    """Both by one request; one of them is given back; nonsense in either new place is a plain no and books nothing."""
    there, back = web.ride(), web.ride()
    for odd in ("x\x00", "x" * 10_000, "", 7, ["a"], "forged.0." + "0" * 32):
        body = {"offer_id": there["id"], "return_offer_id": odd}
        answer = web.client.post("/bookings", json=body, headers=web.headers("desk") | {"Idempotency-Key": "odd"})
        assert (answer.status_code, answer.headers["content-type"]) == (422, "application/problem+json"), odd
        assert "return_offer_id" in answer.text
    both = {"offer_id": there["id"], "return_offer_id": back["id"]}
    answer = web.client.post("/bookings", json=both, headers=web.headers("desk") | {"Idempotency-Key": "no-way-back"})
    assert answer.status_code == 422, "the second is no way back of the first"
    assert "return_offer_id" in answer.text
    assert web.call("desk", "GET", "/bookings").json() == []
    back = web.ride(origin={"address": SURGERY}, to={"address": HOME}, depart_after=local(11).isoformat())
    answer = web.call("desk", "POST", "/bookings", both | {"return_offer_id": back["id"]}, Idempotency_Key="both")
    assert answer.status_code == 201, answer.text
    booked = answer.json()
    assert booked["price_cents"] == sum(leg["price_cents"] for leg in booked["legs"]) == 500
    for odd in ("%00", "x" * 300, "a%20b"):
        assert web.call("desk", "DELETE", f"/bookings/{booked['id']}?leg_id={odd}").status_code == 422
    assert web.call("desk", "DELETE", f"/bookings/{booked['id']}?leg_id=nobody").status_code == 404
    left = web.call("desk", "DELETE", f"/bookings/{booked['id']}?leg_id={booked['legs'][0]['id']}").json()
    assert [leg["outcome"] for leg in left["legs"]] == ["cancelled", None]
