"""An import is there whole or not at all."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gtfs import storing
from gtfs.errors import FeedError
from gtfs.feed import Feed
from gtfs.importing import import_feed
from gtfs.reading import read_feed
from gtfs.rules import Outcome

Files = dict[str, str | bytes]
ZipOf = Callable[[Files | bytes], Path]
DAY = date(2026, 5, 1)


def test_what_was_stored_answers_as_what_was_read(small: Files, zip_of: ZipOf, tmp_path: Path) -> None:
    small["frequencies.txt"] = "trip_id,start_time,end_time,headway_secs\nn1,6:00:00,8:00:00,1200\n"
    path = zip_of(small)
    folder = tmp_path / "new" / "1"
    seen: list[tuple[str, int, int]] = []
    report = import_feed(path, folder, progress=lambda *step: seen.append(step))
    assert report.outcome is Outcome.ACCEPT
    assert seen[-1][1] == seen[-1][2] > 0
    stored, read = Feed.load(folder), read_feed(path)
    assert stored.stops == read.stops
    assert (stored.agencies, stored.routes, stored.days()) == (read.agencies, read.routes, read.days())
    assert stored.active_services(DAY) == read.active_services(DAY)
    assert [stored.trips_of_route(route, DAY) for route in "RN"] == [read.trips_of_route(route, DAY) for route in "RN"]
    window = (["S", "b"], ["b", "d"], DAY, 0, 100_000)
    assert stored.direct_journeys(*window) == read.direct_journeys(*window) != []
    assert stored.tables.keys() == read.tables.keys()
    assert (folder / "feed.zip").read_bytes() == path.read_bytes()
    assert json.loads((folder / "meta.json").read_text())["report"]["outcome"] == "accept"
    assert [child.name for child in folder.parent.iterdir()] == ["1"]


def test_a_rejected_feed_leaves_nothing(small: Files, zip_of: ZipOf, tmp_path: Path) -> None:
    del small["stops.txt"]
    with pytest.raises(FeedError, match=r"stops\.txt"):
        import_feed(zip_of(small), tmp_path / "1")
    with pytest.raises(FeedError):
        import_feed(tmp_path / "absent.zip", tmp_path / "1")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("step", ["np.save", "write_text", "rename", "flush"])
def test_a_failure_in_the_middle_leaves_nothing(
    step: str, small: Files, zip_of: ZipOf, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: Any, **__: Any) -> None:
        raise OSError(28, "No space left on device")

    place = {
        "np.save": (np, "save"),
        "write_text": (Path, "write_text"),
        "rename": (Path, "rename"),
        "flush": (storing, "flush"),
    }
    monkeypatch.setattr(*place[step], full)
    with pytest.raises(FeedError, match="could not be stored: No space left"):
        import_feed(zip_of(small), tmp_path / "1")
    assert list(tmp_path.iterdir()) == []


def test_a_folder_in_use_is_not_touched(small: Files, zip_of: ZipOf, tmp_path: Path) -> None:
    import_feed(zip_of(small), tmp_path / "1")
    before = sorted(path.stat().st_mtime_ns for path in (tmp_path / "1").rglob("*"))
    with pytest.raises(FeedError, match="exists already"):
        import_feed(zip_of(small), tmp_path / "1")
    assert sorted(path.stat().st_mtime_ns for path in (tmp_path / "1").rglob("*")) == before
    (tmp_path / "2").mkdir()
    import_feed(zip_of(small), tmp_path / "2")
    assert Feed.load(tmp_path / "2").stops


def test_loading_what_is_no_import(small: Files, zip_of: ZipOf, tmp_path: Path) -> None:
    with pytest.raises(FeedError, match="no complete import"):
        Feed.load(tmp_path)
    import_feed(zip_of(small), tmp_path / "1")
    (tmp_path / "1" / "arrays" / "halt_stop.npy").unlink()
    with pytest.raises(FeedError, match="no complete import"):
        Feed.load(tmp_path / "1")
    meta = tmp_path / "1" / "meta.json"
    meta.write_text(json.dumps({**json.loads(meta.read_text()), "format": 0}))
    with pytest.raises(FeedError, match="no complete import"):
        Feed.load(tmp_path / "1")
