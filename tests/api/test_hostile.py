"""Whatever is sent: one clear refusal in the same form, nothing written, nothing repeated, never our mistake."""

from __future__ import annotations

import copy
import gzip
import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from mobility.domain.requests import Decision
from tests.conftest import Cluster
from tests.county import CountyFiles, local
from tests.county_web import HOME, RIDER, SURGERY, Web, closing_client, open_web

SECRET = "Frau-Geheim-06221-4711"
"""Stands for what a person wrote; it must not come back."""

OFFER = {
    "from": {"address": HOME},
    "to": {"lon": 12.2693, "lat": 53.0489},
    "arrive_by": local(10).isoformat(),
    "party": {"seats": 1, "wheelchairs": 0, "assistants": 0, "stowed": 0},
    "needs": ["walking_frame"],
    "max_walk_m": 500,
    "rider_id": RIDER,
}
STANDING = {
    "from": {"address": HOME},
    "to": {"address": SURGERY},
    "days": ["mon"],
    "time": "10:00",
    "arrives": True,
    "back_time": "11:30",
    "first_day": "2026-06-09",
    "last_day": "2026-07-09",
    "rider_id": RIDER,
}
BODIES: dict[tuple[str, str], dict[str, Any]] = {
    ("POST", "/sessions"): {"name": "anna", "password": SECRET},
    ("POST", "/offers"): OFFER,
    ("POST", "/group-bookings"): OFFER,
    ("POST", "/bookings"): {"offer_id": "x", "rider_id": RIDER},
    ("POST", "/bookings/b/legs/l/answer"): {"accepts": True},
    ("POST", "/bookings/b/legs/l/pick"): {"run_id": "r"},
    ("POST", "/bookings/b/legs/l/call"): {"ready_at": local(10).isoformat()},
    ("POST", "/standing-orders"): STANDING,
    ("POST", "/standing-orders/o/pauses"): {"first_day": "2026-06-09", "last_day": "2026-06-10"},
    ("POST", "/riders/nobody/booking-consents"): {
        "helper": "Karin",
        "given": "in_person",
        "telephone": "030 23125 900",
        "sign_in": "karin",
        "last_day": "2026-07-09",
    },
    ("POST", "/riders/nobody/arrival-contacts"): {
        "name": "Peter",
        "channel": "email",
        "email": "p@example.org",
        "language": "de",
    },
    ("POST", "/riders/nobody/messages"): {
        "channel": "call_back",
        "language": "de",
        "email": "",
        "quiet": {"from": "21:00", "until": "07:00"},
    },
    ("POST", "/missed-calls/auental"): {"caller": "+493023125900", "call_id": "1"},
    ("POST", "/bookings/b/train-words"): {"trip_id": "t", "late_min": 5},
    ("POST", "/runs/r/train-words"): {"trip_id": "t", "late_min": 5},
    ("POST", "/trip-reports"): {"trip_id": "t", "day": "2026-06-08", "late_min": 5},
    ("POST", "/waiting-list"): {"decision_id": "d", "until": local(9).isoformat()},
    ("POST", "/runs/r/rescue"): {"cause": "breakdown"},
    ("POST", "/runs/r/progress"): {"kind": "delayed", "at": local(6).isoformat(), "leg_id": "l", "delay_s": 60},
}


class Raw(str):
    """JSON text put in as it stands."""

    __slots__ = ()


