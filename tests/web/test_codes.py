"""Signing in with a telephone number and a one-time code: who gets one, who learns nothing, and how little guessing helps."""

from __future__ import annotations

import logging
import re
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from mobility.actions import sign_in_by_passkey
from mobility.actions.call_backs import list_call_backs, mark_told
from mobility.actions.sign_in import find_actor
from mobility.actions.sign_in_by_code import ask_for_code, check_code, list_people, register, sign_in_as
from mobility.domain.accounts import Role
from mobility.domain.riders import Channel, Rider
from mobility.errors import ConflictError, InvalidInputError, NotAllowedError, NotSignedInError, TooManyAttemptsError
from mobility.notifications.outbox import send_due
from mobility.store.memory import MemoryStore
from tests.county import AGENCY, County, CountyFiles
from tests.county_web import RIDER, Web, closing_client, database_web, open_web, web
from tests.web.telephones import Telephones

__all__ = ["database_web", "web"]

LANDLINE, MOBILE, SHARED, UNKNOWN, UNKNOWN_LANDLINE = (
    "030 23125 103",
    "0171 3920052",
    "0171 3920090",
    "0171 3920099",
    "030 23125 999",
)


@pytest.fixture
def texting(county: County, tmp_path: Path) -> Telephones:
    """A county with an SMS gateway (the shipped fake), on every store; two people share a mobile."""
    context = replace(county.context, channels=frozenset({Channel.SMS}))
    with context.store.transaction() as tx:
        for name in ("Ada Gemeinsam", "Bert Gemeinsam"):
            tx.save_rider(Rider(name[:3], AGENCY, name, "+491713920090"))
    return Telephones(replace(county, context=context), tmp_path)


def test_a_code_comes_by_sms_and_signs_in_once(texting: Telephones) -> None:
    context = texting.context
    code_id = ask_for_code(context, MOBILE, "1.2.3.4", "de")
    figures = texting.code_for("+491713920052")
    proof = check_code(context, code_id, f"{figures[:3]} {figures[3:]}", "1.2.3.4")
    (person,) = list_people(context, proof)
    token, account = sign_in_as(context, proof, person.id)
    actor = find_actor(context, token)
    assert (actor.role, actor.rider_id, account.rider_id) == (Role.RIDER, person.id, person.id)
    for again in (lambda: check_code(context, code_id, figures, ""), lambda: sign_in_as(context, proof, person.id)):
        with pytest.raises(NotSignedInError):
            again()


def test_a_landline_is_rung_by_the_desk_and_the_task_goes_when_told_or_over(texting: Telephones) -> None:
    context, desk = texting.context, texting.county.desk
    code_id = ask_for_code(context, LANDLINE, "", "de")
    assert texting.messages() == []
    (task,) = list_call_backs(context, desk)
    figures = re.findall(r"\d{6}", task.message.body)[0]
    assert (task.telephone, task.notice.to_rider_id) == ("+493023125103", None)
    mark_told(context, desk, task.notice.id)
    assert list_call_backs(context, desk) == []
    assert list_people(context, check_code(context, code_id, figures, ""))[0].id == RIDER
    ask_for_code(context, LANDLINE, "", "de")
    texting.county.clock.now += timedelta(minutes=10)
    assert list_call_backs(context, desk) == [], "over"


def test_the_figures_are_nowhere_kept(texting: Telephones) -> None:
    code_id = ask_for_code(texting.context, MOBILE, "9.9.9.9", "de")
    figures = texting.code_for("+491713920052")
    with texting.context.store.transaction() as tx:
        kept = f"{tx.find_code(code_id)} {tx.list_notices(texting.county.desk)}"
    assert figures not in kept
    assert "9.9.9.9" not in kept


def test_unknown_numbers_are_answered_alike_and_reached_only_where_one_may_register(texting: Telephones) -> None:
    context = texting.context
    for number in (UNKNOWN_LANDLINE, UNKNOWN):
        assert re.fullmatch(r"[0-9a-f]{24}", ask_for_code(context, number, "", "de"))
    send_due(context.store, {}, context.clock, reveal=context.reveal)
    assert list_call_backs(context, texting.county.desk) == [], "nobody can make the desk ring strangers"
    texting.send()
    assert [one["to"] for one in texting.messages()] == ["+491713920099"]
    closed = replace(context, residents_register=False)
    ask_for_code(closed, "0171 3920098", "", "de")
    texting.send()
    assert len(texting.messages()) == 1


