"""A new timetable is brought: who is booked and would lose the bus is named before, and rung up after; nobody else is troubled."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from gtfs.importing import import_feed
from mobility.actions import bring_feed, import_data
from mobility.actions.bring_feed import list_feeds, upload_feed, use_feed
from mobility.actions.hand_over_hurt import groups_of_hurt, hand_over_hurt, list_hurt
from mobility.actions.list_desk_tasks import list_desk_tasks
from mobility.actions.propose_trains import accept_proposal, propose_trains
from mobility.domain.accounts import Actor, Role
from mobility.domain.bookings import Booking, Journey
from mobility.domain.datasets import Dataset
from mobility.domain.lines import LineRide
from mobility.domain.notices import Notice, NoticeKind
from mobility.domain.places import Place
from mobility.errors import ConflictError
from mobility.notifications.facts import message_of
from mobility.planning.relying import hurt_by, reliances
from mobility.store.memory import MemoryStore
from mobility.worker import _use_timetables
from seed.writing import FEED
from tests.county import AGENCY, DAYS, MONDAY, County, CountyFiles, local, open_county, wish
from tests.integrity.invariants import Inspector
from tests.scenarios.test_ride_and_train import RIDER, journey

CLERK = Actor("clerk", AGENCY, Role.AGENCY)
RUFBUS = "rufbus"


@pytest.fixture
def county(county_files: CountyFiles, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> County:
    """With a folder of its own for what is brought, and the feed in use in it."""
    for module in (bring_feed, import_data):
        monkeypatch.setattr(module, "import_confined", import_feed)
    for kind in ("feed", "streets"):
        (tmp_path / kind).mkdir()
        (tmp_path / kind / "1").symlink_to(county_files.datasets / kind / "1")
    county = open_county(MemoryStore(), county_files)
    county.context = replace(county.context, datasets=tmp_path, networks=type(county.context.networks)(tmp_path))
    return county


@pytest.fixture
def booked(county: County) -> tuple[Booking, ...]:
    """Two people ride tomorrow with the Rufbus from its first stop to its last, on the same trip."""
    with county.context.store.transaction() as tx:
        feed = county.context.network(tx, county.desk).feed
    assert feed is not None
    trip = feed.trips_of_route("rufbus-7", DAYS[1])[1]
    ends = [feed.find_stop(trip.halts[place][0]) for place in (0, -1)]
    from_, to = (Place(stop.lon, stop.lat, stop.name, stop.id) for stop in ends if stop is not None)
    at = local(trip.halts[0][2] // 3600, trip.halts[0][2] // 60 % 60, DAYS[1])
    made = []
    for rider in ("r-004", "r-005"):
        (offer, *_) = county.rides(wish(from_, to, depart_after=at, rider_id=rider), RUFBUS)
        booking = county.book(offer)
        assert isinstance(booking, Booking)
        made.append(booking)
    return tuple(made)


@pytest.fixture
def bring(county: County, county_files: CountyFiles, tmp_path: Path) -> Callable[..., Dataset]:
    """Upload the county's timetable with the Rufbus (or another line) so many minutes later."""

    def made(minutes: int, line: str = "rufbus-7") -> Dataset:
        path = tmp_path / "new.zip"
        path.write_bytes(later((county_files.datasets.parent / FEED).read_bytes(), minutes, line))
        return upload_feed(county.context, CLERK, path, "new.zip")

    return made


def later(feed: bytes, minutes: int, line: str = "rufbus-7") -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(feed)) as old, zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            text = old.read(name).decode("utf-8-sig")
            new.writestr(name, moved(text, minutes, line) if name == "stop_times.txt" else text)
    return packed.getvalue()