HUGE = Raw("9" * 5000)
DEEP = Raw("[" * 30_000 + "]" * 30_000)
ANYTHING_WRONG: dict[str, Any] = {
    "an empty list": [],
    "a list": [SECRET],
    "an object": {SECRET: SECRET},
    "a huge integer": HUGE,
    "a huge negative integer": Raw("-" + HUGE),
    "NaN": Raw("NaN"),
    "infinity": Raw("Infinity"),
    "minus infinity": Raw("-Infinity"),
    "beyond a double": Raw("1e999"),
    "nested deeply": DEEP,
    "nested objects": Raw('{"a":' * 5000 + "1" + "}" * 5000),
    "a control character": "a\x07b",
    "NUL": f"{SECRET}\0",
    "half a surrogate pair": Raw('"\\ud800"'),
    "half a surrogate pair, the other": Raw('"\\udfff x"'),
    "writes right to left": "\u202eabc",
    "long": "ä" * 5000,
    "empty": "",
}
NO_TEXT: dict[str, Any] = {"an integer": 7, "a number": 1.5, "true": True}
NO_TIME = {
    f"the time {text}": text
    for text in (
        "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-23:59", "2026-06-08", "2026-06-08T25:00", "2026-W24-1T10:00", "20260608T1000",
        "2026-06-08T10:00:00+99:99", "2026-06-08T10:00 Europe/Berlin", "2200-01-01T00:00", "-2026-06-08T10:00", "now", "1780000000",
        "２０２６-06-08T10:00", "2026-06-08T10:00:00.0000001", "2026-02-30T10:00:00", "2026-06-08T10:00:60", "2026-06-08T10:00:00+24:00",
    )
}  # fmt: skip
NO_COUNT: dict[str, Any] = {
    "a fraction": 1.5,
    "text": "1",
    "true": True,
    "negative": -1,
    "gigantic": 10**9,
    "past 64 bits": 2**70,
    "1e308": 1e308,
}
NO_DEGREE: dict[str, Any] = {
    "text": "12.2",
    "true": True,
    "far": 181.0,
    "1e308": 1e308,
    "-1e308": -1e308,
    "minute": Raw("1e-400"),
    "swapped": 53.05,
}

WRONG_FOR: dict[str, dict[str, Any]] = {
    "from": NO_TEXT | {"null": None, "text": SECRET, "nothing named": {}, "half a point": {"lon": 12.27}},
    "from.address": NO_TEXT | {"null": None, "nowhere": SECRET, "spaces": "   ", "two ways": Raw('"x","stop_id":"y"')},
    "to.lon": NO_DEGREE | {"null": None, "elsewhere": 8.68},
    "to.lat": NO_DEGREE | {"null": None, "elsewhere": 49.4, "swapped": 12.27, "the pole": 90},
    "arrive_by": NO_TEXT | NO_TIME | {"null": None, "two times": Raw(f'"{OFFER["arrive_by"]}","depart_after":"{OFFER["arrive_by"]}"')},
    "party": NO_TEXT | {"null": None, "nobody": {"seats": 0, "wheelchairs": 0}},
    "party.seats": NO_COUNT | {"null": None},
    "party.wheelchairs": NO_COUNT | {"null": None},
    "party.assistants": NO_COUNT | {"null": None, "helps nobody": 2},
    "party.stowed": NO_COUNT | {"null": None},
    "needs": NO_TEXT | {"null": None, "unknown": [SECRET], "many": ["wheelchair"] * 21, "text": "wheelchair", "mixed": ["wheelchair", None]},
    "max_walk_m": NO_COUNT,
    "rider_id": NO_TEXT | {"nobody": SECRET, "a path": "../etc", "spaces": "r 1"},
    "offer_id": NO_TEXT | {"null": None, "forged": SECRET, "forged well": "0" * 24 + ".0." + "0" * 32, "line end": "x\n"},
    "accepts": {"null": None, "text": "true", "an integer": 1},
    "run_id": NO_TEXT | {"null": None, "nobody's": SECRET, "spaces": "r 1"},
    "kind": NO_TEXT | {"null": None, "unknown": SECRET},
    "cause": NO_TEXT | {"null": None, "unknown": SECRET},
    "at": NO_TEXT | NO_TIME,
    "leg_id": NO_TEXT | {"spaces": "l 1"},
    "delay_s": NO_COUNT | {"null": None},
    "ready_at": NO_TEXT | NO_TIME,
    "until": NO_TEXT | NO_TIME,
    "decision_id": NO_TEXT | {"null": None, "nobody's": SECRET},
    "days": NO_TEXT | {"null": None, "unknown": [SECRET], "a holiday": ["holiday"], "many": ["mon"] * 8, "text": "mon"},
    "time": NO_TEXT | {"null": None, "past midnight": "25:30", "seconds": "10:00:00", "wide digits": "１０:００"},
    "back_time": NO_TEXT | {"before the way there": "09:00", "past midnight": "25:30"},
    "arrives": {"null": None, "text": "true", "an integer": 1},
    "first_day": NO_TEXT | {"null": None, "past": "2020-01-01", "far": "9999-12-31", "no day": "2026-02-30", "a time": local(9).isoformat()},
    "last_day": NO_TEXT | {"before the first": "2026-06-08", "no day": "2026-02-30", "a time": local(9).isoformat()},
    "trip_id": NO_TEXT | {"null": None, "nobody's": SECRET},
    "day": NO_TEXT | {"null": None, "past": "2020-01-01", "far": "9999-12-31", "no day": "2026-02-30", "a time": local(9).isoformat()},
    "late_min": NO_COUNT | {"null": None},
    "name": NO_TEXT | {"null": None, "nobody": SECRET},
    "password": NO_TEXT | {"null": None},
    "caller": NO_TEXT | {"null": None, "nobody": SECRET},
    "call_id": NO_TEXT | {"null": None},
    "helper": NO_TEXT | {"null": None},
    "given": NO_TEXT | {"null": None, "unknown": SECRET},
    "telephone": NO_TEXT | {"null": None, "no number": SECRET},
    "sign_in": NO_TEXT | {"null": None, "nobody": SECRET},
    "channel": NO_TEXT | {"null": None, "unknown": SECRET},
    "email": NO_TEXT | {"null": None, "no address": SECRET},
    "language": NO_TEXT | {"null": None, "unknown": "fr"},
    "quiet": NO_TEXT | {"text": SECRET, "half": {"from": "21:00"}, "all day": {"from": "09:00", "until": "08:59"}},
    "quiet.from": NO_TEXT | {"null": None, "past midnight": "25:30", "wide digits": "１０:００"},
    "quiet.until": NO_TEXT | {"null": None, "past midnight": "25:30", "no time at all": "21:00"},
}  # fmt: skip
HARMLESS = {("needs", "an empty list")}
"""Not wrong for that field."""