def test_a_code_goes_abroad_only_to_countries_that_were_allowed_and_to_people_the_desk_has_entered(texting: Telephones) -> None:
    context, austrian, swiss = texting.context, "+436641234567", "+41791234567"
    for number in (austrian, swiss):
        assert re.fullmatch(r"[0-9a-f]{24}", ask_for_code(context, number, "", "de")), "answered like any other"
    with context.store.transaction() as tx:
        tx.save_rider(Rider("swiss", AGENCY, "Urs Auswärts", swiss))
    ask_for_code(replace(context, code_countries=frozenset({49, 43})), austrian, "", "de")
    ask_for_code(context, swiss, "", "de")
    texting.send()
    assert sorted(one["to"] for one in texting.messages()) == [swiss, austrian]


def test_a_stranger_registers_and_can_close_no_door_behind(texting: Telephones) -> None:
    context = texting.context
    proof = check_code(context, ask_for_code(context, UNKNOWN, "", "en"), texting.code_for("+491713920099"), "")
    assert list_people(context, proof) == []
    with pytest.raises(NotAllowedError):
        register(replace(context, residents_register=False), proof, "Neue Nachbarin")
    with pytest.raises(NotSignedInError):
        sign_in_as(context, proof, RIDER)
    token, _ = register(context, proof, "  Neue   Nachbarin ")
    rider_id = find_actor(context, token).rider_id or ""
    with context.store.transaction() as tx:
        rider = tx.get_rider(texting.county.desk, rider_id)
    assert (rider.name, rider.telephone, rider.channel, rider.language) == ("Neue Nachbarin", "+491713920099", Channel.SMS, "en")
    with pytest.raises(NotSignedInError):
        register(context, proof, "Noch jemand")


def test_one_number_may_be_several_people(texting: Telephones) -> None:
    context = texting.context
    proof = check_code(context, ask_for_code(context, SHARED, "", "de"), texting.code_for("+491713920090"), "")
    assert [person.name for person in list_people(context, proof)] == ["Ada Gemeinsam", "Bert Gemeinsam"]
    with pytest.raises(NotSignedInError):
        sign_in_as(context, proof, RIDER)
    assert sign_in_as(context, proof, "Ber")[1].rider_id == "Ber"


def test_five_tries_and_ten_minutes(texting: Telephones) -> None:
    context = texting.context
    code_id = ask_for_code(context, MOBILE, "", "de")
    figures = texting.code_for("+491713920052")
    wrong = f"{(int(figures) + 1) % 1_000_000:06d}"
    for guess in (wrong, "", "not a code", "١٢٣٤٥٦", wrong):
        with pytest.raises(NotSignedInError):
            check_code(context, code_id, guess, "")
    with pytest.raises(NotSignedInError):
        check_code(context, code_id, figures, "")
    second = ask_for_code(context, MOBILE, "", "de")
    figures = texting.code_for("+491713920052")
    texting.county.clock.now += timedelta(minutes=10)
    with pytest.raises(NotSignedInError):
        check_code(context, second, figures, "")
    with pytest.raises(NotSignedInError):
        check_code(context, "no such code", figures, "")


