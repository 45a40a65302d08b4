"""Each thing is told once, nothing stands in another's way, and what cannot be sent reaches the desk."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from mobility.domain.accounts import system_actor
from mobility.domain.bookings import LegState, Outcome
from mobility.domain.fleet import Driver, ReachedBy
from mobility.domain.notices import NoticeKind
from mobility.domain.riders import Channel
from mobility.notifications.outbox import MOST_ATTEMPTS, Senders, list_call_backs, next_attempt_at, send_due
from mobility.notifications.texts import Message
from mobility.store.interface import Store
from mobility.store.postgres import PostgresStore

SYSTEM = system_actor("county")


def test_a_notice_is_sent_once_with_its_key_and_marked(county_anywhere: Any, sender: Any) -> None:
    county = county_anywhere
    notice = county.notice()
    assert send_due(county.store, {Channel.EMAIL: sender}, county.clock) == 1
    assert send_due(county.store, {Channel.EMAIL: sender}, county.clock) == 0
    ((to, message),) = sender.sent
    assert to == "rider-1@example.org"
    assert message.key == notice.key
    assert "Di 4.8. 09:10-09:25 Uhr ab Rathaus, an Bahnhof bis 09:50 Uhr." in message.body
    marked = county.notices()[notice.id]
    assert (marked.sent_at, marked.attempts) == (county.clock.now, 1)


def test_oldest_first_and_no_more_than_the_limit(county: Any, sender: Any) -> None:
    for _ in range(3):
        county.notice()
    assert send_due(county.store, {Channel.EMAIL: sender}, county.clock, limit=2) == 2
    assert sender.keys == ["key-1", "key-2"]
    assert send_due(county.store, {Channel.EMAIL: sender}, county.clock, limit=2) == 1


def test_one_refused_message_does_not_stop_the_others(county: Any, sender: Any) -> None:
    county.rider("rider-2")
    county.notice(to_rider_id="rider-2")
    county.notice()
    sender.refuse.add("rider-2@example.org")
    assert send_due(county.store, {Channel.EMAIL: sender}, county.clock) == 1
    assert sender.keys == ["key-2"]
    assert county.notices()["n001"].attempts == 1


def test_a_program_error_about_one_notice_does_not_stop_the_others(
    county_anywhere: Any, sender: Any, caplog: pytest.LogCaptureFixture
) -> None:
    county = county_anywhere
    county.notice()
    county.notice(to_driver_id="driver-1", to_rider_id=None, kind=NoticeKind.RUN_CHANGED, run_id="run-1")
    mail = type(sender)(surprise=RuntimeError("about Erna Müller"))
    with caplog.at_level(logging.DEBUG):
        assert send_due(county.store, {Channel.EMAIL: mail, Channel.SMS: sender}, county.clock) == 1
    assert "n001" in caplog.text
    assert "Erna" not in caplog.text
    assert "example.org" not in caplog.text


def test_refused_messages_wait_longer_each_time_then_go_to_the_desk(county_anywhere: Any, sender: Any) -> None:
    county = county_anywhere
    notice = county.notice()
    sender.refuse.add("rider-1@example.org")
    senders = {Channel.EMAIL: sender}
    for waited in (1, 2, 4, 8):
        assert send_due(county.store, senders, county.clock) == 0
        county.clock.pass_minutes(waited - 0.5)
        calls = sender.calls
        send_due(county.store, senders, county.clock)
        assert sender.calls == calls, f"tried again before {waited} minutes"
        assert _for_desk(county, senders) == []
        county.clock.pass_minutes(0.6)
    send_due(county.store, senders, county.clock)
    county.clock.pass_minutes(30)
    assert sender.calls == MOST_ATTEMPTS
    assert send_due(county.store, senders, county.clock) == 0
    assert sender.calls == MOST_ATTEMPTS
    assert _for_desk(county, senders) == [notice.id]


def test_a_channel_that_does_not_answer_is_asked_once_a_round_and_nothing_is_lost(county: Any, sender: Any) -> None:
    for _ in range(3):
        county.notice()
    sender.down = True
    senders = {Channel.EMAIL: sender}
    assert send_due(county.store, senders, county.clock) == 0
    assert sender.calls == 1
    assert {notice.attempts for notice in county.notices().values()} == {0}
    sender.down = False
    assert send_due(county.store, senders, county.clock) == 3


def test_another_channel_goes_on_while_one_is_down(county: Any, sender: Any) -> None:
    county.notice()
    county.notice(to_driver_id="driver-1", to_rider_id=None, kind=NoticeKind.RUN_CHANGED, run_id="run-1")
    mail = type(sender)(down=True)
    assert send_due(county.store, {Channel.EMAIL: mail, Channel.SMS: sender}, county.clock) == 1
    ((to, message),) = sender.sent
    assert to == "+491713920012"
    assert message.body.startswith("Ihr Fahrauftrag für Di 4.8. hat sich geändert.")


def test_an_hour_without_mail_server_brings_the_desk_in(county: Any, sender: Any) -> None:
    notice = county.notice()
    sender.down = True
    county.clock.pass_minutes(61)
    assert _for_desk(county, {Channel.EMAIL: sender}) == [notice.id]


def test_call_backs_and_tasks_stay_listed_until_the_desk_marks_them(county_anywhere: Any, sender: Any) -> None:
    county = county_anywhere
    county.rider("rider-1", channel=Channel.CALL_BACK)
    told = county.notice()
    county.change_leg(state=LegState.IN_RESCUE, run_id=None, owner="a-desk")
    task = county.notice(NoticeKind.DESK_TASK, to_rider_id=None)
    senders = {Channel.EMAIL: sender}
    assert send_due(county.store, senders, county.clock) == 0
    assert _for_desk(county, senders) == [told.id, task.id]
    with county.store.transaction() as tx:
        listed = list_call_backs(tx, SYSTEM, senders, county.clock.now)
        assert [call.telephone for call in listed] == ["0622112345", ""]
        tx.mark_notice(told.id, county.clock.now)
    assert _for_desk(county, senders) == [task.id]


def test_many_call_backs_do_not_starve_the_channels(county: Any, sender: Any) -> None:
    county.rider("rider-2", channel=Channel.CALL_BACK)
    for _ in range(60):
        county.notice(to_rider_id="rider-2")
    county.notice()
    assert send_due(county.store, {Channel.EMAIL: sender}, county.clock, limit=5) == 1


def test_more_call_backs_than_any_page_do_not_stop_the_outbox(
    county_anywhere: Any, sender: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mobility.notifications.outbox._PAGE", 10)
    county = county_anywhere
    county.rider("rider-2", channel=Channel.CALL_BACK)
    first = county.notice(to_rider_id="rider-2")
    with county.store.transaction() as tx:
        for number in range(35):
            tx.add_notice(replace(first, id=f"c{number:04}", key=f"call-{number}"))
    county.clock.pass_minutes(1)
    county.notice()
    assert send_due(county.store, {Channel.EMAIL: sender}, county.clock) == 1
    assert sender.keys == ["key-2"]


@pytest.mark.parametrize(
    ("rider", "channel", "to"),
    [
        ({"channel": Channel.EMAIL, "email": "e@example.org"}, Channel.EMAIL, "e@example.org"),
        ({"channel": Channel.EMAIL, "email": ""}, None, "0622112345"),
        ({"channel": Channel.SMS, "telephone": "0171 3920012"}, Channel.SMS, "+491713920012"),
        ({"channel": Channel.SMS, "telephone": "+33 6 12 34 56 78"}, Channel.SMS, "+33612345678"),
        ({"channel": Channel.SMS, "telephone": "06221 123456"}, None, "06221 123456"),
        ({"channel": Channel.SMS, "telephone": "Nachbarin fragen"}, None, "Nachbarin fragen"),
        ({"channel": Channel.CALL_BACK, "telephone": "0171 3920012"}, None, "0171 3920012"),
    ],
)
def test_each_rider_is_told_in_a_way_that_reaches_him(
    county: Any, sender: Any, rider: dict[str, Any], channel: Channel | None, to: str
) -> None:
    county.rider("rider-1", **rider)
    county.notice()
    both = {Channel.EMAIL: type(sender)(), Channel.SMS: type(sender)()}
    send_due(county.store, both, county.clock)
    used = {name: [to for to, _ in kept.sent] for name, kept in both.items() if kept.sent}
    assert used == ({} if channel is None else {channel: [to]})
    with county.store.transaction() as tx:
        assert [call.telephone for call in list_call_backs(tx, SYSTEM, both, county.clock.now)] == (
            [to] if channel is None else []
        )


@pytest.mark.parametrize("reached_by", [ReachedBy.TELEPHONE, ReachedBy.PAPER])
def test_a_driver_without_a_screen_is_called(county: Any, sender: Any, reached_by: ReachedBy) -> None:
    with county.store.transaction() as tx:
        tx.save_driver(Driver("driver-1", "county", "verein", "Karl", "0171 3920012", reached_by=reached_by))
    county.notice(NoticeKind.RUN_CHANGED, to_rider_id=None, to_driver_id="driver-1", run_id="run-1")
    assert send_due(county.store, {Channel.SMS: sender}, county.clock) == 0
    assert _for_desk(county, {Channel.SMS: sender}) == ["n001"]


@pytest.mark.parametrize(
    ("kind", "changes", "lapsed"),
    [
        (NoticeKind.BOOKED, {}, False),
        (NoticeKind.BOOKED, {"state": LegState.CLOSED, "outcome": Outcome.CANCELLED, "run_id": None}, True),
        (NoticeKind.CANCELLED, {"state": LegState.CLOSED, "outcome": Outcome.CANCELLED, "run_id": None}, False),
        (NoticeKind.CONFIRMED, {}, False),
        (NoticeKind.AWAITING_CONFIRMATION, {"state": LegState.AWAITING_CONFIRMATION}, False),
        (NoticeKind.AWAITING_CONFIRMATION, {}, True),
        (NoticeKind.NOT_CONFIRMED, {"state": LegState.WAITING_LIST, "run_id": None, "owner": "desk"}, False),
        (NoticeKind.NARROWED, {}, True),
        (NoticeKind.DELAYED, {}, False),
        (NoticeKind.DELAYED, {"state": LegState.CLOSED, "outcome": Outcome.PERFORMED}, True),
        (NoticeKind.RIDE_ASKED, {"state": LegState.AWAITING_CONFIRMATION}, False),
        (NoticeKind.RIDE_ASKED, {}, True),
        (NoticeKind.DESK_TASK, {}, True),
        (NoticeKind.RESCUED, {}, False),
        (NoticeKind.RESCUED, {"state": LegState.IN_RESCUE, "run_id": None, "owner": "a-desk"}, True),
        (NoticeKind.IN_RESCUE, {"state": LegState.IN_RESCUE, "run_id": None, "owner": "a-desk"}, False),
        (NoticeKind.IN_RESCUE, {}, True),
    ],
)
def test_what_is_no_longer_so_is_not_told(
    county: Any, sender: Any, kind: NoticeKind, changes: dict[str, Any], *, lapsed: bool
) -> None:
    county.change_leg(**changes)
    notice = county.notice(kind, run_id="run-1", delay_s=600)
    assert send_due(county.store, {Channel.EMAIL: sender}, county.clock) == (0 if lapsed else 1)
    assert county.notices()[notice.id].sent_at is not None
    assert _for_desk(county, {}) == []


def test_the_narrowed_time_is_told_of_the_ride_that_was_narrowed_then(county: Any, sender: Any) -> None:
    county.change_leg(narrowed_at=county.clock.now)
    county.notice(NoticeKind.NARROWED)
    assert send_due(county.store, {Channel.EMAIL: sender}, county.clock) == 1
    assert "Jetzt wissen wir Ihre Zeit genauer." in sender.sent[0][1].body


def test_a_rider_waiting_for_a_yes_learns_when_he_will_know(county: Any, sender: Any) -> None:
    county.change_leg(state=LegState.AWAITING_CONFIRMATION, answer_by=county.clock.now + timedelta(hours=1))
    county.notice(NoticeKind.AWAITING_CONFIRMATION)
    county.notice(NoticeKind.RIDE_ASKED, to_rider_id=None, to_driver_id="driver-1", run_id="run-1")
    texts = type(sender)()
    assert send_due(county.store, {Channel.EMAIL: sender, Channel.SMS: texts}, county.clock) == 2
    assert "Sie hören von uns bis Di 4.8. 07:10 Uhr." in sender.sent[0][1].body  # two hours before the pickup
    assert "2 Personen, 1 Rollstuhl. Bitte antworten Sie bis Mo 3.8. 09:00 Uhr" in texts.sent[0][1].body


def test_a_notice_about_nothing_is_given_up(county: Any, sender: Any) -> None:
    county.notice(booking_id=None)
    county.notice()
    assert send_due(county.store, {Channel.EMAIL: sender}, county.clock) == 1
    assert county.notices()["n001"].attempts == 1


def test_a_store_that_cannot_answer_is_an_error_not_a_loop(sender: Any, clock: Any) -> None:
    class Broken:
        def transaction(self) -> Any:
            raise ConnectionError("no database")

    with pytest.raises(ConnectionError):
        send_due(Broken(), {Channel.EMAIL: sender}, clock)


def test_waits_double(county: Any) -> None:
    notice = county.notice()
    waits = [(next_attempt_at(replace(notice, attempts=tried)) - notice.created_at).total_seconds() / 60 for tried in range(5)]
    assert waits == [0, 1, 3, 7, 15]


def test_two_workers_tell_each_thing_once(
    postgres_store: PostgresStore, build_county: Callable[[Store], Any], sender: Any
) -> None:
    """Two workers loop at once over a slow channel: every notice goes out exactly once."""
    county = build_county(postgres_store)
    for _ in range(20):
        county.notice()
    barrier = threading.Barrier(2)

    class Slow:
        def send(self, to: str, message: Message) -> None:
            time.sleep(0.005)
            sender.send(to, message)

    def work() -> None:
        barrier.wait()
        while any(notice.sent_at is None for notice in county.notices().values()):
            send_due(postgres_store, {Channel.EMAIL: Slow()}, lambda: county.clock.now)

    workers = [threading.Thread(target=work) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(timeout=60)
    assert sorted(sender.keys) == sorted(f"key-{number}" for number in range(1, 21))


def _for_desk(county: Any, senders: Senders) -> list[str]:
    with county.store.transaction() as tx:
        return [call.notice.id for call in list_call_backs(tx, SYSTEM, senders, county.clock.now)]