def paths_in(body: dict[str, Any], before: str = "") -> Iterator[str]:
    for key, value in body.items():
        yield before + key
        if isinstance(value, dict):
            yield from paths_in(value, f"{before}{key}.")


def put(body: dict[str, Any], path: str, value: Any) -> str:
    """JSON text of the body with another value at a path."""
    changed = copy.deepcopy(body)
    *parents, last = path.split(".")
    holder = changed
    for parent in parents:
        holder = holder[parent]
    holder[last] = "@here@"
    text = value if isinstance(value, Raw) else json.dumps(value)
    return json.dumps(changed).replace('"@here@"', text)


def without(body: dict[str, Any], path: str) -> str:
    changed = copy.deepcopy(body)
    *parents, last = path.split(".")
    holder = changed
    for parent in parents:
        holder = holder[parent]
    del holder[last]
    return json.dumps(changed)


def field_cases() -> Iterator[tuple[str, str, str, str]]:
    """What it is, method, path and body."""
    for (method, path), body in BODIES.items():
        for field in paths_in(body):
            for name, value in (ANYTHING_WRONG | WRONG_FOR.get(field, WRONG_FOR.get(field.replace("to", "from"), {}))).items():
                if (field, name) not in HARMLESS:
                    yield f"{path} {field}: {name}", method, path, put(body, field, value)


REQUIRED = {
    "from",
    "from.address",
    "to",
    "to.lon",
    "to.lat",
    "arrive_by",
    "offer_id",
    "accepts",
    "run_id",
    "kind",
    "name",
    "password",
}
WHOLE_BODIES: dict[str, bytes] = {
    "nothing": b"",
    "a list": b"[]",
    "text": b'"x"',
    "a number": b"7",
    "null": b"null",
    "cut short": b'{"from": {"lon": 1',
    "no JSON": b"from=a&to=b",
    "two values": b"{}{}",
    "a comma too many": b'{"name": "a",}',
    "single quotes": b"{'name': 'a'}",
    "not UTF-8": b'{"name": "\xff\xfe"}',
    "UTF-16": json.dumps({"name": SECRET}).encode("utf-16"),
    "a byte order mark": b"\xef\xbb\xbf{}",
    "brackets": b"[" * 60_000,
    "compressed": gzip.compress(json.dumps(OFFER).encode()),
    "a million characters": b'{"name": "' + b"x" * 1_000_000 + b'"}',
    "100,000 brackets": b"[" * 100_000 + b"]" * 100_000,
}


