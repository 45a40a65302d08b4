"""An agency with several feeds: each with versions, dates and a way back of its own; what happens to one leaves the others alone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from gtfs.importing import import_feed
from mobility.actions import bring_feed, import_data
from mobility.actions.bring_feed import (
    find_earlier_feed,
    list_feeds,
    plan_feed,
    preview_feed,
    upload_feed,
    use_feed,
    use_planned_feeds,
)
from mobility.actions.context import Context
from mobility.actions.keep_feeds import look_at_feeds, remove_feed_version, save_feed_rules, withdraw_feed
from mobility.domain.accounts import Actor, Agency, Role
from mobility.domain.datasets import Dataset, DatasetKind
from mobility.errors import ConflictError, InvalidInputError, NotFoundError
from mobility.planning.network import Networks, load_feeds
from mobility.store.memory import MemoryStore
from tests.county import AGENCY, Clock
from tests.gtfs.conftest import SMALL, Files, pack
from tests.gtfs.test_merging import changed

CLERK = Actor("clerk", AGENCY, Role.AGENCY)
MAIN_1 = f"{AGENCY}:feed:1"
RULE = '[[line]]\nagency = "Kreisbus"\nlines = ["700"]\nfrom = "rail"\n'


@pytest.fixture
def context(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Context:
    for module in (bring_feed, import_data):
        monkeypatch.setattr(module, "import_confined", import_feed)
    store = MemoryStore()
    with store.transaction() as tx:
        tx.add_agency(Agency(AGENCY, "Landkreis"))
    return Context(store, Networks(tmp_path), Clock(), b"a secret of the tests, long enough", tmp_path)


@pytest.fixture
def bring(context: Context, tmp_path: Path) -> Callable[..., Dataset]:
    """Upload a version of a feed, and use it."""

    def made(feed: str = "", *, files: Files | None = None, use: bool = True) -> Dataset:
        path = tmp_path / "sent.zip"
        path.write_bytes(pack(files or SMALL))
        dataset = upload_feed(context, CLERK, path, "sent.zip", feed=feed)
        return use_feed(context, CLERK, dataset.id) if use else dataset

    return made


def in_use(context: Context) -> list[str]:
    return [one.id for one in look_at_feeds(context, CLERK).in_use]


def test_each_feed_has_versions_and_a_way_back_of_its_own(context: Context, bring: Callable[..., Dataset]) -> None:
    bring()
    first = bring("rail")
    bring("rail")
    assert in_use(context) == [MAIN_1, f"{AGENCY}:feed:rail:2"]
    earlier = find_earlier_feed(context, CLERK, "rail")
    assert earlier is not None
    assert (earlier.id, find_earlier_feed(context, CLERK)) == (first.id, None)
    use_feed(context, CLERK, earlier.id)
    assert in_use(context) == [MAIN_1, first.id]
    withdraw_feed(context, CLERK, "rail")
    assert in_use(context) == [MAIN_1]
    with pytest.raises(NotFoundError):
        withdraw_feed(context, CLERK, "rail")


def test_a_day_is_set_for_each_feed_and_noted_in_the_logbook(context: Context, bring: Callable[..., Dataset]) -> None:
    bring()
    planned = bring(use=False), bring("rail", use=False)
    for dataset in planned:
        plan_feed(context, CLERK, dataset.id, date(2026, 6, 9))
    assert [one.id for one in list_feeds(context, CLERK) if one.use_on] == [one.id for one in planned]
    tomorrow = context.clock().replace(day=9)
    assert use_planned_feeds(replace(context, clock=lambda: tomorrow)) == 2
    assert in_use(context) == [one.id for one in planned]
    with context.store.transaction() as tx:
        noted = {(entry.kind.value, entry.subject, entry.note) for entry in tx.list_logbook(replace(CLERK, role=Role.ADMIN), 20)}
    assert {("feed_planned", one.id, "2026-06-09") for one in planned} <= noted


def test_of_a_line_in_both_it_is_said_which_counts_and_a_rule_changes_it(context: Context, bring: Callable[..., Dataset]) -> None:
    bring()
    bring("rail")
    assert {(one.line, one.winner) for one in look_at_feeds(context, CLERK).overlaps} == {("700", ""), ("N1", "")}
    save_feed_rules(context, CLERK, RULE)
    assert {(one.line, one.winner) for one in look_at_feeds(context, CLERK).overlaps} == {("700", "rail"), ("N1", "")}
    with pytest.raises(InvalidInputError, match="from"):
        save_feed_rules(context, CLERK, "[[line]]\nagency = 'x'")
    assert look_at_feeds(context, CLERK).rules == RULE


def test_a_feed_that_cannot_go_with_the_others_is_not_put_into_use(context: Context, bring: Callable[..., Dataset]) -> None:
    bring()
    other = bring("rail", files=changed(SMALL, ("agency.txt", "Europe/Berlin", "Europe/Helsinki")), use=False)
    preview = preview_feed(context, CLERK, other)
    assert preview is not None
    assert "Helsinki" in preview.apart_because
    with pytest.raises(ConflictError, match="time zone"):
        use_feed(context, CLERK, other.id)
    assert in_use(context) == [MAIN_1]


def test_files_of_one_feed_that_are_gone_take_no_other_down(context: Context, bring: Callable[..., Dataset]) -> None:
    bring()
    broken = bring("rail")
    (context.datasets / broken.folder / "meta.json").write_text("{")
    with context.store.transaction() as tx:
        merged = load_feeds(context.datasets, tx.list_datasets_in_use(CLERK, DatasetKind.FEED))
    assert merged is not None
    assert [part.name for part in merged.parts] == [""]
    assert merged.feed.find_stop("a") is not None


def test_only_what_was_never_used_can_be_removed(context: Context, bring: Callable[..., Dataset]) -> None:
    used, current = bring(), bring()
    planned, idle = bring(use=False), bring(use=False)
    plan_feed(context, CLERK, planned.id, date(2026, 6, 9))
    for dataset in (used, current, planned):
        with pytest.raises(ConflictError):
            remove_feed_version(context, CLERK, dataset.id)
        assert (context.datasets / dataset.folder).exists()
    remove_feed_version(context, CLERK, idle.id)
    assert not (context.datasets / idle.folder).exists()
    assert idle.id not in [one.id for one in list_feeds(context, CLERK)]


def test_more_than_its_share_of_the_disk_is_not_kept(context: Context, bring: Callable[..., Dataset], tmp_path: Path) -> None:
    bring()
    kept = look_at_feeds(context, CLERK).kept_bytes
    assert kept > 1000
    with pytest.raises(InvalidInputError, match="remove versions"):
        upload_feed(replace(context, kept_feed_bytes=kept), CLERK, tmp_path / "sent.zip", "sent.zip")
    assert len(list_feeds(context, CLERK)) == 1
