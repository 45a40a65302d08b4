"""The description tells programs all there is: refusals, signing in, examples that are accepted."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import TypeAdapter

from api.app import app
from api.bookings import BookingRequest
from api.errors import Problem
from api.offers import OfferRequest
from api.runs import ProgressIn
from api.sessions import SignIn
from tests.county_web import Web

DOCUMENT: dict[str, Any] = app.openapi()
OPERATIONS = {f"{method.upper()} {path}": item for path, found in DOCUMENT["paths"].items() for method, item in found.items()}
TILE = "GET /tiles/{zoom}/{column}/{row}.mvt"
BOARD = "GET /departures/{agency_id}"
MISSED_CALL = "POST /missed-calls/{agency_id}"
FEED = "GET /feeds/{agency_id}/{name}"
WITHOUT_SIGN_IN = (
    {"POST /sessions", "DELETE /sessions", "GET /healthz", "POST /places", "GET /tiles.json", TILE, FEED}
    | {f"GET /feeds/{{agency_id}}{rest}" for rest in ("", "/gofs/{name}.json", "/gofs/wait_time", "/gofs/realtime_booking")}
    | {BOARD, MISSED_CALL}
)
KINDS = {
    "GET /runs/{run_id}/manifest.pdf": {"application/pdf"},
    "GET /live": {"text/event-stream"},
    TILE: {"application/vnd.mapbox-vector-tile"},
    BOARD: {"application/geo+json"},
    MISSED_CALL: set(),
    FEED: {"application/zip", "text/plain", "application/x-protobuf"},
}


def references(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        if isinstance(value.get("$ref"), str):
            yield value["$ref"]
        for inner in value.values():
            yield from references(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from references(inner)


def test_what_is_referred_to_is_there_and_what_is_there_is_referred_to() -> None:
    named = {reference.removeprefix("#/components/schemas/") for reference in references(DOCUMENT)}
    assert named == set(DOCUMENT["components"]["schemas"])


def test_operations_have_ids_of_their_own() -> None:
    ids = [operation["operationId"] for operation in OPERATIONS.values()]
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize("name", OPERATIONS)
def test_an_operation_describes_itself(name: str) -> None:
    operation = OPERATIONS[name]
    assert operation["description"]
    assert bool(operation.get("security")) == (name not in WITHOUT_SIGN_IN)
    named = set(re.findall(r"\{(\w+)\}", name))
    assert {p["name"] for p in operation.get("parameters", []) if p["in"] == "path"} == named
    for status, answer in operation["responses"].items():
        kinds = set(answer.get("content", {}))
        if status >= "400":
            assert kinds == {"application/problem+json"}, status
        else:
            assert kinds == (set() if status in ("204", "304") else KINDS.get(name, {"application/json"}))
    expected = {"422", "503"} | ({"401", "403"} if name not in WITHOUT_SIGN_IN else set()) | ({"404"} if named else set())
    assert expected <= set(operation["responses"])


def test_bearer_tokens_are_the_way_to_sign_in() -> None:
    assert [scheme["scheme"] for scheme in DOCUMENT["components"]["securitySchemes"].values()] == ["bearer"]
    assert DOCUMENT["openapi"].startswith("3.1")


@pytest.mark.parametrize("model", [OfferRequest, BookingRequest, SignIn, Problem])
def test_examples_are_accepted(model: type[Any]) -> None:
    name = model.__name__
    examples = DOCUMENT["components"]["schemas"][name]["examples"]
    assert examples
    for example in examples:
        if model is not BookingRequest:  # an offer's id is signed; the example says so in words
            TypeAdapter(model).validate_python(example)


def test_the_example_of_a_report_is_accepted() -> None:
    assert ProgressIn.model_validate(DOCUMENT["components"]["schemas"]["ProgressIn"]["examples"][0]).delay_s == 1200


def test_it_is_served(web: Web) -> None:
    assert web.client.get("/openapi.json").json() == web.app.openapi()


def shown_with_curl(page: str) -> set[str]:
    """Method and path of every ``ask`` line, variables in capitals taken for parameters."""
    found = set()
    for method, path, rest in re.findall(r"ask (?:-X (\w+) )?\"?\$API(/[\w/$.-]+)(.*)", page):
        found.add(f"{method or ('POST' if ' -d ' in rest else 'GET')} {re.sub(r'[$][A-Z]+', '{}', path)}")
    return found


def test_every_operation_is_shown_with_curl() -> None:
    page = (Path(__file__).parents[2] / "docs" / "api.md").read_text("utf-8")
    parameters = {name.replace("{service_id}", "auental-bus") for name in OPERATIONS}
    assert shown_with_curl(page) == {re.sub(r"\{\w+\}", "{}", name) for name in parameters}