@pytest.fixture(scope="module")
def hostile(embedded_cluster: Cluster, county_files: CountyFiles) -> Iterator[Web]:
    """One application for all cases: what one leaves behind the next would find. In PostgreSQL, which takes less than memory does."""
    with embedded_cluster.fresh_store() as store, closing_client(open_web(store, county_files)) as web:
        yield web


def written(web: Web) -> dict[str, Any]:
    """Everything kept that a request could have changed; decisions are meant to be written."""
    with web.county.context.store.transaction() as tx:
        desk = web.county.desk
        runs = [run for day in (8, 9, 10) for run in tx.list_runs(desk, local(12).date().replace(day=day))]
        return {
            "bookings": tx.list_bookings(desk),
            "notices": tx.list_notices(desk),
            "riders": tx.list_riders(desk),
            "runs": runs,
        }


def refused(answer: httpx.Response) -> str:
    """What is wrong with a refusal; nothing when it is as it should be."""
    if not 400 <= answer.status_code < 500:
        return f"answered {answer.status_code}"
    if answer.headers["content-type"] != "application/problem+json":
        return f"is {answer.headers['content-type']}"
    body = answer.json()
    if [type(body.get(key)) for key in ("type", "title", "status", "detail")] != [str, str, int, str]:
        return f"lacks a member: {sorted(body)}"
    if body["status"] != answer.status_code or not body["detail"]:
        return f"says {body['status']}, {body['detail']!r}"
    if SECRET in answer.text or "Geheim" in answer.text:
        return "repeats what was sent"
    return "" if answer.headers.get("x-content-type-options") == "nosniff" else "lacks headers"


def send(web: Web, method: str, path: str, body: str | bytes, **more: str) -> httpx.Response:
    headers = web.headers("desk") | {"Content-Type": "application/json", "Idempotency-Key": "k"} | more
    return web.client.request(method, path, content=body if isinstance(body, bytes) else body.encode(), headers=headers)


def wrong_answers(web: Web, cases: Iterator[tuple[str, str, str, str | bytes]]) -> list[str]:
    found, before = [], written(web)
    for name, method, path, body in cases:
        complaint = refused(send(web, method, path, body))
        if complaint:
            found.append(f"{name}: {complaint}")
    assert written(web) == before, "something was written"
    return found


def test_every_field_with_everything_that_is_wrong_for_it(hostile: Web) -> None:
    cases = list(field_cases())
    assert len(cases) > 500
    assert {path for body in BODIES.values() for path in paths_in(body)} <= set(WRONG_FOR) | {"to", "to.address"}, (
        "a field without its own cases"
    )
    assert wrong_answers(hostile, iter(cases)) == []


def test_every_required_field_left_out(hostile: Web) -> None:
    cases = [
        (f"{path} without {field}", method, path, without(body, field))
        for (method, path), body in BODIES.items()
        for field in paths_in(body)
        if field in REQUIRED
    ]
    assert wrong_answers(hostile, iter(cases)) == []


def test_optional_fields_are_optional(hostile: Web) -> None:
    for field in set(paths_in(OFFER)) - REQUIRED:
        assert send(hostile, "POST", "/offers", without(OFFER, field)).status_code == 200, field


