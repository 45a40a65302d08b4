"""Places while somebody types: what is public, whose favourites come first, and what nobody is told."""

from __future__ import annotations

from typing import Any

import pytest

from api.auth import COOKIE
from mobility.actions.find_places import find_places, understand_place
from mobility.actions.keep_favourites import delete_favourite, keep_favourite, keep_home, rename_favourite
from mobility.domain.accounts import Actor, Role
from mobility.errors import ConflictError, InvalidInputError, NotAllowedError, NotFoundError
from tests.county import AGENCY
from tests.county_web import HOME, NEIGHBOUR_AGENCY, OTHER_RIDER, RIDER, SURGERY, Web


def found(web: Web, text: str, who: str | None = None, **more: str) -> list[dict[str, Any]]:
    answer = web.call(who, "POST", "/places", {"text": text} | more)
    assert answer.status_code == 200, answer.text
    places: list[dict[str, Any]] = answer.json()
    return places


def resident(web: Web, rider_id: str = RIDER) -> Actor:
    return web.county.resident(rider_id)


@pytest.mark.parametrize("typed", ["Kirschallee 10 Neb", "kirschalee 10 nebelow", "Kirschallee 10, Nebelow"])
def test_an_unfinished_or_misspelt_address_is_found(web: Web, typed: str) -> None:
    assert found(web, typed)[0]["name"] == HOME


def test_at_most_eight_and_nothing_for_a_single_letter(web: Web) -> None:
    assert len(found(web, "Kir")) == 8
    assert found(web, "K") == found(web, "") == found(web, " -") == []
    assert web.call(None, "POST", "/places", {"text": "x" * 201}).status_code == 422


def test_stops_are_found_by_name_and_can_be_told_apart_from_addresses(web: Web) -> None:
    stops = [one for one in found(web, "Bahnhof Auen") if one["kind"] == "stop"]
    assert stops
    assert stops[0]["stop_id"]
    others = [one["name"] for one in found(web, "Bahnhof Auen") if one["kind"] != "stop"]
    assert not any(name.startswith(f"{stop['name']},") for name in others for stop in stops), "not once more from the map"


def test_own_places_come_first_and_only_to_their_rider_and_the_desk(web: Web) -> None:
    daughter = web.county.place("Markt 8, Auenfurt")
    keep_favourite(web.county.context, resident(web), "Marianne Tochter", daughter)
    keep_home(web.county.context, resident(web), web.county.place(HOME))
    assert [one["name"] for one in found(web, "", "rider")] == [HOME, "Marianne Tochter"]
    assert found(web, "mari", "rider")[0]["detail"] == daughter.name
    assert found(web, "", "desk", rider_id=RIDER) == found(web, "", "rider")
    assert found(web, "Kirschallee 10, Nebelow", "rider")[0]["kind"] == "home", "not shown once more as an address"
    for who in (None, "desk", "other-rider", "driver", "provider", "planner"):
        assert all(one["name"] != "Marianne Tochter" for one in found(web, "Marianne Tochter", who)), who
    for other in ("other-rider", "foreign-desk"):
        assert web.call(other, "POST", "/places", {"rider_id": RIDER}).status_code == 404
    assert found(web, "", None, rider_id=RIDER) == []


def test_another_agency_has_no_streets_and_a_sign_in_that_ended_is_none(web: Web) -> None:
    assert web.call("foreign-rider", "POST", "/places", {"text": "Kirsch"}).status_code == 503
    assert web.call("nobody-of-this-name", "POST", "/places", {"text": "Kirsch"}).status_code == 200


def test_a_browser_s_sign_in_counts_only_with_the_proof_of_our_own_page(web: Web) -> None:
    keep_favourite(web.county.context, resident(web), "Marianne Tochter", web.county.place("Markt 8, Auenfurt"))
    cookie = {"Cookie": f"{COOKIE}=token-of-rider"}
    for proof, names in (({}, []), ({"X-CSRF-Token": web.proof("rider")}, ["Marianne Tochter"])):
        answer = web.client.post("/places", json={"text": "marianne"}, headers=cookie | proof)
        assert [one["name"] for one in answer.json() if one["kind"] == "favourite"] == names


def test_what_is_clear_is_understood_and_what_is_not_is_asked(web: Web) -> None:
    context, rider = web.county.context, resident(web)
    clear = understand_place(context, rider, "kirschallee 10 nebelow").place
    assert clear is not None
    assert clear.name == HOME
    unclear = understand_place(context, rider, "Kirschallee 1")
    assert unclear.place is None
    assert len({one.label for one in unclear.choices}) > 3, "five villages have one"
    third = unclear.choices[2]
    assert understand_place(context, rider, "Kirschallee 1", third.id).place == third.place
    assert understand_place(context, rider, "Markt 8, Auenfurt", third.id).place != third.place, "chosen for other words"
    assert understand_place(context, rider, "Kirschallee 999, Nebelow").place is None, "never another house"
    assert understand_place(context, rider, "qqqq").choices == ()
    assert understand_place(context, rider, "  ").choices == ()


def test_a_favourite_is_understood_by_its_name_and_keeps_its_address_for_the_driver(web: Web) -> None:
    context, rider = web.county.context, resident(web)
    keep_favourite(context, rider, "Arzt", web.county.place(SURGERY))
    place = understand_place(context, rider, "arzt").place
    assert place == web.county.place(SURGERY)
    assert understand_place(context, rider, "zu Hause").place is not None


def test_favourites_are_named_replaced_renamed_and_deleted(web: Web) -> None:
    context, rider = web.county.context, resident(web)
    market, home = web.county.place("Markt 8, Auenfurt"), web.county.place(HOME)
    first = keep_favourite(context, rider, " Arzt ", market)
    assert keep_favourite(context, rider, "ARZT", home).id == first.id, "one of each name"
    assert rename_favourite(context, rider, first.id, "Oma").name == "Oma"
    for who in (resident(web, OTHER_RIDER), Actor("x", NEIGHBOUR_AGENCY, Role.DISPATCHER)):
        with pytest.raises(NotFoundError):
            delete_favourite(context, who, first.id)
    with pytest.raises(NotFoundError):
        rename_favourite(context, resident(web, OTHER_RIDER), first.id, "meins")
    delete_favourite(context, rider, first.id)
    for wrong in ("", "  ", "x" * 61, "a\u202eb"):
        with pytest.raises(InvalidInputError):
            keep_favourite(context, rider, wrong, market)
    with pytest.raises(NotAllowedError):
        keep_favourite(context, Actor("x", AGENCY, Role.DRIVER), "Arzt", market, RIDER)
    for number in range(30):
        keep_favourite(context, rider, f"Ort {number}", market)
    with pytest.raises(ConflictError):
        keep_favourite(context, rider, "einer zu viel", market)


def test_nobody_signed_in_is_answered_from_the_first_agency(web: Web) -> None:
    assert [one.label for one in find_places(web.county.context, None, "Hausarzt")] == [
        one.label for one in find_places(web.county.context, resident(web), "Hausarzt")
    ]