def test_many_guesses_at_once_count_one_by_one(texting: Telephones) -> None:
    """Ten at a time try a wrong code: no more than five are counted, and the right one is refused afterwards."""
    context = texting.context
    code_id = ask_for_code(context, MOBILE, "", "de")
    figures = texting.code_for("+491713920052")
    start, refused = threading.Barrier(6), []

    def guess() -> None:
        start.wait(10)
        try:
            check_code(context, code_id, "x", "")
        except NotSignedInError:
            refused.append(1)

    threads = [threading.Thread(target=guess) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert len(refused) == 6
    with pytest.raises(NotSignedInError):
        check_code(context, code_id, figures, "")


def test_codes_are_limited_by_number_address_and_in_total(texting: Telephones) -> None:
    context = texting.context
    for _ in range(3):
        ask_for_code(context, MOBILE, "", "de")
    for address in ("", "5.6.7.8"):
        with pytest.raises(TooManyAttemptsError):
            ask_for_code(context, MOBILE, address, "de")
    with pytest.raises(TooManyAttemptsError):
        ask_for_code(replace(context), MOBILE, "", "de"), "another process counts on"
    for number in range(30):
        ask_for_code(context, f"0171 3921{number:03d}", "one address", "de")
    with pytest.raises(TooManyAttemptsError):
        ask_for_code(context, "0171 3922001", "one address", "de")
    ask_for_code(context, "0171 3922001", "another", "de")
    texting.county.clock.now += timedelta(hours=1)
    ask_for_code(context, "0171 3922002", "one address", "de")


def test_guessing_is_limited_by_address(texting: Telephones) -> None:
    for _ in range(60):
        with pytest.raises(NotSignedInError):
            check_code(texting.context, "no such code", "000000", "one address")
    with pytest.raises(TooManyAttemptsError):
        check_code(texting.context, "no such code", "000000", "one address")


# On the pages


@pytest.fixture
def telephones(county_files: CountyFiles, tmp_path: Path) -> Iterator[tuple[Web, Telephones]]:
    """In memory, with the SMS gateway."""
    with closing_client(open_web(MemoryStore(), county_files)) as opened:
        yield opened, Telephones.of(opened, tmp_path)


def ask(web: Web, number: str) -> httpx.Response:
    return web.client.post("/sign-in/code", data={"telephone": number})


def signed_in(web: Web, telephones: Telephones, number: str, **form: str) -> httpx.Response:
    code_id = ask(web, number).headers["location"].rpartition("=")[2]
    form |= {"ask": code_id, "code": telephones.code_for(number)}
    return web.client.post("/sign-in/code/check", data=form)


def chosen(web: Web, **form: str) -> httpx.Response:
    """Yes, the first of those who are asked about."""
    rider = re.findall(r'name="rider" value="([^"]+)"', web.client.get("/sign-in/person").text)[0]
    return web.client.post("/sign-in/person", data={"rider": rider} | form)


def test_known_and_unknown_numbers_get_the_same_page(telephones: tuple[Web, Telephones]) -> None:
    web, _ = telephones
    answers = [ask(web, number) for number in ("+491713920052", "+491713920099", "+493023125999")]
    assert {answer.status_code for answer in answers} == {303}
    pages = {web.client.get(answer.headers["location"]).text.replace(answer.headers["location"][-24:], "") for answer in answers}
    assert len(pages) == 1
    wrong = {
        web.client.post("/sign-in/code/check", data={"ask": answer.headers["location"][-24:], "code": "0"}).status_code
        for answer in answers
    }
    assert wrong == {401}
    assert ask(web, "no number").status_code == 422


def test_a_session_is_new_and_the_one_before_ends(telephones: tuple[Web, Telephones]) -> None:
    """Whatever an attacker put into the browser before, the session after signing in is not it (session fixation)."""
    web, sms = telephones
    web.client.cookies.set("session", "planted", domain="county.test", path="/")
    code_id = (
        web.client.post("/sign-in/code", data={"telephone": "+491713920052", "csrf": web_proof(web, "planted")})
        .headers["location"]
        .rpartition("=")[2]
    )
    web.client.post(
        "/sign-in/code/check", data={"ask": code_id, "code": sms.code_for("+491713920052"), "csrf": web_proof(web, "planted")}
    )
    answer = chosen(web, csrf=web_proof(web, "planted"))
    assert answer.headers["location"] == "/ride"
    cookie = answer.headers["set-cookie"]
    assert "planted" not in cookie
    assert "HttpOnly" in cookie
    assert "SameSite=strict" in cookie
    assert "Max-Age=43200" in cookie
    first = web.client.cookies["session"]
    again = signed_in_again(web, sms)
    assert again != first
    web.client.cookies.clear()
    web.client.cookies.set("session", first, domain="county.test", path="/")
    assert web.client.get("/rides").headers["location"] == "/sign-in", "the session before has ended"


def web_proof(web: Web, session: str) -> str:
    import hashlib

    return web.county.context.seal(f"csrf:{hashlib.sha256(session.encode()).hexdigest()}")


def signed_in_again(web: Web, sms: Telephones) -> str:
    proof = web_proof(web, web.client.cookies["session"])
    code_id = web.client.post("/sign-in/code", data={"telephone": "+491713920052", "csrf": proof}).headers["location"][-24:]
    form = {"ask": code_id, "code": sms.code_for("+491713920052"), "csrf": proof, "stays": "yes"}
    web.client.post("/sign-in/code/check", data=form)
    answer = chosen(web, csrf=proof)
    assert "Max-Age=2592000" in answer.headers["set-cookie"]
    return web.client.cookies["session"]


def test_a_stranger_writes_a_name_and_is_in(telephones: tuple[Web, Telephones]) -> None:
    web, sms = telephones
    assert signed_in(web, sms, "+491713920099").headers["location"] == "/sign-in/person"
    assert "Zum ersten Mal hier" in web.client.get("/sign-in/person").text
    assert web.client.post("/sign-in/register", data={"name": " "}).status_code == 422
    assert web.client.post("/sign-in/register", data={"name": "Neue Nachbarin"}).headers["location"] == "/ride"
    assert web.client.get("/rides").status_code == 200


def test_somebody_else_with_a_known_number_makes_an_entry_of_her_own(telephones: tuple[Web, Telephones]) -> None:
    web, sms = telephones
    assert signed_in(web, sms, "+491713920052").headers["location"] == "/sign-in/person"
    assert "Ich bin jemand anderes" in web.client.get("/sign-in/person").text
    assert web.client.post("/sign-in/register", data={"name": "Die Tochter"}).headers["location"] == "/ride"
    with web.county.context.store.transaction() as tx:
        names = [rider.name for rider in tx.list_riders(web.county.desk, "+491713920052")]
    assert (len(names), "Die Tochter" in names) == (2, True)


def test_where_only_the_desk_enters_people_nobody_is_asked_who_she_is(telephones: tuple[Web, Telephones]) -> None:
    web, sms = telephones
    web.app.state.context = replace(web.county.context, residents_register=False)
    assert signed_in(web, sms, "+491713920052").headers["location"] == "/ride"


def test_without_a_proof_nobody_is_shown(web: Web) -> None:
    for method, path in (("GET", "/sign-in/person"), ("POST", "/sign-in/person"), ("POST", "/sign-in/register")):
        answer = web.client.request(method, path, data={"rider": RIDER, "name": "x y"} if method == "POST" else None)
        assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in")


def test_too_many_are_told_so(telephones: tuple[Web, Telephones]) -> None:
    web, _ = telephones
    assert [ask(web, "+491713920052").status_code for _ in range(4)] == [303, 303, 303, 429]


MARKERS = ("Wanda Markiertesgesicht", "+4917139207", "Markiertesgesicht")


def test_nobody_s_name_or_number_is_in_a_log_while_booking(
    telephones: tuple[Web, Telephones], caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    """From the first code to a ride booked and cancelled, at the most talkative level."""
    caplog.set_level(logging.DEBUG)
    web, sms = telephones
    assert signed_in(web, sms, "+491713920777").status_code == 303
    web.client.post("/sign-in/register", data={"name": MARKERS[0]})
    proof = web_proof(web, web.client.cookies["session"])
    wish = {"csrf": proof, "origin": "Kirschallee 10, Nebelow", "to": "Hausarztpraxis am Markt, Auenfurt"}
    wish |= {"day": "2026-06-08", "time": "10:00", "meaning": "arrive", "seats": "1"}
    offers = web.client.post("/ride", data=wish).headers["location"]
    number = re.findall(rf"{offers}/(\d+)", web.client.get(offers).text)[0]
    form = {"csrf": proof, "decision": offers.rpartition("/")[2], "number": number}
    booked = [web.client.post("/ride/book", data=form).headers["location"] for _ in range(2)]
    assert booked[0] == booked[1], "sent twice, booked once"
    path = booked[0].partition("?")[0]
    assert web.client.post(f"{path}/cancel", data={"csrf": proof}).status_code == 303
    web.client.post("/ride", data=wish | {"origin": f"{MARKERS[0]} {MARKERS[1]}"})
    web.client.post("/sign-in/code", data={"telephone": f"x{MARKERS[1]}", "csrf": proof})
    sms.send()
    written = caplog.text + "".join(capfd.readouterr())
    assert [marker for marker in MARKERS if marker in written] == []


# Passkeys: what needs no browser


def test_a_challenge_is_for_one_purpose_one_account_and_a_few_minutes(telephones: tuple[Web, Telephones]) -> None:
    """Whatever comes back with a challenge of another kind, another account, or too late is refused before its signature is looked at."""
    web, _ = telephones
    context, rider, other = web.county.context, web.county.resident(RIDER), web.county.resident("r-004")
    _, for_rider = sign_in_by_passkey.begin_registering(context, rider)
    _, to_sign_in = sign_in_by_passkey.begin_signing_in(context)
    for challenge, who in ((for_rider, other), (to_sign_in, rider), ("forged", rider), (for_rider + "0", rider)):
        with pytest.raises(ConflictError):
            sign_in_by_passkey.register(context, who, {"id": "x"}, challenge, "Handy")
    with pytest.raises(NotSignedInError):
        sign_in_by_passkey.sign_in(context, {"id": "unknown"}, to_sign_in)
    web.county.clock.now += timedelta(minutes=5)
    with pytest.raises(ConflictError):
        sign_in_by_passkey.register(context, rider, {"id": "x"}, for_rider, "Handy")
    _, fresh = sign_in_by_passkey.begin_registering(context, rider)
    with pytest.raises(InvalidInputError):
        sign_in_by_passkey.register(
            context, rider, {"id": "x", "rawId": "x", "response": {}, "type": "public-key"}, fresh, "Handy"
        )