def test_unknown_and_repeated_fields(hostile: Web) -> None:
    def cases() -> Iterator[tuple[str, str, str, str]]:
        for (method, path), body in BODIES.items():
            text = json.dumps(body)
            yield f"{path} unknown", method, path, put(body, SECRET, SECRET)
            yield f"{path} unknown, half a surrogate pair", method, path, text[:-1] + ', "\\ud800": 1}'
            yield f"{path} unknown, odd", method, path, text[:-1] + ', "__class__": {}, "": 1, "from\\u0000": 2}'
            for key, value in body.items():
                yield f"{path} {key} twice", method, path, f"{text[:-1]}, {json.dumps(key)}: {json.dumps(value)}}}"
                if isinstance(value, dict):
                    inner = json.dumps(value)
                    twice = f"{inner[:-1]}, {inner[1:]}"
                    yield f"{path} within {key} twice", method, path, put(body, key, Raw(twice))
                    yield f"{path} within {key} unknown", method, path, put(body, key, value | {SECRET: 1})

    assert wrong_answers(hostile, cases()) == []


def test_bodies_that_are_none(hostile: Web) -> None:
    cases = ((f"{path}: {name}", method, path, body) for method, path in BODIES for name, body in WHOLE_BODIES.items())
    assert wrong_answers(hostile, cases) == []


@pytest.mark.parametrize(
    "header",
    [
        {"Content-Type": "text/plain"}, {"Content-Type": "application/x-www-form-urlencoded"}, {"Content-Type": "multipart/form-data"},
        {"Content-Type": "application/json; charset=utf-16"}, {"Content-Type": ""}, {"Content-Type": "application/xml"},
        {"Content-Type": "/"}, {"Content-Encoding": "gzip"}, {"Content-Encoding": "br"}, {"Content-Type": "ä/ü"},
    ],
)  # fmt: skip
def test_other_kinds_of_body_are_not_guessed_at(hostile: Web, header: dict[str, str]) -> None:
    for (method, path), body in BODIES.items():
        headers = {name: value.encode("latin-1") for name, value in header.items()}
        answer = send(hostile, method, path, json.dumps(body), **headers)  # type: ignore[arg-type] # bytes, as on the wire
        assert (refused(answer), answer.status_code) == ("", 415), path


KEYS = [b"", b" ", b"a b", b"\xe4", b"x" * 201, b"\t", b"a,\xff"]


@pytest.mark.parametrize("key", KEYS)
def test_idempotency_keys_that_are_none(hostile: Web, key: bytes) -> None:
    headers = hostile.headers("desk") | {"Content-Type": "application/json"}
    body = json.dumps({"offer_id": "x"})
    pairs: list[tuple[bytes, bytes]] = [(name.encode(), value.encode()) for name, value in headers.items()]
    answer = hostile.client.request("POST", "/bookings", content=body, headers=[*pairs, (b"Idempotency-Key", key)])
    assert refused(answer) == ""


@pytest.mark.parametrize(
    "value",
    [
        b"",
        b"Bearer",
        b"Bearer ",
        b"Basic YTpi",
        b"Bearer \xff",
        b"Bearer a b",
        b"Bearer " + b"x" * 10_000,
        b"bearer\ttoken",
        b"\x00",
    ],
)
def test_tokens_that_are_none(hostile: Web, value: bytes) -> None:
    for path in ("/services", "/bookings"):
        answer = hostile.client.request("GET", path, headers=[(b"Authorization", value)])
        assert (refused(answer), answer.status_code) == ("", 401)
        cookie = hostile.client.request("GET", path, headers=[(b"Cookie", b"session=" + value)])
        assert (refused(cookie), cookie.status_code) == ("", 401)


ODD_IDS = [
    "%00",
    "a%00b",
    "%ff",
    "%ED%A0%80",
    "a%20b",
    "%0a",
    "x" * 201,
    "%2e%2e%2f",
    "ä",
    SECRET,
    "..%5c",
    "%F0%9F%9A%8C",
    "'; DROP TABLE run; --",
]


def with_parameters() -> Iterator[tuple[str, str]]:
    from api.app import app

    for path, item in app.openapi()["paths"].items():
        for method in item:
            if "{" in path:
                yield method.upper(), path


def test_ids_in_paths(hostile: Web) -> None:
    def cases() -> Iterator[tuple[str, str, str, str]]:
        for method, path in with_parameters():
            names = [part for part in path.split("/") if part.startswith("{")]
            for odd in ODD_IDS:
                for name in names:
                    filled = path.replace(name, odd)
                    for other in names:
                        filled = filled.replace(other, "x")
                    body = next(
                        (b for (m, p), b in BODIES.items() if p.split("/")[-1] == path.split("/")[-1] and m == method), {}
                    )
                    yield f"{method} {path} {odd}", method, filled, json.dumps(body)

    assert wrong_answers(hostile, cases()) == []


