"""The desk sees whom it has to ring up, and settles it; nobody else does, and nothing is settled twice."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from mobility.domain.notices import Notice
from mobility.domain.riders import Channel
from mobility.setting_up import channels_of
from mobility.settings import Settings
from mobility.worker import senders_of
from tests.county_web import RIDER, Web


@pytest.fixture(params=["web", "database_web"])
def either(request: pytest.FixtureRequest) -> Web:
    found: Web = request.getfixturevalue(request.param)
    return found


def listed(web: Web, who: str = "desk") -> list[dict[str, Any]]:
    answer = web.call(who, "GET", "/call-backs")
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()
    return found


def of_the_rider(web: Web) -> list[dict[str, Any]]:
    return [call for call in listed(web) if call["rider_id"] == RIDER]


def notice_of(web: Web, notice_id: str) -> Notice:
    with web.county.context.store.transaction() as tx:
        return next(notice for notice in tx.list_notices(web.county.desk) if notice.id == notice_id)


def told_by(web: Web, channel: Channel, email: str = "") -> None:
    with web.county.context.store.transaction() as tx:
        rider = tx.get_rider(web.county.desk, RIDER)
        tx.save_rider(replace(rider, channel=channel, email=email, telephone="0171 3920012"))


def carrying(web: Web, *channels: Channel) -> None:
    web.app.state.context = replace(web.county.context, channels=frozenset(channels))


def test_the_desk_rings_up_and_ticks_it_off_once(either: Web) -> None:
    web = either
    told_by(web, Channel.CALL_BACK)
    carrying(web, Channel.EMAIL, Channel.SMS)
    booking = web.book(web.ride())
    (call,) = of_the_rider(web)
    assert (call["kind"], call["telephone"], call["booking_id"]) == ("booked", "0171 3920012", booking["id"])
    assert call["message"].startswith("Ihre Fahrt ist gebucht.")
    first = web.call("desk", "POST", f"/call-backs/{call['id']}/told")
    before = notice_of(web, call["id"])
    web.county.clock.now = web.county.clock.now.replace(minute=59)
    again = web.call("agency", "POST", f"/call-backs/{call['id']}/told")
    assert (first.status_code, again.status_code) == (200, 200)
    assert first.json() == again.json()
    assert first.json()["told_at"] is not None
    assert notice_of(web, call["id"]) == before
    assert of_the_rider(web) == []


def test_another_agency_neither_sees_nor_settles(either: Web) -> None:
    web = either
    told_by(web, Channel.CALL_BACK)
    web.book(web.ride())
    (call,) = of_the_rider(web)
    assert listed(web, "foreign-desk") == []
    assert web.call("foreign-desk", "POST", f"/call-backs/{call['id']}/told").status_code == 404
    assert notice_of(web, call["id"]).sent_at is None
    assert web.call("rider", "POST", f"/call-backs/{call['id']}/told").status_code == 403
    assert of_the_rider(web) == [call]


@pytest.mark.parametrize(("channel", "email"), [(Channel.SMS, ""), (Channel.EMAIL, "e@example.org")])
def test_what_a_channel_carries_is_the_desks_only_without_it_or_an_hour_late(web: Web, channel: Channel, email: str) -> None:
    told_by(web, channel, email)
    web.book(web.ride())
    carrying(web)
    (call,) = of_the_rider(web)
    assert call["telephone"].replace(" ", "").removeprefix("+49").removeprefix("0") == "1713920012"
    carrying(web, channel)
    assert of_the_rider(web) == []
    web.county.clock.now = web.county.clock.now.replace(hour=web.county.clock.now.hour + 1, second=1)
    assert [late["id"] for late in of_the_rider(web)] == [call["id"]]


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"smtp_url": "smtp://localhost"},
        {"sms_url": "http://localhost/"},
        {"sms_folder": True},
        {"sms_folder": True, "smtp_url": "smtp://h"},
    ],
)
def test_the_worker_has_a_sender_for_each_channel(settings: dict[str, Any], tmp_path: Path) -> None:
    made = Settings(**(settings | ({"sms_folder": tmp_path} if "sms_folder" in settings else {})))
    assert channels_of(made) == set(senders_of(made))