def moved(stop_times: str, minutes: int, line: str) -> str:
    rows = list(csv.DictReader(io.StringIO(stop_times)))
    for row in rows:
        for column in ("arrival_time", "departure_time"):
            if row["trip_id"].startswith(line) and row[column]:
                hours, mins, seconds = (int(part) for part in row[column].split(":"))
                total = hours * 60 + mins + minutes
                row[column] = f"{total // 60:02}:{total % 60:02}:{seconds:02}"
    out = io.StringIO()
    writer = csv.DictWriter(out, list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


def tasks(county: County) -> list[Notice]:
    untold = list_desk_tasks(county.context, county.desk).untold
    return [one.notice for one in untold if one.notice.kind is NoticeKind.TIMETABLE_CHANGED]


def test_whom_it_hurts_is_seen_before_and_a_task_for_each_is_there_after(
    county: County, booked: tuple[Booking, ...], bring: Callable[..., Dataset]
) -> None:
    same, new = bring(0), bring(5)
    assert list_hurt(county.context, CLERK, same) == []
    hurt = list_hurt(county.context, CLERK, new)
    assert {one.relied.booking_id for one in hurt} == {booking.id for booking in booked}
    ((one, bookings),) = groups_of_hurt(hurt)
    assert len(bookings) == 2
    assert one.departs_now is not None
    assert (one.departs_now - one.relied.departs).total_seconds() == 300
    assert tasks(county) == [], "nothing is said before it is used"
    use_feed(county.context, CLERK, same.id)
    assert tasks(county) == []
    use_feed(county.context, CLERK, new.id)
    assert {task.booking_id for task in tasks(county)} == {booking.id for booking in booked}
    hand_over_hurt(county.context, AGENCY)
    assert len(tasks(county)) == 2, "each once"
    assert [county.booking(booking.id) for booking in booked] == list(booked), "what was promised stays until somebody has talked"


def test_from_the_day_for_which_it_is_planned_on(
    county: County, booked: tuple[Booking, ...], bring: Callable[..., Dataset]
) -> None:
    new = bring(5)
    tomorrow, after = (replace(new, use_on=day) for day in DAYS[1:])
    assert len(list_hurt(county.context, CLERK, tomorrow)) == len(booked)
    assert list_hurt(county.context, CLERK, after) == []


def test_a_timetable_that_came_by_a_command_is_seen_to_as_well(
    county: County, booked: tuple[Booking, ...], county_files: CountyFiles, tmp_path: Path
) -> None:
    path = tmp_path / "new.zip"
    path.write_bytes(later((county_files.datasets.parent / FEED).read_bytes(), 5))
    import_data.import_feed(county.context, AGENCY, path)
    assert [one.in_use for one in list_feeds(county.context, CLERK)] == [True, False]
    hand_over_hurt(county.context, AGENCY)  # as the worker does when what is in use has changed
    assert {task.booking_id for task in tasks(county)} == {booking.id for booking in booked}


def test_the_train_of_a_ride_to_the_station_is_relied_on_too(county: County, booked: tuple[Booking, ...]) -> None:
    with county.context.store.transaction() as tx:
        feed = county.context.network(tx, county.desk).feed
    assert feed is not None
    route = next(one for one in feed.routes if one.type == 2)
    trip = feed.trips_of_route(route.id, DAYS[1])[0]
    (first, _, departs), (last, arrives, _) = trip.halts[0], trip.halts[-1]
    ends = [Place(12.0, 53.0, stop, stop) for stop in (first, last)]
    times = [local(0, day=DAYS[1]) + timedelta(seconds=seconds) for seconds in (departs, arrives)]
    train = LineRide(route.id, "of last year", "Bahn", route.short_name, 2, "", ends[0], times[0], ends[1], times[1])
    missed = replace(train, departs=times[0] - timedelta(minutes=1))
    relied = list(reliances(replace(booked[0], legs=(), journeys=(Journey((train, missed)),)), {}, {}))
    (hurt,) = hurt_by(feed, relied)
    assert (hurt.relied.departs, hurt.departs_now) == (missed.departs, train.departs)


def test_whose_train_leaves_later_is_asked_whether_that_suits_and_nothing_changes_before_a_yes(
    county: County, bring: Callable[..., Dataset]
) -> None:
    booking = county.book(journey(county))
    assert isinstance(booking, Booking)
    use_feed(county.context, CLERK, bring(20, "auentalbahn").id)
    hurt = hand_over_hurt(county.context, AGENCY)
    assert hurt == (booking.id,)
    assert propose_trains(county.context, AGENCY, hurt) == 1
    assert propose_trains(county.context, AGENCY, hurt) == 0, "asked once"
    asked = county.booking(booking.id)
    assert (asked.legs, asked.transit) == (booking.legs, booking.transit)
    (told,) = messages(county, NoticeKind.TRAIN_PROPOSED)
    new_departs = booking.transit[0].departs + timedelta(minutes=20)
    assert f"{new_departs.astimezone(ZoneInfo('Europe/Berlin')):%H:%M}" in told
    she = Actor("she", AGENCY, Role.RIDER, RIDER)
    after = accept_proposal(county.context, she, booking.id)
    assert after.transit[0].departs == new_departs
    assert after.legs[0].dropoff_window.latest <= new_departs - timedelta(minutes=5)
    assert after.legs[0].pickup_window.earliest > booking.legs[0].pickup_window.earliest, "nobody waits twenty minutes longer"
    assert tasks(county) == [], "the desk has nothing to do any more"
    assert messages(county, NoticeKind.TRAIN_PROPOSED) == []
    assert Inspector(county.context, AGENCY, [MONDAY]).findings() == []
    with pytest.raises(ConflictError, match="nothing is proposed"):
        accept_proposal(county.context, she, booking.id)
    assert hand_over_hurt(county.context, AGENCY) == ()


def test_back_at_the_old_timetable_nothing_is_proposed_any_more(county: County, bring: Callable[..., Dataset]) -> None:
    booking = county.book(journey(county))
    assert isinstance(booking, Booking)
    old, new = bring(0, "auentalbahn"), bring(20, "auentalbahn")
    looked_at: dict[str, tuple[str, ...]] = {}
    for dataset, is_asked in ((new, True), (old, False)):
        use_feed(county.context, CLERK, dataset.id)
        _use_timetables(county.context, looked_at)
        assert any(one.proposed for one in county.booking(booking.id).journeys) is is_asked


def test_where_no_train_is_near_it_stays_with_the_desk(
    county: County, bring: Callable[..., Dataset], monkeypatch: pytest.MonkeyPatch
) -> None:
    booking = county.book(journey(county))
    assert isinstance(booking, Booking)
    monkeypatch.setattr("mobility.actions.propose_trains._NEAR", timedelta(minutes=5))
    use_feed(county.context, CLERK, bring(20, "auentalbahn").id)
    assert propose_trains(county.context, AGENCY, hand_over_hurt(county.context, AGENCY)) == 0
    assert county.booking(booking.id) == booking
    assert [task.booking_id for task in tasks(county)] == [booking.id]


def messages(county: County, kind: NoticeKind) -> list[str]:
    """What riders are told of this kind and still holds."""
    with county.context.store.transaction() as tx:
        found = [message_of(tx, one, "de") for one in tx.list_notices(county.desk) if one.kind is kind]
    return [message.body for message in found if message is not None]