DAYS = ["", "x", "0001-01-01", "9999-12-31", "2026-02-30", "1780000000", "1e10", "2026-06-08T00:00:00", "NaN", "%00", "%ff", "20260608", "2" * 10_000,
        "-2026-06-08", "2026-6-8", "٢٠٢٦-06-08", SECRET]  # fmt: skip


@pytest.mark.parametrize("day", DAYS)
def test_days_that_are_none(hostile: Web, day: str) -> None:
    assert refused(send(hostile, "GET", f"/runs?day={day}", b"")) == ""
    assert refused(send(hostile, "GET", "/runs", b"")) == ""


@pytest.mark.parametrize("language", ["", "fr", "DE", "%00", SECRET, "de&language=xx"])
def test_languages_that_are_none(hostile: Web, language: str) -> None:
    assert refused(send(hostile, "GET", f"/services/auental-bus/rules?language={language}", b"")) == ""


@pytest.mark.parametrize(
    "path",
    ["/nothing", "/offers/", "/static/%00", "/static/../app.py", "/static/%2e%2e/pages.py", "/static/", "/runs/a/b/c", "/docs"],
)
def test_addresses_that_are_none(hostile: Web, path: str) -> None:
    for method in ("GET", "POST", "DELETE", "PUT", "PATCH", "OPTIONS", "TRACE", "X"):
        assert refused(send(hostile, method, path, b"")) == "", method


def test_methods_that_are_none(hostile: Web) -> None:
    for path in ("/offers", "/bookings", "/sessions", "/"):
        answer = send(hostile, "PUT", path, b"{}")
        assert (refused(answer), answer.status_code) == ("", 405)


def test_forms_that_are_none(hostile: Web) -> None:
    for body in (
        b"",
        b"name=anna",
        b"\xff",
        b"name=%00&password=%ff",
        b"name=%ED%A0%80",
        b"a=1&" * 500,
        b"name=" + b"x" * 60_000,
        b"=&&;",
    ):
        answer = hostile.client.request(
            "POST", "/sign-in", content=body, headers={"Content-Type": "application/x-www-form-urlencoded"}
        )
        assert 400 <= answer.status_code < 500, body[:20]
        unreadable = answer.status_code == 400  # more fields than any form has: nobody who uses a page meets it
        assert answer.headers["content-type"] == "application/problem+json" if unreadable else "<h1>" in answer.text


def test_decisions_are_all_that_a_question_writes(hostile: Web) -> None:
    before = written(hostile)
    answer = send(
        hostile,
        "POST",
        "/offers",
        json.dumps({"from": {"address": HOME}, "to": {"address": SURGERY}, "arrive_by": local(10).isoformat()}),
    )
    assert answer.status_code == 200
    assert written(hostile) | {"runs": []} == before | {"runs": []}
    with hostile.county.context.store.transaction() as tx:
        assert isinstance(tx.get_decision(hostile.county.desk, answer.json()["decision_id"]), Decision)


def test_the_check_can_fail() -> None:
    """An answer that repeats, one of another form, one that is our mistake."""
    good = {"type": "about:blank", "title": "t", "status": 422, "detail": "d"}
    form = {"Content-Type": "application/problem+json", "X-Content-Type-Options": "nosniff"}
    assert refused(httpx.Response(422, json=good, headers=form)) == ""
    assert "repeats" in refused(httpx.Response(422, json=good | {"detail": SECRET}, headers=form))
    assert "answered" in refused(httpx.Response(500, json=good | {"status": 500}, headers=form))
    assert "answered" in refused(httpx.Response(200, json=good, headers=form))
    assert "lacks" in refused(httpx.Response(422, json={"detail": "d"}, headers=form))
    assert "says" in refused(httpx.Response(422, json=good | {"status": 400}, headers=form))
    assert "is " in refused(httpx.Response(422, json=good))
