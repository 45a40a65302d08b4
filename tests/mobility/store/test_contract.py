"""What every store does alike: memory, the bundled PostgreSQL 18, and PostgreSQL 15 with PostGIS."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from mobility.domain.accounts import Account, Agency, Role, Session
from mobility.domain.bookings import HistoryEntry, Journey, LegState, Outcome, Proposal, TrainWord
from mobility.domain.datasets import DatasetKind
from mobility.domain.driver_events import DriverEvent, EventKind, EventProblem, event_id
from mobility.domain.fleet import Leave
from mobility.domain.lines import LineRide
from mobility.domain.places import Place
from mobility.domain.sign_in import OneTimeCode, Passkey
from mobility.errors import ConflictError, NotFoundError, StaleBookingError, StaleRunError
from mobility.store.interface import Store, StoredAnswer


def test_everything_comes_back_as_it_was_stored(store: Store, example: Any) -> None:
    with store.transaction() as tx:
        example.fill(tx)
    staff = example.staff
    with store.transaction() as tx:
        assert tx.list_agencies() == [Agency("a", "Kreis")]
        assert tx.get_service(staff, "bus") == example.service()
        assert tx.list_services(staff) == [example.service()]
        assert tx.get_service_source(staff, "bus") == "name = 'one'"
        assert tx.get_rider(staff, "a-rider") == example.rider()
        assert tx.list_riders(staff, "+49 6221 1") == [example.rider()]
        assert tx.list_riders(staff, "+49 6221 2") == []
        assert tx.list_favourites(staff, "a-rider") == [example.favourite()]
        assert tx.list_favourites(staff, "a-else") == []
        assert tx.get_driver(staff, "a-driver") == example.driver()
        assert tx.list_drivers(staff) == [example.driver()]
        assert tx.list_shifts(staff, example.day) == [example.shift()]
        assert tx.get_run(staff, "a-run") == example.run()
        assert tx.list_runs(staff, example.day) == [example.run()]
        assert tx.list_runs(staff, example.day, ["bus"]) == [example.run()]
        assert tx.list_runs(staff, example.day, ["else"]) == []
        assert tx.list_runs(staff, example.day, []) == []
        assert tx.list_runs(staff, example.day + timedelta(days=1)) == []
        assert tx.get_decision(staff, "a-decision") == example.decision()
        assert tx.list_decisions(staff, example.noon) == [example.decision()]
        assert tx.list_decisions(staff, example.noon + timedelta(microseconds=1)) == []
        assert tx.list_decisions(staff, example.noon, example.noon) == []
        assert tx.list_decisions(staff, example.noon, example.noon + timedelta(microseconds=1)) == [example.decision()]
        assert tx.get_booking(staff, "a-booking") == example.booking()
        assert tx.lock_booking(staff, "a-booking") == example.booking()
        assert tx.list_bookings(staff, "a-rider") == [example.booking()]
        assert tx.list_bookings(staff, "a-else") == []
        assert tx.list_bookings_of_legs(staff, ["a-leg", "a-unknown"]) == [example.booking()]
        assert tx.list_bookings_of_legs(staff, []) == []
        assert tx.list_notices(staff) == [example.notice()]
        assert tx.find_dataset(staff, DatasetKind.STREETS) == example.dataset()
        assert tx.find_dataset(staff, DatasetKind.FEED) is None


def test_nothing_of_a_failed_transaction_stays(supplied: Store, example: Any) -> None:
    def fail() -> None:
        with supplied.transaction() as tx:
            tx.add_run(example.run())
            tx.add_booking(example.booking())
            tx.save_rider(replace(example.rider(), name="Other"))
            tx.add_notice(example.notice())
            tx.claim_key("a-account", "k", "f")
            raise RuntimeError("power cut")

    with pytest.raises(RuntimeError, match="power cut"):
        fail()
    with supplied.transaction() as tx:
        assert tx.list_runs(example.staff, example.day) == []
        assert tx.list_bookings(example.staff) == []
        assert tx.list_bookings_of_legs(example.staff, ["a-leg"]) == []
        assert tx.get_rider(example.staff, "a-rider") == example.rider()
        assert tx.take_unsent_notices(9) == []
        assert tx.claim_key("a-account", "k", "f") is None


def test_in_transaction_returns_the_result_and_undoes_on_error(supplied: Store, example: Any) -> None:
    assert supplied.in_transaction(lambda tx: tx.add_run(example.run())) is True

    def work(tx: Any) -> None:
        tx.save_run(example.run(revision=1), 0)
        raise ConflictError("no")

    with pytest.raises(ConflictError, match="no"):
        supplied.in_transaction(work)
    with supplied.transaction() as tx:
        assert tx.get_run(example.staff, "a-run").revision == 0


def test_a_run_is_added_once(supplied: Store, example: Any) -> None:
    with supplied.transaction() as tx:
        assert tx.add_run(example.run()) is True
        assert tx.add_run(example.run(delay_s=99)) is False
        assert tx.get_run(example.staff, "a-run").delay_s == -30


def test_saving_a_run_replaces_its_visits(supplied: Store, example: Any) -> None:
    with supplied.transaction() as tx:
        tx.add_run(example.run())
        changed = replace(example.run().without_leg("a-leg"), delay_s=600, manifest=None)
        tx.save_run(changed, expected_revision=0)
    with supplied.transaction() as tx:
        assert tx.get_run(example.staff, "a-run") == changed
        assert len(changed.visits) == 2
        assert tx.lock_runs(["a-run"]) == [changed]


def test_a_run_that_has_changed_is_not_overwritten(supplied: Store, example: Any) -> None:
    with supplied.transaction() as tx:
        tx.add_run(example.run())
        tx.save_run(example.run(revision=1, delay_s=1), 0)
    with supplied.transaction() as tx:
        with pytest.raises(StaleRunError):
            tx.save_run(example.run(revision=1, delay_s=2), 0)
        assert tx.get_run(example.staff, "a-run").delay_s == 1, "the transaction goes on, and nothing was changed"


def test_an_unknown_run_or_booking_cannot_be_saved(supplied: Store, example: Any) -> None:
    with supplied.transaction() as tx:
        with pytest.raises(NotFoundError):
            tx.save_run(example.run(), 0)
        with pytest.raises(NotFoundError):
            tx.save_booking(example.booking(revision=1))
        with pytest.raises(NotFoundError):
            tx.mark_notice("unknown", None)


@pytest.mark.parametrize("shared", ["vehicle", "driver"])
def test_nobody_drives_two_runs_at_once(supplied: Store, example: Any, shared: str) -> None:
    apart = {"vehicle": {"driver_id": None}, "driver": {"vehicle": example.vehicle("v2")}}[shared]
    hour = timedelta(hours=1)
    with supplied.transaction() as tx:
        tx.add_run(example.run())
        inside = example.run("second", starts_at=example.noon + hour / 2, ends_at=example.noon + 2 * hour, **apart)
        with pytest.raises(ConflictError):
            tx.add_run(inside)
        assert tx.add_run(replace(inside, starts_at=example.noon + hour)) is True, "one may begin when the other ends"
        later = replace(inside, starts_at=example.noon + hour)
        with pytest.raises(ConflictError):
            tx.save_run(replace(later, starts_at=inside.starts_at, revision=1), 0)
        assert tx.get_run(example.staff, "a-second") == later
        tx.save_run(example.run(withdrawn=True, revision=1), 0)
        tx.save_run(replace(later, starts_at=inside.starts_at, revision=1), 0)


def test_a_vehicle_id_of_another_agency_is_another_vehicle(supplied: Store, example: Any, neighbour: Any) -> None:
    with supplied.transaction() as tx:
        neighbour.supply(tx)
        assert tx.add_run(example.run()) is True
        assert tx.add_run(neighbour.run()) is True


def test_runs_are_locked_in_id_order_and_unknown_ids_left_out(supplied: Store, example: Any) -> None:
    names = ["Zug", "a", "ä", "10", "9", "-"]
    with supplied.transaction() as tx:
        for number, name in enumerate(names):
            tx.add_run(example.run(name, vehicle=example.vehicle(f"v{number}"), driver_id=None))
    with supplied.transaction() as tx:
        locked = tx.lock_runs([example.id(name) for name in [*names, "unknown", "a"]])
        assert [run.id for run in locked] == sorted(example.id(name) for name in names)
        assert [run.id for run in tx.list_runs(example.staff, example.day)] == sorted(example.id(name) for name in names)
        assert tx.lock_runs([]) == []


def test_a_booking_that_has_changed_is_not_overwritten(supplied: Store, example: Any) -> None:
    entry = HistoryEntry(example.noon, "desk", "cancelled")
    closed = example.leg(state=LegState.CLOSED, outcome=Outcome.CANCELLED)
    with supplied.transaction() as tx:
        tx.add_run(example.run())
        tx.add_booking(example.booking())
        changed = example.booking().with_leg(closed, entry)
        tx.save_booking(changed)
    with supplied.transaction() as tx:
        assert tx.get_booking(example.staff, "a-booking") == changed
        with pytest.raises(StaleBookingError):
            tx.save_booking(changed)
        with pytest.raises(ConflictError):
            tx.add_booking(example.booking())
        assert tx.get_booking(example.staff, "a-booking") == changed


@pytest.mark.parametrize(
    "contradiction",
    [
        {"state": LegState.ON_RUN, "run_id": None},
        {"state": LegState.AWAITING_CONFIRMATION, "run_id": None},
        {"state": LegState.IN_RESCUE, "owner": None},
        {"state": LegState.CLOSED, "outcome": None},
        {"state": LegState.WAITING_LIST, "outcome": Outcome.PERFORMED},
    ],
)
def test_a_leg_cannot_contradict_its_state(supplied: Store, example: Any, contradiction: dict[str, Any]) -> None:
    with supplied.transaction() as tx:
        tx.add_run(example.run())
        with pytest.raises(ConflictError):
            tx.add_booking(example.booking(legs=(example.leg(**contradiction),)))


def test_runs_and_shifts_that_end_before_they_start_are_refused(supplied: Store, example: Any) -> None:
    with supplied.transaction() as tx:
        with pytest.raises(ConflictError):
            tx.add_run(example.run(ends_at=example.noon))
        with pytest.raises(ConflictError):
            tx.save_shift(replace(example.shift(), end_s=3600))


def test_references_are_checked_when_the_transaction_ends(store: Store, example: Any) -> None:
    with store.transaction() as tx:  # any order within one transaction
        tx.add_booking(example.booking())
        tx.add_run(example.run())
        example.supply(tx)
    for orphan in (
        lambda tx: tx.add_run(example.run("x", driver_id="nobody", vehicle=example.vehicle("v9"))),
        lambda tx: tx.add_run(example.run("x", service_id="none", vehicle=example.vehicle("v9"), driver_id=None)),
        lambda tx: tx.add_booking(example.booking("x", rider="nobody", legs=())),
        lambda tx: tx.add_booking(example.booking("x", decision_id="none", legs=())),
        lambda tx: tx.add_booking(example.booking("x", legs=(example.leg("x", run_id="none"),))),
        lambda tx: tx.save_shift(example.shift(driver="nobody")),
        lambda tx: tx.save_rider(example.rider("x", agency_id="none")),
    ):
        with pytest.raises(ConflictError, match="does not exist"):
            store.in_transaction(orphan)
    with store.transaction() as tx:
        assert len(tx.list_runs(example.staff, example.day)) == len(tx.list_bookings(example.staff)) == 1


def test_an_id_of_another_agency_is_never_overwritten(supplied: Store, example: Any, neighbour: Any) -> None:
    with supplied.transaction() as tx:
        neighbour.supply(tx)
        tx.add_run(example.run())
        tx.add_booking(example.booking())
    stolen = {"agency_id": "b"}
    for theft in (
        lambda tx: tx.save_rider(replace(example.rider(), **stolen)),
        lambda tx: tx.save_driver(replace(example.driver(), **stolen)),
        lambda tx: tx.add_run(replace(example.run(), **stolen)),
    ):
        with pytest.raises(ConflictError, match="another agency"):
            supplied.in_transaction(theft)
    with supplied.transaction() as tx:
        with pytest.raises(NotFoundError):
            tx.save_run(example.run(revision=1, **stolen), 0)
        with pytest.raises(NotFoundError):
            tx.save_booking(example.booking(revision=1, **stolen))


def test_overdue_questions_of_all_agencies_are_settled(supplied: Store, example: Any, neighbour: Any) -> None:
    second = timedelta(seconds=1)
    with supplied.transaction() as tx:
        neighbour.supply(tx)
        for county in (example, neighbour):
            tx.add_run(county.run())
            asked = county.leg(state=LegState.AWAITING_CONFIRMATION, answer_by=example.noon)
            tx.add_booking(county.booking(legs=(county.leg("first"), asked)))
    with supplied.transaction() as tx:
        assert [b.id for b in tx.list_bookings_to_settle(example.noon)] == ["a-booking", "b-booking"]
        assert tx.list_bookings_to_settle(example.noon - second) == []
        waiting = tx.get_booking(example.staff, "a-booking")
        tx.save_booking(waiting.with_leg(example.leg(), HistoryEntry(example.noon, "driver", "yes")))
    with supplied.transaction() as tx:
        assert [b.id for b in tx.list_bookings_to_settle(example.noon)] == ["b-booking"]


def test_a_key_is_claimed_once_and_keeps_its_first_answer(store: Store) -> None:
    answer = StoredAnswer("f", "booking", None)
    with store.transaction() as tx:
        assert tx.claim_key("me", "k", "f") is None
        tx.store_answer("me", "k", answer)
    with store.transaction() as tx:
        assert tx.claim_key("me", "k", "other") == answer
        assert tx.claim_key("you", "k", "f") is None, "a key is one account's own"
        with pytest.raises(ConflictError):
            tx.store_answer("me", "never claimed", answer)


def test_a_notice_is_told_once_oldest_first(supplied: Store, example: Any, neighbour: Any) -> None:
    second = timedelta(seconds=1)
    with supplied.transaction() as tx:
        neighbour.supply(tx)
        tx.add_notice(example.notice("late", created_at=example.noon + second))
        tx.add_notice(example.notice("early", created_at=example.noon))
        tx.add_notice(example.notice("twice", key="key-early"))
        tx.add_notice(neighbour.notice("same key elsewhere", key="key-early"))
    with supplied.transaction() as tx:
        assert [n.id for n in tx.take_unsent_notices(2)] == ["a-early", "a-late"]
        tx.mark_notice("a-early", None)
        tx.mark_notice("a-late", example.noon)
    with supplied.transaction() as tx:
        assert [(n.id, n.attempts) for n in tx.take_unsent_notices(9)] == [("a-early", 1), ("b-same key elsewhere", 0)]
        assert [n.id for n in tx.list_notices(example.staff)] == ["a-late", "a-early"]
        assert tx.list_notices(example.staff)[0].sent_at == example.noon


def test_unsent_notices_are_read_page_by_page(supplied: Store, example: Any) -> None:
    second = timedelta(seconds=1)
    with supplied.transaction() as tx:
        for name, later in (("b", 0), ("a", 0), ("c", 1), ("0", 2), ("sent", 3)):
            tx.add_notice(example.notice(name, created_at=example.noon + later * second))
        tx.mark_notice("a-sent", example.noon)
    found, after = [], None
    with supplied.transaction() as tx:
        while page := tx.take_unsent_notices(2, after):
            found.append([notice.id for notice in page])
            after = (page[-1].created_at, page[-1].id)
    assert found == [["a-a", "a-b"], ["a-c", "a-0"]]


def test_one_dataset_of_a_kind_is_planned(supplied: Store, example: Any, neighbour: Any) -> None:
    day = date(2026, 12, 13)
    with supplied.transaction() as tx:
        neighbour.supply(tx)
        for one in (example.dataset(1), example.dataset(2), neighbour.dataset(1)):
            tx.activate_dataset(one)
        tx.plan_dataset(replace(neighbour.dataset(1), use_on=day))
        for use_on, planned in ((day, [day, None]), (None, [None, None])):
            tx.plan_dataset(replace(example.dataset(1), use_on=use_on))
            assert [one.use_on for one in tx.list_datasets(example.staff, DatasetKind.STREETS)] == planned
        assert [one.use_on for one in tx.list_datasets(neighbour.staff, DatasetKind.STREETS)] == [day]


def test_one_dataset_of_a_kind_is_in_use(supplied: Store, example: Any, neighbour: Any) -> None:
    with supplied.transaction() as tx:
        neighbour.supply(tx)
        assert tx.next_dataset_version("a", DatasetKind.STREETS) == 1
        tx.activate_dataset(example.dataset(1))
        tx.activate_dataset(example.dataset(2))
        tx.activate_dataset(neighbour.dataset(1))
        tx.activate_dataset(example.dataset(1, DatasetKind.FEED))
        assert tx.next_dataset_version("a", DatasetKind.STREETS) == 3
        assert tx.next_dataset_version("b", DatasetKind.FEED) == 1
        with pytest.raises(ConflictError):
            tx.activate_dataset(replace(example.dataset(2), id="another import"))
    with supplied.transaction() as tx:
        assert tx.find_dataset(example.staff, DatasetKind.STREETS) == example.dataset(2)
        assert [(d.version, d.in_use) for d in tx.list_datasets(example.staff, DatasetKind.STREETS)] == [(1, False), (2, True)]
        tx.activate_dataset(example.dataset(1))
        assert tx.find_dataset(example.staff, DatasetKind.STREETS) == example.dataset(1), (
            "an earlier version can be taken back into use"
        )
        assert tx.find_dataset(neighbour.staff, DatasetKind.STREETS) == neighbour.dataset(1)


def test_accounts_and_sessions(supplied: Store, example: Any) -> None:
    account = Account("acc", "a", "erna", Role.RIDER, "hash", rider_id="a-rider")
    session = Session("00ff", "acc", example.noon)
    with supplied.transaction() as tx:
        tx.save_account(account)
        tx.add_session(session)
        with pytest.raises(ConflictError):
            tx.save_account(replace(account, id="another"))
        with pytest.raises(ConflictError):
            tx.add_session(Session("11", "nobody", example.noon))
        with pytest.raises(ConflictError):
            tx.add_agency(Agency("a", "again"))
        tx.save_account(replace(account, name="erna2"))
        assert tx.find_account_by_name("erna") is None
        assert tx.find_account("acc") == tx.find_account_by_name("erna2") == replace(account, name="erna2")
        assert tx.find_session("00ff") == session
        tx.delete_session("00ff")
        tx.delete_session("00ff")
        assert tx.find_session("00ff") is None
        assert tx.find_account("x") is None
        assert tx.find_agency("x") is None
        assert tx.find_agency("a") == Agency("a", "Kreis")


def test_a_service_is_replaced_and_shows_its_newest_text(supplied: Store, example: Any) -> None:
    renamed = replace(example.service(), name="New")
    with supplied.transaction() as tx:
        tx.save_service("a", renamed, "name = 'two'")
        tx.save_service("a", renamed, "name = 'two'")
        assert tx.get_service(example.staff, "bus") == renamed
        assert tx.get_service_source(example.staff, "bus") == "name = 'two'"
        with pytest.raises(NotFoundError):
            tx.get_service(example.staff, "none")


def test_favourites_come_by_name_and_go(supplied: Store, example: Any, neighbour: Any) -> None:
    with supplied.transaction() as tx:
        tx.save_favourite(example.favourite())
        tx.save_favourite(example.favourite("second", name="Arzt"))
        tx.save_favourite(example.favourite("second", name="Augenarzt"))
    with supplied.transaction() as tx:
        assert [one.name for one in tx.list_favourites(example.staff, "a-rider")] == ["Augenarzt", "Tochter"]
        assert tx.list_favourites(neighbour.staff, "a-rider") == []
        with pytest.raises(NotFoundError):
            tx.delete_favourite(neighbour.staff, "a-second")
    with supplied.transaction() as tx:
        tx.delete_favourite(example.staff, "a-second")
        assert [one.name for one in tx.list_favourites(example.staff, "a-rider")] == ["Tochter"]
        with pytest.raises(NotFoundError):
            tx.delete_favourite(example.staff, "a-second")
    with pytest.raises(ConflictError), supplied.transaction() as tx:
        tx.save_favourite(example.favourite("third", rider="nobody"))


def test_reports_are_kept_in_the_order_they_happened(supplied: Store, example: Any) -> None:
    def event(sequence: int, at: datetime) -> DriverEvent:
        name = event_id("a-run", "d1", sequence)
        return DriverEvent(name, "a", "a-run", "d1", sequence, EventKind.WALK_UP, at, example.noon, "acc", halt="h", persons=-2)

    late, early = event(1, example.noon), event(2, example.noon - timedelta(hours=1))
    with supplied.transaction() as tx:
        tx.add_run(example.run())
        for one in (late, early):
            tx.save_driver_event(one)
        assert tx.list_driver_events(example.staff, "a-run") == [early, late]
        mended = replace(late, problem=EventProblem.NOT_ON_RUN, beats_cancellation=True)
        tx.save_driver_event(mended)
        driver = example.actor(Role.DRIVER, driver_id="a-driver")
        assert tx.list_driver_events(driver, "a-run") == [early, mended]
        assert tx.list_driver_events(replace(driver, driver_id="a-other"), "a-run") == []
        assert tx.list_driver_events(replace(example.staff, agency_id="b"), "a-run") == []


def test_a_driver_s_own_hours_days_off_and_runs(supplied: Store, example: Any) -> None:
    day, next_week = example.day, example.day + timedelta(days=7)
    shift, leave = example.shift(), Leave("a-l", "a", "a-driver", day, day + timedelta(days=1))
    with supplied.transaction() as tx:
        tx.add_run(example.run())
        tx.save_shift(shift)
        tx.save_leave(leave)
        driver = example.actor(Role.DRIVER, driver_id="a-driver", now=example.noon)
        assert tx.list_shifts_of(driver, "a-driver", day, day) == [shift]
        assert tx.list_shifts_of(driver, "a-driver", next_week, next_week) == []
        assert tx.list_leaves(driver, day + timedelta(days=1), next_week) == [leave]
        assert tx.list_leaves(example.staff, next_week, next_week) == []
        assert [run.id for run in tx.list_runs_of(driver, "a-driver", day, day)] == ["a-run"]
        other = replace(driver, driver_id="a-other")
        assert tx.list_shifts_of(other, "a-driver", day, day) == []
        assert tx.list_runs_of(other, "a-driver", day, day) == []
        assert tx.list_leaves(other, day, day) == []
        for stranger in (other, replace(example.staff, agency_id="b")):
            with pytest.raises(NotFoundError):
                tx.delete_leave(stranger, leave.id)
        tx.delete_leave(driver, leave.id)
        assert tx.list_leaves(example.staff, day, day) == []


def test_codes_and_passkeys_come_back_and_go(supplied: Store, example: Any) -> None:
    noon = example.noon
    code = OneTimeCode("c", "a", "+491710000", "de", noon, noon + timedelta(minutes=10), 2, "proof", noon)
    account = Account("acc", "a", "anna", Role.DISPATCHER, "x")
    passkey = Passkey("pk", "a", "acc", "Handy", "key", 3, noon)
    with supplied.transaction() as tx:
        tx.save_account(account)
        tx.save_code(code)
        tx.add_passkey(passkey)
    with supplied.transaction() as tx:
        assert tx.find_code("c") == tx.lock_code("c") == tx.lock_code_by_proof("proof") == code
        assert tx.find_code("x") is tx.lock_code("x") is tx.lock_code_by_proof("x") is None
        assert tx.list_passkeys("acc") == [passkey]
        assert tx.list_passkeys("else") == []
        tx.save_passkey(replace(passkey, uses=4, used_at=noon))
        assert tx.lock_passkey("pk") == replace(passkey, uses=4, used_at=noon)
        with pytest.raises(NotFoundError):
            tx.delete_passkey("else", "pk")
        tx.delete_passkey("acc", "pk")
        tx.delete_codes(noon + timedelta(minutes=10))
        assert tx.find_code("c") == code
        tx.delete_codes(noon + timedelta(minutes=11))
        assert tx.find_code("c") is None
        assert tx.lock_passkey("pk") is None


def test_attempts_are_counted_within_their_time(supplied: Store, example: Any) -> None:
    noon, hour = example.noon, timedelta(hours=1)
    with supplied.transaction() as tx:
        assert [tx.take_attempt("a", "k", noon, hour, 2) for _ in range(3)] == [True, True, False]
        assert tx.take_attempt("a", "other", noon, hour, 2)
        assert not tx.take_attempt("a", "k", noon + timedelta(minutes=59), hour, 2)
        assert tx.take_attempt("a", "k", noon + hour, hour, 2)
        tx.delete_attempts(noon + timedelta(minutes=30))
        assert [tx.take_attempt("a", "k", noon, hour, 2) for _ in range(2)] == [True, False]


def test_journeys_come_back_as_they_were_kept(store: Store, example: Any) -> None:
    at, stop = example.noon, Place(8.6927, 49.4094, "Markt „Süd“", "de:1:2")
    train = LineRide("r", "t", "Bahn", "RB 1", 2, "", stop, at, stop, at + timedelta(hours=1), wheelchair=None)
    word = TrainWord("t", at, None, at, "account")
    journey = Journey((train,), example.leg().id, None, (word,), Proposal((train, train), (example.leg(),)))
    with store.transaction() as tx:
        example.fill(tx)
        booking = tx.get_booking(example.staff, "a-booking")
        kept = replace(booking, journeys=(journey, Journey((), None, "leg")), revision=booking.revision + 1)
        tx.save_booking(kept)
    with store.transaction() as tx:
        assert tx.get_booking(example.staff, booking.id) == kept
