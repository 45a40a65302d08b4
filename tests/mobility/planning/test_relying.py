"""What booked rides rely on, and which of it another timetable does not have; against timetables changed by hand."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from gtfs.feed import Feed
from gtfs.reading import read_feed
from mobility.domain.places import Place
from mobility.planning.relying import Reliance, hurt_by
from tests.gtfs.conftest import SMALL, pack

MONDAY = datetime(2026, 6, 8, tzinfo=ZoneInfo("Europe/Berlin"))


def feed(folder: Path, **changes: tuple[str, str]) -> Feed:
    """The small feed with a text replaced in some of its files."""
    files = {
        name: str(text).replace(*changes[name.removesuffix(".txt")]) if name.removesuffix(".txt") in changes else text
        for name, text in SMALL.items()
    }
    path = folder / "feed.zip"
    path.write_bytes(pack(files))
    return read_feed(path)


def relied(
    booking: str = "b1", at: timedelta = timedelta(hours=8), board: str = "a", alight: str = "d", minutes: int = 30
) -> Reliance:
    departs = MONDAY + at
    ends = [Place(8.6, 49.5, name, name) for name in (board, alight)]
    return Reliance(booking, "R", "700", ends[0], departs, ends[1], departs + timedelta(minutes=minutes))


@pytest.mark.parametrize(
    ("changes", "then"),
    [
        ({}, "kept"),
        ({"trips": ("t1", "other")} | {"stop_times": ("t1,", "other,")}, "kept"),  # another id is no other train
        ({"stop_times": ("t1,08:00:00,08:00:00", "t1,08:05:00,08:05:00")}, (8, 5)),
        ({"stop_times": ("08:30:00,08:30:00", "08:31:00,08:31:00")}, (8, 0)),  # there too late
        ({"stop_times": ("08:30:00,08:30:00", "08:29:00,08:29:00")}, "kept"),
        ({"trips": ("R,week,t1", "N,week,t1")}, "gone"),  # it is another line now
        ({"routes": ("R,A,700", "X,A,700"), "trips": ("R,", "X,")}, "kept"),  # the same line under another id
        ({"trips": ("R,week,t1", "R,extra,t1")}, "gone"),  # it does not run on that day
        ({"stop_times": ("d,4,1,0", "d,4,1,1")}, "gone"),  # nobody may alight there
    ],
)
def test_what_is_kept_what_moves_and_what_goes(changes: dict[str, tuple[str, str]], then: object, tmp_path: Path) -> None:
    found = hurt_by(feed(tmp_path, **changes), [relied()])
    if then == "kept":
        assert found == []
        return
    (hurt,) = found
    expected = None if then == "gone" else MONDAY + timedelta(hours=then[0], minutes=then[1])  # type: ignore[index]
    assert hurt.departs_now == expected


def test_a_trip_after_midnight_is_found_on_the_day_it_began(tmp_path: Path) -> None:
    night = Reliance(
        "b",
        "N",
        "N1",
        Place(0, 0, "b", "b"),
        MONDAY + timedelta(hours=24, minutes=21),
        Place(0, 0, "d", "d"),
        MONDAY + timedelta(hours=25.5),
    )
    assert hurt_by(feed(tmp_path), [night]) == []
    assert len(hurt_by(feed(tmp_path, stop_times=("24:21:00", "24:22:00")), [night])) == 1


def test_each_booking_is_named_by_departure_and_without_a_timetable_all_are_hurt() -> None:
    later, one, two = relied("b0", timedelta(hours=9)), relied("b1"), relied("b2")
    assert [hurt.relied for hurt in hurt_by(None, [two, later, one])] == [one, two, later]
